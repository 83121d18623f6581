/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_oracle.h - a second opinion on layouts, dumb on purpose: SPEC.md 2 taken step by step,
 * CPU by CPU. For tests and fuzz targets; O(n^2) distances. Freestanding.
 */
#ifndef LAB_LAYOUT_ORACLE_H
#define LAB_LAYOUT_ORACLE_H

#include <pcpu/layout.h>

/* Scratch of the oracle; large: allocate it. */
struct lab_layout_oracle {
	uint32_t group_of[PCPU_MAX_CPUS]; /* by CPU id */
	uint32_t nr_in_group[PCPU_MAX_CPUS];
};

/*
 * NULL when `layout` is what the text demands for topology and sizes, which pcpu_layout_build()
 * took; else the first thing that is wrong, a constant sentence.
 */
const char *lab_layout_oracle(struct lab_layout_oracle *oracle,
			      const struct pcpu_topology *topology,
			      const struct pcpu_sizes *sizes, const struct pcpu_layout *layout);

/* NULL when the layout keeps what holds for every layout, however it came about; else what is
   broken: every possible CPU has one unit, units and areas do not overlap, waste is at most a
   third, sizes fit together. */
const char *lab_layout_property(const struct pcpu_topology *topology,
				const struct pcpu_layout *layout, uint8_t seen[PCPU_MAX_CPUS]);

#endif
