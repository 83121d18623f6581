/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * facts.h - what firmware says of a machine, whatever the form it says it in: ACPI tables
 * (acpi.h) or a device tree (fdt.h).
 */
#ifndef BOOT_FACTS_H
#define BOOT_FACTS_H

#include <pcpu/base.h>

#define MACHINE_MAX_CPUS   256u
#define MACHINE_MAX_NODES  64u
#define MACHINE_MAX_RANGES 64u

struct machine_range {
	uint64_t start, bytes;
	uint16_t node; /* index */
};

struct machine_facts {
	uint32_t nr_cpus, nr_nodes, nr_ranges;
	uint32_t nr_later; /* possible CPUs that are not there: behind the nr_cpus in the tables */
	uint32_t hw_id[MACHINE_MAX_CPUS];    /* the processor's own: APIC id or affinity */
	uint16_t cpu_node[MACHINE_MAX_CPUS]; /* node index */
	uint16_t node_id[MACHINE_MAX_NODES]; /* ascending */
	bool node_memory[MACHINE_MAX_NODES]; /* has a range */
	struct machine_range range[MACHINE_MAX_RANGES]; /* none when no node was told of */
	uint8_t distance[MACHINE_MAX_NODES * MACHINE_MAX_NODES]; /* [from * nr_nodes + to] */
	bool has_nodes; /* else: one node 0 without ranges, and distances mean nothing */
};

#endif
