/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay.c - W7: the recorded traces of corpus/traces through lab_run() without checks. Time is
 * what the calls into the allocator took; the run hash in the label says that placements were
 * the expected ones.
 */
#include "bench.h"

#include "cmd.h"
#include "run.h"
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { CPUS = 8, SCRATCH_ALIGN = 64 };

/* One at a time is kept: cases of one trace follow one another. */
static struct {
	const char *name;
	char *text;
	struct lab_trace trace;
} loaded;

static bool parse(const char *text, size_t bytes, struct lab_trace *trace)
{
	size_t room = lab_trace_lines(text, bytes);
	struct lab_op *ops = malloc((room + 1) * sizeof(*ops));
	uint8_t *ids = calloc(room + 1, 1);
	struct lab_error error;
	bool good = ops && ids &&
		    lab_trace_parse(text, bytes, ops, room, ids, room, trace, &error);

	trace->ops = ops;
	free(ids);
	return good;
}

static bool load(const char *name)
{
	char *path = cmd_path("corpus/traces/%s.trace.xz", name);
	size_t bytes;
	bool good;

	if (loaded.name && !strcmp(loaded.name, name)) {
		free(path);
		return true;
	}
	free(loaded.text);
	free(loaded.trace.ops);
	memset(&loaded, 0, sizeof(loaded));
	good = cmd_read_file(path, &loaded.text, &bytes) &&
	       parse(loaded.text, bytes, &loaded.trace);
	loaded.name = good ? name : NULL;
	free(path);
	return good;
}

static void *scratch_make(size_t bytes)
{
	void *scratch = aligned_alloc(SCRATCH_ALIGN, pcpu_align_up(bytes, SCRATCH_ALIGN));

	return scratch ? memset(scratch, 0, bytes) : NULL;
}

/* The kernel's own sizes for 8 CPUs on one node, as `lab replay` has them. */
static const struct pcpu_sizes kernel_sizes = {
	.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672, .atom_bytes = 2u << 20,
};

/* One replay in a world of its own; *ns grows by the time of the calls. */
static bool replay_once(struct shim_state *state, const struct bench_case *self,
			const struct lab_trace *trace, uint64_t *ns, struct lab_result *result)
{
	const struct lab_run_options options = { .check = LAB_CHECK_NONE };
	struct bench_world world;
	uint64_t nr_live;
	void *scratch;

	if (!bench_world_create(&world, state, self, &kernel_sizes))
		return false;
	scratch = scratch_make(lab_run_memory(trace, world.pcpu, &options));
	if (!scratch || !lab_run(world.plat, world.pcpu, trace, &options, scratch, result))
		shim_fail(state, scratch ? result->verdict.sentence : "no memory to run in");
	*ns += result->alloc_ns + result->free_ns + result->balance_ns;
	nr_live = result->nr_allocs - result->nr_frees;
	bench_world_count(&world, state, (double)(result->nr_allocs + result->nr_frees));
	bench_world_finish(&world, state, nr_live);
	free(scratch);
	return scratch != NULL;
}

static double each(uint64_t ns, uint64_t nr)
{
	return nr ? (double)ns / (double)nr : 0;
}

static void tell(struct shim_state *state, const struct lab_result *result)
{
	uint64_t nr_ops = result->nr_allocs + result->nr_frees;
	uint64_t ns = result->alloc_ns + result->free_ns + result->balance_ns;
	char label[40];

	snprintf(label, sizeof(label), "hash %016llx", (unsigned long long)result->hash);
	shim_label(state, label);
	shim_counter(state, "ns/op", each(ns, nr_ops));
	shim_counter(state, "alloc_ns/op", each(result->alloc_ns, result->nr_allocs));
	shim_counter(state, "free_ns/op", each(result->free_ns, result->nr_frees));
	shim_counter(state, "ops", (double)nr_ops);
}

/* A shorter trace for the smoke test: its first events make a whole one. */
static struct lab_trace cut(const struct bench_plan *plan)
{
	struct lab_trace trace = loaded.trace;
	size_t most = bench_scale(plan, UINT32_MAX, UINT32_MAX, 2000);

	trace.nr_ops = trace.nr_ops < most ? trace.nr_ops : most;
	return trace;
}

static void run(struct shim_state *state, const struct bench_case *self)
{
	struct lab_result result = {0};
	struct lab_trace trace;
	uint64_t ns = 0, hash = 0;
	uint64_t nr;

	if (!load(self->text)) {
		shim_fail(state, "the trace could not be read");
		return;
	}
	trace = cut(self->plan);
	nr = shim_begin(state);
	for (uint64_t i = 0; i < nr; i++) {
		if (!replay_once(state, self, &trace, &ns, &result))
			return;
		if (i > 0 && result.hash != hash)
			shim_fail(state, "a second replay placed objects elsewhere");
		hash = result.hash;
	}
	shim_seconds(state, (double)ns * 1e-9);
	shim_end(state);
	tell(state, &result);
}

static void add(struct bench_plan *plan)
{
	static const char *const traces[] = { "fork", "netns", "cgroup", "bpf" };

	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		struct bench_case proto = {
			.run = run, .quick = i < 2, .manual = true, .nr_cpus = CPUS,
			.text = traces[i],
		};

		bench_add(plan, &proto, "replay/%s/cpus:%u", traces[i], CPUS);
	}
}

const struct bench_workload bench_replay = {
	.summary = "the recorded traces",
	.per_engine = true, .add = add,
};
