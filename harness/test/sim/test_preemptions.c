/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_preemptions.c - two fibers, every schedule with at most two preemptions.
 *
 *	fiber 0  ----------|            |-----------
 *	fiber 1            |------------|
 *	                   ^ first      ^ second, at every pair of platform calls
 *
 * Most races need no more than two well placed switches (Musuvathi, Qadeer: CHESS, 2007). Each
 * case is the two programs that meet on one critical path.
 */
#include "harness/check/live/fiber_fixture.h"
#include "harness/test/lib/test.h"

#define NEVER UINT32_MAX

/* Who goes on at the n-th question: whoever runs, but at two of them the other. */
struct plan {
	struct plat *plat;
	uint32_t starts;     /* the fiber that begins */
	uint32_t preempt[2]; /* questions at which the other goes on; NEVER */
	uint32_t nr_questions;
};

static uint32_t follow(void *context, uint32_t nr_runnable)
{
	struct plan *plan = context;
	uint32_t current = sim_current_fiber(plan->plat), question;

	if (current == SIM_NO_FIBER)
		return plan->starts;
	question = plan->nr_questions++;
	if (question == plan->preempt[0] || question == plan->preempt[1])
		return 1 - current;
	return current;
}

struct pair {
	const char *name;
	const struct step *before; /* outside fibers */
	const struct step *program[2];
	uint32_t fails; /* the fallible call, counted from where the fibers begin; NEVER */
};

/* What all schedules of a pair came to: nothing is proved by what never happens. */
struct totals {
	uint64_t nr_schedules, nr_extensions, nr_restarts, nr_populated, nr_depopulated;
	uint64_t nr_created, nr_destroyed, nr_atomic_taken, nr_refused_but_kept;
};

static struct fiber_fixture fixture;
static struct totals totals;

static void add_up(void)
{
	totals.nr_schedules++;
	totals.nr_extensions += fixture.stats.nr_extensions;
	totals.nr_restarts += fixture.stats.nr_restarts;
	totals.nr_populated += fixture.stats.nr_pages_populated;
	totals.nr_depopulated += fixture.stats.nr_pages_depopulated;
	totals.nr_created += fixture.stats.nr_chunks_created;
	totals.nr_destroyed += fixture.stats.nr_chunks_destroyed;
	totals.nr_atomic_taken += fixture.nr_atomic_taken;
	if (fixture.nr_refused_asleep > 0 && fixture.stats.nr_chunks > 1)
		totals.nr_refused_but_kept++;
}

static void run_pair(const struct pair *pair, struct plan *plan)
{
	struct fiber_program fiber[2] = {{&fixture, pair->program[0]},
					 {&fixture, pair->program[1]}};
	sim_fiber_fn functions[2] = {fiber_program_main, fiber_program_main};

	plan->nr_questions = 0;
	if (!fiber_fixture_begin(&fixture, plan->plat, 1))
		FAIL("%s: %s", pair->name, fixture.wrong);
	fiber_fixture_run(&fixture, pair->before);
	if (pair->fails != NEVER)
		lab_fail_at(plan->plat, pair->fails, false);
	if (!sim_run_fibers(plan->plat, 2, functions, (void *[]){&fiber[0], &fiber[1]}, 0, 1,
			    follow, plan))
		FAIL("%s: deadlock:\n%s", pair->name, sim_fiber_report(plan->plat));
	fiber_fixture_end(&fixture);
	if (fixture.wrong)
		FAIL("%s: fiber %u begins, preempted at %d and %d: %s", pair->name, plan->starts,
		     (int)plan->preempt[0], (int)plan->preempt[1], fixture.wrong);
	add_up();
}

/* All schedules with a first preemption at `at` and one more or none. */
static void run_second(const struct pair *pair, struct plan *plan, uint32_t at)
{
	plan->preempt[0] = at;
	plan->preempt[1] = NEVER;
	run_pair(pair, plan);
	for (plan->preempt[1] = at + 1; plan->preempt[1] < plan->nr_questions; plan->preempt[1]++)
		run_pair(pair, plan);
}

static void run_all(const struct pair *pair)
{
	struct plan plan = {.plat = fiber_fixture_plat()};

	totals = (struct totals){0};
	for (plan.starts = 0; plan.starts < 2; plan.starts++) {
		uint32_t nr_questions;

		plan.preempt[0] = plan.preempt[1] = NEVER;
		run_pair(pair, &plan);
		nr_questions = plan.nr_questions;
		for (uint32_t at = 0; at < nr_questions; at++)
			run_second(pair, &plan, at);
	}
	sim_destroy(plan.plat);
	CHECK(totals.nr_schedules > 100);
}

/* --- the map's records run out while another changes the map ------------------------------------
 */

/* 125 of the first chunk's 128 records are used: one by the static part, the last by what is free.
 */
static const struct step *nearly_full_map(void)
{
	static struct step steps[125];

	for (uint32_t i = 0; i < 124; i++)
		steps[i] = (struct step){STEP_ALLOC, i + 8, 8, 4};
	steps[124] = (struct step){0};
	return steps;
}

TEST(preempted_extension_meets_extension)
{
	static const struct step a[] = {{STEP_ALLOC, 0, 8, 4}, {STEP_ALLOC, 1, 8, 4}, {0}};
	static const struct step b[] = {{STEP_ALLOC, 2, 8, 4}, {STEP_FREE, 0, 0, 0}, {0}};
	struct pair pair = {"extend, extend", nearly_full_map(), {a, b}, NEVER};

	run_all(&pair);
	CHECK_EQ(totals.nr_extensions, totals.nr_schedules); /* once each, whoever comes first */
	CHECK_EQ(totals.nr_restarts, totals.nr_schedules);
}

/* The lock is dropped for the new records; what is freed and taken meanwhile must be in them. */
TEST(preempted_extension_meets_free_and_atomic)
{
	static const struct step a[] = {{STEP_ALLOC, 0, 40, 8}, {0}};
	static const struct step b[] = {{STEP_FREE, 20, 0, 0}, {STEP_ATOMIC, 1, 4, 4},
					{STEP_FREE, 22, 0, 0}, {STEP_ATOMIC, 2, 8, 4},
					{STEP_FREE, 21, 0, 0}, {0}};
	struct pair pair = {"extend, free", nearly_full_map(), {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_extensions > 0);
}

/* Balance extends for atomic callers; the allocator does so for itself. */
TEST(preempted_extension_meets_balance)
{
	static const struct step a[] = {{STEP_ALLOC, 0, 8, 4}, {STEP_ALLOC, 1, 8, 4}, {0}};
	static const struct step b[] = {
		{STEP_ATOMIC, 2, 8, 4}, {STEP_BALANCE, 0, 0, 0}, {STEP_ATOMIC, 3, 8, 4}, {0}};
	struct pair pair = {"extend, balance", nearly_full_map(), {a, b}, NEVER};

	run_all(&pair);
}

/* --- pages -------------------------------------------------------------------------------------
 */

/* A later chunk: slot 0 on its first pages, the others missing. */
static const struct step one_later_chunk[] = {{STEP_ALLOC, 0, 16000, 4096}, {0}};

TEST(preempted_populate_meets_free)
{
	static const struct step a[] = {{STEP_ALLOC, 1, 16000, 4096}, {0}};
	static const struct step b[] = {{STEP_FREE, 0, 0, 0}, {STEP_ATOMIC, 2, 6000, 4096}, {0}};
	struct pair pair = {"populate, free", one_later_chunk, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_populated > 0);
}

/* Both want the same free area; the pages that one populated may be the other's by then. */
TEST(preempted_populate_meets_populate_and_atomic)
{
	static const struct step a[] = {{STEP_ALLOC, 1, 9000, 4096}, {0}};
	static const struct step b[] = {{STEP_ATOMIC, 2, 4096, 4096},
					{STEP_ATOMIC, 3, 4096, 4096},
					{STEP_ATOMIC, 4, 4096, 4096},
					{STEP_ATOMIC, 5, 4096, 4096},
					{0}};
	struct pair pair = {"populate, atomic", one_later_chunk, {a, b}, NEVER};

	run_all(&pair);
}

/* Pages that balance gives back are not given to an atomic caller at the same time. */
TEST(preempted_depopulate_meets_atomic)
{
	static const struct step before[] = {{STEP_ALLOC, 0, 28672, 4096},
					     {STEP_ALLOC, 1, 4096, 4096},
					     {STEP_FREE, 0, 0, 0},
					     {0}};
	static const struct step a[] = {{STEP_BALANCE, 0, 0, 0}, {0}};
	static const struct step b[] = {{STEP_ATOMIC, 2, 20000, 4096},
					{STEP_FREE, 2, 0, 0},
					{STEP_ATOMIC, 3, 12000, 4096},
					{0}};
	struct pair pair = {"depopulate, atomic", before, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_depopulated > 0);
}

/* --- chunks ------------------------------------------------------------------------------------
 */

/* Three later chunks, empty and still there, with populated pages. */
static const struct step three_free_chunks[] = {{STEP_ALLOC, 0, 32768, 4096},
						{STEP_ALLOC, 1, 32768, 4096},
						{STEP_ALLOC, 2, 32768, 4096},
						{STEP_FREE, 0, 0, 0},
						{STEP_FREE, 1, 0, 0},
						{STEP_FREE, 2, 0, 0},
						{0}};

/* B22: an atomic caller takes from a chunk, and wants room in its map, that balance destroys. */
TEST(preempted_B22_atomic_meets_chunk_destruction)
{
	static const struct step a[] = {{STEP_BALANCE, 0, 0, 0}, {0}};
	static const struct step b[] = {{STEP_ATOMIC, 3, 14000, 4096},
					{STEP_ATOMIC, 4, 14000, 4},
					{STEP_ATOMIC, 5, 14000, 4},
					{STEP_FREE, 4, 0, 0},
					{0}};
	struct pair pair = {"atomic, reclaim", three_free_chunks, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_destroyed > 0);
}

/* A reader without a lock follows the index while the chunk behind it goes. */
TEST(preempted_lookup_meets_chunk_destruction)
{
	static const struct step before[] = {{STEP_ALLOC, 0, 32768, 4096},
					     {STEP_ALLOC, 1, 32768, 4096},
					     {STEP_ALLOC, 2, 32768, 4096},
					     {STEP_FREE, 0, 0, 0},
					     {0}};
	static const struct step a[] = {
		{STEP_FREE, 1, 0, 0}, {STEP_BALANCE, 0, 0, 0}, {STEP_ALLOC, 3, 32768, 4096}, {0}};
	static const struct step b[] = {
		{STEP_LOOKUP, 1, 0, 0}, {STEP_LOOKUP, 2, 0, 0}, {STEP_LOOKUP, 1, 0, 0}, {0}};
	struct pair pair = {"lookup, reclaim", before, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_destroyed > 0);
}

/* A double free waits for the lock while the chunk it found is destroyed: its memory must outlive
   that. */
TEST(preempted_double_free_meets_chunk_destruction)
{
	static const struct step before[] = {{STEP_ALLOC, 0, 32768, 4096},
					     {STEP_ALLOC, 1, 32768, 4096},
					     {STEP_FREE, 0, 0, 0},
					     {STEP_FREE, 1, 0, 0},
					     {0}};
	static const struct step a[] = {{STEP_BALANCE, 0, 0, 0}, {0}};
	static const struct step b[] = {{STEP_AGAIN, 0, 0, 0}, {STEP_AGAIN, 1, 0, 0}, {0}};
	struct pair pair = {"double free, reclaim", before, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_destroyed > 0);
}

/* Both find nothing and make a chunk; or one waits and finds the other's. */
TEST(preempted_creation_meets_creation)
{
	static const struct step a[] = {{STEP_ALLOC, 0, 20000, 4}, {STEP_FREE, 0, 0, 0}, {0}};
	static const struct step b[] = {
		{STEP_ALLOC, 1, 20000, 4}, {STEP_FREE, 1, 0, 0}, {STEP_BALANCE, 0, 0, 0}, {0}};
	static const struct step nothing[] = {{0}};
	struct pair pair = {"create, create", nothing, {a, b}, NEVER};

	run_all(&pair);
	CHECK(totals.nr_created > 0);
}

/* --- failures, seen by others ------------------------------------------------------------------
 */

/*
 * A chunk is made, its pages are there, an atomic caller takes them before the one who made it
 * does; the pages that are missing then are refused. The chunk must go when it was made in vain,
 * and stay when another lives in it by now.
 */
TEST(preempted_failure_meets_atomic)
{
	static const struct step a[] = {{STEP_ALLOC, 0, 20000, 4096}, {0}};
	static const struct step b[] = {
		{STEP_ATOMIC, 1, 12000, 4096}, {STEP_ATOMIC, 2, 8000, 4}, {0}};
	static const struct step nothing[] = {{0}};
	struct pair pair = {"failure, atomic", nothing, {a, b}, 0};
	uint64_t nr_undone = 0, nr_kept = 0;

	for (; pair.fails < 32; pair.fails++) {
		run_all(&pair);
		nr_undone += totals.nr_destroyed;
		nr_kept += totals.nr_refused_but_kept;
	}
	CHECK(nr_undone > 0);
	CHECK(nr_kept > 0);
}
