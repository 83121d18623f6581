/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_topology.c - the topology format both ways, and kernel logs read back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/test/lib/topology_compare.h"
#include "harness/text/topology_text.h"

static struct lab_topology first, second;
static char printed[8 << 20];

/* --- round trip ----------------------------------------------------------------------------- */

static void parse(const char *what, const char *text, size_t bytes, struct lab_topology *to)
{
	struct lab_error error = { 0 };

	if (!lab_topology_parse(text, bytes, to, &error))
		FAIL("%s:%u: %s", what, error.line, error.expected);
}

static void print_and_parse(const char *what)
{
	struct lab_text out;
	const char *difference;

	lab_text_init(&out, printed, sizeof(printed));
	lab_topology_print(&first.table, &out);
	CHECK(lab_text_fits(&out));
	parse(what, printed, out.bytes, &second);
	difference = topology_difference(&first.table, &second.table, true);
	if (difference)
		FAIL("%s: printed and parsed: other %s", what, difference);
}

static void round_trip(const char *path, const char *name)
{
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	parse(name, text, bytes, &first);
	free(text);
	print_and_parse(name);
}

TEST(round_trip_of_all_topologies)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/topologies"), ".topo", round_trip), 53);
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".topo", round_trip), 14);
}

/* 8192 CPUs in alternation on 1024 nodes, each pair at its own distance. */
TEST(round_trip_of_the_largest)
{
	lab_topology_init(&first);
	first.table.nr_nodes = PCPU_MAX_NODES;
	first.table.nr_cpu_ids = PCPU_MAX_CPUS;
	for (uint32_t n = 0; n < PCPU_MAX_NODES; n++)
		first.node_id[n] = (uint16_t)(PCPU_MAX_NODES - 1 - n);
	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++)
		first.cpu_node[cpu] = (uint16_t)(cpu % PCPU_MAX_NODES);
	for (uint32_t i = 0; i < PCPU_MAX_NODES; i++)
		for (uint32_t j = 0; j < PCPU_MAX_NODES; j++)
			first.distance[i * PCPU_MAX_NODES + j] =
				i == j ? 10 : (uint8_t)(10 + (i * 7 + j * 3) % 246);
	print_and_parse("largest");
}

/* What the table cannot be without, but text can: no distances is one group, as is all near. */
TEST(unknown_distances_print_as_all_near)
{
	static const char text[] = "# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\n";
	struct lab_text out;

	parse("text", text, sizeof(text) - 1, &first);
	first.table.distance = NULL;
	lab_text_init(&out, printed, sizeof(printed));
	lab_topology_print(&first.table, &out);
	CHECK_STR(printed, "# pcpu-topology 1\nnode 0 cpus 0\nnode 1 cpus 1\n"
			   "distance 0 10 10\ndistance 1 10 10\n");
}

/* --- what lines mean ------------------------------------------------------------------------ */

#define POSSIBLE                                                                                   \
	"# pcpu-topology 1\r\npossible 0-3,6-7,9\r\n\r\n# a comment\r\n"                           \
	"node 7 cpus 1-2,5\r\nnode 3 cpus -\r\nnode 5 cpus 2-3"

static void check_present(void)
{
	CHECK_EQ(first.table.nr_nodes, 3);
	CHECK_EQ(first.table.nr_cpu_ids, 10);
	CHECK_EQ(first.cpu_node[1], 0);
	CHECK_EQ(first.cpu_node[2], 0); /* on two lines: the earliest */
	CHECK_EQ(first.cpu_node[3], 2);
	CHECK_EQ(first.cpu_node[5], PCPU_NO_NODE); /* on a line, not possible */
	CHECK_EQ(first.distance[0], 10);
	CHECK_EQ(first.distance[1], 20);
}

/* By ascending ids, whatever the order of the lines: 3 (index 1), 5 (index 2), 7 (index 0), 3. */
TEST(possible_cpus_on_no_node_are_dealt_to_the_nodes)
{
	static const char *const texts[] = { POSSIBLE, POSSIBLE "\nabsent round-robin\n" };

	for (unsigned i = 0; i < 2; i++) {
		parse("text", texts[i], strlen(texts[i]), &first);
		check_present();
		CHECK_EQ(first.cpu_node[0], 1);
		CHECK_EQ(first.cpu_node[6], 2);
		CHECK_EQ(first.cpu_node[7], 0);
		CHECK_EQ(first.cpu_node[9], 1);
	}
}

TEST(absent_first_gives_them_all_to_the_smallest_id)
{
	static const char text[] = POSSIBLE "\r\n absent\tfirst\r\n";

	parse("text", text, sizeof(text) - 1, &first);
	check_present();
	CHECK_EQ(first.cpu_node[0], 1);
	CHECK_EQ(first.cpu_node[6], 1);
	CHECK_EQ(first.cpu_node[7], 1);
	CHECK_EQ(first.cpu_node[9], 1);
}

/* A real machine: two nodes of two CPUs each, and four that never came up. */
TEST(absent_cpus_as_a_real_machine_dealt_them)
{
	static const char text[] = "# pcpu-topology 1\nnode 0 cpus 0-1\nnode 1 cpus 2-3\n"
				   "possible 0-7\n";
	static const uint16_t node[] = { 0, 0, 1, 1, 0, 1, 0, 1 };

	parse("text", text, sizeof(text) - 1, &first);
	CHECK_EQ(first.table.nr_cpu_ids, 8);
	for (unsigned cpu = 0; cpu < 8; cpu++)
		CHECK_EQ(first.cpu_node[cpu], node[cpu]);
}

/* Recorded layouts hold the possible CPUs of absent packages; without them they come out again. */
static void absent_comes_back(const char *name, const char *text)
{
	const char *difference;
	char path[4096], *whole;
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/layouts/%s.topo", name);
	whole = test_read_file(test_source_path(path), &bytes);
	parse(name, whole, bytes, &first);
	free(whole);
	parse(name, text, strlen(text), &second);
	difference = topology_difference(&first.table, &second.table, true);
	if (difference)
		FAIL("%s: other %s", name, difference);
}

#define PRESENT                                                                                    \
	"# pcpu-topology 1\nnode 0 cpus 0-1\nnode 1 cpus 2-3\nnode 2 cpus 4-5\nnode 3 cpus 6-7\n"

TEST(absent_cpus_of_recorded_layouts)
{
	absent_comes_back("8cpu_4node_possible12", PRESENT "possible 0-11\n");
	absent_comes_back("8cpu_4node_possible24", PRESENT "possible 0-23\n");
}

/* --- tables that importers fill ------------------------------------------------------------- */

TEST(nodes_added_late_keep_cpus_where_they_are)
{
	lab_topology_init(&first);
	CHECK_EQ(lab_topology_add_node(&first, 8), 0);
	first.node_state[0] = PCPU_NODE_ONLINE;
	lab_topology_add_cpu(&first, 5, 0);
	CHECK_EQ(lab_topology_add_node(&first, 1023), 1);
	lab_topology_add_cpu(&first, 4, 1);
	CHECK_EQ(lab_topology_add_node(&first, 2), 0);
	CHECK_EQ(lab_topology_add_node(&first, 8), 1);
	CHECK_EQ(first.table.nr_nodes, 3);
	CHECK_EQ(first.node_id[0], 2);
	CHECK_EQ(first.node_id[1], 8);
	CHECK_EQ(first.node_id[2], 1023);
	CHECK_EQ(first.node_state[0], PCPU_NODE_ONLINE | PCPU_NODE_MEMORY);
	CHECK_EQ(first.node_state[1], PCPU_NODE_ONLINE);
	CHECK_EQ(first.cpu_node[5], 1);
	CHECK_EQ(first.cpu_node[4], 2);
	CHECK_EQ(first.cpu_node[3], PCPU_NO_NODE);
	lab_topology_add_cpu(&first, 5, 0); /* it has its node */
	CHECK_EQ(first.cpu_node[5], 1);
	CHECK_EQ(first.table.nr_cpu_ids, 6);
}

TEST(distance_rows_may_come_before_their_nodes)
{
	static const char text[] = "# pcpu-topology 1\ndistance 8 40 10\ndistance 0 10 255\n"
				   "node 0 cpus 0\nnode 8 cpus 1\n";

	parse("text", text, sizeof(text) - 1, &first);
	CHECK_EQ(first.distance[1], 255); /* from 0 to 8 */
	CHECK_EQ(first.distance[2], 40);  /* from 8 to 0 */
}

/* --- refusals --------------------------------------------------------------------------------- */

struct refusal {
	const char *text;
	uint32_t line;
	const char *expected;
};

#define HEAD "# pcpu-topology 1\n"
#define LIST "a CPU list like 0-3,88-91, or - for none"
#define ORDER "CPU ids in ascending order, each once"
#define ABSENT "absent round-robin, or absent first"
#define COUNT "as many distances as there are node lines"
#define TWO HEAD "node 0 cpus 0\nnode 1 cpus 1\n"

static const struct refusal refusals[] = {
	{ "", 1, "the first line `# pcpu-topology 1`" },
	{ "node 0 cpus 0\n", 1, "the first line `# pcpu-topology 1`" },
	{ "# pcpu-topology 2\n", 1, "the first line `# pcpu-topology 1`" },
	{ HEAD "cpu 0\n", 2, "a line that starts with node, possible, absent, distance or #" },
	{ HEAD "\n# fine\nnodes 0 cpus 0\n", 4,
	  "a line that starts with node, possible, absent, distance or #" },
	{ HEAD "node\n", 2, "node ID cpus LIST, with a node id from 0 to 1023" },
	{ HEAD "node x cpus 0\n", 2, "node ID cpus LIST, with a node id from 0 to 1023" },
	{ HEAD "node -1 cpus 0\n", 2, "node ID cpus LIST, with a node id from 0 to 1023" },
	{ HEAD "node 1024 cpus 0\n", 2, "node ID cpus LIST, with a node id from 0 to 1023" },
	{ HEAD "node 0 cpu 0\n", 2, "node ID cpus LIST" },
	{ HEAD "node 0\n", 2, "node ID cpus LIST" },
	{ HEAD "node 0 cpus\n", 2, LIST },
	{ HEAD "node 0 cpus x\n", 2, LIST },
	{ HEAD "node 0 cpus 0,\n", 2, LIST },
	{ HEAD "node 0 cpus ,0\n", 2, LIST },
	{ HEAD "node 0 cpus 0-\n", 2, LIST },
	{ HEAD "node 0 cpus 0-1-2\n", 2, LIST },
	{ HEAD "node 0 cpus 0;1\n", 2, LIST },
	{ HEAD "node 0 cpus --\n", 2, LIST },
	{ HEAD "node 0 cpus 99999999999999999999999\n", 2, LIST },
	{ HEAD "node 0 cpus 0 1\n", 2, "nothing behind the CPU list" },
	{ HEAD "node 0 cpus 3,3\n", 2, ORDER },
	{ HEAD "node 0 cpus 0-3,2\n", 2, ORDER },
	{ HEAD "node 0 cpus 3-2\n", 2, ORDER },
	{ HEAD "node 0 cpus 5,1\n", 2, ORDER },
	{ HEAD "node 0 cpus 8192\n", 2, "CPU ids from 0 to 8191" },
	{ HEAD "node 0 cpus 0-8192\n", 2, "CPU ids from 0 to 8191" },
	{ HEAD "node 0 cpus 18446744073709551615\n", 2, "CPU ids from 0 to 8191" },
	{ TWO "node 0 cpus 2\n", 4, "one line for each node" },
	{ TWO "possible 0\npossible 0\n", 5, "one line of possible CPUs" },
	{ TWO "possible 1-0\n", 4, ORDER },
	{ TWO "absent\n", 4, ABSENT },
	{ TWO "absent last\n", 4, ABSENT },
	{ TWO "absent firstly\n", 4, ABSENT },
	{ TWO "absent round\n", 4, ABSENT },
	{ TWO "absent first 0\n", 4, ABSENT },
	{ TWO "absent round-robin first\n", 4, ABSENT },
	{ TWO "absent first\nabsent first\n", 5, "one line of absent CPUs" },
	{ TWO "absent round-robin\nabsent first\n", 5, "one line of absent CPUs" },
	{ TWO "distance 0 10 20\n", 4, "a row of distances for each node, or none at all" },
	{ TWO "distance 0 10 20\ndistance 0 10 20\n", 5, "one row of distances for each node" },
	{ TWO "distance 5 10 20\n", 4, "distance FROM D0 D1 ..., with the id of a node line" },
	{ TWO "distance\n", 4, "distance FROM D0 D1 ..., with the id of a node line" },
	{ TWO "distance 0 10\n", 4, COUNT },
	{ TWO "distance 0\n", 4, COUNT },
	{ TWO "distance 0 10 20 20\n", 4, COUNT },
	{ TWO "distance 0 11 20\n", 4, "distance 10 of a node to itself" },
	{ TWO "distance 0 10 9\n", 4, "distances from 10 to 255" },
	{ TWO "distance 0 10 256\n", 4, "distances from 10 to 255" },
	{ TWO "distance 0 10 near\n", 4, "distances from 10 to 255" },
	{ HEAD "possible 0-3\n", 2, "at least one node line" },
	{ HEAD, 1, "at least one node line" },
	{ HEAD "node 0 cpus -\n", 2, "at least one possible CPU" },
	{ TWO "possible -\n", 4, "at least one possible CPU" },
};

static void check_refusal(const struct refusal *r, bool good, const struct lab_error *error)
{
	if (good)
		FAIL("taken: %s", r->text);
	if (error->line != r->line || strcmp(error->expected, r->expected) != 0)
		FAIL("%u: %s\ninstead of %u: %s\nfor %s", error->line, error->expected, r->line,
		     r->expected, r->text);
}

TEST(each_refusal_has_its_line_and_sentence)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct lab_error error = { 0 };

		check_refusal(&refusals[i], lab_topology_parse(refusals[i].text,
			      strlen(refusals[i].text), &first, &error), &error);
	}
}

TEST(nul_bytes_are_no_words)
{
	static const char text[] = HEAD "node 0 cpus 0\0\n";
	struct lab_error error;

	CHECK(!lab_topology_parse(text, sizeof(text) - 1, &first, &error));
	CHECK_EQ(error.line, 2);
}

/* --- any text at all -------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

/* Cuts and scribbles over good text: it is refused with a line and a sentence, or is a table that
   survives the round trip. The copy has its exact size, so that a sanitizer sees an overrun. */
static void mutate(const char *path, const char *name)
{
	uint64_t state = 1;
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	for (unsigned i = 0; i < 40; i++) {
		size_t nr = next_random(&state) % (bytes + 1);
		struct lab_error error = { 0 };
		char *copy = malloc(nr + !nr);

		memcpy(copy, text, nr);
		for (unsigned k = 0; nr > 20 && k < i % 4; k++)
			copy[18 + next_random(&state) % (nr - 18)] =
				"0189-, \n#x"[next_random(&state) % 10];
		if (lab_topology_parse(copy, nr, &first, &error))
			print_and_parse(name);
		else
			CHECK(error.line >= 1 && error.expected != NULL);
		free(copy);
	}
	free(text);
}

TEST(mutated_text_is_refused_or_a_whole_table)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/topologies"), ".topo", mutate), 53);
}

/* --- CPU lists -------------------------------------------------------------------------------- */

TEST(cpu_lists_in_the_kernels_syntax)
{
	uint64_t bits[2] = { 0x8000000000000f01, 0x1 };
	char text[64];
	struct lab_text out;

	lab_text_init(&out, text, sizeof(text));
	lab_put_cpu_list(&out, bits, 128);
	CHECK_STR(text, "0,8-11,63-64");
	lab_text_init(&out, text, sizeof(text));
	lab_put_cpu_list(&out, bits, 0);
	CHECK_STR(text, "-");
}
