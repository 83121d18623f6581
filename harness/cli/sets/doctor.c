/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* doctor.c - see doctor.h. The trace runs once a stride, and stops being looked at when the most
   bytes live. */
#include "harness/cli/sets/doctor.h"

#include <string.h>

#include "harness/cli/sets/set_measure.h"
#include "harness/platform/lab_plat.h"

/* More are left out, the youngest: a copy of each on each CPU is to be read. */
#define MAX_COPIES 2000000u

/* One run. */
struct doctoring {
	struct doctor *doctor;
	struct doctor_stride *stride;
	struct pcpu *pcpu;
	struct lab_result result;
	struct pcpu_place *place; /* [nr_ids] */
	bool *is_live;		  /* [nr_ids] */
	GHashTable *bases;	  /* chunk id -> address of its base unit */
	GArray *objects;
	GHashTable *numbers; /* where a site's name is in the trace's text, + 1 -> its number + 1 */
	GPtrArray *sites;    /* names, by number */
};

static bool note_base(void *context, const struct pcpu_chunk_view *view)
{
	g_hash_table_insert(((struct doctoring *)context)->bases, GUINT_TO_POINTER(view->id),
			    (gpointer)view->base);
	return true;
}

static uint32_t site_number(struct doctoring *d, const struct lab_op *op)
{
	gpointer key = GSIZE_TO_POINTER(op->site_bytes ? (gsize)op->site + 1 : 0);
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(d->numbers, key));

	if (number)
		return number - 1;
	g_ptr_array_add(d->sites, op->site_bytes ?
			g_strndup(d->doctor->trace.text + op->site, op->site_bytes) :
			g_strdup("-"));
	g_hash_table_insert(d->numbers, key, GUINT_TO_POINTER(d->sites->len));
	return d->sites->len - 1;
}

bool doctor_is_of_site(const struct doctor *doctor, const struct lab_op *op)
{
	if (op->kind != LAB_OP_ALLOC || !doctor->site)
		return op->kind == LAB_OP_ALLOC;
	return strlen(doctor->site) == op->site_bytes &&
	       memcmp(doctor->site, doctor->trace.text + op->site, op->site_bytes) == 0;
}

/* Of the live ones; the `a` that made an object is the last of its id so far. */
static void objects_collect(struct doctoring *d)
{
	const struct lab_trace *trace = &d->doctor->trace;
	uint32_t most = MAX_COPIES / pcpu_layout(d->pcpu)->nr_possible;

	pcpu_visit(d->pcpu, note_base, d);
	for (size_t i = 0; i <= d->result.peak_step && i < trace->nr_ops; i++) {
		const struct lab_op *op = &trace->ops[i];
		const struct pcpu_place *place = &d->place[op->id];
		struct set_object object = { .size = op->size, .offset = place->offset };

		if (!doctor_is_of_site(d->doctor, op) || !d->is_live[op->id] ||
		    d->objects->len >= most)
			continue;
		d->is_live[op->id] = false; /* once, if its id is an earlier object's too */
		object.site = site_number(d, op);
		object.address = (uintptr_t)g_hash_table_lookup(
			d->bases, GUINT_TO_POINTER(place->chunk_id)) + place->offset;
		g_array_append_val(d->objects, object);
	}
}

/* --- crowded sets ---------------------------------------------------------------------------- */

/* "mm_init 12, fork 3": the sites with the most objects. counts: [nr sites], zeroed again. */
static void sites_put(const struct doctoring *d, uint32_t *counts, struct doctor_set *set)
{
	GString *text = g_string_new(NULL);

	for (int i = 0; i < DOCTOR_SITES; i++) {
		guint most = 0;

		for (guint site = 1; site < d->sites->len; site++)
			if (counts[site] > counts[most])
				most = site;
		if (!counts[most])
			break;
		g_string_append_printf(text, "%s%.*s %u", i ? ", " : "", DOCTOR_SITE_BYTES,
				       (const char *)g_ptr_array_index(d->sites, most),
				       counts[most]);
		counts[most] = 0;
	}
	g_strlcpy(set->sites, text->str, sizeof(set->sites));
	g_string_free(text, TRUE);
}

/* Lines of a set that count, from *next on; 0: none is left. */
static uintptr_t line_take(const struct set_lines *all, uint32_t set, guint *next)
{
	guint nr;
	const struct set_line *line = set_lines_of(all, set, &nr);

	while (*next < nr && !line[*next].counts)
		++*next;
	return *next < nr ? line[(*next)++].address : 0;
}

/* Reads lines of one set; then as many lines, each of the next set that has one left. */
static void set_time(struct doctor_set *set, const struct set_lines *all,
		     const struct set_cache *cache)
{
	uint32_t nr = MIN(set->nr_lines, cache->nr_sets * cache->nr_ways / 2), taken = 0;
	uintptr_t *addresses = g_new(uintptr_t, (gsize)nr + 1);
	guint *next = g_new0(guint, (gsize)cache->nr_sets + 1);

	for (uint32_t i = 0; i < nr; i++)
		addresses[i] = line_take(all, set->set, &next[cache->nr_sets]);
	set->ns = set_measure(addresses, nr);
	for (uint32_t s = 0; taken < nr; s = (s + 1) & (cache->nr_sets - 1)) {
		addresses[taken] = line_take(all, s, &next[s]);
		taken += addresses[taken] != 0;
	}
	set->ns_apart = set_measure(addresses, nr);
	g_free(next);
	g_free(addresses);
}

static int order_sets(gconstpointer a, gconstpointer b)
{
	const struct doctor_set *x = a, *y = b;

	return x->nr_lines != y->nr_lines ? (x->nr_lines > y->nr_lines ? -1 : 1) :
					    (x->set > y->set) - (x->set < y->set);
}

/* Objects of a set, each once. */
static void set_describe(const struct doctoring *d, const struct set_lines *all,
			 struct doctor_set *set)
{
	uint32_t *counts = g_new0(uint32_t, (gsize)d->sites->len + 1);
	bool *seen = g_new0(bool, (gsize)d->objects->len + 1);
	guint nr;
	const struct set_line *line = set_lines_of(all, set->set, &nr);

	for (guint i = 0; i < nr; i++) {
		if (seen[line[i].object])
			continue;
		seen[line[i].object] = true;
		set->nr_objects++;
		counts[g_array_index(d->objects, struct set_object, line[i].object).site]++;
	}
	sites_put(d, counts, set);
	g_free(counts);
	g_free(seen);
}

static void sets_judge(struct doctoring *d, const struct set_lines *all)
{
	const struct doctor *doctor = d->doctor;
	GArray *sets = d->stride->sets;

	for (uint32_t s = 0; s < doctor->cache.nr_sets; s++) {
		struct doctor_set set = { .set = s };
		guint nr;
		const struct set_line *line = set_lines_of(all, s, &nr);

		for (guint i = 0; i < nr; i++)
			set.nr_lines += line[i].counts;
		g_array_append_val(sets, set);
	}
	g_array_sort(sets, order_sets);
	g_array_set_size(sets, MIN(sets->len, doctor->top));
	for (guint i = 0; i < sets->len; i++) {
		struct doctor_set *set = &g_array_index(sets, struct doctor_set, i);

		set_describe(d, all, set);
		if (set->nr_lines)
			set_time(set, all, &doctor->cache);
	}
}

/* The first object's copies: all objects' lie alike, but for where they begin in a line. */
static double sum_time(const struct doctoring *d)
{
	const struct pcpu_layout *l = pcpu_layout(d->pcpu);
	uintptr_t *addresses = g_new(uintptr_t, l->nr_possible);
	uint32_t nr = 0;
	double ns;

	for (uint32_t unit = 0; d->objects->len && unit < l->nr_units; unit++)
		if (l->cpu_map[unit] != PCPU_NO_CPU)
			addresses[nr++] = set_copy(d->pcpu, &g_array_index(
				d->objects, struct set_object, 0), l->cpu_map[unit]);
	ns = set_measure(addresses, nr);
	g_free(addresses);
	return ns;
}

static void stride_judge(struct doctoring *d)
{
	struct doctor_stride *stride = d->stride;
	struct set_lines all;

	objects_collect(d);
	set_lines_make(&all, d->pcpu, d->objects, &d->doctor->cache);
	stride->sets_used = all.sets_used;
	stride->copies_max = all.copies_max;
	stride->copies_out = all.copies_out;
	stride->nr_lines = all.nr_lines;
	stride->nr_differ = all.nr_differ;
	stride->ns_sum = sum_time(d);
	sets_judge(d, &all);
	set_lines_free(&all);
	d->doctor->nr_objects = d->objects->len;
}

/* --- the run --------------------------------------------------------------------------------- */

static void note_placed(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct doctoring *d = context;

	d->is_live[id] = placed;
	d->place[id] = *place;
}

static void note_stepped(void *context, size_t step)
{
	struct doctoring *d = context;
	const struct lab_op *op = &d->doctor->trace.ops[step];

	if (op->kind == LAB_OP_FREE)
		d->is_live[op->id] = false;
	if (step == d->result.peak_step)
		stride_judge(d);
}

static int run_stride(void *context, struct plat *plat, struct pcpu *pcpu)
{
	struct doctoring *d = context;
	const struct lab_run_options options = { .placed = note_placed, .stepped = note_stepped,
						 .context = d };
	struct doctor *doctor = d->doctor;
	struct replay_scratch scratch;

	if (!replay_scratch_take(doctor->machine.cmd, &doctor->trace, pcpu, &options, &scratch))
		return CMD_USAGE;
	d->pcpu = pcpu;
	d->stride->layout = *pcpu_layout(pcpu);
	doctor->nr_cpus = d->stride->layout.nr_possible;
	lab_run(plat, pcpu, &doctor->trace, &options, scratch.memory, &d->result);
	doctor->step = d->result.peak_step;
	replay_scratch_give(&scratch);
	return CMD_OK;
}

static int doctor_stride_run(struct doctor *doctor, unsigned stride)
{
	gsize nr_ids = (gsize)doctor->trace.nr_ids + 1;
	struct doctoring d = {
		.doctor = doctor, .stride = &doctor->strides[stride],
		.place = g_new0(struct pcpu_place, nr_ids), .is_live = g_new0(bool, nr_ids),
		.bases = g_hash_table_new(NULL, NULL), .numbers = g_hash_table_new(NULL, NULL),
		.objects = g_array_new(FALSE, FALSE, sizeof(struct set_object)),
		.sites = g_ptr_array_new_with_free_func(g_free),
	};
	int status;

	d.stride->sets = g_array_new(FALSE, FALSE, sizeof(struct doctor_set));
	doctor->machine.sizes.sizes.stride = (enum pcpu_stride)stride;
	status = replay_on_engine(&doctor->machine, doctor->engine, false, run_stride, &d);
	g_free(d.place);
	g_free(d.is_live);
	g_hash_table_destroy(d.bases);
	g_hash_table_destroy(d.numbers);
	g_array_unref(d.objects);
	g_ptr_array_unref(d.sites);
	return status;
}

int doctor_run(struct doctor *doctor)
{
	int status = CMD_OK;

	for (unsigned stride = 0; status == CMD_OK && stride < CMD_NR_STRIDES; stride++)
		status = doctor_stride_run(doctor, stride);
	return status;
}

void doctor_free(struct doctor *doctor)
{
	for (unsigned stride = 0; stride < CMD_NR_STRIDES; stride++)
		if (doctor->strides[stride].sets)
			g_array_unref(doctor->strides[stride].sets);
}
