/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_oracle.c - see topology_oracle.h. Which nodes there are is asked of the lines first;
 * then each line is checked, and the whole at the end.
 */
#include "harness/text/topology_oracle.h"

/* A number of the piece from *at on; *at is moved behind it. */
static bool list_number(const struct lab_piece *list, size_t *at, uint64_t *n)
{
	struct lab_piece digits = {list->at + *at, 0};

	while (*at < list->nr && list->at[*at] >= '0' && list->at[*at] <= '9') {
		digits.nr++;
		++*at;
	}
	return lab_oracle_below(&digits, PCPU_MAX_CPUS, n);
}

/* "0-3,88-91" or "-": to listed[]. */
static bool read_list(const struct lab_piece *list, bool *listed)
{
	uint64_t from, to, least = 0;
	size_t at = 0;

	memset(listed, 0, PCPU_MAX_CPUS);
	if (lab_oracle_is(list, "-"))
		return true;
	for (;;) {
		if (!list_number(list, &at, &from))
			return false;
		to = from;
		if (at < list->nr && list->at[at] == '-') {
			at++;
			if (!list_number(list, &at, &to))
				return false;
		}
		if (from < least || from > to)
			return false;
		for (uint64_t cpu = from; cpu <= to; cpu++)
			listed[cpu] = true;
		least = to + 1;
		if (at == list->nr)
			return true;
		if (list->at[at++] != ',')
			return false;
	}
}

/* Place of a node id among the node lines; nr_nodes when it has none. */
static uint32_t place_of(const struct lab_topology_oracle *o, uint64_t id)
{
	for (uint32_t i = 0; i < o->nr_nodes; i++)
		if (o->node_id[i] == id)
			return i;
	return o->nr_nodes;
}

static void find_nodes(struct lab_topology_oracle *o)
{
	o->nr_nodes = 0;
	for (size_t i = 1; i < o->lines.nr; i++) {
		uint64_t id;

		lab_oracle_words(&o->lines.piece[i], &o->words);
		if (o->words.nr >= 2 && lab_oracle_is(&o->words.piece[0], "node") &&
		    lab_oracle_below(&o->words.piece[1], PCPU_MAX_NODES, &id) &&
		    place_of(o, id) == o->nr_nodes)
			o->node_id[o->nr_nodes++] = id;
	}
}

/* node ID cpus LIST */
static bool check_node(struct lab_topology_oracle *o)
{
	uint64_t id;

	if (o->words.nr != 4 || !lab_oracle_below(&o->words.piece[1], PCPU_MAX_NODES, &id) ||
	    !lab_oracle_is(&o->words.piece[2], "cpus") || !read_list(&o->words.piece[3], o->listed))
		return false;
	if (place_of(o, id) != o->nr_checked)
		return false;
	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++)
		if (o->listed[cpu] && o->node_of[cpu] == LAB_ORACLE_NO_NODE)
			o->node_of[cpu] = o->nr_checked;
	o->nr_checked++;
	return true;
}

/* distance FROM D0 D1 ... */
static bool check_row(struct lab_topology_oracle *o)
{
	uint64_t id;
	uint32_t from;

	if (o->words.nr < 2 || !lab_oracle_below(&o->words.piece[1], PCPU_MAX_NODES, &id))
		return false;
	from = place_of(o, id);
	if (from == o->nr_nodes || o->has_row[from] || o->words.nr != 2 + (size_t)o->nr_nodes)
		return false;
	for (uint32_t to = 0; to < o->nr_nodes; to++) {
		uint64_t *d = &o->distance[from * o->nr_nodes + to];

		if (!lab_oracle_below(&o->words.piece[2 + to], 256, d) || *d < 10 ||
		    (from == to && *d != 10))
			return false;
	}
	o->has_row[from] = true;
	o->nr_rows++;
	return true;
}

/* absent round-robin, absent first */
static bool check_absent(struct lab_topology_oracle *o)
{
	o->absent_first = o->words.nr == 2 && lab_oracle_is(&o->words.piece[1], "first");
	return ++o->nr_absent_lines == 1 &&
	       (o->absent_first ||
		(o->words.nr == 2 && lab_oracle_is(&o->words.piece[1], "round-robin")));
}

static bool check_line(struct lab_topology_oracle *o, const struct lab_piece *line)
{
	lab_oracle_words(line, &o->words);
	if (o->words.nr == 0 || o->words.piece[0].at[0] == '#')
		return true;
	if (lab_oracle_is(&o->words.piece[0], "node"))
		return check_node(o);
	if (lab_oracle_is(&o->words.piece[0], "distance"))
		return check_row(o);
	if (lab_oracle_is(&o->words.piece[0], "absent"))
		return check_absent(o);
	return lab_oracle_is(&o->words.piece[0], "possible") && o->words.nr == 2 &&
	       ++o->nr_possible_lines == 1 && read_list(&o->words.piece[1], o->possible);
}

/* Place of the node with the least id of at least `least`; of the least of all when there is
   none. */
static uint32_t next_by_id(const struct lab_topology_oracle *o, uint64_t least)
{
	uint32_t found = o->nr_nodes;

	for (uint32_t i = 0; i < o->nr_nodes; i++)
		if (o->node_id[i] >= least &&
		    (found == o->nr_nodes || o->node_id[i] < o->node_id[found]))
			found = i;
	return found < o->nr_nodes ? found : next_by_id(o, 0);
}

static void apply_possible(struct lab_topology_oracle *o)
{
	uint32_t node = next_by_id(o, 0);

	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++) {
		if (!o->possible[cpu]) {
			o->node_of[cpu] = LAB_ORACLE_NO_NODE;
		} else if (o->node_of[cpu] == LAB_ORACLE_NO_NODE) {
			o->node_of[cpu] = node;
			if (!o->absent_first)
				node = next_by_id(o, o->node_id[node] + 1);
		}
	}
}

static bool check_whole(struct lab_topology_oracle *o)
{
	if (o->nr_nodes == 0 || (o->nr_rows != 0 && o->nr_rows != o->nr_nodes))
		return false;
	for (uint32_t i = 0; o->nr_rows == 0 && i < o->nr_nodes * o->nr_nodes; i++)
		o->distance[i] = i / o->nr_nodes == i % o->nr_nodes ? 10 : 20;
	if (o->nr_possible_lines > 0)
		apply_possible(o);
	o->nr_cpu_ids = 0;
	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++)
		if (o->node_of[cpu] != LAB_ORACLE_NO_NODE)
			o->nr_cpu_ids = cpu + 1;
	return o->nr_cpu_ids > 0;
}

void lab_topology_oracle(const char *text, size_t nr, struct lab_topology_oracle *oracle)
{
	struct lab_topology_oracle *o = oracle;

	o->nr_checked = o->nr_rows = o->nr_possible_lines = o->nr_absent_lines = 0;
	o->absent_first = false;
	o->bad_line = 1;
	memset(o->has_row, 0, sizeof(o->has_row));
	memset(o->node_of, 0xff, sizeof(o->node_of)); /* LAB_ORACLE_NO_NODE */
	lab_oracle_lines(text, nr, &o->lines);
	if (o->lines.nr == 0 || !lab_oracle_is(&o->lines.piece[0], "# pcpu-topology 1"))
		return;
	find_nodes(o);
	for (size_t i = 1; i < o->lines.nr; i++) {
		o->bad_line = (uint32_t)i + 1;
		if (!check_line(o, &o->lines.piece[i]))
			return;
	}
	if (check_whole(o))
		o->bad_line = 0;
}
