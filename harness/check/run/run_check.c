/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_check.c - the runner's checks of each step: the walker for the allocator's own records, the
 * model for the objects. The first error becomes the verdict.
 */
#include "harness/check/run/run_parts.h"

#define WALK_EVERY 1000u /* events between two walks of all invariants */

bool lab_run_blame(struct run *run, const char *sentence, uint32_t id, uint32_t cpu)
{
	run->result->verdict = (struct lab_verdict){
		.kind = LAB_BROKEN_MODEL, .step = run->step, .sentence = sentence, .id = id,
		.cpu = cpu,
	};
	return false;
}

bool lab_run_blame_fault(struct run *run, const struct lab_fault *fault)
{
	return lab_run_blame(run, fault->sentence, fault->id, fault->cpu);
}

static bool run_check_walk(struct run *run)
{
	struct pcpu_broken where = { .chunk_id = PCPU_NO_CHUNK, .cpu = PCPU_NO_CPU };
	enum pcpu_invariant broken = pcpu_check(run->pcpu, &where);

	if (broken == PCPU_HOLDS)
		return true;
	run->result->verdict = (struct lab_verdict){
		.kind = LAB_BROKEN_INVARIANT, .step = run->step, .invariant = broken,
		.where = where, .sentence = pcpu_invariant_text(broken), .id = LAB_NO_ID,
		.cpu = where.cpu,
	};
	return false;
}

static bool run_check_stats(struct run *run)
{
	struct lab_fault fault;

	if (run->front)
		return lab_run_check_front_stats(run);
	return lab_model_stats_check(&run->stats, &fault) || lab_run_blame_fault(run, &fault);
}

bool lab_run_check_all(struct run *run)
{
	struct lab_fault fault;

	if (!run_check_walk(run))
		return false;
	if (run->options->check == LAB_CHECK_NONE)
		return true;
	if (!lab_model_check(&run->model, &fault))
		return lab_run_blame_fault(run, &fault);
	return run_check_stats(run);
}

bool lab_run_check_records(struct run *run)
{
	struct lab_fault fault;

	if (!run_check_walk(run))
		return false;
	if (!lab_model_check_counts(&run->model, &fault))
		return lab_run_blame_fault(run, &fault);
	return run_check_stats(run);
}

bool lab_run_check_step(struct run *run)
{
	if (run->options->check == LAB_CHECK_ALL)
		return lab_run_check_all(run);
	if (run->options->check == LAB_CHECK_NONE || (run->step + 1) % WALK_EVERY != 0)
		return true;
	return lab_run_check_records(run);
}

/* Result of a visit of the emptied allocator. */
struct leftovers {
	uint32_t nr_later;
	bool parted; /* a map has more than its used part, if any, and one free run */
};

static bool find_leftover(void *context, const struct pcpu_chunk_view *view)
{
	struct leftovers *left = context;
	struct pcpu_area area = { 0 };
	uint32_t nr_free = 0, nr_used = 0;

	while (view->map->ops->next(view->map, &area)) {
		nr_free += !area.used;
		nr_used += area.used;
		if (area.used && area.offset != 0)
			left->parted = true;
	}
	left->nr_later += view->kind == PCPU_CHUNK_LATER;
	if (nr_free > 1 || nr_used > (view->kind != PCPU_CHUNK_LATER))
		left->parted = true;
	return true;
}

bool lab_run_check_empty(struct run *run)
{
	struct leftovers left = { 0 };
	struct pcpu_stats stats;

	pcpu_stats(run->pcpu, &stats);
	if (stats.nr_live > 0)
		return true;
	pcpu_visit(run->pcpu, find_leftover, &left);
	if (left.nr_later > 1 && lab_run_promised(run, PCPU_PROMISE_ONE_EMPTY))
		return lab_run_blame(run, "at most one empty chunk stays when all is freed",
				     LAB_NO_ID, PCPU_NO_CPU);
	if (left.parted)
		return lab_run_blame(run, "maps are whole runs when all is freed", LAB_NO_ID,
				     PCPU_NO_CPU);
	return true;
}
