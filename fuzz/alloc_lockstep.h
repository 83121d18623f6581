/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_lockstep.h - the same operations on the same machine once more, with the map of single bytes as
 * engine: where does an object land elsewhere?
 */
#ifndef FUZZ_ALLOC_LOCKSTEP_H
#define FUZZ_ALLOC_LOCKSTEP_H

#include "alloc_case.h"

/* Where the allocations of a run landed, in order: as many as were tried. */
struct alloc_places {
	size_t nr;
	struct alloc_landing {
		bool placed; /* else refused */
		struct pcpu_place place;
	} at[FUZZ_MAX_BYTES];
};

/* lab_run_options.placed: notes a landing; context: struct alloc_places. */
void alloc_places_note(void *context, uint32_t id, bool placed, const struct pcpu_place *place);

struct alloc_lockstep {
	const struct alloc_places *places;
	size_t nr;	      /* landings compared */
	size_t step;	      /* of the first difference; until there is one, the step under way */
	const char *sentence; /* NULL: there is none */
	char words[96];	      /* where each of the two landed */
};

/* scratch: zeroed, lab_run_memory() of the case's trace and allocator. Assertions go to
   plat_assert_failed(). False: see *lockstep. */
bool alloc_lockstep_run(struct alloc_lockstep *lockstep, const struct alloc_case *c,
			const struct alloc_places *places, void *scratch);

#endif
