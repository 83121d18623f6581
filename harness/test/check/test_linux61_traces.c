/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_traces.c - the model of Linux 6.1's allocator over the recorded traces and six
 * generated ones: run hashes, chunks and pages that Linux 6.1 had (SPEC.md 15.19); and the engines
 * beside it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/cli/cmd.h"
#include "harness/test/check/linux61_compare.h"
#include "harness/test/check/linux61_replay.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"

#define LONG_TRACE 20000u

struct row {
	const char *name; /* of the file, below corpus/traces */
	struct lab_linux61_config config; /* dyn: as requested */
	uint64_t hash;
	uint32_t nr_made, nr_most, nr_pages_most; /* nr_made 0: the text has none of the three */
};

/* The engines land where the model does, on this unit and on the one of 8 CPUs in an atom. */
static void compare_engines(const struct row *row, const struct lab_trace *trace)
{
	static const struct {
		const char *engine;
		bool exact;
	} engines[] = {{"linux61", false}, {"linux61-exact", true}};
	struct lab_linux61_config config = row->config;
	struct linux61_difference difference;

	for (int i = 0; i < 4; i++) {
		config.exact = engines[i % 2].exact;
		config.unit_bytes = i < 2 ? row->config.unit_bytes : 262144;
		if (!linux61_compare(pcpu_engine_find(engines[i % 2].engine), &config, trace,
				     &difference))
			FAIL("%s, engine %s, unit %" PRIu64 ", step %zu: %s", row->name,
			     engines[i % 2].engine, (uint64_t)config.unit_bytes, difference.step,
			     difference.sentence);
	}
}

static void replay_row(const struct row *row)
{
	struct linux61_replay replay;
	struct lab_linux61_counts counts;
	struct run_trace recorded;
	char path[64], *text;
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/traces/%s.trace.xz", row->name);
	CHECK(cmd_read_file(test_source_path(path), &text, &bytes));
	run_trace_parse(&recorded, text, bytes);
	linux61_replay_init(&replay, &row->config, recorded.trace.nr_ids);
	for (size_t i = 0; i < recorded.trace.nr_ops; i++)
		linux61_replay_step(&replay, &recorded.ops[i]);
	counts = lab_linux61_counts(replay.model);
	linux61_replay_finish(&replay);
	if (recorded.trace.nr_ops < LONG_TRACE || getenv("LAB_FULL")) /* minutes */
		compare_engines(row, &recorded.trace);
	run_trace_free(&recorded);
	free(text);
	if (replay.hash != row->hash)
		FAIL("%s: run hash %016" PRIx64 ", not %016" PRIx64, row->name, replay.hash,
		     row->hash);
	if (row->nr_made == 0)
		return;
	CHECK_EQ(counts.nr_made, row->nr_made);
	CHECK_EQ(counts.nr_chunks_most, row->nr_most);
	CHECK_EQ(counts.nr_pages_most, row->nr_pages_most);
}

#define RECORDED(atomic)                                                                          \
	{                                                                                         \
		.unit_bytes = 1048576, .static_bytes = 212992, .reserved_bytes = 8192,            \
		.dyn_bytes = 28672, .honour_atomic = atomic,                                      \
	}

static const struct row recorded_rows[] = {
	{ "fork", RECORDED(false), 0x03c8e926a44fb64d, 1, 1, 0 },
	{ "netns", RECORDED(false), 0xc6699a0ab51ea6f0, 2, 2, 63 },
	{ "cgroup", RECORDED(false), 0x32c67c4778208ea6, 3, 3, 260 },
	{ "cgroup", RECORDED(true), 0x2f3758a9778eae45, 3, 3, 260 },
	{ "bpf", RECORDED(false), 0xcb5d29d5d5d7b283, 8, 4, 606 },
};

TEST(fork_as_61_places)
{
	replay_row(&recorded_rows[0]);
}

TEST(netns_as_61_places)
{
	replay_row(&recorded_rows[1]);
}

TEST(cgroup_as_61_places)
{
	replay_row(&recorded_rows[2]);
}

TEST(cgroup_with_atomic_requests_as_61_places)
{
	replay_row(&recorded_rows[3]);
}

TEST(bpf_as_61_places)
{
	replay_row(&recorded_rows[4]);
}

#define GENERATED(unit, fixed, reserved, dyn)                                                     \
	{                                                                                         \
		.unit_bytes = unit, .static_bytes = fixed, .reserved_bytes = reserved,            \
		.dyn_bytes = dyn, .honour_atomic = true,                                          \
	}

static const struct row generated_rows[] = {
	{ "random/r5035", GENERATED(32768, 4100, 0, 16384), 0xcfd837bdacff1315, 0, 0, 0 },
	{ "random/r5050", GENERATED(32768, 4096, 8192, 13065), 0xb2af5f5929c2a5c9, 0, 0, 0 },
	{ "random/r5007", GENERATED(65536, 4100, 1000, 13065), 0x362d67cf4ab1af93, 0, 0, 0 },
	{ "random/r5033", GENERATED(262144, 4100, 4096, 13065), 0x70caec9a89f39121, 0, 0, 0 },
	{ "random/r5042", GENERATED(65536, 20480, 1000, 12288), 0x3f2d5ae96dbd9501, 0, 0, 0 },
	{ "random/r5046", GENERATED(32768, 4096, 0, 16384), 0x3844e24d295eb905, 0, 0, 0 },
};

TEST(generated_traces_as_61_places)
{
	for (uint32_t i = 0; i < sizeof(generated_rows) / sizeof(generated_rows[0]); i++)
		replay_row(&generated_rows[i]);
}
