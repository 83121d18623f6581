/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run.c - the runner: runs a whole trace on one allocator, with the checks that are requested.
 *
 *	op -> allocator -> place -> hash		scratch: | run | pointers | sizes | model |
 *	              \-> model (alloc, free)
 *	              \-> kick? balance -> walker, now and then
 */
#include "harness/check/run/run_parts.h"
#include "harness/text/text.h"
#include "harness/platform/lab_plat.h"

#define PROGRESS_EVERY 4096u /* events between two calls of progress; a power of two */

static size_t run_align(size_t bytes)
{
	return (size_t)pcpu_align_up(bytes, 64);
}

static struct lab_model_size model_size(const struct lab_trace *trace)
{
	struct lab_model_size size = { .nr_ids = trace->nr_ids, .writes = trace->ops_form };

	for (size_t i = 0; i < trace->nr_ops; i++)
		if (trace->ops[i].kind == LAB_OP_ALLOC)
			size.nr_touches += lab_model_touches(trace->ops[i].size);
	return size;
}

size_t lab_run_memory(const struct lab_trace *trace, const struct pcpu *pcpu,
		      const struct lab_run_options *options)
{
	size_t bytes = run_align(sizeof(struct run)) +
		       run_align(trace->nr_ids * sizeof(uintptr_t)) +
		       run_align(trace->nr_ids * sizeof(uint32_t));
	struct lab_model_size size;

	if (options->check == LAB_CHECK_NONE)
		return bytes;
	size = model_size(trace);
	return bytes + lab_model_memory(&size, pcpu);
}

static struct run *run_init(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
			    const struct lab_run_options *options, void *scratch,
			    struct lab_result *result)
{
	struct run *run = scratch;
	char *at = (char *)scratch + run_align(sizeof(*run));
	struct lab_model_size size;

	*result = (struct lab_result){ .hash = LAB_FNV_START };
	*run = (struct run){
		.plat = plat, .pcpu = pcpu, .trace = trace, .options = options,
		.result = result, .clock_ns = lab_run_clock_cost_ns(),
	};
	run->pointer = (uintptr_t *)(void *)at;
	at += run_align(trace->nr_ids * sizeof(uintptr_t));
	run->size = (uint32_t *)(void *)at;
	at += run_align(trace->nr_ids * sizeof(uint32_t));
	if (options->check == LAB_CHECK_NONE)
		return run;
	run->front = pcpu_has_front(pcpu);
	size = model_size(trace);
	lab_model_init(&run->model, plat, pcpu, &size, at);
	lab_run_collect_first(run);
	return run;
}

static void run_progress(const struct run *run, size_t nr_done)
{
	if (run->options->progress && (nr_done & (PROGRESS_EVERY - 1)) == 0)
		run->options->progress(run->options->context, nr_done);
}

bool lab_run(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
	     const struct lab_run_options *options, void *scratch, struct lab_result *result)
{
	struct run *run = run_init(plat, pcpu, trace, options, scratch, result);
	bool clean = true;

	result->peak_step = lab_run_peak_step(run);
	for (; clean && run->step < trace->nr_ops; run->step++) {
		clean = lab_run_step(run, &trace->ops[run->step]);
		if (run->step == result->peak_step)
			pcpu_stats(pcpu, &result->at_peak);
		if (clean && options->stepped)
			options->stepped(options->context, run->step);
		run_progress(run, run->step + 1);
	}
	if (options->inject_failures)
		lab_fail_never(plat);
	if (clean && options->check != LAB_CHECK_NONE)
		clean = options->drains ? lab_run_check_records(run) : lab_run_check_all(run);
	pcpu_stats(pcpu, &result->at_end);
	return clean;
}

bool lab_run_drain(void *scratch)
{
	struct run *run = scratch;

	lab_run_kick_begin(run);
	for (uint32_t id = 0; id < run->trace->nr_ids; id++)
		if (run->pointer[id] != 0 && !lab_run_free(run, id))
			return false;
	if (!lab_run_check_kick(run, lab_take_kick(run->plat)) || !lab_run_balance(run))
		return false;
	if (run->front)
		pcpu_drain(run->pcpu);
	if (run->options->check == LAB_CHECK_NONE)
		return true;
	return lab_run_check_all(run) && lab_run_check_empty(run);
}

const struct lab_model *lab_run_model(const void *scratch)
{
	return &((const struct run *)scratch)->model;
}
