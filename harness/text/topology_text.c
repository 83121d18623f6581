/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_text.c - the topology format (SPEC.md 12), both ways.
 *
 *	# pcpu-topology 1
 *	node 0 cpus 0-3		R1  a CPU listed twice belongs to the earliest line
 *	node 8 cpus -		R2  no CPUs: a node of memory only
 *	possible 0-7		R3  possible CPUs on no node are dealt to the nodes in turn,
 *	absent round-robin	    or (absent first) go to the node with the smallest id
 *	distance 0 10 40	R4  columns in the order of the node lines; all rows or none
 *	distance 8 40 10
 *
 * Lines may come in any order: the node lines are found first, so that a row knows its columns.
 * Then every line is checked in turn; the first bad one is reported. Blank lines and those that
 * start with # are skipped. All storage is the caller's.
 */
#include <pcpu/bits.h>
#include "harness/text/topology_text.h"

#define HEADER "# pcpu-topology 1"
#define MAX_NODE_ID (PCPU_MAX_NODES - 1)
#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)
#define NODE_WORDS PCPU_BITS_WORDS(PCPU_MAX_NODES)

/* What is known while the lines are read. */
struct parser {
	struct lab_topology *to;
	struct lab_error *error;
	uint32_t line;		       /* that is being checked */
	uint32_t nr_nodes_checked;      /* node lines that were found good */
	uint32_t nr_rows;	       /* distance rows that were found good */
	bool has_possible, has_absent;
	enum lab_absent absent;
	uint64_t possible[CPU_WORDS];  /* of the `possible` line */
	uint64_t list[CPU_WORDS];      /* of the list that was read last */
	uint64_t has_row[NODE_WORDS];  /* by node index */
};

/* The words of one line that are not read yet. */
struct words {
	const char *at, *end;
};

static bool topology_refuse(struct parser *parser, const char *expected)
{
	parser->error->line = parser->line;
	parser->error->expected = expected;
	return false;
}

static bool next_number(struct words *words, uint64_t max, uint64_t *n)
{
	const char *word;
	size_t bytes;

	return lab_next_word(&words->at, words->end, &word, &bytes) &&
	       lab_parse_u64(word, bytes, max, n);
}

static bool next_is(struct words *words, const char *string)
{
	const char *word;
	size_t bytes;

	return lab_next_word(&words->at, words->end, &word, &bytes) &&
	       lab_word_is(word, bytes, string);
}

static bool at_end(struct words *words)
{
	const char *word;
	size_t bytes;

	return !lab_next_word(&words->at, words->end, &word, &bytes);
}

/* LIST, the last word of its line, to parser->list. */
static bool take_list(struct parser *parser, struct words *words)
{
	const char *word = words->at, *expected;
	size_t bytes = 0; /* no word is no list */
	bool has_word = lab_next_word(&words->at, words->end, &word, &bytes);

	if (has_word && !at_end(words))
		return topology_refuse(parser, "nothing behind the CPU list");
	return lab_parse_cpu_list(word, bytes, parser->list, &expected) ||
	       topology_refuse(parser, expected);
}

/* --- node lines ------------------------------------------------------------------------- */

/* First look: the ids of all node lines that can be read, each once, in the order of the lines. */
static void nodes_find(const char *text, size_t bytes, struct lab_topology *to)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	uint64_t seen[NODE_WORDS] = { 0 };
	const char *line;
	size_t nr;

	while (lab_next_line(&lines, &line, &nr)) {
		struct words words = { line, line + nr };
		uint64_t id;

		if (!next_is(&words, "node") || !next_number(&words, MAX_NODE_ID, &id) ||
		    pcpu_bit_test(seen, (uint32_t)id))
			continue;
		pcpu_bit_set(seen, (uint32_t)id);
		to->node_id[to->table.nr_nodes++] = (uint16_t)id;
	}
}

/* The first CPU of a list from `cpu` on; PCPU_MAX_CPUS when there is none. */
static uint32_t next_cpu(const uint64_t *list, uint32_t cpu)
{
	return pcpu_bits_find(list, cpu, PCPU_MAX_CPUS, true);
}

static bool take_node(struct parser *parser, struct words *words)
{
	struct lab_topology *to = parser->to;
	uint64_t id;

	if (!next_number(words, MAX_NODE_ID, &id))
		return topology_refuse(parser, "node ID cpus LIST, with a node id from 0 to 1023");
	if (!next_is(words, "cpus"))
		return topology_refuse(parser, "node ID cpus LIST");
	if (!take_list(parser, words))
		return false;
	if (lab_topology_find_node(to, id) != parser->nr_nodes_checked)
		return topology_refuse(parser, "one line for each node");
	for (uint32_t cpu = next_cpu(parser->list, 0); cpu < PCPU_MAX_CPUS;
	     cpu = next_cpu(parser->list, cpu + 1))
		lab_topology_add_cpu(to, cpu, parser->nr_nodes_checked);
	parser->nr_nodes_checked++;
	return true;
}

static bool take_possible(struct parser *parser, struct words *words)
{
	if (parser->has_possible)
		return topology_refuse(parser, "one line of possible CPUs");
	if (!take_list(parser, words))
		return false;
	memcpy(parser->possible, parser->list, sizeof(parser->possible));
	parser->has_possible = true;
	return true;
}

static bool take_absent(struct parser *parser, struct words *words)
{
	const char *word;
	size_t bytes;

	if (parser->has_absent)
		return topology_refuse(parser, "one line of absent CPUs");
	if (!lab_next_word(&words->at, words->end, &word, &bytes) || !at_end(words))
		return topology_refuse(parser, "absent round-robin, or absent first");
	if (lab_word_is(word, bytes, "first"))
		parser->absent = LAB_ABSENT_FIRST;
	else if (!lab_word_is(word, bytes, "round-robin"))
		return topology_refuse(parser, "absent round-robin, or absent first");
	parser->has_absent = true;
	return true;
}

/* --- distances -------------------------------------------------------------------------- */

static bool take_distances(struct parser *parser, struct words *words, uint32_t from)
{
	uint32_t nr_nodes = parser->to->table.nr_nodes;
	uint8_t *row = parser->to->distance + (size_t)from * nr_nodes;

	for (uint32_t to = 0; to < nr_nodes; to++) {
		uint64_t distance;

		if (at_end(&(struct words){ words->at, words->end }))
			return topology_refuse(parser, "as many distances as there are node lines");
		if (!next_number(words, UINT8_MAX, &distance) || distance < PCPU_LOCAL_DISTANCE)
			return topology_refuse(parser, "distances from 10 to 255");
		if (to == from && distance != PCPU_LOCAL_DISTANCE)
			return topology_refuse(parser, "distance 10 of a node to itself");
		row[to] = (uint8_t)distance;
	}
	if (!at_end(words))
		return topology_refuse(parser, "as many distances as there are node lines");
	return true;
}

static bool take_row(struct parser *parser, struct words *words)
{
	uint64_t id;
	uint32_t from;

	if (!next_number(words, MAX_NODE_ID, &id))
		return topology_refuse(parser,
				       "distance FROM D0 D1 ..., with the id of a node line");
	from = lab_topology_find_node(parser->to, id);
	if (from == parser->to->table.nr_nodes)
		return topology_refuse(parser,
				       "distance FROM D0 D1 ..., with the id of a node line");
	if (pcpu_bit_test(parser->has_row, from))
		return topology_refuse(parser, "one row of distances for each node");
	if (!take_distances(parser, words, from))
		return false;
	pcpu_bit_set(parser->has_row, from);
	parser->nr_rows++;
	return true;
}

/* --- the whole -------------------------------------------------------------------------- */

static bool take_line(struct parser *parser, const char *line, size_t bytes)
{
	struct words words = { line, line + bytes };
	const char *word;

	if (!lab_next_word(&words.at, words.end, &word, &bytes) || *word == '#')
		return true;
	if (lab_word_is(word, bytes, "node"))
		return take_node(parser, &words);
	if (lab_word_is(word, bytes, "possible"))
		return take_possible(parser, &words);
	if (lab_word_is(word, bytes, "absent"))
		return take_absent(parser, &words);
	if (lab_word_is(word, bytes, "distance"))
		return take_row(parser, &words);
	return topology_refuse(parser,
			       "a line that starts with node, possible, absent, distance or #");
}

/* Checks that need the whole file. */
static bool topology_finish(struct parser *parser)
{
	struct pcpu_topology *table = &parser->to->table;

	if (table->nr_nodes == 0)
		return topology_refuse(parser, "at least one node line");
	if (parser->nr_rows != 0 && parser->nr_rows != table->nr_nodes)
		return topology_refuse(parser, "a row of distances for each node, or none at all");
	if (parser->nr_rows == 0)
		lab_topology_default_distances(parser->to);
	if (parser->has_possible)
		lab_topology_set_possible(parser->to, parser->possible, parser->absent);
	if (table->nr_cpu_ids == 0)
		return topology_refuse(parser, "at least one possible CPU");
	return true;
}

bool lab_topology_parse(const char *text, size_t bytes, struct lab_topology *topology,
			struct lab_error *error)
{
	struct lab_lines lines = { .at = text, .end = text + bytes };
	struct parser parser = { .to = topology, .error = error, .line = 1 };
	const char *line;
	size_t nr;

	lab_topology_init(topology);
	if (!lab_next_line(&lines, &line, &nr) || !lab_word_is(line, nr, HEADER))
		return topology_refuse(&parser, "the first line `" HEADER "`");
	nodes_find(text, bytes, topology);
	while (lab_next_line(&lines, &line, &nr)) {
		parser.line = lines.number;
		if (!take_line(&parser, line, nr))
			return false;
	}
	return topology_finish(&parser);
}

/* --- printing --------------------------------------------------------------------------- */

static void put_node(struct lab_text *out, const struct pcpu_topology *table, uint32_t node)
{
	uint64_t cpus[CPU_WORDS] = { 0 };

	for (uint32_t cpu = 0; cpu < table->nr_cpu_ids; cpu++)
		if (table->cpu_node[cpu] == node)
			pcpu_bit_set(cpus, cpu);
	lab_put(out, "node ");
	lab_put_u64(out, table->node_id[node]);
	lab_put(out, " cpus ");
	lab_put_cpu_list(out, cpus, table->nr_cpu_ids);
	lab_put_char(out, '\n');
}

/* Without distances all CPUs form one group: every node is near every other. */
static uint8_t topology_distance(const struct pcpu_topology *table, uint32_t from, uint32_t to)
{
	return table->distance ? table->distance[(size_t)from * table->nr_nodes + to]
			       : PCPU_LOCAL_DISTANCE;
}

static bool is_default(const struct pcpu_topology *table)
{
	for (uint32_t from = 0; from < table->nr_nodes; from++)
		for (uint32_t to = 0; to < table->nr_nodes; to++)
			if (from != to &&
			    topology_distance(table, from, to) != PCPU_REMOTE_DISTANCE)
				return false;
	return true;
}

static void put_row(struct lab_text *out, const struct pcpu_topology *table, uint32_t from)
{
	lab_put(out, "distance ");
	lab_put_u64(out, table->node_id[from]);
	for (uint32_t to = 0; to < table->nr_nodes; to++) {
		lab_put_char(out, ' ');
		lab_put_u64(out, topology_distance(table, from, to));
	}
	lab_put_char(out, '\n');
}

void lab_topology_print(const struct pcpu_topology *topology, struct lab_text *out)
{
	lab_put(out, HEADER "\n");
	for (uint32_t node = 0; node < topology->nr_nodes; node++)
		put_node(out, topology, node);
	if (is_default(topology))
		return;
	for (uint32_t node = 0; node < topology->nr_nodes; node++)
		put_row(out, topology, node);
}
