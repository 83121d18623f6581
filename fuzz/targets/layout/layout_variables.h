/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_variables.h - own and early variables: which ones set-up gets, whether they are valid, and
 * the resulting contents of every unit (SPEC.md 3, Offsets).
 *
 *	early array  [cpu 0][cpu 1][cpu 2]		static part of CPU 1's unit
 *			       |		 |image..|offset|image..|number|image..|cpu 1|..|
 *			       +--------------------------------------------------------^
 */
#ifndef FUZZ_LAYOUT_VARIABLES_H
#define FUZZ_LAYOUT_VARIABLES_H

#include "fuzz/targets/fuzz.h"
#include <pcpu/pcpu.h>

struct lab_text;

enum { LAYOUT_EARLY_MAPS = 3, LAYOUT_VARIABLE_BYTES = 5 + 2 * LAYOUT_EARLY_MAPS };

struct layout_variables {
	bool with_own;
	struct pcpu_own_variables own;
	uint32_t nr_maps;
	struct {
		uint32_t offset, element_bytes;
		bool empty; /* its array is NULL: there is nothing to copy */
	} map[LAYOUT_EARLY_MAPS];
};

/* | cpu_number | irq_stack_top | irq_stack | its bytes | maps | offset, element of each | : beside
   own.this_cpu_off, which is there already. */
void layout_variables_decode(const uint8_t bytes[LAYOUT_VARIABLE_BYTES], uint64_t static_bytes,
			     struct layout_variables *variables);

/* Tells them, each behind a comma. */
void layout_variables_put(const struct layout_variables *variables, struct lab_text *text);

/* Do all lie where pcpu.h demands it? */
bool layout_variables_fit(const struct layout_variables *variables, uint64_t static_bytes);

/* --- the arrays of one set-up ----------------------------------------------------------------- */

struct layout_arrays {
	struct pcpu_early_map map[LAYOUT_EARLY_MAPS];
	void *array[LAYOUT_EARLY_MAPS];	 /* what set-up clears */
	void *values[LAYOUT_EARLY_MAPS]; /* the memory itself, of its exact size */
};

void layout_arrays_init(struct layout_arrays *arrays, const struct layout_variables *variables,
			uint32_t nr_cpu_ids);
void layout_arrays_finish(struct layout_arrays *arrays);

/* NULL, or what is wrong with the pointers after set-up: cleared when done, else untouched. */
const char *layout_arrays_after(const struct layout_arrays *arrays,
				const struct layout_variables *variables, bool is_done);

/* --- a unit's static part --------------------------------------------------------------------- */

/* Begins with the image (NULL: zeroes), static_bytes long; one at a time. */
void layout_static_begin(const uint8_t *image, uint64_t static_bytes);

/* The static part that is due in cpu's unit, which lies at this address. Variables lie at the same
   places in each, so that the next CPU's overwrite these. */
const uint8_t *layout_static_of(const struct layout_variables *variables,
				const struct layout_arrays *arrays, uint32_t cpu, uintptr_t unit,
				uintptr_t offset);

#endif
