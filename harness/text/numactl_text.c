/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numactl_text.c - a machine from what `numactl -H` prints.
 *
 *	available: 2 nodes (0,8)	R1  lines before this one are passed over: a prompt
 *	node 0 cpus: 0 2 4 6		R2  one for each node of the list; none behind the colon:
 *					memory
 *	node 0 size: 7959 MB		    only. 0 MB: no memory
 *	node 0 free: 6982 MB
 *	node 8 cpus:
 *	node distances:			R3  whole, or not there at all: 10 and 20
 *	node   0   8
 *	  0:  10  40
 *	  8:  40  10			R4  lines after the last row are passed over
 *
 * So a text that was cut is refused: `available:` says what has to come. Only online CPUs are in
 * it; they are taken as all possible ones.
 */
#include <pcpu/bits.h>
#include "harness/text/topology_text.h"

#define AVAILABLE "available:"
#define AVAILABLE_EXPECTED "available: N nodes (LIST), like `available: 2 nodes (0,8)`"
#define NODE_EXPECTED "`node ID cpus: ...`, size or free, with an id of `available:`"
#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)
#define NODE_WORDS PCPU_BITS_WORDS(PCPU_MAX_NODES)

struct reader {
	struct lab_topology *to;
	struct lab_error *error;
	uint32_t line;
	uint32_t nr_node_lines, nr_rows;
	bool is_in_matrix, has_columns;
	uint64_t has_cpus[NODE_WORDS]; /* by node index: its line was there */
};

struct words {
	const char *at, *end;
};

static bool numactl_refuse(struct reader *reader, const char *expected)
{
	reader->error->line = reader->line;
	reader->error->expected = expected;
	return false;
}

static bool next_is(struct words *words, const char *string)
{
	const char *word;
	size_t bytes;

	return lab_next_word(&words->at, words->end, &word, &bytes) &&
	       lab_word_is(word, bytes, string);
}

static bool next_number(struct words *words, uint64_t max, uint64_t *n)
{
	const char *word;
	size_t bytes;

	return lab_next_word(&words->at, words->end, &word, &bytes) &&
	       lab_parse_u64(word, bytes, max, n);
}

static bool at_end(struct words words)
{
	const char *word;
	size_t bytes;

	return !lab_next_word(&words.at, words.end, &word, &bytes);
}

/* --- the nodes -------------------------------------------------------------------------- */

/* "(0,8)": N nodes. */
static bool take_ids(struct reader *reader, const char *word, size_t bytes, uint64_t nr)
{
	uint64_t ids[CPU_WORDS];
	const char *ignored;

	if (bytes < 3 || word[0] != '(' || word[bytes - 1] != ')' ||
	    !lab_parse_cpu_list(word + 1, bytes - 2, ids, &ignored))
		return numactl_refuse(reader, AVAILABLE_EXPECTED);
	for (uint32_t id = pcpu_bits_find(ids, 0, PCPU_MAX_CPUS, true); id < PCPU_MAX_CPUS;
	     id = pcpu_bits_find(ids, id + 1, PCPU_MAX_CPUS, true)) {
		if (id >= PCPU_MAX_NODES)
			return numactl_refuse(reader, "node ids from 0 to 1023");
		lab_topology_add_node(reader->to, id);
	}
	return (nr > 0 && reader->to->table.nr_nodes == nr) ||
	       numactl_refuse(reader, "as many nodes in the list as `available:` counts");
}

static bool take_available(struct reader *reader, struct words words)
{
	const char *word;
	size_t bytes;
	uint64_t nr;

	if (!next_is(&words, AVAILABLE) || !next_number(&words, UINT64_MAX, &nr) ||
	    !next_is(&words, "nodes") || !lab_next_word(&words.at, words.end, &word, &bytes) ||
	    !at_end(words))
		return numactl_refuse(reader, AVAILABLE_EXPECTED);
	return take_ids(reader, word, bytes, nr);
}

/* What follows `node ID cpus:`. */
static bool take_cpus(struct reader *reader, uint32_t node, struct words *words)
{
	uint64_t cpu, least = 0;

	if (pcpu_bit_test(reader->has_cpus, node))
		return numactl_refuse(reader, "one line of CPUs for each node");
	while (!at_end(*words)) {
		if (!next_number(words, PCPU_MAX_CPUS - 1, &cpu))
			return numactl_refuse(reader, "CPU ids from 0 to 8191");
		if (cpu < least)
			return numactl_refuse(reader, "CPU ids in ascending order, each once");
		lab_topology_add_cpu(reader->to, (uint32_t)cpu, node);
		least = cpu + 1;
	}
	pcpu_bit_set(reader->has_cpus, node);
	reader->nr_node_lines++;
	return true;
}

/* What follows `node ID size:`: "7959 MB", or words for an unknown size. */
static bool take_size(struct reader *reader, uint32_t node, struct words *words)
{
	uint64_t megabytes;

	if (next_number(words, UINT64_MAX, &megabytes) && megabytes == 0)
		reader->to->node_state[node] &= (uint8_t)~PCPU_NODE_MEMORY;
	return true;
}

/* Behind `node`. */
static bool take_node(struct reader *reader, struct words *words)
{
	const char *word;
	uint64_t id;
	uint32_t node;
	size_t bytes;

	if (!next_number(words, PCPU_MAX_NODES - 1, &id))
		return numactl_refuse(reader, NODE_EXPECTED);
	node = lab_topology_find_node(reader->to, id);
	if (node == reader->to->table.nr_nodes ||
	    !lab_next_word(&words->at, words->end, &word, &bytes))
		return numactl_refuse(reader, NODE_EXPECTED);
	if (lab_word_is(word, bytes, "cpus:"))
		return take_cpus(reader, node, words);
	if (lab_word_is(word, bytes, "size:"))
		return take_size(reader, node, words);
	return lab_word_is(word, bytes, "free:") || numactl_refuse(reader, NODE_EXPECTED);
}

/* --- distances -------------------------------------------------------------------------- */

/* The ids above the matrix: all nodes, in their order. */
static bool take_columns(struct reader *reader, struct words words)
{
	const struct pcpu_topology *table = &reader->to->table;
	uint64_t id;

	if (!next_is(&words, "node"))
		return numactl_refuse(reader, "the ids of all nodes above their distances");
	for (uint32_t node = 0; node < table->nr_nodes; node++)
		if (!next_number(&words, UINT64_MAX, &id) || id != table->node_id[node])
			return numactl_refuse(reader, "the ids of all nodes above their distances");
	reader->has_columns = true;
	return at_end(words) ||
	       numactl_refuse(reader, "the ids of all nodes above their distances");
}

/* `ID: D0 D1 ...`, of the node that is next. */
static bool take_row(struct reader *reader, struct words words)
{
	struct pcpu_topology *table = &reader->to->table;
	uint32_t from = reader->nr_rows;
	uint64_t id, distance;
	const char *word;
	size_t bytes;

	if (!lab_next_word(&words.at, words.end, &word, &bytes) || word[bytes - 1] != ':' ||
	    !lab_parse_u64(word, bytes - 1, UINT64_MAX, &id) || id != table->node_id[from])
		return numactl_refuse(reader, "a row of distances for each node, in order");
	for (uint32_t to = 0; to < table->nr_nodes; to++) {
		if (at_end(words))
			return numactl_refuse(reader, "as many distances as there are nodes");
		if (!next_number(&words, UINT8_MAX, &distance) || distance < PCPU_LOCAL_DISTANCE)
			return numactl_refuse(reader, "distances from 10 to 255");
		if (to == from && distance != PCPU_LOCAL_DISTANCE)
			return numactl_refuse(reader, "distance 10 of a node to itself");
		reader->to->distance[(size_t)from * table->nr_nodes + to] = (uint8_t)distance;
	}
	reader->nr_rows++;
	return at_end(words) || numactl_refuse(reader, "as many distances as there are nodes");
}

/* --- the whole -------------------------------------------------------------------------- */

static bool is_over(const struct reader *reader)
{
	return reader->nr_rows > 0 && reader->nr_rows == reader->to->table.nr_nodes;
}

static bool take_line(struct reader *reader, struct words words)
{
	struct words rest = words;

	if (at_end(words) || is_over(reader))
		return true;
	if (reader->is_in_matrix)
		return reader->has_columns ? take_row(reader, words) : take_columns(reader, words);
	if (next_is(&rest, "node")) {
		struct words behind = rest;

		reader->is_in_matrix = next_is(&behind, "distances:") && at_end(behind);
		return reader->is_in_matrix || take_node(reader, &rest);
	}
	rest = words;
	return (next_is(&rest, "No") && next_is(&rest, "distance")) ||
	       numactl_refuse(reader, NODE_EXPECTED);
}

/* What only the whole text shows. */
static bool numactl_finish(struct reader *reader)
{
	struct pcpu_topology *table = &reader->to->table;

	if (reader->nr_node_lines < table->nr_nodes)
		return numactl_refuse(reader,
				      "a line `node ID cpus: ...` for each node of `available:`");
	if (reader->is_in_matrix && !is_over(reader))
		return numactl_refuse(reader, "a row of distances for each node, in order");
	if (!reader->is_in_matrix)
		lab_topology_default_distances(reader->to);
	return table->nr_cpu_ids > 0 || numactl_refuse(reader, "at least one CPU");
}

/* Moves to the line `available:`. */
static bool find_start(struct lab_lines *lines, const char **line, size_t *bytes)
{
	while (lab_next_line(lines, line, bytes)) {
		struct words words = { *line, *line + *bytes };

		if (next_is(&words, AVAILABLE))
			return true;
	}
	return false;
}

bool lab_numactl_is(const char *text, size_t bytes)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	const char *line;
	size_t nr;

	return find_start(&lines, &line, &nr);
}

bool lab_numactl_parse(const char *text, size_t bytes, struct lab_topology *topology,
		       struct lab_error *error)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	struct reader reader = { .to = topology, .error = error, .line = 1 };
	const char *line;
	size_t nr;

	lab_topology_init(topology);
	if (!find_start(&lines, &line, &nr))
		return numactl_refuse(&reader, AVAILABLE_EXPECTED);
	reader.line = lines.number;
	if (!take_available(&reader, (struct words){ line, line + nr }))
		return false;
	while (lab_next_line(&lines, &line, &nr)) {
		reader.line = lines.number;
		if (!take_line(&reader, (struct words){ line, line + nr }))
			return false;
	}
	return numactl_finish(&reader);
}
