/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_case.c - runs a case: one program a fiber, and the chooser that follows its schedule.
 *
 *	at a platform call sim calls the chooser -> running fiber inside a step, and not due? it
 *				       continues else: of the runnable fibers that are not stopped,
 *				       the one with the earliest step
 *
 * R1  The choice depends on the case alone.
 */
#include "fuzz/targets/chunk_render.h"
#include "fuzz/targets/outcome.h"
#include "fuzz/targets/sched/sched_case.h"
#include "harness/text/text.h"

struct runner {
	struct sched_run *run;
	uint32_t fiber;
	size_t at;	  /* its step under way or next; nr_ops: none is left */
	bool inside;	  /* the step */
	uint32_t chances; /* since the step began or went on */
	uint32_t drops;	  /* of the inner lock, that it made since then */
	uint64_t holds;	  /* of the inner lock, at its last chance */
	uint32_t nr_preempted;
	uint32_t aside; /* until so many steps of others have ended */
	bool fails;	/* its next fallible call after it continues fails */
};

struct sched_run {
	const struct sched_case *c;
	struct fiber_fixture *fixture;
	struct runner runner[FIBER_FIXTURE_FIBERS];
	size_t nr_done;
	uint32_t nr_walks;
	bool deadlock;
};

#define MAX_WALKS 8u /* of the walker in the middle of steps: each costs as much as a step */

/* --- who goes on ------------------------------------------------------------------------------ */

/* The sooner, the smaller. */
static uint64_t turn_of(const struct runner *runner)
{
	return runner->at + (runner->aside > 0 ? UINT64_C(1) << 32 : 0);
}

static uint32_t sched_earliest(const struct sched_run *run, uint32_t but)
{
	uint32_t best = SIM_NO_FIBER;

	for (uint32_t i = 0; i < run->c->nr_fibers; i++) {
		if (i == but || !sim_fiber_runnable(run->fixture->plat, i))
			continue;
		if (best == SIM_NO_FIBER || turn_of(&run->runner[i]) < turn_of(&run->runner[best]))
			best = i;
	}
	return best;
}

/* Counts this chance: a drop too, if it held the inner lock since the last one. */
static void count_chance(const struct sched_run *run, struct runner *runner)
{
	uint64_t holds = sim_my_holds(run->fixture->plat);

	runner->chances++;
	runner->drops += holds != runner->holds;
	runner->holds = holds;
}

/* Is it to stop here, by its step's next preemption? */
static bool is_due(const struct sched_run *run, struct runner *runner)
{
	const struct sched_op *op = &run->c->ops[runner->at];
	uint32_t after;

	count_chance(run, runner);
	if (runner->nr_preempted == op->nr_preempts)
		return false;
	after = op->preempt[runner->nr_preempted].after;
	if (after >= SCHED_DROP ? runner->drops <= after - SCHED_DROP : runner->chances <= after)
		return false;
	runner->aside = op->preempt[runner->nr_preempted].others & (SCHED_FAILS - 1);
	runner->fails = op->preempt[runner->nr_preempted++].others & SCHED_FAILS;
	runner->chances = runner->drops = 0;
	return true;
}

/* When no other fiber can run there is no choice, and no call fails. */
static void sched_resume(const struct sched_run *run, struct runner *runner)
{
	if (!runner->fails)
		return;
	runner->fails = false;
	run->fixture->may_fail = true;
	lab_fail_at(run->fixture->plat, 0, false);
}

/* Nobody holds a lock, so nothing may be half done. */
static void sched_walk(struct sched_run *run)
{
	struct fiber_fixture *fixture = run->fixture;
	enum pcpu_invariant invariant;

	if (sim_lock_is_held(fixture->plat, PLAT_LOCK_OUTER) || run->nr_walks == MAX_WALKS)
		return;
	run->nr_walks++;
	fixture->frozen = true;
	invariant = pcpu_check(fixture->pcpu, NULL);
	fixture->frozen = false;
	if (invariant != PCPU_HOLDS)
		fiber_fixture_note(fixture, pcpu_invariant_text(invariant));
}

static uint32_t number_among_runnable(const struct sched_run *run, uint32_t fiber)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < fiber; i++)
		nr += sim_fiber_runnable(run->fixture->plat, i);
	return nr;
}

static uint32_t sched_choose(void *context, uint32_t nr_runnable)
{
	struct sched_run *run = context;
	uint32_t current = sim_current_fiber(run->fixture->plat), next;
	struct runner *runner = current == SIM_NO_FIBER ? NULL : &run->runner[current];

	(void)nr_runnable;
	if (runner && run->fixture->frozen)
		return number_among_runnable(run, current);
	if (!runner || !sim_fiber_runnable(run->fixture->plat, current) || !runner->inside) {
		next = sched_earliest(run, SIM_NO_FIBER);
	} else {
		runner->aside = 0;
		next = current;
		if (is_due(run, runner)) {
			sched_walk(run);
			next = sched_earliest(run, current);
		}
	}
	if (next != current)
		sched_resume(run, &run->runner[next]);
	return number_among_runnable(run, next);
}

/* --- fibers ----------------------------------------------------------------------------------- */

/* The first step of its own from `at` on. */
static size_t next_of(const struct sched_run *run, uint32_t fiber, size_t at)
{
	while (at < run->c->nr_ops && run->c->ops[at].fiber != fiber)
		at++;
	return at;
}

static void step_ended(struct sched_run *run, struct runner *runner)
{
	for (uint32_t i = 0; i < run->c->nr_fibers; i++)
		if (&run->runner[i] != runner && run->runner[i].aside > 0)
			run->runner[i].aside--;
	run->nr_done++;
	runner->inside = false;
	runner->at = next_of(run, runner->fiber, runner->at + 1);
}

static void runner_main(void *argument)
{
	struct runner *runner = argument;
	struct sched_run *run = runner->run;

	fiber_fixture_enter(run->fixture);
	while (runner->at < run->c->nr_ops && !run->fixture->wrong) {
		runner->inside = true;
		runner->chances = runner->drops = runner->nr_preempted = 0;
		runner->holds = sim_my_holds(run->fixture->plat);
		runner->fails = false;
		fiber_fixture_step(run->fixture, &run->c->ops[runner->at].step);
		step_ended(run, runner);
		sim_yield(run->fixture->plat);
	}
	pcpu_cpu_leave();
}

static bool run_fibers(struct sched_run *run)
{
	sim_fiber_fn functions[FIBER_FIXTURE_FIBERS];
	void *arguments[FIBER_FIXTURE_FIBERS];

	for (uint32_t i = 0; i < run->c->nr_fibers; i++) {
		run->runner[i] = (struct runner){.run = run, .fiber = i, .at = next_of(run, i, 0)};
		functions[i] = runner_main;
		arguments[i] = &run->runner[i];
	}
	return sim_run_fibers(run->fixture->plat, run->c->nr_fibers, functions, arguments, 0, 1,
			      sched_choose, run);
}

/* --- a run ------------------------------------------------------------------------------------ */

static bool run_open(struct sched_run *run, struct fiber_fixture *fixture,
		     const struct sched_case *c)
{
	static struct plat *plat; /* keeps memory for speed, and no state: sim_reset() */

	if (!plat)
		plat = sim_create(&c->setup.sim);
	*run = (struct sched_run){.c = c, .fixture = fixture};
	if (!fiber_fixture_open(fixture, plat, &c->setup))
		return false;
	sim_limit_calls(plat, SCHED_MAX_CALLS);
	return true;
}

/* All steps, on their fibers. */
static void run_steps(void *argument)
{
	struct sched_run *run = argument;

	run->fixture->honour_kicks = false; /* the state before the steps is that of the case */
	for (size_t i = 0; i < run->c->nr_ops && run->c->ops[i].fiber == SCHED_BEFORE; i++) {
		fiber_fixture_step(run->fixture, &run->c->ops[i].step);
		run->nr_done++;
	}
	run->fixture->honour_kicks = run->c->setup.honour_kicks;
	run->deadlock = !run_fibers(run);
}

static void run_all(void *argument)
{
	struct sched_run *run = argument;

	run_steps(run);
	if (!run->deadlock)
		fiber_fixture_end(run->fixture);
}

/* Whose step is to blame: the one that noted it, or in which an assertion failed; for deadlocks the
   earliest under way. */
static const struct step *step_to_blame(const struct sched_run *run)
{
	uint32_t failed = sim_failed_fiber(run->fixture->plat);
	const struct step *found = NULL;

	if (run->fixture->wrong)
		return run->fixture->wrong_step;
	if (failed < FIBER_FIXTURE_FIBERS)
		return run->fixture->step[failed];
	for (uint32_t i = 0; i <= FIBER_FIXTURE_FIBERS; i++)
		if (run->fixture->step[i] && (!found || run->fixture->step[i] < found))
			found = run->fixture->step[i];
	return found;
}

static size_t index_of(const struct sched_case *c, const struct step *step)
{
	for (size_t i = 0; step && i < c->nr_ops; i++)
		if (&c->ops[i].step == step)
			return i;
	return c->nr_ops;
}

static const char deadlock[] = "every fiber waits for a lock";

/* Returns the first error: a fault that the platform recorded came before the assertion that ended
   the run. */
static const char *first_wrong(const struct sched_run *run, const char *assertion)
{
	if (run->fixture->wrong)
		return run->fixture->wrong;
	if (sim_fault(run->fixture->plat))
		return sim_fault(run->fixture->plat);
	if (assertion)
		return assertion;
	return run->deadlock ? deadlock : NULL;
}

static enum finding_by case_seen_by(const struct sched_run *run, const char *sentence,
				    const char *assertion)
{
	struct plat *plat = run->fixture->plat;

	if (sentence == assertion)
		return FINDING_ASSERTION;
	if (sentence == sim_fault(plat) || sentence == sim_lost(plat) || sentence == deadlock)
		return FINDING_FAULT;
	if (sentence == run->fixture->map_wrong)
		return FINDING_ORACLE;
	return fuzz_seen_by(sentence, FINDING_MODEL);
}

bool sched_case_run(const struct sched_case *c, struct fuzz_outcome *outcome)
{
	static struct fiber_fixture fixture;
	struct sched_run run;
	const char *assertion = NULL;
	uint64_t schedule = 0;

	*outcome = (struct fuzz_outcome){.step = c->nr_ops};
	if (run_open(&run, &fixture, c)) {
		assertion = sim_catch_assert(run_all, &run);
		schedule = sim_schedule_hash(fixture.plat, NULL);
	}
	outcome->nr_ops = run.nr_done;
	outcome->hash = lab_fnv1a(fixture.hash, &schedule, sizeof(schedule));
	outcome->sentence = first_wrong(&run, assertion);
	if (!outcome->sentence)
		return true;
	outcome->by = case_seen_by(&run, outcome->sentence, assertion);
	outcome->step = index_of(c, step_to_blame(&run));
	sched_report(c, run.deadlock ? sim_fiber_report(fixture.plat) : NULL, outcome);
	return false;
}

void sched_case_render(const struct sched_case *c, size_t nr, void (*line)(const char *text))
{
	static struct fiber_fixture fixture;
	struct sched_case part = *c;
	struct sched_run run;

	if (part.nr_ops > nr)
		part.nr_ops = nr;
	if (!run_open(&run, &fixture, &part))
		line("no allocator can be made of this");
	else if (sim_catch_assert(run_steps, &run) || run.deadlock)
		line("the steps before that do not come to an end: locks are held");
	else
		chunk_render(fixture.pcpu, line);
}
