/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_topology.c - topologies: parser, oracle, printer and dump hold each other.
 *
 *	text -> parser = oracle -> table -> printer -> parser -> the same table
 *				     `-> layout -> pcpu-alloc: lines -> log parser -> the same
 *				     groups
 */
#include "fuzz/targets/text/text_case.h"
#include "harness/text/layout_text.h"
#include "fuzz/targets/text/text_tables.h"
#include "harness/text/topology_oracle.h"

#include <stdlib.h>
#include <string.h>

enum { PRINT_ROOM = 1 << 17 };

static struct lab_topology topology, again;

static bool same_as_oracle(const struct pcpu_topology *t, const struct lab_topology_oracle *o)
{
	if (t->nr_nodes != o->nr_nodes || t->nr_cpu_ids != o->nr_cpu_ids)
		return false;
	for (uint32_t i = 0; i < t->nr_nodes; i++)
		if (t->node_id[i] != o->node_id[i])
			return false;
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (o->node_of[cpu] == LAB_ORACLE_NO_NODE ? t->cpu_node[cpu] != PCPU_NO_NODE :
							    t->cpu_node[cpu] != o->node_of[cpu])
			return false;
	for (uint32_t i = 0; i < t->nr_nodes * t->nr_nodes; i++)
		if (t->distance[i] != o->distance[i])
			return false;
	return true;
}

static bool expect_oracle(struct fuzz_outcome *outcome, bool good, const struct lab_error *error,
			  const char *text, size_t nr)
{
	static struct lab_topology_oracle oracle;

	lab_topology_oracle(text, nr, &oracle);
	if (!fuzz_expect(outcome, !good || oracle.bad_line == 0, "topology",
			 "accepted, and the oracle refuses it") ||
	    !fuzz_expect(outcome, good || oracle.bad_line != 0, "topology",
			 "refused, and the oracle accepts it"))
		return false;
	if (!good)
		return fuzz_expect(outcome, error->line == oracle.bad_line, "topology",
				   "the line refused is not the first bad one");
	return fuzz_expect(outcome, same_as_oracle(&topology.table, &oracle), "topology",
			   "another machine than the oracle's");
}

/* Checks rules for every topology, from any reader. */
static bool expect_semantics(struct fuzz_outcome *outcome, const struct pcpu_topology *t)
{
	bool limits = t->nr_nodes >= 1 && t->nr_nodes <= PCPU_MAX_NODES && t->nr_cpu_ids >= 1 &&
		      t->nr_cpu_ids <= PCPU_MAX_CPUS;
	bool places = limits && t->cpu_node[t->nr_cpu_ids - 1] != PCPU_NO_NODE;
	bool distances = limits;

	for (uint32_t cpu = 0; places && cpu < t->nr_cpu_ids; cpu++)
		places = t->cpu_node[cpu] == PCPU_NO_NODE || t->cpu_node[cpu] < t->nr_nodes;
	for (uint32_t i = 0; distances && i < t->nr_nodes * t->nr_nodes; i++)
		distances = i / t->nr_nodes == i % t->nr_nodes ? t->distance[i] == 10 :
								 t->distance[i] >= 10;
	return fuzz_expect(outcome, limits, "topology", "ids beyond the limits") &&
	       fuzz_expect(outcome, places, "topology", "a CPU on a node that there is not") &&
	       fuzz_expect(outcome, distances, "topology", "an impossible distance");
}

static bool expect_round_trip(struct fuzz_outcome *outcome, const struct pcpu_topology *t)
{
	static char out[PRINT_ROOM], out_again[PRINT_ROOM];
	struct lab_text print, print_again;
	struct lab_error error = {0};

	lab_text_init(&print, out, sizeof(out));
	lab_topology_print(t, &print);
	if (!fuzz_expect(outcome, lab_text_fits(&print), "printer", "more text than can be") ||
	    !fuzz_expect(outcome, lab_topology_parse(out, print.bytes, &again, &error), "printer",
			 "what it prints is refused") ||
	    !fuzz_expect(outcome, text_same_machine(t, &again.table), "printer",
			 "printed and read again: another machine"))
		return false;
	text_mix(outcome, out, print.bytes);
	lab_text_init(&print_again, out_again, sizeof(out_again));
	lab_topology_print(&again.table, &print_again);
	return fuzz_expect(outcome,
			   print.bytes == print_again.bytes && !memcmp(out, out_again, print.bytes),
			   "printer", "printed, read and printed again: another text");
}

bool text_topology_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome)
{
	static const struct pcpu_sizes sizes = {
		.static_bytes = 212992,
		.reserved_bytes = 8192,
		.dyn_bytes = 28672,
		.atom_bytes = 2 << 20,
	};
	struct lab_error error = {0}, error_again = {0};
	bool good = lab_topology_parse(text, nr, &topology, &error);

	*nr_good = good ? nr : text_line_start(text, nr, error.line - 1);
	if (!fuzz_expect(outcome,
			 lab_topology_parse(text, nr, &again, &error_again) == good &&
				 error.line == error_again.line &&
				 (!good || text_same_machine(&topology.table, &again.table)),
			 "topology", "the same text twice gives two things") ||
	    !expect_oracle(outcome, good, &error, text, nr))
		return false;
	if (!good)
		return text_expect_refusal(outcome, text, nr, &error);
	return expect_semantics(outcome, &topology.table) &&
	       expect_round_trip(outcome, &topology.table) &&
	       text_expect_dump(outcome, &topology.table, &sizes);
}
