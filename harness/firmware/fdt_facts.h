/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fdt_facts.h - what a device tree says of CPUs, memory, nodes, distances and the few devices that
 * the image uses (Devicetree Specification v0.4, 3; bindings: arm/cpus, arm,gic-v3, arm,pl011,
 * arm,psci, numa-distance-map-v1).
 */
#ifndef BOOT_FDT_FACTS_H
#define BOOT_FDT_FACTS_H

#include "harness/firmware/facts.h"
#include "harness/firmware/fdt.h"

struct fdt_facts {
	struct machine_facts machine; /* hw_id: MPIDR_EL1's affinity; CPUs in the tree's order */
	struct machine_range ram[MACHINE_MAX_RANGES]; /* whether it belongs to a node or not */
	uint32_t nr_ram;
	uint64_t uart;						    /* 0: none */
	uint64_t distributor, redistributors, redistributors_bytes; /* 0: none */
	bool has_psci, psci_by_smc;
	struct fdt_value command_line; /* without its end; inside the blob */
	uint64_t module, module_bytes; /* 0: none */
};

/* NULL, or what was wrong, a constant sentence. */
const char *fdt_facts_read(const struct fdt *fdt, struct fdt_facts *facts);

#endif
