/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_text.c - a case in words: what is wrong, and the whole of it as a trace.
 *
 *	s 1
 *	a 3 20000 4096 --
 *	# schedule: after 7 chances 2 steps of others
 */
#include <pcpu/bits.h>
#include "fuzz/targets/sched/sched_case.h"
#include "harness/text/text.h"
#include "harness/text/trace.h"

static const char *const kind_names[STEP_NR_KINDS] = {
	[STEP_END] = "the end",
	[STEP_ALLOC] = "alloc",
	[STEP_ATOMIC] = "atomic alloc",
	[STEP_FREE] = "free",
	[STEP_BALANCE] = "balance",
	[STEP_AGAIN] = "wrong free",
	[STEP_LOOKUP] = "lookup",
	[STEP_RESERVED] = "reserved alloc",
	[STEP_RESERVED_ATOMIC] = "reserved atomic alloc",
	[STEP_WRITE] = "write",
	[STEP_FAIL] = "fail",
	[STEP_FAIL_ALL] = "fail",
	[STEP_CHECK] = "check",
};

/* A lookup is printed as the write that it is the first half of. */
static const struct {
	uint8_t kind, flags;
} trace_ops[STEP_NR_KINDS] = {
	[STEP_END] = {LAB_OP_CHECK, 0},
	[STEP_ALLOC] = {LAB_OP_ALLOC, 0},
	[STEP_ATOMIC] = {LAB_OP_ALLOC, LAB_OP_ATOMIC},
	[STEP_FREE] = {LAB_OP_FREE, 0},
	[STEP_BALANCE] = {LAB_OP_BALANCE, 0},
	[STEP_AGAIN] = {LAB_OP_WILD, 0},
	[STEP_LOOKUP] = {LAB_OP_WRITE, 0},
	[STEP_RESERVED] = {LAB_OP_ALLOC, LAB_OP_RESERVED},
	[STEP_RESERVED_ATOMIC] = {LAB_OP_ALLOC, LAB_OP_RESERVED | LAB_OP_ATOMIC},
	[STEP_WRITE] = {LAB_OP_WRITE, 0},
	[STEP_FAIL] = {LAB_OP_FAIL, 0},
	[STEP_FAIL_ALL] = {LAB_OP_FAIL, LAB_OP_LASTING},
	[STEP_CHECK] = {LAB_OP_CHECK, 0},
};

static void step_print(const struct step *step, char line[128])
{
	struct lab_op op = {
		.kind = trace_ops[step->kind].kind,
		.flags = trace_ops[step->kind].flags,
		.id = step->slot,
		.size = step->size,
		.align = step->align,
	};

	lab_op_print(&op, NULL, line);
}

void sched_report(const struct sched_case *c, const char *report, struct fuzz_outcome *outcome)
{
	bool at_end = outcome->step >= c->nr_ops;
	const struct sched_op *op = at_end ? NULL : &c->ops[outcome->step];
	struct lab_text text;
	char line[128];

	lab_text_init(&text, outcome->place, sizeof(outcome->place));
	lab_put(&text, kind_names[at_end ? STEP_END : op->step.kind]);
	lab_text_init(&text, outcome->words, sizeof(outcome->words));
	if (at_end) {
		lab_put(&text, "after the last step");
	} else {
		step_print(&op->step, line);
		lab_put_number(&text, "step ", outcome->step);
		lab_put(&text, op->fiber == SCHED_BEFORE ? " (before fibers" : " (fiber ");
		if (op->fiber != SCHED_BEFORE)
			lab_put_u64(&text, op->fiber);
		lab_put(&text, ": ");
		lab_put(&text, line);
		lab_put(&text, ")");
	}
	lab_put(&text, ": ");
	lab_put(&text, outcome->sentence);
	for (lab_put(&text, report ? "; " : ""); report && *report; report++)
		if (*report != '\n')
			lab_put_char(&text, *report);
		else if (report[1])
			lab_put(&text, "; ");
}

/* --- the whole ------------------------------------------------------------------------------ */

static void describe_setup(const struct sched_case *c, void (*line)(const char *text))
{
	const struct pcpu_config *pcpu = &c->setup.pcpu;
	struct lab_text text;
	char capacity[240];

	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put_number(&text, "# ", c->nr_fibers);
	lab_put(&text, c->nr_fibers == 1 ? " fiber, " : " fibers, ");
	lab_put_u64(&text, pcpu->topology->nr_cpu_ids);
	lab_put_number(&text, " CPU ids on ", pcpu->topology->nr_nodes);
	lab_put(&text, " nodes; engine ");
	lab_put(&text, pcpu->engine->name);
	lab_put(&text, pcpu->front ? " with front" : "");
	lab_put(&text, pcpu->backing == PCPU_BACKING_KM ? ", km backing" : "");
	lab_put_number(&text, "; reserved ", pcpu->sizes.reserved_bytes);
	lab_put(&text,
		pcpu->sizes.stride == PCPU_STRIDE_SKEWED ? "; units are skewed" : "");
	lab_put(&text, c->setup.fill_first ? "; the first chunk is full" : "");
	lab_put(&text, c->setup.honour_kicks ? "; a kicked fiber balances" : "");
	lab_put(&text, c->setup.sim.pages_per_node ? "; memory is scarce" : "");
	line(capacity);
}

static void describe_preempts(const struct sched_op *op, void (*line)(const char *text))
{
	struct lab_text text;
	char capacity[240];

	if (op->nr_preempts == 0)
		return;
	lab_text_init(&text, capacity, sizeof(capacity));
	lab_put(&text, "# schedule:");
	for (uint32_t i = 0; i < op->nr_preempts; i++) {
		uint32_t after = op->preempt[i].after, others = op->preempt[i].others;

		lab_put(&text, i ? ", after " : " after ");
		lab_put_u64(&text, after < SCHED_DROP ? after : after - SCHED_DROP + 1);
		lab_put(&text, after < SCHED_DROP ? " chances " : " drops of the inner lock ");
		lab_put_u64(&text, others % SCHED_FAILS);
		lab_put(&text, " steps of others");
		lab_put(&text, others >= SCHED_FAILS ? " and memory ends" : "");
	}
	line(capacity);
}

void sched_describe(const struct sched_case *c, void (*line)(const char *text))
{
	uint32_t fiber = SCHED_BEFORE;
	char words[128];

	line("# pcpu-trace-ops 1");
	describe_setup(c, line);
	for (size_t i = 0; i < c->nr_ops; i++) {
		if (c->ops[i].fiber != fiber) {
			struct lab_op op = {.kind = LAB_OP_SWITCH, .cpu = c->ops[i].fiber};

			lab_op_print(&op, NULL, words);
			line(words);
			fiber = c->ops[i].fiber;
		}
		step_print(&c->ops[i].step, words);
		line(words);
		describe_preempts(&c->ops[i], line);
	}
}
