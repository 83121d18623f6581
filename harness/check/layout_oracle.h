/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_oracle.h - a second, deliberately simple implementation of SPEC.md 2, step by step and CPU
 * by CPU. For tests and fuzz targets; O(n^2) distances. Freestanding.
 */
#ifndef LAB_LAYOUT_ORACLE_H
#define LAB_LAYOUT_ORACLE_H

#include <pcpu/layout.h>

/* Scratch memory of the oracle; large: allocate it. */
struct lab_layout_oracle {
	uint32_t group_of[PCPU_MAX_CPUS]; /* by CPU id */
	uint32_t nr_in_group[PCPU_MAX_CPUS];
};

/*
 * Returns NULL when `layout` is what SPEC.md 2 requires for topology and sizes, which
 * pcpu_layout_build() accepted; else the first error, a constant sentence.
 */
const char *lab_layout_oracle(struct lab_layout_oracle *oracle,
			      const struct pcpu_topology *topology,
			      const struct pcpu_sizes *sizes, const struct pcpu_layout *layout);

/* Returns NULL when the properties of every layout hold, however it was built; else which one is
   violated: every possible CPU has one unit, units and areas do not overlap, waste is at most a
   third, sizes are consistent. */
const char *lab_layout_property(const struct pcpu_topology *topology,
				const struct pcpu_layout *layout, uint8_t seen[PCPU_MAX_CPUS]);

#endif
