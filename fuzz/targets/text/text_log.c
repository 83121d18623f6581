/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_log.c - kernel logs: parser and oracle hold each other; and dumps of our own, which have to
 * come back as what they were printed from.
 */
#include "fuzz/targets/text/text_case.h"
#include "harness/text/layout_text.h"
#include "fuzz/targets/text/text_tables.h"
#include "harness/text/topology_oracle.h"

#include <stdlib.h>
#include <string.h>

enum { DUMP_ROOM = 1 << 17 };

static struct lab_topology logged, twice;

bool text_same_machine(const struct pcpu_topology *a, const struct pcpu_topology *b)
{
	return a->nr_cpu_ids == b->nr_cpu_ids && a->nr_nodes == b->nr_nodes &&
	       !memcmp(a->cpu_node, b->cpu_node, a->nr_cpu_ids * sizeof(*a->cpu_node)) &&
	       !memcmp(a->node_id, b->node_id, a->nr_nodes * sizeof(*a->node_id)) &&
	       !memcmp(a->distance, b->distance, (size_t)a->nr_nodes * a->nr_nodes);
}

/* --- a dump of our own ---------------------------------------------------------------- */

/* Is the group of each CPU in the log its group in the layout? */
static bool holds_groups(const struct pcpu_topology *t, const struct pcpu_layout *layout)
{
	uint32_t nr = 0;

	if (t->nr_nodes != layout->nr_groups || t->nr_cpu_ids != layout->nr_cpu_ids)
		return false;
	for (uint32_t g = 0; g < layout->nr_groups; g++) {
		const uint32_t *cpus = layout->cpu_map + layout->group[g].first_unit;

		for (uint32_t i = 0; i < layout->group[g].nr_units; i++) {
			if (cpus[i] == PCPU_NO_CPU)
				continue;
			if (cpus[i] >= t->nr_cpu_ids || t->cpu_node[cpus[i]] != g)
				return false;
			nr++;
		}
	}
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		nr -= t->cpu_node[cpu] != PCPU_NO_NODE;
	return nr == 0;
}

static bool holds_sizes(const struct lab_log_layout *log, const struct pcpu_layout *layout)
{
	return log->sizes.static_bytes == layout->static_bytes &&
	       log->sizes.reserved_bytes == layout->reserved_bytes &&
	       log->sizes.dyn_bytes == layout->dyn_bytes &&
	       log->sizes.atom_bytes == layout->atom_bytes &&
	       log->unit_bytes == layout->unit_bytes && log->upa == layout->upa;
}

/* Builds and prints. False: no layout has these sizes. */
static bool log_dump(const struct pcpu_topology *topology, const struct pcpu_sizes *sizes,
		     void **memory, struct pcpu_layout *layout, struct lab_text *out,
		     char *capacity)
{
	*memory = text_room(pcpu_layout_memory(topology));
	if (pcpu_layout_build(topology, sizes, *memory, layout) != PCPU_OK)
		return false;
	lab_text_init(out, capacity, DUMP_ROOM);
	lab_put_layout(out, layout);
	return true;
}

static bool expect_dump(struct fuzz_outcome *outcome, const struct pcpu_layout *layout,
			const struct lab_text *lines)
{
	static char capacity[DUMP_ROOM];
	static struct lab_topology read_back;
	struct lab_log_layout log;
	struct lab_error error = {0};
	struct pcpu_layout rebuilt;
	struct lab_text out;
	void *memory = NULL;
	bool good;

	if (!fuzz_expect(outcome, lab_text_fits(lines), "dump", "more text than can be") ||
	    !fuzz_expect(outcome, lab_log_parse(lines->at, lines->bytes, &read_back, &log, &error),
			 "dump", "what it prints is refused") ||
	    !fuzz_expect(outcome, holds_sizes(&log, layout), "dump", "read again: other sizes") ||
	    !fuzz_expect(outcome, holds_groups(&read_back.table, layout), "dump",
			 "read again: other groups") ||
	    !fuzz_expect(outcome,
			 log.lines_hash == lab_fnv1a(LAB_FNV_START, lines->at, lines->bytes),
			 "dump", "the hash of its lines is not the log's"))
		return false;
	text_mix(outcome, lines->at, lines->bytes);
	good = fuzz_expect(
		       outcome,
		       log_dump(&read_back.table, &log.sizes, &memory, &rebuilt, &out, capacity),
		       "dump", "what is read again has no layout") &&
	       fuzz_expect(outcome,
			   out.bytes == lines->bytes && !memcmp(capacity, lines->at, out.bytes),
			   "dump", "printed, read, laid out and printed again: other lines");
	free(memory);
	return good;
}

bool text_expect_dump(struct fuzz_outcome *outcome, const struct pcpu_topology *topology,
		      const struct pcpu_sizes *sizes)
{
	static char capacity[DUMP_ROOM];
	struct pcpu_layout layout;
	struct lab_text lines;
	void *memory = NULL;
	bool good = true;

	if (topology->nr_cpu_ids > TEXT_DUMP_MAX_CPU_IDS)
		return true;
	if (log_dump(topology, sizes, &memory, &layout, &lines, capacity))
		good = expect_dump(outcome, &layout, &lines);
	free(memory);
	return good;
}

/* --- a log of whoever ----------------------------------------------------------------- */

static bool same_as_oracle(const struct pcpu_topology *t, const struct lab_log_layout *log,
			   const struct lab_log_oracle *o)
{
	uint64_t nr_cpus = 0;

	if (log->sizes.static_bytes != o->s || log->sizes.reserved_bytes != o->r ||
	    log->sizes.dyn_bytes != o->d || log->sizes.atom_bytes != o->atom ||
	    log->sizes.page_bytes != o->page ||
	    log->unit_bytes != o->u || log->upa != o->k * o->atom / o->u ||
	    log->lines_hash != o->lines_hash || t->nr_nodes != o->nr_groups)
		return false;
	for (size_t i = 0; i < o->nr_units; i++) {
		if (o->unit[i].cpu == LAB_ORACLE_MANY)
			continue;
		if (o->unit[i].cpu >= t->nr_cpu_ids ||
		    t->cpu_node[o->unit[i].cpu] != o->unit[i].group)
			return false;
		nr_cpus++;
	}
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		nr_cpus -= t->cpu_node[cpu] != PCPU_NO_NODE;
	return nr_cpus == 0 && t->cpu_node[t->nr_cpu_ids - 1] != PCPU_NO_NODE;
}

static bool expect_oracle(struct fuzz_outcome *outcome, bool good, const struct lab_log_layout *log,
			  const char *text, size_t nr)
{
	static struct lab_log_oracle oracle;

	lab_log_oracle(text, nr, &oracle);
	return fuzz_expect(outcome, !good || oracle.good, "log",
			   "accepted, and the oracle refuses it") &&
	       fuzz_expect(outcome, good || !oracle.good, "log",
			   "refused, and the oracle accepts it") &&
	       fuzz_expect(outcome, !good || same_as_oracle(&logged.table, log, &oracle), "log",
			   "another layout than the oracle's");
}

bool text_log_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome)
{
	struct lab_log_layout log = {0}, log_twice = {0};
	struct lab_error error = {0}, error_twice = {0};
	bool good = lab_log_parse(text, nr, &logged, &log, &error);

	*nr_good = good ? nr : text_line_start(text, nr, error.line - 1);
	if (!fuzz_expect(outcome,
			 lab_log_parse(text, nr, &twice, &log_twice, &error_twice) == good &&
				 error.line == error_twice.line &&
				 (!good || text_same_machine(&logged.table, &twice.table)),
			 "log", "the same text twice gives two things") ||
	    !expect_oracle(outcome, good, &log, text, nr))
		return false;
	if (!good)
		return text_expect_refusal(outcome, text, nr, &error);
	return text_expect_dump(outcome, &logged.table, &log.sizes);
}
