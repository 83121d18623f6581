/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi.h - CPUs, nodes and distances out of ACPI tables (ACPI 6.5, 5.2.5 to 5.2.17).
 *
 *	RSDP -> RSDT or XSDT -> MADT (CPUs), SRAT (who is on which node), SLIT (how far apart)
 *
 * Tables are input like any other: nothing is read outside `memory`, a length
 * is believed only after it was held against what surrounds it, checksums are demanded. A pure
 * function over bytes; also compiled for the host, where its tests are.
 */
#ifndef BOOT_ACPI_H
#define BOOT_ACPI_H

#include <pcpu/base.h>

#define ACPI_MAX_CPUS	256u
#define ACPI_MAX_NODES	64u
#define ACPI_MAX_RANGES 64u

/* Physical memory as the parser may see it: [start, start + bytes) lies at `at`. */
struct acpi_memory {
	const uint8_t *at;
	uint64_t start, bytes;
};

struct acpi_range {
	uint64_t start, bytes;
	uint16_t node; /* index */
};

struct acpi_facts {
	uint32_t nr_cpus, nr_later, nr_nodes, nr_ranges;
	uint64_t local_apic;		  /* physical address of the registers */
	/* In the order of the MADT: nr_cpus usable ones, then nr_later that may come some day. */
	uint32_t apic_id[ACPI_MAX_CPUS];
	uint16_t cpu_node[ACPI_MAX_CPUS]; /* node index */
	uint16_t node_id[ACPI_MAX_NODES]; /* proximity domains, ascending */
	bool node_memory[ACPI_MAX_NODES]; /* has a range */
	struct acpi_range range[ACPI_MAX_RANGES]; /* of the SRAT; none without one */
	uint8_t distance[ACPI_MAX_NODES * ACPI_MAX_NODES]; /* [from * nr_nodes + to] */
	bool has_srat, has_slit;
};

/* NULL, or what was wrong, a constant sentence. Without SRAT: one node 0 without ranges.
   Without SLIT:
   10 and 20. */
const char *acpi_parse(const struct acpi_memory *memory, uint64_t rsdp, struct acpi_facts *facts);

/*
 * A whole table with a right checksum: its nr bytes lie at *at. acpi_table(): the first of that
 * name that the RSDP leads to, *at NULL when there is none; acpi_table_at(): the one at a physical
 * address. NULL, or what was wrong, a constant sentence.
 */
const char *acpi_table(const struct acpi_memory *memory, uint64_t rsdp, const char name[4],
		       const uint8_t **at, uint32_t *nr);
const char *acpi_table_at(const struct acpi_memory *memory, uint64_t physical, const char name[4],
			  const uint8_t **at, uint32_t *nr);

#endif
