/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_text.h - the project's own topology format (SPEC.md 12), both ways, and a kernel log's
 * `pcpu-alloc:` lines read back. Freestanding.
 */
#ifndef LAB_TOPOLOGY_TEXT_H
#define LAB_TOPOLOGY_TEXT_H

#include "layout.h"
#include "text.h"
#include "trace.h" /* struct lab_error */

/* A topology with its own storage, large: allocate it, do not put it on a stack. */
struct lab_topology {
	struct pcpu_topology table; /* points into the arrays below */
	uint16_t cpu_node[PCPU_MAX_CPUS];
	uint16_t node_id[PCPU_MAX_NODES];
	uint8_t node_state[PCPU_MAX_NODES];
	uint8_t distance[(size_t)PCPU_MAX_NODES * PCPU_MAX_NODES];
};

/* Empty: no nodes, no CPUs, tables in place, all nodes online and with memory. For importers. */
void lab_topology_init(struct lab_topology *topology);
/* Sets the distances between all nodes to 10 and 20; nr_nodes is known. */
void lab_topology_default_distances(struct lab_topology *topology);

/* Parses `# pcpu-topology 1` text. table.distance is always set (10/20 where no rows are given). */
bool lab_topology_parse(const char *text, size_t bytes, struct lab_topology *topology,
			struct lab_error *error);

/* Prints it so that parsing gives the same table. */
void lab_topology_print(const struct pcpu_topology *topology, struct lab_text *out);

/* What a kernel log tells of a layout: its sizes and, as a topology, its groups. */
struct lab_log_layout {
	struct pcpu_sizes sizes; /* unit_bytes 0; page_bytes 0 when no line shows it */
	uint32_t unit_bytes;	 /* as logged: the layout built from the above should have it */
	uint32_t upa;
	/* FNV-1a over the dump's lines from `pcpu-alloc:` on, blanks at their ends cut: equal to
	   that over lab_put_layout() of what was built again, or the log was cut or edited. */
	uint64_t lines_hash;
};

/* Reads the first complete dump of `pcpu-alloc:` lines out of a kernel log (with or without time
   stamps). Groups become nodes 0, 1 ...; distances 10 and 20. */
bool lab_log_parse(const char *text, size_t bytes, struct lab_topology *topology,
		   struct lab_log_layout *layout, struct lab_error *error);

/* A CPU list in the kernel's syntax, "0-3,88-91"; "-" for none. Bits of [0, nr). */
void lab_put_cpu_list(struct lab_text *out, const uint64_t *bits, uint32_t nr);

#endif
