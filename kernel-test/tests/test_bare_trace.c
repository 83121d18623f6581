/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_bare_trace.c - the trace given by -initrd: replayed on one CPU with the sizes of `replay`
 * and the run hash printed (the runner computes the same on the host and compares); and dealt to
 * all CPUs, which replay at once.
 *
 *	a 0  a 1  a 2  f 0  a 3  f 2 ...	object i is allocated, written, checked and freed by
 *	 0    1    0    0    1    0		CPU i modulo the number of CPUs
 */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include "harness/check/run/run.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "harness/text/trace.h"
#include "kernel-test/common/vars.h"

enum { REPLAY_CPUS = 8, MODEL_MAX_OPS = 3000 };

/* `./lab replay` without options: 8 CPUs on one node, the sizes that x86-64 boot passes. */
static const uint16_t replay_cpu_node[REPLAY_CPUS], replay_node_id[1];
static const struct pcpu_topology replay_topology = {
	.nr_cpu_ids = REPLAY_CPUS,
	.nr_nodes = 1,
	.cpu_node = replay_cpu_node,
	.node_id = replay_node_id,
};

static struct lab_trace trace;

/* Once, for all tests. */
static const char *trace_read(void)
{
	size_t lines = lab_trace_lines(machine.module, machine.module_bytes);
	struct lab_error error;
	struct lab_op *ops;
	uint8_t *ids;

	if (trace.ops)
		return NULL;
	NEEDS(needs_memory((lines + 1) * (sizeof(*ops) + 1)));
	ops = heap_alloc((lines + 1) * sizeof(*ops));
	ids = heap_alloc(lines + 1);
	CHECK(ops && ids);
	CHECK(lab_trace_parse(machine.module, machine.module_bytes, ops, lines + 1, ids, lines + 1,
			      &trace, &error));
	heap_free(ids, lines + 1);
	return NULL;
}

/* Bytes of the objects that are live at a time at most, in whole pages as they may lie. */
static uint64_t trace_peak_bytes(const uint32_t *size)
{
	uint64_t bytes = 0, peak = 0;

	for (size_t i = 0; i < trace.nr_ops; i++) {
		const struct lab_op *op = &trace.ops[i];

		if (op->kind == LAB_OP_ALLOC)
			bytes += op->size;
		else if (op->kind == LAB_OP_FREE)
			bytes -= size[op->id];
		peak = pcpu_max64(peak, bytes);
	}
	return pcpu_align_up(peak, PCPU_PAGE_BYTES);
}

/* The trace on nr_cpus CPUs; doubled, for gaps between its objects. */
static const char *needs_trace(uint32_t nr_cpus)
{
	uint32_t *size = heap_alloc(trace.nr_ids * sizeof(*size));
	uint64_t peak;

	if (!size)
		return needs_memory(trace.nr_ids * sizeof(*size));
	for (size_t i = 0; i < trace.nr_ops; i++)
		if (trace.ops[i].kind == LAB_OP_ALLOC)
			size[trace.ops[i].id] = trace.ops[i].size;
	peak = trace_peak_bytes(size);
	heap_free(size, trace.nr_ids * sizeof(*size));
	return needs_memory(2 * peak * nr_cpus);
}

static void hash_print(const struct lab_result *result)
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

static const char *replay(struct plat *plat, struct pcpu *pcpu)
{
	const struct lab_run_options options = {
		.check = trace.nr_ops <= MODEL_MAX_OPS ? LAB_CHECK_MODEL : LAB_CHECK_NONE,
	};
	size_t bytes = lab_run_memory(&trace, pcpu, &options);
	void *scratch = heap_alloc(bytes);
	struct lab_result result;
	bool clean;

	CHECK(scratch);
	clean = lab_run(plat, pcpu, &trace, &options, scratch, &result);
	heap_free(scratch, bytes);
	if (!clean)
		return result.verdict.sentence;
	hash_print(&result);
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
	struct pcpu *pcpu;

	if (!machine.module)
		SKIP("no trace was given by -initrd");
	CHECK_PASSES(trace_read());
	NEEDS(needs_trace(REPLAY_CPUS));
	config.plat = bare_create(&bare);
	CHECK(config.plat);
	CHECK(pcpu_create(&config, &pcpu) == PCPU_OK);
	CHECK_PASSES(replay(config.plat, pcpu));
	pcpu_destroy(pcpu);
	CHECK(bare_destroy(config.plat));
	return NULL;
}

/* --- on all CPUs ------------------------------------------------------------------------------ */

static struct {
	struct pcpu_ptr *object; /* [id]; {0}: not live. Its CPU's own */
	uint32_t *size;		 /* [id] */
} dealt;

static bool is_mine(uint32_t id)
{
	return id % smp_nr_online() == smp_processor_id();
}

/* This CPU's copy, and one that all of them write to: objects of two CPUs must not overlap. */
static uint8_t *copy_of(uint32_t id, bool shared)
{
	return (uint8_t *)pcpu_address(pcpu_default_instance, dealt.object[id],
				       shared ? 0 : smp_processor_id());
}

static bool copy_holds(const uint8_t *copy, uint8_t byte, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (copy[i] != byte)
			return false;
	return true;
}

static uint8_t stamp_of(uint32_t id)
{
	return (uint8_t)(id * 167 / smp_nr_online() + id * 29 + 1);
}

static const char *object_on_alloc(const struct lab_op *op)
{
	dealt.object[op->id] = pcpu_alloc(pcpu_default_instance, op->size, op->align, 0);
	dealt.size[op->id] = op->size;
	CHECK(dealt.object[op->id].value);
	CHECK(dealt.object[op->id].value % op->align == 0);
	CHECK(copy_holds(copy_of(op->id, false), 0, op->size));
	if (smp_processor_id() != 0)
		CHECK(copy_holds(copy_of(op->id, true), 0, op->size));
	memset(copy_of(op->id, false), stamp_of(op->id), op->size);
	memset(copy_of(op->id, true), stamp_of(op->id), op->size);
	return NULL;
}

static const char *object_on_free(uint32_t id)
{
	struct pcpu_ptr p = dealt.object[id];

	CHECK(copy_holds(copy_of(id, false), stamp_of(id), dealt.size[id]));
	CHECK(copy_holds(copy_of(id, true), stamp_of(id), dealt.size[id]));
	dealt.object[id].value = 0;
	pcpu_free(pcpu_default_instance, p);
	if (lab_take_kick(default_plat))
		pcpu_balance(pcpu_default_instance);
	return NULL;
}

static const char *replay_mine(void)
{
	for (size_t i = 0; i < trace.nr_ops; i++) {
		const struct lab_op *op = &trace.ops[i];
		bool live = is_mine(op->id) && dealt.object[op->id].value != 0;

		if (op->kind == LAB_OP_ALLOC && is_mine(op->id) && !live)
			CHECK_PASSES(object_on_alloc(op));
		if (op->kind == LAB_OP_FREE && live)
			CHECK_PASSES(object_on_free(op->id));
	}
	return NULL;
}

static const char *free_mine(void)
{
	for (uint32_t id = 0; id < trace.nr_ids; id++)
		if (is_mine(id) && dealt.object[id].value)
			CHECK_PASSES(object_on_free(id));
	return NULL;
}

const char *test_trace_all_cpus(void)
{
	struct pcpu_stats before, full, after;

	if (!machine.module)
		SKIP("no trace was given by -initrd");
	CHECK_PASSES(trace_read());
	NEEDS(needs_trace(nr_cpu_ids));
	CHECK(!trace.ops_form); /* the other form is for one allocator at a time */
	dealt.object = heap_alloc(trace.nr_ids * sizeof(*dealt.object));
	dealt.size = heap_alloc(trace.nr_ids * sizeof(*dealt.size));
	CHECK(dealt.object && dealt.size);
	pcpu_stats(pcpu_default_instance, &before);
	CHECK_PASSES(on_each_cpu(replay_mine));
	CHECK_CLEAN(pcpu_default_instance);
	pcpu_stats(pcpu_default_instance, &full);
	CHECK(full.nr_allocs - before.nr_allocs == trace.nr_allocs);
	CHECK_PASSES(on_each_cpu(free_mine));
	pcpu_balance(pcpu_default_instance);
	CHECK_CLEAN(pcpu_default_instance);
	pcpu_stats(pcpu_default_instance, &after);
	CHECK(after.nr_live == before.nr_live);
	return NULL;
}
