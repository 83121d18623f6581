/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_machines.c - machines from numactl -H and lscpu -p: each rule by a text that keeps it and
 * one that does not, at each limit and one beyond.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/text/topology_text.h"

static struct lab_topology topology;
static char printed[1 << 16];

typedef bool (*parse_fn)(const char *text, size_t bytes, struct lab_topology *topology,
			 struct lab_error *error);

/* line 0: read, and expected is what it prints; else what was expected in that line. */
struct row {
	const char *text;
	uint32_t line;
	const char *expected;
};

/* From a block of exactly that size. */
static bool parse_exactly(parse_fn parse, const char *text, size_t nr, struct lab_error *error)
{
	char *exact = malloc(nr ? nr : 1);
	bool good;

	CHECK(exact);
	memcpy(exact, text, nr);
	good = parse(exact, nr, &topology, error);
	free(exact);
	return good;
}

static void check_row(parse_fn parse, const struct row *row)
{
	struct lab_error error = { 0 };
	struct lab_text out;

	if (!parse_exactly(parse, row->text, strlen(row->text), &error)) {
		if (error.line != row->line || strcmp(error.expected, row->expected))
			FAIL("%u: %s\ninstead of %u: %s\n%s", error.line, error.expected, row->line,
			     row->expected, row->text);
		return;
	}
	lab_text_init(&out, printed, sizeof(printed));
	lab_topology_print(&topology.table, &out);
	if (row->line || strcmp(printed, row->expected))
		FAIL("%s\ninstead of %u: %s\n%s", printed, row->line, row->expected, row->text);
}

#define ROWS(parse, rows)                                                                         \
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)                               \
		check_row(parse, &rows[i])

/* --- numactl -H ------------------------------------------------------------------------------ */

#define HEAD	  "# pcpu-topology 1\n"
#define ONE	  "available: 1 nodes (0)\nnode 0 cpus: 0 1\n"
#define ONE_IS	  HEAD "node 0 cpus 0-1\n"
#define TWO	  "available: 2 nodes (0,8)\nnode 0 cpus: 0 2\nnode 8 cpus: 1\n"
#define TWO_IS	  HEAD "node 0 cpus 0,2\nnode 8 cpus 1\n"
#define MATRIX	  "node distances:\nnode   0   8\n"
#define AVAILABLE "available: N nodes (LIST), like `available: 2 nodes (0,8)`"
#define COUNTED	  "as many nodes in the list as `available:` counts"
#define NODE	  "`node ID cpus: ...`, size or free, with an id of `available:`"
#define CPU_LINES "a line `node ID cpus: ...` for each node of `available:`"
#define COLUMNS	  "the ids of all nodes above their distances"
#define ASCENDING "CPU ids in ascending order, each once"
#define A_ROW	  "a row of distances for each node, in order"
#define AS_MANY	  "as many distances as there are nodes"

static const struct row numactl_rows[] = {
	{ ONE, 0, ONE_IS },
	{ TWO, 0, TWO_IS },
	{ "$ numactl -H\n" ONE, 0, ONE_IS },
	{ "available: 2 nodes (0,8)\nnode 8 cpus: 1\nnode 0 cpus: 0 2\n", 0, TWO_IS },
	{ "available: 2 nodes (0,8)\nnode 8 cpus:\nnode 0 cpus: 0\n", 0,
	  HEAD "node 0 cpus 0\nnode 8 cpus -\n" },
	{ "available: 1 nodes (1023)\nnode 1023 cpus: 8191\n", 0,
	  HEAD "node 1023 cpus 8191\n" },
	{ "available: 3 nodes (0-2)\nnode 0 cpus: 0\nnode 1 cpus: 1\nnode 2 cpus: 2\n", 0,
	  HEAD "node 0 cpus 0\nnode 1 cpus 1\nnode 2 cpus 2\n" },
	{ TWO "node 0 size: 10 MB\nnode 0 free: 9 MB\n\nNo distance information available.\n", 0,
	  TWO_IS },
	{ TWO MATRIX "  0:  10  40\n  8:  255  10\n", 0,
	  TWO_IS "distance 0 10 40\ndistance 8 255 10\n" },
	{ TWO MATRIX "  0:  10  20\n  8:  20  10\n", 0, TWO_IS },
	{ TWO MATRIX "\n  0:  10  40\n\n  8:  40  10\n$ exit\nnode 9\n", 0,
	  TWO_IS "distance 0 10 40\ndistance 8 40 10\n" },

	{ "", 1, AVAILABLE },
	{ "node 0 cpus: 0\n", 1, AVAILABLE },
	{ "x\navailable: 1 nodes\n", 2, AVAILABLE },
	{ "available: one nodes (0)\n", 1, AVAILABLE },
	{ "available: 1 node (0)\n", 1, AVAILABLE },
	{ "available: 1 nodes (0) x\n", 1, AVAILABLE },
	{ "available: 1 nodes ()\n", 1, AVAILABLE },
	{ "available: 1 nodes (0\n", 1, AVAILABLE },
	{ "available: 1 nodes 0)\n", 1, AVAILABLE },
	{ "available: 1 nodes (0,)\n", 1, AVAILABLE },
	{ "available: 1 nodes (0,0)\n", 1, AVAILABLE },
	{ "available: 1 nodes (1024)\n", 1, "node ids from 0 to 1023" },
	{ "available: 1 nodes (0,8)\n", 1, COUNTED },
	{ "available: 3 nodes (0,8)\n", 1, COUNTED },
	{ "available: 0 nodes (-)\n", 1, COUNTED },
	{ TWO "node 1 cpus: 3\n", 4, NODE },
	{ TWO "node 1024 cpus: 3\n", 4, NODE },
	{ TWO "node 0\n", 4, NODE },
	{ TWO "node 0 sizes: 3\n", 4, NODE },
	{ TWO "nodes 0 cpus: 3\n", 4, NODE },
	{ TWO "No idea\n", 4, NODE },
	{ TWO "node distances: 0\n", 4, NODE },
	{ TWO "node 0 cpus: 0 2\n", 4, "one line of CPUs for each node" },
	{ "available: 1 nodes (0)\nnode 0 cpus: 8192\n", 2, "CPU ids from 0 to 8191" },
	{ "available: 1 nodes (0)\nnode 0 cpus: 0-1\n", 2, "CPU ids from 0 to 8191" },
	{ "available: 1 nodes (0)\nnode 0 cpus: 1 1\n", 2, ASCENDING },
	{ "available: 1 nodes (0)\nnode 0 cpus: 1 0\n", 2, ASCENDING },
	{ "available: 2 nodes (0,8)\nnode 0 cpus: 0\n", 2, CPU_LINES },
	{ "available: 2 nodes (0,8)\nnode 0 cpus:\nnode 8 cpus:\n", 3, "at least one CPU" },
	{ TWO "node distances:\n", 4, A_ROW },
	{ TWO MATRIX, 5, A_ROW },
	{ TWO MATRIX "  0:  10  40\n", 6, A_ROW },
	{ TWO MATRIX "  8:  40  10\n", 6, A_ROW },
	{ TWO MATRIX "  0   10  40\n", 6, A_ROW },
	{ TWO MATRIX "  0:  10  40\n  0:  10  40\n", 7, A_ROW },
	{ TWO "node distances:\nnode   0\n", 5, COLUMNS },
	{ TWO "node distances:\nnode   8   0\n", 5, COLUMNS },
	{ TWO "node distances:\nnode   0   8   9\n", 5, COLUMNS },
	{ TWO "node distances:\nnodes   0   8\n", 5, COLUMNS },
	{ TWO MATRIX "  0:  10\n", 6, AS_MANY },
	{ TWO MATRIX "  0:  10  40  40\n", 6, AS_MANY },
	{ TWO MATRIX "  0:  10  9\n", 6, "distances from 10 to 255" },
	{ TWO MATRIX "  0:  10  256\n", 6, "distances from 10 to 255" },
	{ TWO MATRIX "  0:  10  x\n", 6, "distances from 10 to 255" },
	{ TWO MATRIX "  0:  11  40\n", 6, "distance 10 of a node to itself" },
	{ TWO MATRIX "  0:  10  40\n  8:  40  11\n", 7, "distance 10 of a node to itself" },
};

TEST(numactl_each_rule)
{
	ROWS(lab_numactl_parse, numactl_rows);
}

static void check_memory(const char *text, uint8_t first, uint8_t second)
{
	struct lab_error error;

	CHECK(lab_numactl_parse(text, strlen(text), &topology, &error));
	CHECK_EQ(topology.node_state[0], first);
	CHECK_EQ(topology.node_state[1], second);
}

/* Of a node with 0 MB, and of no other. */
TEST(numactl_a_node_without_memory)
{
	enum { BOTH = PCPU_NODE_ONLINE | PCPU_NODE_MEMORY };

	check_memory(TWO, BOTH, BOTH);
	check_memory(TWO "node 0 size: 0 MB\nnode 8 size: 1 MB\n", PCPU_NODE_ONLINE, BOTH);
	check_memory(TWO "node 8 size: 0 MB\n", BOTH, PCPU_NODE_ONLINE);
	check_memory(TWO "node 8 free: 0 MB\n", BOTH, BOTH);
	check_memory(TWO "node 8 size: <not available>\nnode 0 size:\n", BOTH, BOTH);
}

/* As many nodes as there may be. */
TEST(numactl_1024_nodes)
{
	static char text[100000];
	size_t nr = (size_t)sprintf(text, "available: 1024 nodes (0-1023)\n");
	struct lab_error error;

	for (int i = 0; i < 1024; i++)
		nr += (size_t)sprintf(text + nr, "node %d cpus: %d\n", i, 8 * i + 7);
	CHECK(parse_exactly(lab_numactl_parse, text, nr, &error));
	CHECK_EQ(topology.table.nr_nodes, 1024);
	CHECK_EQ(topology.table.nr_cpu_ids, 8192);
	CHECK_EQ(topology.cpu_node[8191], 1023);
	CHECK_EQ(topology.distance[1024 * 1024 - 1], PCPU_LOCAL_DISTANCE);
}

/* --- lscpu -p -------------------------------------------------------------------------------- */

#define NAMES	"# comment\n# CPU,Core,Socket,Node,,L1d\n"
#define HEADER	"the line of lscpu -p that names the columns, like `# CPU,Node`"
#define NO_NODE "a column Node: lscpu -p, or lscpu -p=cpu,node"
#define FIELDS	"as many fields as the header names columns"
#define NODES	"node ids from 0 to 1023, or nothing"

static const struct row lscpu_rows[] = {
	{ NAMES "0,0,0,0,,0\n1,1,0,8,,0\n", 0, HEAD "node 0 cpus 0\nnode 8 cpus 1\n" },
	{ NAMES "1,1,0,8,,0\n0,0,0,0,,0\n", 0, HEAD "node 0 cpus 0\nnode 8 cpus 1\n" },
	{ "#cpu,NODE\n0,0\n", 0, HEAD "node 0 cpus 0\n" },
	{ "# Node , CPU\n 3 , 4 \n", 0, HEAD "node 3 cpus 4\n" },
	{ "# CPU,Node,CPU,Node\n0,1,5,6\n", 0, HEAD "node 1 cpus 0\n" },
	{ "# CPU,Node\n8191,1023\n", 0, HEAD "node 1023 cpus 8191\n" },
	{ "# CPU,Node\n0,\n3,\n", 0, HEAD "node 0 cpus 0,3\n" },
	{ NAMES "0,0,0,,,0\n1,1,0,3,,0\n", 0, HEAD "node 3 cpus 0-1\n" },
	{ "# CPU,Node\n0,1\n# remark\n\n1,2\n", 0, HEAD "node 1 cpus 0\nnode 2 cpus 1\n" },
	{ NAMES "0,0,0,1,,0\n1,1,0,0,,0\n2,,,\n3,,,,,\n4,,,\n", 0, /* dealt by node id */
	  HEAD "node 0 cpus 1-2,4\nnode 1 cpus 0,3\n" },
	{ "# Node,CPU,Core\n0,0,0\n1,1,1\n,2,\n", 0, HEAD "node 0 cpus 0,2\nnode 1 cpus 1\n" },

	{ "", 1, HEADER },
	{ "0,0\n", 1, HEADER },
	{ "# CPU,Node\n# Core,Node\n0,0\n", 3, HEADER }, /* the last comment counts */
	{ "# CPUs,Node\n0,0\n", 2, HEADER },
	{ "# CP,Node\n0,0\n", 2, HEADER },
	{ "# CPU,Core\n0,0\n", 2, NO_NODE },
	{ "# CPU,Node\n", 1, "at least one CPU" },
	{ "# CPU,Node\n0\n", 2, FIELDS },
	{ "# CPU,Node\n0,0,0\n", 2, FIELDS },
	{ NAMES "0,0,0,0\n", 3, FIELDS },	/* shorter, and two more are filled */
	{ NAMES "0,0,,\n", 3, FIELDS },		/* ... and one more is */
	{ NAMES "0,,,1\n", 3, FIELDS },
	{ NAMES "0,,\n", 3, FIELDS },		/* too short for the node */
	{ NAMES "0,0,0,0,,0,\n", 3, FIELDS },
	{ "# CPU,Node\n8192,0\n", 2, "CPU ids from 0 to 8191" },
	{ "# CPU,Node\n,0\n", 2, "CPU ids from 0 to 8191" },
	{ "# CPU,Node\n0 1,0\n", 2, "CPU ids from 0 to 8191" },
	{ "# CPU,Node\n0,0\n0,0\n", 3, "each CPU once" },
	{ "# CPU,Node\n0,\n0,1\n", 3, "each CPU once" },
	{ "# CPU,Node\n0,1024\n", 2, NODES },
	{ "# CPU,Node\n0,-\n", 2, NODES },
};

TEST(lscpu_each_rule)
{
	ROWS(lab_lscpu_parse, lscpu_rows);
}

TEST(each_is_known_by_its_text)
{
	static const struct {
		const char *text;
		bool numactl, lscpu;
	} texts[] = {
		{ "$ numactl -H\n" ONE, true, false },	{ "available:\n", true, false },
		{ "availables: 1\n", false, false },	{ NAMES "0,0,0,0,,0\n", false, true },
		{ "# CPU\n", false, true },		{ "# Core,Node\n0,0\n", false, false },
		{ "0,0\n# CPU,Node\n", false, false },	{ "", false, false },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK_EQ(lab_numactl_is(texts[i].text, strlen(texts[i].text)), texts[i].numactl);
		CHECK_EQ(lab_lscpu_is(texts[i].text, strlen(texts[i].text)), texts[i].lscpu);
	}
}

/* --- whatever bytes come --------------------------------------------------------------------- */

static uint64_t state = 1;

static uint32_t random_below(uint32_t n)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((state >> 33) % n);
}

static const char *const pieces[] = {
	"available: 2 nodes (0,8)\n", "available:", "node ", "node 0 cpus: 0 1\n", "node 8 cpus:",
	"node 8 size: 0",
	" 0", " 8", "(", ")", "-", "\n", " ", ":", "8191", "8192", "1023", "1024",
	"node distances:\n", "node 0 8\n", " 0: 10 20\n", " 8: 20 10\n", "# CPU,Node\n", "#", ",",
	"CPU", "Node", "0,0\n", "1,\n", ",,\n", "",
	"18446744073709551616",
};

/* What is taken is a machine: CPUs on its nodes, distances whole; else where and why. */
static void check_any(parse_fn parse, const char *text, size_t nr)
{
	struct lab_error error = { 0 };
	const struct pcpu_topology *t = &topology.table;
	uint32_t nr_cpus = 0;

	if (!parse_exactly(parse, text, nr, &error)) {
		CHECK(error.line > 0 && error.expected);
		return;
	}
	CHECK(t->nr_nodes > 0 && t->nr_nodes <= PCPU_MAX_NODES);
	CHECK(t->nr_cpu_ids > 0 && t->nr_cpu_ids <= PCPU_MAX_CPUS);
	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++) {
		CHECK(t->cpu_node[cpu] == PCPU_NO_NODE || t->cpu_node[cpu] < t->nr_nodes);
		nr_cpus += t->cpu_node[cpu] != PCPU_NO_NODE;
	}
	CHECK(nr_cpus > 0);
	for (uint32_t i = 0; i < t->nr_nodes * t->nr_nodes; i++)
		CHECK(t->distance[i] >= PCPU_LOCAL_DISTANCE);
}

TEST(any_mixture_is_a_machine_or_refused)
{
	enum { NR_PIECES = sizeof(pieces) / sizeof(pieces[0]) };

	for (int i = 0; i < 6000; i++) {
		char text[2000];
		size_t nr = 0;

		if (i % 3)
			nr = (size_t)sprintf(text, "%s", i % 3 == 1 ? TWO : NAMES);
		for (uint32_t n = 1 + random_below(30); n > 0; n--) {
			const char *piece = pieces[random_below(NR_PIECES)];
			size_t bytes = *piece ? strlen(piece) : 1;

			memcpy(text + nr, piece, bytes);
			nr += bytes;
		}
		if (nr && random_below(3) == 0)
			text[random_below((uint32_t)nr)] = (char)random_below(256);
		check_any(lab_numactl_parse, text, nr);
		check_any(lab_lscpu_parse, text, nr);
	}
}
