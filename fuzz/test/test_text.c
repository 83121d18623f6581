/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_text.c - the checks of fuzz_text on whole files, since inputs of a fuzzer are shorter; and
 * that its second readers are independent of the first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "fuzz/targets/text/text_case.h"
#include "harness/text/topology_oracle.h"
#include "harness/text/trace_oracle.h"

static void run(enum text_kind kind, const char *name, const char *text, size_t nr)
{
	struct fuzz_outcome outcome;

	if (!text_case_run(kind, text, nr, &outcome))
		FAIL("%s: %s: %s", name, outcome.place, outcome.sentence);
}

static void run_file(enum text_kind kind, const char *path, const char *name)
{
	size_t nr;
	char *text = test_read_file(path, &nr);

	run(kind, name, text, nr);
	free(text);
}

static void run_topology(const char *path, const char *name)
{
	run_file(TEXT_TOPOLOGY, path, name);
}

static void run_log(const char *path, const char *name)
{
	run_file(TEXT_LOG, path, name);
}

TEST(whole_files)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/topologies"), ".topo", run_topology), 53);
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".topo", run_topology), 14);
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", run_log), 14);
}

static uint32_t trace_bad_line(const char *text)
{
	static struct lab_trace_oracle oracle;

	lab_trace_oracle(text, strlen(text), &oracle);
	return oracle.bad_line;
}

static uint32_t topology_bad_line(const char *text)
{
	static struct lab_topology_oracle oracle;

	lab_topology_oracle(text, strlen(text), &oracle);
	return oracle.bad_line;
}

/* The places among the node lines that the second reader gives CPUs 0, 1 ... */
static void check_places(const char *text, const char *places)
{
	static struct lab_topology_oracle oracle;

	lab_topology_oracle(text, strlen(text), &oracle);
	CHECK_EQ(oracle.bad_line, 0);
	CHECK_EQ(oracle.nr_cpu_ids, strlen(places));
	for (uint32_t cpu = 0; cpu < oracle.nr_cpu_ids; cpu++)
		CHECK_EQ(oracle.node_of[cpu], (uint32_t)(places[cpu] - '0'));
}

TEST(second_reader_deals_absent_cpus)
{
	static const char machine[] = "# pcpu-topology 1\nnode 9 cpus 0\nnode 3 cpus 1\n"
				      "node 5 cpus -\npossible 0-6\n";
	char text[256];

	check_places(machine, "0112012");
	snprintf(text, sizeof(text), "%sabsent first\n", machine);
	check_places(text, "0111111");
	snprintf(text, sizeof(text), "%sabsent round-robin\n", machine);
	check_places(text, "0112012");
}

static bool log_is_good(const char *text)
{
	static struct lab_log_oracle oracle;

	lab_log_oracle(text, strlen(text), &oracle);
	return oracle.good;
}

TEST(second_readers_refuse)
{
	CHECK_EQ(trace_bad_line("# pcpu-trace 1\na 0 4294967295 8 -R site\nf 0"), 0);
	CHECK_EQ(trace_bad_line(""), 1);
	CHECK_EQ(trace_bad_line("# pcpu-trace 1\na 0 4294967296 8 --"), 2);
	CHECK_EQ(trace_bad_line("# pcpu-trace 1\na 0 1 8 --\na 0 1 8 --"), 3);
	CHECK_EQ(trace_bad_line("# pcpu-trace 1\na 0 1 8 --\nf 0\nf 0"), 4);
	CHECK_EQ(trace_bad_line("# pcpu-trace-ops 1\nf 0\nf 0\n#\n"), 0);
	CHECK_EQ(trace_bad_line("# pcpu-trace-ops 1\nw 0 8192"), 2);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0-3,7"), 0);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 3-1"), 2);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0\ndistance 0 11"), 3);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0\ndistance 0 10 10"), 3);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus -\n\n"), 3);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0\nabsent first"), 0);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0\nabsent"), 3);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nnode 0 cpus 0\nabsent last"), 3);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nabsent first first\nnode 0 cpus 0"), 2);
	CHECK_EQ(topology_bad_line("# pcpu-topology 1\nabsent round-robin\nabsent first"), 3);
	CHECK(log_is_good("pcpu-alloc: s4096 r0 d12288 u32768 alloc=2*32768\n"
			  "pcpu-alloc: [0] 0 1 [1] 2 -"));
	CHECK(!log_is_good("pcpu-alloc: s4096 r0 d12288 u32768 alloc=2*32768\n"
			   "pcpu-alloc: [0] 1 0"));
	CHECK(!log_is_good("pcpu-alloc: s4096 r0 d12288 u32768 alloc=2*32768\n"
			   "pcpu-alloc: [0] 0 1 [1] 1 -"));
	CHECK(!log_is_good("pcpu-alloc: [0] 0 1"));
}
