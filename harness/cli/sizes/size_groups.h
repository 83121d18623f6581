/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * size_groups.h - the objects of traces, and groups of them: by size, alignment, lifetime, site,
 * and by site, size and alignment together.
 *
 * A lifetime is a count of events, from an object's `a` to its `f`: traces have no other clock.
 * Objects that the trace does not free are kept: they have none, and no part in medians.
 */
#ifndef SIZE_GROUPS_H
#define SIZE_GROUPS_H

#include <glib.h>
#include <stdint.h>

#include "harness/text/trace.h"

#define SIZE_KEPT UINT32_MAX /* size_object.life */

struct size_object {
	uint32_t size, align, site, life; /* site: an index into size_objects.sites */
};

/* One trace, in figures. */
struct size_trace {
	char *name;
	uint64_t nr_events, nr_allocs, nr_frees, nr_live_max, bytes_live_max, bytes_live_end;
};

struct size_objects {
	GArray *objects;   /* struct size_object */
	GPtrArray *sites;  /* char *: names, "-" for none */
	GHashTable *names; /* name -> index + 1 */
	GArray *traces;	   /* struct size_trace */
};

void size_objects_init(struct size_objects *all);
void size_objects_free(struct size_objects *all);
/* An `a` of a live id and an `f` of none are passed over, as a run does. */
void size_objects_add(struct size_objects *all, const char *name, const struct lab_trace *trace);

/* By what. */
enum size_by { SIZE_BY_SIZE, SIZE_BY_ALIGN, SIZE_BY_LIFE, SIZE_BY_SITE, SIZE_BY_SHAPE, SIZE_NR_BY };

/* Objects that are alike. Of sizes and alignments the least and the most. */
struct size_group {
	uint32_t size, size_max, align, align_max, site, life_class;
	uint64_t nr, nr_kept, bytes;
	uint32_t nr_sites;
	uint32_t life_median, life_p90, life_max; /* of those that are freed; 0: none is */
};

/* Returns the groups, struct size_group: by size, alignment, lifetime in their order, by site and
   shape the most requests first. Reorders the objects. g_array_unref() it. */
GArray *size_groups(struct size_objects *all, enum size_by by);

/* Lifetimes: 1, 2-10, 11-100 ... over 10 million, kept. */
#define SIZE_NR_LIVES 10u
const char *size_life_name(uint32_t life_class);

#endif
