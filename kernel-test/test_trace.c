/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_trace.c - replays the trace given by -initrd with the sizes of `replay`, and prints the
 * run hash: the
 * runner computes the same on the host and compares.
 */
#include "bare.h"
#include "console.h"
#include "machine.h"
#include "memory.h"
#include "run.h"
#include "tap.h"
#include "trace.h"
#include "vars.h"

enum { REPLAY_CPUS = 8, MODEL_MAX_OPS = 3000 };

/* `./lab replay` without options: 8 CPUs on one node, the sizes that x86-64 boot passes. */
static const uint16_t replay_cpu_node[REPLAY_CPUS], replay_node_id[1];
static const struct pcpu_topology replay_topology = {
	.nr_cpu_ids = REPLAY_CPUS,
	.nr_nodes = 1,
	.cpu_node = replay_cpu_node,
	.node_id = replay_node_id,
};

static const char *trace_read(struct lab_trace *trace)
{
	size_t lines = lab_trace_lines(machine.module, machine.module_bytes);
	struct lab_op *ops = heap_alloc((lines + 1) * sizeof(*ops));
	uint8_t *ids = heap_alloc(lines + 1);
	struct lab_error error;

	CHECK(ops && ids);
	CHECK(lab_trace_parse(machine.module, machine.module_bytes, ops, lines + 1, ids, lines + 1,
			      trace, &error));
	heap_free(ids, lines + 1);
	return NULL;
}

static void hash_tell(const struct lab_result *result)
{
	LINE(line, 160);

	lab_put(&line, "# run hash ");
	lab_put_hex(&line, result->hash);
	lab_put(&line, " events ");
	lab_put_u64(&line, result->nr_events);
	lab_put(&line, " refused ");
	lab_put_u64(&line, result->nr_refused);
	lab_put(&line, "\n");
	console_put(line_text);
}

static const char *replay(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace)
{
	const struct lab_run_options options = {
		.check = trace->nr_ops <= MODEL_MAX_OPS ? LAB_CHECK_MODEL : LAB_CHECK_NONE,
	};
	size_t bytes = lab_run_memory(trace, pcpu, &options);
	void *scratch = heap_alloc(bytes);
	struct lab_result result;
	bool clean;

	CHECK(scratch);
	clean = lab_run(plat, pcpu, trace, &options, scratch, &result);
	heap_free(scratch, bytes);
	if (!clean)
		return result.verdict.sentence;
	hash_tell(&result);
	CHECK(pcpu_check(pcpu, NULL) == PCPU_HOLDS);
	return NULL;
}

const char *test_trace(void)
{
	const struct bare_config bare = {.topology = &replay_topology, .record_misuse = true};
	struct pcpu_config config = {
		.topology = &replay_topology,
		.sizes = {.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672,
			  .atom_bytes = 2097152},
		.space_bytes = UINT64_C(1) << 44,
		.static_start = PCPU_PAGE_BYTES,
	};
	struct lab_trace trace;
	struct pcpu *pcpu;

	if (!machine.module)
		SKIP("no trace was given by -initrd");
	CHECK_PASSES(trace_read(&trace));
	config.plat = bare_create(&bare);
	CHECK(config.plat);
	CHECK(pcpu_create(&config, &pcpu) == PCPU_OK);
	CHECK_PASSES(replay(config.plat, pcpu, &trace));
	pcpu_destroy(pcpu);
	CHECK(bare_destroy(config.plat));
	return NULL;
}
