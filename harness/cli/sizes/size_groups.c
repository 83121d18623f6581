/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* size_groups.c - see size_groups.h. */
#include "harness/cli/sizes/size_groups.h"

#include <string.h>

#define NOT_LIVE UINT32_MAX

static const char *const life_names[SIZE_NR_LIVES] = {
	"1", "2-10", "11-100", "101-1000", "1001-10000", "10001-100000", "100001-1000000",
	"1000001-10000000", "over 10000000", "kept",
};

const char *size_life_name(uint32_t life_class)
{
	return life_names[life_class];
}

static uint32_t life_class_of(uint32_t life)
{
	uint64_t end = 1;
	uint32_t class = 0;

	if (life == SIZE_KEPT)
		return SIZE_NR_LIVES - 1;
	while (class < SIZE_NR_LIVES - 2 && life > end) {
		end *= 10;
		class++;
	}
	return class;
}

/* --- reading ----------------------------------------------------------------------------- */

void size_objects_init(struct size_objects *all)
{
	all->objects = g_array_new(FALSE, FALSE, sizeof(struct size_object));
	all->sites = g_ptr_array_new_with_free_func(g_free);
	all->names = g_hash_table_new(g_str_hash, g_str_equal);
	all->traces = g_array_new(FALSE, TRUE, sizeof(struct size_trace));
}

void size_objects_free(struct size_objects *all)
{
	for (guint i = 0; i < all->traces->len; i++)
		g_free(g_array_index(all->traces, struct size_trace, i).name);
	g_array_unref(all->traces);
	g_array_unref(all->objects);
	g_hash_table_destroy(all->names);
	g_ptr_array_unref(all->sites);
}

static uint32_t site_index(struct size_objects *all, const struct lab_trace *trace,
			   const struct lab_op *op)
{
	char *name = op->site_bytes ? g_strndup(trace->text + op->site, op->site_bytes) :
				      g_strdup("-");
	guint index = GPOINTER_TO_UINT(g_hash_table_lookup(all->names, name));

	if (index) {
		g_free(name);
		return index - 1;
	}
	g_ptr_array_add(all->sites, name);
	g_hash_table_insert(all->names, name, GUINT_TO_POINTER(all->sites->len));
	return all->sites->len - 1;
}

/* One trace as it is read. */
struct reading {
	struct size_objects *all;
	const struct lab_trace *trace;
	struct size_trace *figures;
	uint32_t *object; /* [nr_ids] the live object of an id, or NOT_LIVE */
	uint64_t nr_live, bytes_live;
};

static void take_alloc(struct reading *r, const struct lab_op *op, uint32_t event)
{
	/* Until it is freed, `life` is when it began. */
	struct size_object object = { op->size, op->align, 0, event };

	if (r->object[op->id] != NOT_LIVE)
		return;
	object.site = site_index(r->all, r->trace, op);
	r->object[op->id] = r->all->objects->len;
	g_array_append_val(r->all->objects, object);
	r->figures->nr_allocs++;
	r->nr_live++;
	r->bytes_live += op->size;
	r->figures->nr_live_max = MAX(r->figures->nr_live_max, r->nr_live);
	r->figures->bytes_live_max = MAX(r->figures->bytes_live_max, r->bytes_live);
}

static void take_free(struct reading *r, const struct lab_op *op, uint32_t event)
{
	struct size_object *object;

	if (r->object[op->id] == NOT_LIVE)
		return;
	object = &g_array_index(r->all->objects, struct size_object, r->object[op->id]);
	object->life = event - object->life;
	r->object[op->id] = NOT_LIVE;
	r->figures->nr_frees++;
	r->nr_live--;
	r->bytes_live -= object->size;
}

void size_objects_add(struct size_objects *all, const char *name, const struct lab_trace *trace)
{
	struct size_trace figures = { g_strdup(name), trace->nr_ops, 0, 0, 0, 0, 0 };
	gsize bytes = ((gsize)trace->nr_ids + 1) * sizeof(uint32_t);
	struct reading r = { all, trace, &figures, g_malloc(bytes), 0, 0 };

	memset(r.object, 0xff, bytes);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		if (trace->ops[i].kind == LAB_OP_ALLOC)
			take_alloc(&r, &trace->ops[i], (uint32_t)i);
		else if (trace->ops[i].kind == LAB_OP_FREE)
			take_free(&r, &trace->ops[i], (uint32_t)i);
	}
	for (uint32_t id = 0; id < trace->nr_ids; id++)
		if (r.object[id] != NOT_LIVE)
			g_array_index(all->objects, struct size_object, r.object[id]).life =
				SIZE_KEPT;
	figures.bytes_live_end = r.bytes_live;
	g_array_append_val(all->traces, figures);
	g_free(r.object);
}

/* --- grouping ------------------------------------------------------------------------------ */

static int order_of(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* Objects of a group are neighbours, the shortest life first: all groups order by what follows. */
static int order_lives(const struct size_object *a, const struct size_object *b)
{
	return order_of(a->life, b->life);
}

static int by_size(gconstpointer a, gconstpointer b)
{
	const struct size_object *x = a, *y = b;

	return x->size != y->size ? order_of(x->size, y->size) : order_lives(x, y);
}

static int by_align(gconstpointer a, gconstpointer b)
{
	const struct size_object *x = a, *y = b;

	return x->align != y->align ? order_of(x->align, y->align) : order_lives(x, y);
}

static int by_life(gconstpointer a, gconstpointer b)
{
	return order_lives(a, b);
}

static int by_site(gconstpointer a, gconstpointer b)
{
	const struct size_object *x = a, *y = b;

	return x->site != y->site ? order_of(x->site, y->site) : order_lives(x, y);
}

static int by_shape(gconstpointer a, gconstpointer b)
{
	const struct size_object *x = a, *y = b;

	if (x->site != y->site)
		return order_of(x->site, y->site);
	return x->size != y->size ? by_size(a, b) : by_align(a, b);
}

static bool same_size(const struct size_object *a, const struct size_object *b)
{
	return a->size == b->size;
}

static bool same_align(const struct size_object *a, const struct size_object *b)
{
	return a->align == b->align;
}

static bool same_life(const struct size_object *a, const struct size_object *b)
{
	return life_class_of(a->life) == life_class_of(b->life);
}

static bool same_site(const struct size_object *a, const struct size_object *b)
{
	return a->site == b->site;
}

static bool same_shape(const struct size_object *a, const struct size_object *b)
{
	return same_site(a, b) && same_size(a, b) && same_align(a, b);
}

static const struct grouping {
	GCompareFunc order;
	bool (*same)(const struct size_object *a, const struct size_object *b);
	bool by_requests;
} groupings[SIZE_NR_BY] = {
	[SIZE_BY_SIZE] = { by_size, same_size, false },
	[SIZE_BY_ALIGN] = { by_align, same_align, false },
	[SIZE_BY_LIFE] = { by_life, same_life, false },
	[SIZE_BY_SITE] = { by_site, same_site, true },
	[SIZE_BY_SHAPE] = { by_shape, same_shape, true },
};

/* Sites of a group: seen[] holds the number of the group that had a site last. */
static struct size_group group_of(const struct size_object *object, uint64_t nr, uint32_t *seen,
				  uint32_t number)
{
	struct size_group g = { .size = object->size, .size_max = object->size,
				.align = object->align, .align_max = object->align,
				.site = object->site, .nr = nr,
				.life_class = life_class_of(object->life) };
	uint64_t nr_freed;

	for (uint64_t i = 0; i < nr; i++) {
		g.size = MIN(g.size, object[i].size);
		g.size_max = MAX(g.size_max, object[i].size);
		g.align = MIN(g.align, object[i].align);
		g.align_max = MAX(g.align_max, object[i].align);
		g.bytes += object[i].size;
		g.nr_kept += object[i].life == SIZE_KEPT;
		g.nr_sites += seen[object[i].site] != number;
		seen[object[i].site] = number;
	}
	nr_freed = nr - g.nr_kept;
	if (nr_freed) {
		g.life_median = object[(nr_freed - 1) / 2].life;
		g.life_p90 = object[(nr_freed - 1) * 9 / 10].life;
		g.life_max = object[nr_freed - 1].life;
	}
	return g;
}

static int most_requests(gconstpointer a, gconstpointer b)
{
	const struct size_group *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	if (x->site != y->site)
		return order_of(x->site, y->site);
	return x->size != y->size ? order_of(x->size, y->size) : order_of(x->align, y->align);
}

GArray *size_groups(struct size_objects *all, enum size_by by)
{
	const struct grouping *grouping = &groupings[by];
	GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct size_group));
	const struct size_object *object = (const void *)all->objects->data;
	uint32_t *seen = g_new0(uint32_t, (gsize)all->sites->len + 1);

	g_array_sort(all->objects, grouping->order);
	for (guint from = 0, to; from < all->objects->len; from = to) {
		struct size_group group;

		for (to = from + 1; to < all->objects->len; to++)
			if (!grouping->same(&object[from], &object[to]))
				break;
		group = group_of(object + from, to - from, seen, groups->len + 1);
		g_array_append_val(groups, group);
	}
	if (grouping->by_requests)
		g_array_sort(groups, most_requests);
	g_free(seen);
	return groups;
}
