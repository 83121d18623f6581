/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_oracle.h - a second reader of topologies and of kernel logs, dumb on purpose: SPEC.md 12
 * and SPEC.md 3 (Dump), sentence by sentence. For tests and fuzz targets. Freestanding.
 */
#ifndef LAB_TOPOLOGY_ORACLE_H
#define LAB_TOPOLOGY_ORACLE_H

#include "harness/text/oracle_text.h"

#define LAB_ORACLE_NO_NODE UINT32_MAX

/* Scratch and result; large: allocate it. */
struct lab_topology_oracle {
	/* The first bad line, from 1; 0: none. An error of the text as a whole has the last
	   line. */
	uint32_t bad_line;
	uint32_t nr_nodes, nr_cpu_ids;
	uint64_t node_id[PCPU_MAX_NODES];
	uint32_t node_of[PCPU_MAX_CPUS]; /* index in the order of the node lines */
	uint64_t distance[PCPU_MAX_NODES * PCPU_MAX_NODES]; /* from * nr_nodes + to */

	/* Scratch. */
	uint32_t nr_checked, nr_rows, nr_possible_lines, nr_absent_lines;
	bool absent_first;
	bool listed[PCPU_MAX_CPUS], possible[PCPU_MAX_CPUS], has_row[PCPU_MAX_NODES];
	struct lab_pieces lines, words;
};

/* At most LAB_ORACLE_MAX_PIECES lines. */
void lab_topology_oracle(const char *text, size_t nr, struct lab_topology_oracle *oracle);

struct lab_log_unit {
	uint64_t group, cpu; /* cpu: LAB_ORACLE_MANY for an unused unit */
};

struct lab_log_oracle {
	bool good;
	uint64_t s, r, d, u, k, atom;
	uint64_t page; /* 0: not shown */
	uint32_t nr_groups;
	size_t nr_units;
	struct lab_log_unit unit[LAB_ORACLE_MAX_PIECES];
	uint64_t lines_hash; /* as lab_log_layout.lines_hash */
	struct lab_pieces lines, words;
};

/* The first complete dump in a log: what it says, and whether it could have been printed. */
void lab_log_oracle(const char *text, size_t nr, struct lab_log_oracle *oracle);

#endif
