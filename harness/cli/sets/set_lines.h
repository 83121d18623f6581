/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * set_lines.h - the cache lines of live objects' copies, and the sets that they share.
 *
 * Predicted: a unit's copies lie at its index in its group times the stride, plus its skew, plus
 * the object's offset; groups are aligned to more than all sets together. Where a copy really lies
 * the allocator itself answers, and the two are compared.
 */
#ifndef SET_LINES_H
#define SET_LINES_H

#include <glib.h>
#include <pcpu/pcpu.h>

#include "harness/cli/sets/set_cache.h"

struct set_object {
	uint32_t size, offset, site; /* site: the caller's number of it */
	uintptr_t address;	     /* of its copy in the base unit */
};

/* A line of one copy. Objects share lines: each has an entry, of which the first counts. */
struct set_line {
	uintptr_t address; /* of the line's first byte */
	uint32_t set, object;
	bool counts;
};

struct set_lines {
	GArray *lines;	/* struct set_line, by set and address */
	guint *begins;	/* [nr_sets + 1] where each set's lines begin */
	uint64_t nr_lines;  /* that count */
	uint64_t nr_differ; /* copies that lie in another set than predicted */
	/* Of one object's copies, its first byte: sets in use, the most copies in one, and those
	   that more than nr_ways others push out; of the worst object. */
	uint32_t sets_used, copies_max, copies_out;
};

/* objects: struct set_object. */
void set_lines_make(struct set_lines *all, const struct pcpu *pcpu, const GArray *objects,
		    const struct set_cache *cache);
void set_lines_free(struct set_lines *all);

static inline const struct set_line *set_lines_of(const struct set_lines *all, uint32_t set,
						  guint *nr)
{
	*nr = all->begins[set + 1] - all->begins[set];
	return &g_array_index(all->lines, struct set_line, all->begins[set]);
}

/* The address of an object's copy. */
uintptr_t set_copy(const struct pcpu *pcpu, const struct set_object *object, uint32_t cpu);

#endif
