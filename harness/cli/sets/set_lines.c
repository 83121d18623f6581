/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* set_lines.c - see set_lines.h. */
#include "harness/cli/sets/set_lines.h"

#include <string.h>

uintptr_t set_copy(const struct pcpu *pcpu, const struct set_object *object, uint32_t cpu)
{
	return object->address - pcpu_base(pcpu) + pcpu_static_start(pcpu) +
	       pcpu_offsets(pcpu)[cpu];
}

/* Where the layout says that a unit's copy lies, from a start that is aligned to all sets. */
static uint64_t copy_predicted(const struct pcpu_layout *l, uint32_t group, uint32_t unit,
			       const struct set_object *object)
{
	return (uint64_t)(unit - l->group[group].first_unit) * l->unit_bytes +
	       pcpu_layout_skew(l, pcpu_layout_base_unit(l), unit) + object->offset;
}

static int order_lines(gconstpointer a, gconstpointer b)
{
	const struct set_line *x = a, *y = b;

	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

/* All lines of one copy. */
static void copy_add(struct set_lines *all, const struct set_object *object, uint32_t index,
		     uintptr_t address, const struct set_cache *cache)
{
	uintptr_t line = address & ~((uintptr_t)cache->line_bytes - 1);

	for (; line < address + object->size; line += cache->line_bytes) {
		struct set_line entry = { line, set_cache_index(cache, line), index, false };

		g_array_append_val(all->lines, entry);
	}
}

/* counts: of the copies' first bytes, by set. */
static void object_judge(struct set_lines *all, const uint32_t *counts,
			 const struct set_cache *cache)
{
	uint32_t used = 0, most = 0, out = 0;

	for (uint32_t set = 0; set < cache->nr_sets; set++) {
		used += counts[set] > 0;
		most = MAX(most, counts[set]);
		if (counts[set] > cache->nr_ways)
			out += counts[set];
	}
	if (most < all->copies_max || (most == all->copies_max && all->sets_used <= used))
		return;
	all->copies_max = most;
	all->sets_used = used;
	all->copies_out = out;
}

static void object_add(struct set_lines *all, const struct pcpu *pcpu,
		       const struct set_object *object, uint32_t index,
		       const struct set_cache *cache, uint32_t *counts)
{
	const struct pcpu_layout *l = pcpu_layout(pcpu);

	memset(counts, 0, cache->nr_sets * sizeof(*counts));
	for (uint32_t g = 0; g < l->nr_groups; g++)
		for (uint32_t i = 0; i < l->group[g].nr_units; i++) {
			uint32_t unit = l->group[g].first_unit + i, cpu = l->cpu_map[unit];
			uintptr_t address;

			if (cpu == PCPU_NO_CPU)
				continue;
			address = set_copy(pcpu, object, cpu);
			counts[set_cache_index(cache, address)]++;
			all->nr_differ += set_cache_index(cache, address) !=
				set_cache_index(cache, copy_predicted(l, g, unit, object));
			copy_add(all, object, index, address, cache);
		}
	object_judge(all, counts, cache);
}

static void lines_sort(struct set_lines *all, const struct set_cache *cache)
{
	struct set_line *line = (void *)all->lines->data;
	guint next = 0;

	g_array_sort(all->lines, order_lines);
	for (guint i = 0; i < all->lines->len; i++) {
		line[i].counts = i == 0 || line[i - 1].address != line[i].address;
		all->nr_lines += line[i].counts;
	}
	for (uint32_t set = 0; set <= cache->nr_sets; set++) {
		while (next < all->lines->len && line[next].set < set)
			next++;
		all->begins[set] = next;
	}
}

void set_lines_make(struct set_lines *all, const struct pcpu *pcpu, const GArray *objects,
		    const struct set_cache *cache)
{
	uint32_t *counts = g_new(uint32_t, cache->nr_sets);

	*all = (struct set_lines){ .lines = g_array_new(FALSE, FALSE, sizeof(struct set_line)),
				   .begins = g_new(guint, (gsize)cache->nr_sets + 1) };
	for (guint i = 0; i < objects->len; i++)
		object_add(all, pcpu, &g_array_index(objects, struct set_object, i), i, cache,
			   counts);
	lines_sort(all, cache);
	g_free(counts);
}

void set_lines_free(struct set_lines *all)
{
	g_array_unref(all->lines);
	g_free(all->begins);
}
