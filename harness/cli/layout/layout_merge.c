/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_merge.c - `--merge 0,1`: the layout if these nodes were near each other: sets their
 * distances to 10, both ways, before grouping.
 */
#include "harness/cli/layout/layout_report.h"

#include <stdlib.h>
#include <string.h>

#define EXPECTED "--merge %s: two or more of this machine's nodes, like 0,1 or 0-3, were expected"

/* Returns the index of the node with this id; nr_nodes when there is none. */
static uint32_t node_index(const struct pcpu_topology *t, uint64_t id)
{
	uint32_t node = 0;

	while (node < t->nr_nodes && t->node_id[node] != id)
		node++;
	return node;
}

static bool take_id(const char **at, uint64_t *id)
{
	size_t digits = strspn(*at, "0123456789");

	if (!lab_parse_u64(*at, digits, UINT16_MAX, id))
		return false;
	*at += digits;
	return true;
}

/* Parses one id or a range at *at; each must be a node, and listed once. */
static bool take_range(const struct pcpu_topology *t, const char **at, bool *listed)
{
	uint64_t id, last;

	if (!take_id(at, &id))
		return false;
	last = id;
	if (**at == '-') {
		++*at;
		if (!take_id(at, &last) || last < id)
			return false;
	}
	for (; id <= last; id++) {
		uint32_t node = node_index(t, id);

		if (node == t->nr_nodes || listed[node])
			return false;
		listed[node] = true;
	}
	return true;
}

static bool parse_nodes(const struct pcpu_topology *t, const char *list, bool *listed)
{
	uint32_t nr = 0;

	if (!take_range(t, &list, listed))
		return false;
	while (*list) {
		if (*list++ != ',' || !take_range(t, &list, listed))
			return false;
	}
	for (uint32_t node = 0; node < t->nr_nodes; node++)
		nr += listed[node];
	return nr >= 2;
}

int layout_merge(const struct cmd *cmd, const char *list, struct lab_topology *topology)
{
	bool listed[PCPU_MAX_NODES] = { false };
	uint32_t nr = topology->table.nr_nodes;

	if (!parse_nodes(&topology->table, list, listed))
		return cmd_usage(cmd, EXPECTED, list);
	for (uint32_t a = 0; a < nr; a++)
		for (uint32_t b = 0; b < nr; b++)
			if (listed[a] && listed[b])
				topology->distance[(size_t)a * nr + b] = PCPU_LOCAL_DISTANCE;
	return CMD_OK;
}
