/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay.c - W7: the recorded traces of corpus/traces through lab_run() without checks. The time is
 * that of the calls into the allocator; the run hash in the label shows that the placements were
 * the expected ones.
 */
#include "bench/runner/bench.h"

#include "harness/cli/cmd.h"
#include "harness/check/run/run.h"
#include "harness/text/trace.h"
#include "harness/cli/trace_file.h"

#include <stdlib.h>
#include <string.h>

enum { SCRATCH_ALIGN = 64 };

/* Only one trace is kept in memory: its cases run one after another. */
static struct {
	const char *name;
	struct trace_file file;
} loaded;

static bool replay_load(const char *name)
{
	char *path = cmd_path("corpus/traces/%s.trace.xz", name);
	bool good;

	if (loaded.name && !strcmp(loaded.name, name)) {
		free(path);
		return true;
	}
	trace_file_free(&loaded.file);
	loaded.name = NULL;
	good = trace_file_read(path, &loaded.file);
	loaded.name = good ? name : NULL;
	free(path);
	return good;
}

static void *scratch_make(size_t bytes)
{
	void *scratch = aligned_alloc(SCRATCH_ALIGN, pcpu_align_up(bytes, SCRATCH_ALIGN));

	return scratch ? memset(scratch, 0, bytes) : NULL;
}

/* The kernel's own sizes for 8 CPUs on one node, the same as in `lab replay`. */
static const struct pcpu_sizes kernel_sizes = {
	.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672, .atom_bytes = 2u << 20,
};

/* Totals over all replays of one call. */
struct spent {
	uint64_t alloc_ns, free_ns, balance_ns;
};

static uint64_t spent_ns(const struct spent *spent)
{
	return spent->alloc_ns + spent->free_ns + spent->balance_ns;
}

/* Counts are those of the allocator's calls, balance included, which runs right behind the call
   that requested it. */
static void note_call(void *context, bool begins)
{
	shim_count(context, begins);
}

/* Replays once on a new fixture. */
static bool replay_once(struct shim_state *state, const struct bench_case *self,
			const struct lab_trace *trace, struct spent *spent,
			struct lab_result *result)
{
	const struct lab_run_options options = {
		.check = LAB_CHECK_NONE, .called = self->once ? note_call : NULL, .context = state,
	};
	struct bench_fixture fixture;
	void *scratch;

	if (!bench_fixture_create_here(&fixture, state, self, &kernel_sizes))
		return false;
	scratch = scratch_make(lab_run_memory(trace, fixture.pcpu, &options));
	if (!scratch || !lab_run(fixture.plat, fixture.pcpu, trace, &options, scratch, result))
		shim_fail(state, scratch ? result->verdict.sentence : "no memory to run in");
	spent->alloc_ns += result->alloc_ns;
	spent->free_ns += result->free_ns;
	spent->balance_ns += result->balance_ns;
	bench_fixture_count(&fixture, state, (double)(result->nr_allocs + result->nr_frees));
	bench_measure_memory(&fixture, state, bench_live_bytes(&fixture));
	bench_fixture_finish(&fixture, state, result->nr_allocs - result->nr_frees);
	free(scratch);
	return scratch != NULL;
}

static double replay_each_op(uint64_t ns, uint64_t nr_replays, uint64_t nr)
{
	return nr ? (double)ns / (double)nr_replays / (double)nr : 0;
}

static void replay_report(struct shim_state *state, const struct spent *spent, uint64_t nr_replays,
			  const struct lab_result *result)
{
	uint64_t nr_ops = result->nr_allocs + result->nr_frees;
	char label[40];

	snprintf(label, sizeof(label), "hash %016llx", (unsigned long long)result->hash);
	shim_label(state, label);
	shim_counter(state, "ns/op", replay_each_op(spent_ns(spent), nr_replays, nr_ops));
	shim_counter(state, "alloc_ns/op",
		     replay_each_op(spent->alloc_ns, nr_replays, result->nr_allocs));
	shim_counter(state, "free_ns/op",
		     replay_each_op(spent->free_ns, nr_replays, result->nr_frees));
	shim_counter(state, "balance_ns/op", replay_each_op(spent->balance_ns, nr_replays, nr_ops));
	shim_counter(state, "ops", (double)nr_ops);
}

/* The smoke test replays only the first events, which are a complete trace; counts take more of
   them, for balance to run with every engine. */
static struct lab_trace replay_cut(const struct bench_plan *plan)
{
	struct lab_trace trace = loaded.file.trace;
	size_t most = bench_scale(plan, UINT32_MAX, UINT32_MAX, plan->counted ? 16000 : 2000);

	trace.nr_ops = trace.nr_ops < most ? trace.nr_ops : most;
	return trace;
}

static void replay_run(struct shim_state *state, const struct bench_case *self)
{
	struct lab_result result = {0};
	struct lab_trace trace;
	struct spent spent = {0};
	uint64_t hash = 0, nr;

	if (!replay_load(self->text)) {
		shim_fail(state, "the trace could not be read");
		return;
	}
	trace = replay_cut(self->plan);
	nr = shim_begin(state);
	for (uint64_t i = 0; i < nr; i++) {
		if (!replay_once(state, self, &trace, &spent, &result))
			return;
		if (i > 0 && result.hash != hash)
			shim_fail(state, "a second replay placed objects elsewhere");
		hash = result.hash;
	}
	shim_seconds(state, (double)spent_ns(&spent) * 1e-9);
	shim_end(state);
	if (nr)
		replay_report(state, &spent, nr, &result);
}

static void replay_add(struct bench_plan *plan)
{
	static const char *const traces[] = { "fork", "netns", "cgroup", "bpf" };
	static const uint32_t cpus[] = { 8, 64, 256 };

	for (size_t i = 0; i < 3 * sizeof(traces) / sizeof(traces[0]); i++) {
		struct bench_case proto = {
			.run = replay_run,
			.quick = i < 6 && i % 3 == 0,
			.manual = true,
			.once = plan->counted,
			.wide = i % 3 > 0,
			.nr_cpus = cpus[i % 3],
			.text = traces[i / 3],
		};

		bench_add(plan, &proto, "replay/%s/cpus:%u", proto.text, proto.nr_cpus);
	}
}

const struct bench_workload bench_replay = {
	.summary = "the recorded traces",
	.per_engine = true,
	.add = replay_add,
};
