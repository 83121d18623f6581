/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_text.c - the topology format (SPEC.md 12), both ways.
 *
 *	# pcpu-topology 1
 *	node 0 cpus 0-3		R1  a CPU listed twice belongs to the earliest line
 *	node 8 cpus -		R2  no CPUs: a node of memory only
 *	possible 0-7		R3  possible CPUs on no node go to the node with the smallest id
 *	distance 0 10 40	R4  columns in the order of the node lines; all rows or none
 *	distance 8 40 10
 *
 * Lines may come in any order: the node lines are found first, so that a row knows its columns.
 * Then every line is judged in turn; the first bad one is told. Blank lines and further lines that
 * start with # are skipped. All storage is the caller's.
 */
#include "bits.h"
#include "topology_text.h"

#define HEADER "# pcpu-topology 1"
#define MAX_NODE_ID (PCPU_MAX_NODES - 1)
#define CPU_WORDS PCPU_BITS_WORDS(PCPU_MAX_CPUS)
#define NODE_WORDS PCPU_BITS_WORDS(PCPU_MAX_NODES)

/* What is known while the lines are read. */
struct parser {
	struct lab_topology *to;
	struct lab_error *error;
	uint32_t line;		       /* that is being judged */
	uint32_t nr_nodes_judged;      /* node lines that were found good */
	uint32_t nr_rows;	       /* distance rows that were found good */
	bool has_possible;
	uint64_t possible[CPU_WORDS];  /* of the `possible` line */
	uint64_t list[CPU_WORDS];      /* of the list that was read last */
	uint64_t has_row[NODE_WORDS];  /* by node index */
};

/* The words of one line that are not read yet. */
struct words {
	const char *at, *end;
};

static bool refuse(struct parser *parser, const char *expected)
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

/* --- CPU lists -------------------------------------------------------------------------- */

static bool take_cpu_id(const char **at, const char *end, uint64_t *id)
{
	const char *start = *at;

	while (*at < end && **at >= '0' && **at <= '9')
		++*at;
	return lab_parse_u64(start, (size_t)(*at - start), UINT64_MAX, id);
}

/* One `A` or `A-B`, all above *next; then *next is the least id that may follow. */
static bool take_range(struct parser *parser, const char **at, const char *end, uint64_t *next)
{
	uint64_t from, to;

	if (!take_cpu_id(at, end, &from))
		return refuse(parser, "a CPU list like 0-3,88-91, or - for none");
	to = from;
	if (*at < end && **at == '-') {
		++*at;
		if (!take_cpu_id(at, end, &to))
			return refuse(parser, "a CPU list like 0-3,88-91, or - for none");
	}
	if (from > PCPU_MAX_CPUS - 1 || to > PCPU_MAX_CPUS - 1)
		return refuse(parser, "CPU ids from 0 to 8191");
	if (from < *next || to < from)
		return refuse(parser, "CPU ids in ascending order, each once");
	pcpu_bits_set(parser->list, (uint32_t)from, (uint32_t)to + 1);
	*next = to + 1;
	return true;
}

/* LIST, the last word of its line, to parser->list. */
static bool take_list(struct parser *parser, struct words *words)
{
	const char *at, *end;
	uint64_t next = 0;
	size_t bytes;

	memset(parser->list, 0, sizeof(parser->list));
	if (!lab_next_word(&words->at, words->end, &at, &bytes))
		return refuse(parser, "a CPU list like 0-3,88-91, or - for none");
	if (!at_end(words))
		return refuse(parser, "nothing behind the CPU list");
	if (lab_word_is(at, bytes, "-"))
		return true;
	end = at + bytes;
	while (take_range(parser, &at, end, &next)) {
		if (at == end)
			return true;
		if (*at++ != ',')
			return refuse(parser, "a CPU list like 0-3,88-91, or - for none");
	}
	return false;
}

/* --- node lines ------------------------------------------------------------------------- */

/* Index of a node id; nr_nodes when there is no such node line. */
static uint32_t node_find(const struct pcpu_topology *table, uint64_t id)
{
	uint32_t node = 0;

	while (node < table->nr_nodes && table->node_id[node] != id)
		node++;
	return node;
}

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
		return refuse(parser, "node ID cpus LIST, with a node id from 0 to 1023");
	if (!next_is(words, "cpus"))
		return refuse(parser, "node ID cpus LIST");
	if (!take_list(parser, words))
		return false;
	if (node_find(&to->table, id) != parser->nr_nodes_judged)
		return refuse(parser, "one line for each node");
	for (uint32_t cpu = next_cpu(parser->list, 0); cpu < PCPU_MAX_CPUS;
	     cpu = next_cpu(parser->list, cpu + 1)) {
		if (to->cpu_node[cpu] == PCPU_NO_NODE)
			to->cpu_node[cpu] = (uint16_t)parser->nr_nodes_judged;
		to->table.nr_cpu_ids = (uint32_t)pcpu_max64(to->table.nr_cpu_ids, cpu + 1);
	}
	parser->nr_nodes_judged++;
	return true;
}

static bool take_possible(struct parser *parser, struct words *words)
{
	if (parser->has_possible)
		return refuse(parser, "one line of possible CPUs");
	if (!take_list(parser, words))
		return false;
	memcpy(parser->possible, parser->list, sizeof(parser->possible));
	parser->has_possible = true;
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
			return refuse(parser, "as many distances as there are node lines");
		if (!next_number(words, UINT8_MAX, &distance) || distance < PCPU_LOCAL_DISTANCE)
			return refuse(parser, "distances from 10 to 255");
		if (to == from && distance != PCPU_LOCAL_DISTANCE)
			return refuse(parser, "distance 10 of a node to itself");
		row[to] = (uint8_t)distance;
	}
	if (!at_end(words))
		return refuse(parser, "as many distances as there are node lines");
	return true;
}

static bool take_row(struct parser *parser, struct words *words)
{
	uint64_t id;
	uint32_t from;

	if (!next_number(words, MAX_NODE_ID, &id))
		return refuse(parser, "distance FROM D0 D1 ..., with the id of a node line");
	from = node_find(&parser->to->table, id);
	if (from == parser->to->table.nr_nodes)
		return refuse(parser, "distance FROM D0 D1 ..., with the id of a node line");
	if (pcpu_bit_test(parser->has_row, from))
		return refuse(parser, "one row of distances for each node");
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
	if (lab_word_is(word, bytes, "distance"))
		return take_row(parser, &words);
	return refuse(parser, "a line that starts with node, possible, distance or #");
}

/* The `possible` line decides which CPUs there are (R3). */
static void possible_apply(struct parser *parser)
{
	struct lab_topology *to = parser->to;
	uint16_t smallest = 0;

	for (uint16_t node = 1; node < to->table.nr_nodes; node++)
		if (to->node_id[node] < to->node_id[smallest])
			smallest = node;
	for (uint32_t cpu = 0; cpu < to->table.nr_cpu_ids; cpu++)
		if (!pcpu_bit_test(parser->possible, cpu))
			to->cpu_node[cpu] = PCPU_NO_NODE;
	to->table.nr_cpu_ids = 0;
	for (uint32_t cpu = next_cpu(parser->possible, 0); cpu < PCPU_MAX_CPUS;
	     cpu = next_cpu(parser->possible, cpu + 1)) {
		if (to->cpu_node[cpu] == PCPU_NO_NODE)
			to->cpu_node[cpu] = smallest;
		to->table.nr_cpu_ids = cpu + 1;
	}
}

/* What only the whole file tells. */
static bool finish(struct parser *parser)
{
	struct pcpu_topology *table = &parser->to->table;

	if (table->nr_nodes == 0)
		return refuse(parser, "at least one node line");
	if (parser->nr_rows != 0 && parser->nr_rows != table->nr_nodes)
		return refuse(parser, "a row of distances for each node, or none at all");
	if (parser->nr_rows == 0)
		lab_topology_default_distances(parser->to);
	if (parser->has_possible)
		possible_apply(parser);
	if (table->nr_cpu_ids == 0)
		return refuse(parser, "at least one possible CPU");
	return true;
}

void lab_topology_init(struct lab_topology *topology)
{
	topology->table = (struct pcpu_topology){
		.cpu_node = topology->cpu_node,
		.node_id = topology->node_id,
		.node_state = topology->node_state,
		.distance = topology->distance,
	};
	memset(topology->cpu_node, 0xff, sizeof(topology->cpu_node)); /* PCPU_NO_NODE */
	memset(topology->node_state, PCPU_NODE_ONLINE | PCPU_NODE_MEMORY,
	       sizeof(topology->node_state));
}

void lab_topology_default_distances(struct lab_topology *topology)
{
	uint32_t nr = topology->table.nr_nodes;

	memset(topology->distance, PCPU_REMOTE_DISTANCE, (size_t)nr * nr);
	for (size_t node = 0; node < nr; node++)
		topology->distance[node * nr + node] = PCPU_LOCAL_DISTANCE;
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
		return refuse(&parser, "the first line `" HEADER "`");
	nodes_find(text, bytes, topology);
	while (lab_next_line(&lines, &line, &nr)) {
		parser.line = lines.number;
		if (!take_line(&parser, line, nr))
			return false;
	}
	return finish(&parser);
}

/* --- printing --------------------------------------------------------------------------- */

void lab_put_cpu_list(struct lab_text *out, const uint64_t *bits, uint32_t nr)
{
	uint32_t from = pcpu_bits_find(bits, 0, nr, true);

	if (from == nr)
		lab_put_char(out, '-');
	while (from < nr) {
		uint32_t to = pcpu_bits_find(bits, from, nr, false);

		lab_put_u64(out, from);
		if (to - from > 1) {
			lab_put_char(out, '-');
			lab_put_u64(out, to - 1);
		}
		from = pcpu_bits_find(bits, to, nr, true);
		if (from < nr)
			lab_put_char(out, ',');
	}
}

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
static uint8_t distance(const struct pcpu_topology *table, uint32_t from, uint32_t to)
{
	return table->distance ? table->distance[(size_t)from * table->nr_nodes + to]
			       : PCPU_LOCAL_DISTANCE;
}

static bool is_default(const struct pcpu_topology *table)
{
	for (uint32_t from = 0; from < table->nr_nodes; from++)
		for (uint32_t to = 0; to < table->nr_nodes; to++)
			if (from != to && distance(table, from, to) != PCPU_REMOTE_DISTANCE)
				return false;
	return true;
}

static void put_row(struct lab_text *out, const struct pcpu_topology *table, uint32_t from)
{
	lab_put(out, "distance ");
	lab_put_u64(out, table->node_id[from]);
	for (uint32_t to = 0; to < table->nr_nodes; to++) {
		lab_put_char(out, ' ');
		lab_put_u64(out, distance(table, from, to));
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
