/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_run.h - one run of a layout_case, shared by the files that look at parts of it. */
#ifndef FUZZ_LAYOUT_RUN_H
#define FUZZ_LAYOUT_RUN_H

#include "fuzz/targets/layout/layout_case.h"

struct layout_run {
	struct layout_case *c;
	struct plat *plat;
	struct pcpu *pcpu;
	struct fuzz_outcome *outcome;
	const char *broken; /* the first sentence that did not hold */
	uint64_t hash;
};

/* Notes the sentence when it does not hold; passes `holds` on. */
bool layout_expect(struct layout_run *run, bool holds, const char *place, const char *sentence);
/* Records the sentence unless it is NULL, with its detector. */
void layout_expect_of(struct layout_run *run, enum finding_by by, const char *place,
		      const char *sentence);
void layout_mix(struct layout_run *run, uint64_t value);

/* --- layout_case.c ---------------------------------------------------------------------------- */

/* Makes the case's mistake, where tables or sizes are the caller's copies. */
void layout_damage(const struct layout_case *c, struct pcpu_topology *t, struct pcpu_sizes *sizes);
/* Returns the status that build info must return for the tables; by_page: when the page allocator
   makes the first chunk. */
enum pcpu_status layout_due(const struct layout_case *c, bool by_page);

/* --- layout_create.c: set-up by one choice ---------------------------------------------------- */

/* nr_groups: of the layout that embed gets. */
void layout_create_check(struct layout_run *run, enum pcpu_choice choice, uint32_t nr_groups);

/* --- layout_first.c: checks of a new allocator ------------------------------------------------ */

const uint8_t *layout_image(const struct layout_case *c);
void layout_first_check(struct layout_run *run, const struct pcpu_config *config,
			const struct layout_arrays *arrays);

#endif
