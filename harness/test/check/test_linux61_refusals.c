/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_refusals.c - does an engine refuse a sleeping caller what fits? After each request
 * all chunks but the one that took it are as they were when they were asked: one that comes before
 * that one, or any if a chunk was made or nothing was placed, may have no place for it. Judged by
 * areas and lists alone, whatever hints say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/test/check/linux61_random.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"

enum { MAX_CHUNKS = 4096, SAMPLED = 16, LONG_TRACE = 5000, LEAST = 4 };

struct inspection {
	const struct lab_trace *trace;
	struct pcpu *pcpu;
	int slot[MAX_CHUNKS]; /* after the operation before; -1: no such chunk */
	size_t step, every; /* a request that made no chunk is looked at one in so many times */
	/* the latest `a` */
	const struct lab_op *op;
	bool placed, any;
	struct pcpu_place place;
	size_t nr_refused, first_refused; /* requests that a chunk refused though it has a place */
};

static bool has_place(const struct pcpu_map *map, uint32_t size, uint32_t align)
{
	struct pcpu_area area = {0};

	size = (uint32_t)pcpu_round_up(size, LEAST);
	align = (uint32_t)pcpu_max64(align, LEAST);
	while (map->ops->next(map, &area)) {
		uint64_t start = pcpu_round_up(area.offset, align);

		if (!area.used && start + size <= (uint64_t)area.offset + area.bytes)
			return true;
	}
	return false;
}

static bool is_legal(const struct lab_op *op)
{
	return op->size > 0 && op->size <= PCPU_MIN_UNIT_BYTES && op->align <= PCPU_PAGE_BYTES &&
	       (op->align & (op->align - 1)) == 0;
}

/* Was this chunk asked, and does it have a place? */
static bool chunk_inspect(void *context, const struct pcpu_chunk_view *view)
{
	struct inspection *seen = context;
	bool wants_reserved = seen->op->flags & LAB_OP_RESERVED &&
			      pcpu_layout(seen->pcpu)->reserved_bytes > 0;
	bool is_reserved = view->kind == PCPU_CHUNK_RESERVED;

	if (is_reserved != wants_reserved)
		return true;
	if (!is_reserved && seen->placed) {
		int taker = seen->slot[seen->place.chunk_id];

		if (view->id == seen->place.chunk_id || seen->slot[view->id] < 0 ||
		    (taker >= 0 && seen->slot[view->id] >= taker))
			return true;
	} else if (seen->placed) {
		return true;
	}
	seen->any = seen->any || has_place(view->map, seen->op->size, seen->op->align);
	return !seen->any;
}

static void inspect_placed(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct inspection *seen = context;
	const struct lab_op *op = &seen->trace->ops[seen->step];
	bool is_new = placed && place->kind != PCPU_CHUNK_RESERVED &&
		      seen->slot[place->chunk_id] < 0;

	if (!is_legal(op) || (placed && !is_new && seen->step % seen->every))
		return;
	seen->op = op;
	seen->placed = placed;
	seen->place = *place;
	seen->any = false;
	pcpu_visit(seen->pcpu, chunk_inspect, seen);
	if (seen->any && seen->nr_refused++ == 0)
		seen->first_refused = seen->step;
}

static bool keep_slot(void *context, const struct pcpu_chunk_view *view)
{
	struct inspection *seen = context;

	if (view->kind == PCPU_CHUNK_RESERVED)
		return true;
	CHECK(view->id < MAX_CHUNKS);
	seen->slot[view->id] = view->slot;
	return true;
}

static void inspect_stepped(void *context, size_t step)
{
	struct inspection *seen = context;

	memset(seen->slot, 0xff, sizeof(seen->slot));
	pcpu_visit(seen->pcpu, keep_slot, seen);
	seen->step = step + 1;
}

/* Returns how many requests were refused by a chunk that has a place for them. */
static size_t refusals(const char *engine, const struct pcpu_sizes *sizes,
		       const struct lab_trace *trace, size_t *first)
{
	static struct inspection seen;
	struct lab_run_options options = {
		.placed = inspect_placed, .stepped = inspect_stepped, .context = &seen,
	};
	struct run_fixture fixture;
	struct lab_result result;

	run_fixture_open(&fixture, RUN_FIXTURE_8_CPUS, sizes, pcpu_engine_find(engine));
	seen = (struct inspection){.trace = trace, .pcpu = fixture.pcpu, .every = 1};
	if (trace->nr_ops > LONG_TRACE && !getenv("LAB_FULL"))
		seen.every = SAMPLED;
	memset(seen.slot, 0xff, sizeof(seen.slot));
	pcpu_visit(fixture.pcpu, keep_slot, &seen);
	CHECK(run_fixture_run(&fixture, trace, &options, false, &result));
	run_fixture_close(&fixture);
	*first = seen.first_refused;
	return seen.nr_refused;
}

static size_t refusals_of_file(const char *engine, const struct pcpu_sizes *sizes,
			       const char *path, size_t *first)
{
	struct run_trace trace;
	size_t bytes, nr;
	char *text;

	CHECK(cmd_read_file(test_source_path(path), &text, &bytes));
	run_trace_parse(&trace, text, bytes);
	nr = refusals(engine, sizes, &trace.trace, first);
	run_trace_free(&trace);
	free(text);
	return nr;
}

static const struct pcpu_sizes small_sizes = {
	.static_bytes = 4096, .dyn_bytes = 12288, .atom_bytes = PCPU_PAGE_BYTES,
	.unit_bytes = 65536,
};

TEST(exact_engine_refuses_nothing_that_fits_in_recorded_traces)
{
	static const char *const names[] = {"fork", "netns", "cgroup", "bpf"};

	for (int i = 0; i < (getenv("LAB_FULL") ? 4 : 3); i++) {
		char path[64];
		size_t first;

		snprintf(path, sizeof(path), "corpus/traces/%s.trace.xz", names[i]);
		if (refusals_of_file("linux61-exact", &run_fixture_sizes, path, &first))
			FAIL("%s: event %zu is refused where it fits", names[i], first + 1);
	}
}

TEST(exact_engine_refuses_nothing_that_fits_in_random_traces)
{
	uint64_t nr = getenv("LAB_FULL") ? 500 : 12;

	for (uint64_t seed = 1; seed <= nr; seed++) {
		struct pcpu_sizes sizes = small_sizes;
		struct run_trace random;
		size_t first;

		sizes.static_bytes = seed % 2 ? 4100 : 4096;
		sizes.reserved_bytes = seed % 3 ? 8192 : 0;
		sizes.unit_bytes = seed % 4 ? 65536 : 262144;
		linux61_random_trace(&random, seed, 1000, LAB_OP_RESERVED);
		if (refusals("linux61-exact", &sizes, &random.trace, &first))
			FAIL("seed %d: step %zu is refused where it fits", (int)seed, first);
		run_trace_free(&random);
	}
}

/* The control: the engine with the defects does, in the traces of those that refuse. */
TEST(refusals_of_what_fits_are_seen)
{
	static const struct {
		const char *name;
		size_t last; /* operation, from 0 */
	} refused[] = {{"B20", 13}, {"B28", 8}, {"B29", 11}, {"B30", 14}, {"B31", 12}};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char path[64];
		size_t first;

		snprintf(path, sizeof(path), "corpus/traces/defects/%s.trace", refused[i].name);
		CHECK_EQ(refusals_of_file("linux61", &small_sizes, path, &first), 1);
		CHECK_EQ(first, refused[i].last);
		CHECK_EQ(refusals_of_file("linux61-exact", &small_sizes, path, &first), 0);
	}
}
