/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_case.h - steps on one map, done by an engine and by the reference of single bytes side by
 * side. What fuzz_map decodes and what a test that was made from a crash spells out.
 */
#ifndef FUZZ_MAP_CASE_H
#define FUZZ_MAP_CASE_H

#include "fuzz/targets/fuzz.h"
#include <pcpu/engine.h>

enum map_step_kind {
	MAP_ALLOC,	  /* size, align; all pages count as there */
	MAP_ALLOC_PAGES,  /* size, align; pages may be missing: UNBACKED */
	MAP_ALLOC_ONLY,	  /* size, align; among populated pages alone */
	MAP_FREE,	  /* the n-th live area, modulo how many live */
	MAP_WILD,	  /* free of offset n, modulo the map and a few beyond */
	MAP_PAGE,	  /* page n, modulo, becomes populated, or no longer is */
	MAP_EXTEND,	  /* room for n records more, as balance extends ahead */
	MAP_CHECK,	  /* all areas are compared, the engine's records are checked */
	MAP_NR_STEPS
};

struct map_step {
	uint8_t kind; /* enum map_step_kind */
	uint32_t n;   /* size of allocations */
	uint32_t align;
};

#define MAP_MAX_STEPS 512u

struct map_case {
	const struct pcpu_engine *engine;
	uint32_t covered_bytes; /* 1..PCPU_MIN_UNIT_BYTES */
	uint32_t used_bytes;	/* of them from the start; <= covered_bytes */
	uint32_t capacity;	/* records to begin with, >= PCPU_MAP_SPARE */
	const struct map_step *steps;
	size_t nr_steps;
};

/* Returns true when engine and reference agreed; else outcome says where they did not. Assertions
   of the engine go to plat_assert_failed(). */
bool map_case_run(const struct map_case *c, struct fuzz_outcome *outcome);

/* Writes a step as words: "alloc 24 at align 8". room > 0. */
void map_step_print(const struct map_step *step, char *words, size_t capacity);

/* Draws both maps after the first nr steps, as far as they go together. */
void map_case_render(const struct map_case *c, size_t nr, void (*line)(const char *text));

#endif
