/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* sched_write.c - a case as a TEST() of harness/test/lib/test.h, spelt out: see sched_case.h. */
#include "fuzz/targets/sched/sched_case.h"
#include "harness/text/text.h"
#include "fuzz/targets/setup_write.h"
#include "fuzz/targets/write_line.h"

static const char *const kind_constants[STEP_NR_KINDS] = {
	[STEP_END] = "STEP_END",
	[STEP_ALLOC] = "STEP_ALLOC",
	[STEP_ATOMIC] = "STEP_ATOMIC",
	[STEP_FREE] = "STEP_FREE",
	[STEP_BALANCE] = "STEP_BALANCE",
	[STEP_AGAIN] = "STEP_AGAIN",
	[STEP_LOOKUP] = "STEP_LOOKUP",
	[STEP_RESERVED] = "STEP_RESERVED",
	[STEP_RESERVED_ATOMIC] = "STEP_RESERVED_ATOMIC",
	[STEP_WRITE] = "STEP_WRITE",
	[STEP_FAIL] = "STEP_FAIL",
	[STEP_FAIL_ALL] = "STEP_FAIL_ALL",
	[STEP_CHECK] = "STEP_CHECK",
};

static void write_op(const struct sched_op *op, void (*line)(const char *text))
{
	const struct step *step = &op->step;
	struct lab_text preempts;
	char capacity[64];

	lab_text_init(&preempts, capacity, sizeof(capacity));
	for (uint32_t i = 0; i < op->nr_preempts; i++) {
		lab_put(&preempts, i ? ", {" : ", {{");
		lab_put_u64(&preempts, op->preempt[i].after);
		lab_put(&preempts, ", ");
		lab_put_u64(&preempts, op->preempt[i].others);
		lab_put(&preempts, i + 1u < op->nr_preempts ? "}" : "}}");
	}
	if (op->nr_preempts == 0)
		lab_put(&preempts, ", {{0}}");
	if (op->fiber == SCHED_BEFORE)
		write_line(line, "\t\t{{$, @, @, @}, SCHED_BEFORE, 0, {{0}}},",
			   (const uint64_t[]){step->slot, step->size, step->align},
			   &kind_constants[step->kind]);
	else
		write_line(line, "\t\t{{$, @, @, @}, @, @$},",
			   (const uint64_t[]){step->slot, step->size, step->align, op->fiber,
					      op->nr_preempts},
			   (const char *const[]){kind_constants[step->kind], capacity});
}

void sched_case_write(const struct sched_case *c, const char *test_name,
		      void (*line)(const char *text))
{
	write_head(line, "fuzz/targets/sched/sched_case.h", test_name);
	setup_write_topology(c->setup.sim.topology, line);
	line("\t/* {kind, slot, size, align}, fiber, preemptions {after so many chances, steps of "
	     "others};");
	line("\t   128 and more: so many drops of the inner lock; then memory ends. */");
	line("\tstatic const struct sched_op ops[] = {");
	for (size_t i = 0; i < c->nr_ops; i++)
		write_op(&c->ops[i], line);
	line("\t};");
	line("\tstruct sched_case c = {");
	setup_write_sim(".setup.sim", &c->setup.sim, line);
	setup_write_pcpu(".setup.pcpu", &c->setup.pcpu, line);
	write_line(line, "\t\t.setup.fill_first = @, .setup.honour_kicks = @,",
		   (const uint64_t[]){c->setup.fill_first, c->setup.honour_kicks}, NULL);
	write_line(line, "\t\t.nr_fibers = @, .ops = ops, .nr_ops = @,",
		   (const uint64_t[]){c->nr_fibers, c->nr_ops}, NULL);
	line("\t};");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	line("\tif (!sched_case_run(&c, &outcome))");
	line("\t\tFAIL(\"%s\", outcome.words);");
	line("}");
}
