/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_replay.c - the recorded traces: clean under the model and the walker, and each object where
 * the corpus says it lands. Linked once with the simulated platform and once with the hosted one,
 * so the same hashes show that placements do not depend on the platform.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/text/text.h"

static struct run_trace recorded;
static char *text;

static void load(const char *name)
{
	char path[64];
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/traces/%s.trace.xz", name);
	CHECK(cmd_read_file(test_source_path(path), &text, &bytes));
	run_trace_parse(&recorded, text, bytes);
}

static void unload(void)
{
	run_trace_free(&recorded);
	free(text);
}

#define LONG_TRACE 60000u
#define LONGEST_TRACE 200000u /* not under a sanitizer */

/* The hash that corpus/traces/hashes has for this trace and engine; 0: it has none. */
static uint64_t expected_hash(const char *name, const char *engine)
{
	char row_name[32], row_engine[32];
	size_t bytes;
	char *hashes = test_read_file(test_source_path("corpus/traces/hashes"), &bytes);
	uint64_t hash = 0, row_hash;

	for (char *line = strtok(hashes, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%31s %31s %" SCNx64, row_name, row_engine, &row_hash) == 3 &&
		    strcmp(row_name, name) == 0 && strcmp(row_engine, engine) == 0)
			hash = row_hash;
	free(hashes);
	return hash;
}

static void run_engine(const char *name, const struct pcpu_engine *engine)
{
	struct lab_run_options options = { .check = LAB_CHECK_MODEL };
	uint64_t expected = expected_hash(name, engine->name);
	struct lab_result result;
	struct run_fixture fixture;

	run_fixture_open(&fixture, RUN_FIXTURE_8_CPUS, &run_fixture_sizes, engine);
	if (!run_fixture_run(&fixture, &recorded.trace, &options, true, &result))
		FAIL("%s on %s: event %zu: %s", name, engine->name, result.verdict.step + 1,
		     result.verdict.sentence);
	CHECK_EQ(result.nr_refused, 0);
	CHECK_EQ(result.at_end.nr_allocs, recorded.trace.nr_allocs);
	if (expected != 0 && result.hash != expected)
		FAIL("%s on %s: run hash %016" PRIx64 ", corpus/traces/hashes has another", name,
		     engine->name, result.hash);
	run_fixture_close(&fixture);
}

static void replay(const char *name)
{
	load(name);
	CHECK(expected_hash(name, "area") != 0);
	if (recorded.trace.nr_ops >= LONGEST_TRACE && !test_is_thorough()) {
		unload();
		return;
	}
	/* Of long traces the others are replayed by cli_replay.sh, without sanitizers. */
	for (uint32_t i = 0; i < pcpu_nr_engines; i++)
		if (i == 0 || recorded.trace.nr_ops < LONG_TRACE || getenv("LAB_FULL"))
			run_engine(name, &pcpu_engines[i]);
	unload();
}

TEST(fork_lands_where_it_should)
{
	replay("fork");
}

TEST(netns_lands_where_it_should)
{
	replay("netns");
}

TEST(cgroup_lands_where_it_should)
{
	replay("cgroup");
}

TEST(bpf_lands_where_it_should)
{
	replay("bpf");
}

/* SPEC.md 12: the hash depends on the sizes and on nothing else of the machine. */
TEST(placements_do_not_depend_on_cpus_and_nodes)
{
	static const char *const topologies[] = {
		"# pcpu-topology 1\nnode 0 cpus 0\n",
		"# pcpu-topology 1\nnode 0 cpus 0-1\nnode 1 cpus 4,9\nnode 7 cpus 5\n",
	};
	struct pcpu_sizes sizes = run_fixture_sizes;
	struct lab_run_options options = { .check = LAB_CHECK_NONE };
	struct lab_result result;
	struct run_fixture fixture;

	load("netns");
	sizes.unit_bytes = 262144;
	for (uint32_t i = 0; i < 2; i++) {
		run_fixture_open(&fixture, topologies[i], &sizes, pcpu_engine_find("area"));
		CHECK(run_fixture_run(&fixture, &recorded.trace, &options, false, &result));
		CHECK_EQ(result.hash, expected_hash("netns", "area"));
		run_fixture_close(&fixture);
	}
	unload();
}
