/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_text.h - the project's own topology format (SPEC.md 12), both ways, and a kernel log's
 * `pcpu-alloc:` lines read back. Freestanding.
 */
#ifndef LAB_TOPOLOGY_TEXT_H
#define LAB_TOPOLOGY_TEXT_H

#include <pcpu/layout.h>
#include "harness/text/text.h"
#include "harness/text/trace.h" /* struct lab_error */

/* A topology with its own storage, large: allocate it, do not put it on a stack. */
struct lab_topology {
	struct pcpu_topology table; /* points into the arrays below */
	uint16_t cpu_node[PCPU_MAX_CPUS];
	uint16_t node_id[PCPU_MAX_NODES];
	uint8_t node_state[PCPU_MAX_NODES];
	uint8_t distance[(size_t)PCPU_MAX_NODES * PCPU_MAX_NODES];
};

/* --- the table, for whoever fills it (topology_table.c) ---------------------------------- */

/* Empty: no nodes, no CPUs, tables in place, all nodes online and with memory. */
void lab_topology_init(struct lab_topology *topology);
/* Sets the distances between all nodes to 10 and 20; nr_nodes is known. */
void lab_topology_default_distances(struct lab_topology *topology);
/* The index of the node with this id; nr_nodes when there is none. */
uint32_t lab_topology_find_node(const struct lab_topology *topology, uint64_t id);
/* The same; a node that is not there yet gets its place by ascending id (the table is in that
   order), and CPUs keep their nodes. Distances are not moved: set them after the last node.
   id < PCPU_MAX_NODES. */
uint32_t lab_topology_add_node(struct lab_topology *topology, uint32_t id);
/* Puts a CPU on the node with this index, unless it is on another one already. */
void lab_topology_add_cpu(struct lab_topology *topology, uint32_t cpu, uint32_t node);

/* Which nodes get the possible CPUs that no node lists (SPEC.md 12). */
enum lab_absent {
	LAB_ABSENT_ROUND_ROBIN, /* all in turn, by ascending id, from the smallest: the default */
	LAB_ABSENT_FIRST,	/* the one with the smallest id */
};

/* Makes the set bits of [0, PCPU_MAX_CPUS) the possible CPUs: others leave their nodes, those on
   no node are dealt to the nodes. There is at least one node. */
void lab_topology_set_possible(struct lab_topology *topology, const uint64_t *possible,
			       enum lab_absent absent);

/* --- texts ------------------------------------------------------------------------------ */

/* Parses `# pcpu-topology 1` text. table.distance is always set (10/20 where no rows are given). */
bool lab_topology_parse(const char *text, size_t bytes, struct lab_topology *topology,
			struct lab_error *error);

/* Prints it so that parsing gives the same table. */
void lab_topology_print(const struct pcpu_topology *topology, struct lab_text *out);

/* What `numactl -H` prints (numactl_text.c) and what `lscpu -p` prints (lscpu_text.c): is this such
   a text, and the machine that it describes. */
bool lab_numactl_is(const char *text, size_t bytes);
bool lab_numactl_parse(const char *text, size_t bytes, struct lab_topology *topology,
		       struct lab_error *error);
bool lab_lscpu_is(const char *text, size_t bytes);
bool lab_lscpu_parse(const char *text, size_t bytes, struct lab_topology *topology,
		     struct lab_error *error);

/* The layout in a kernel log: its sizes and, as a topology, its groups. */
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

/* --- CPU lists in the kernel's syntax, "0-3,88-91"; "-" for none (cpu_list.c) ------------ */

/* All of [word, word+bytes) is one list: its ids are set among the PCPU_MAX_CPUS bits, others are
   cleared. False: *expected is a sentence. */
bool lab_parse_cpu_list(const char *word, size_t bytes, uint64_t *bits, const char **expected);
/* Bits of [0, nr). */
void lab_put_cpu_list(struct lab_text *out, const uint64_t *bits, uint32_t nr);

#endif
