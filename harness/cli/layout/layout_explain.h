/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_explain.h - explains a layout: each upa of the search, and the use of the memory (SPEC.md
   2.4 and 3). For cmd_layout.c. */
#ifndef LAYOUT_EXPLAIN_H
#define LAYOUT_EXPLAIN_H

#include "harness/cli/layout/layout_report.h"

#include <jansson.h>

enum explain_verdict {
	EXPLAIN_NO_PAGES, /* the allocation cannot be cut into so many parts of whole pages */
	EXPLAIN_WASTE,	  /* more than a third as many units without a CPU as CPUs */
	EXPLAIN_TAKEN,	  /* the choice, unless a smaller one is taken too */
	EXPLAIN_END,	  /* more allocations than the last one taken: the search ends */
};

/* One upa; for NO_PAGES a range of them: upa down to last_upa. */
struct explain_step {
	uint32_t upa, last_upa;
	uint32_t nr_allocs, nr_wasted; /* 0 for NO_PAGES */
	enum explain_verdict verdict;
};

/* Bytes of physical memory. */
struct explain_memory {
	uint64_t taken, kept, given_back; /* in total; taken = kept + given_back */
	uint64_t cpu_kept, cpu_given_back; /* of each CPU's unit */
};

struct explain {
	bool searched; /* false: the unit is forced or odd, upa is 1 */
	uint64_t alloc_bytes;
	uint32_t max_upa, max_wasted, chosen;
	uint32_t nr_steps;
	struct explain_step *steps; /* [nr_steps], the order of the search */
	struct explain_memory memory;
};

/* Repeats the search, from the groups of the layout. False when out of memory. */
bool explain_make(const struct layout_report *report, struct explain *explain);
void explain_free(struct explain *explain);
void explain_print(const struct explain *explain, const struct pcpu_layout *layout);
json_t *explain_json(const struct explain *explain);

#endif
