/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_sim_fibers.c - deterministic fibers: exclusion, seeds, choosers, deadlocks, readers. */
#include "harness/test/sim/test_sim.h"

struct counters {
	struct plat *plat;
	int inside, most_inside, nr_done, wrong;
	enum plat_lock lock;
	char order[64];
	int nr_order;
};

static void count_under_lock(void *argument)
{
	struct counters *c = argument;

	for (int i = 0; i < 5; i++) {
		plat_lock(c->plat, c->lock);
		c->wrong += !plat_lock_held(c->plat, c->lock) || c->inside++ != 0;
		sim_yield(c->plat);
		plat_kick(c->plat, NULL);
		c->inside--;
		plat_unlock(c->plat, c->lock);
		c->wrong += plat_lock_held(c->plat, c->lock);
	}
	c->nr_done++;
}

static uint64_t run_counters(struct plat *plat, enum plat_lock lock, uint64_t seed, uint32_t rate,
			     struct counters *c)
{
	sim_fiber_fn functions[] = {count_under_lock, count_under_lock, count_under_lock};

	*c = (struct counters){.plat = plat, .lock = lock};
	CHECK(sim_run_fibers(plat, 3, functions, (void *[]){c, c, c}, seed, rate, NULL, NULL));
	CHECK_STR(sim_fiber_report(plat), "fiber 0: done\nfiber 1: done\nfiber 2: done\n");
	CHECK_EQ(c->nr_done, 3);
	return sim_schedule_hash(plat, NULL);
}

TEST(fibers_exclude_each_other_under_a_lock)
{
	struct plat *plat = sim_create(&plain);
	struct counters c;

	for (uint64_t seed = 0; seed < 100; seed++) {
		run_counters(plat, PLAT_LOCK_OUTER, seed, 1, &c);
		CHECK_EQ(c.wrong, 0);
		run_counters(plat, PLAT_LOCK_INNER, seed, 2, &c);
		CHECK_EQ(c.wrong, 0);
	}
	CHECK_STR(sim_fault(plat), NULL);
	sim_destroy(plat);
}

TEST(fibers_follow_their_seed)
{
	struct plat *plat = sim_create(&plain), *other = sim_create(&plain);
	uint64_t nr_switches, hash, same = 0;
	struct counters c;

	for (uint64_t seed = 0; seed < 50; seed++) {
		hash = run_counters(plat, PLAT_LOCK_OUTER, seed, 1, &c);
		CHECK_EQ(run_counters(other, PLAT_LOCK_OUTER, seed, 1, &c), hash);
		same += hash == run_counters(other, PLAT_LOCK_OUTER, seed + 1, 1, &c);
	}
	CHECK_EQ(same, 0); /* seeds differ */
	run_counters(plat, PLAT_LOCK_OUTER, 1, 1, &c);
	sim_schedule_hash(plat, &nr_switches);
	CHECK(nr_switches > 20);
	run_counters(plat, PLAT_LOCK_OUTER, 1, 1000000, &c);
	sim_schedule_hash(plat, &nr_switches);
	CHECK(nr_switches <= 5); /* hardly ever but at the ends */
	sim_destroy(plat);
	sim_destroy(other);
}

static void record_order(void *argument)
{
	struct counters *c = argument;
	int me = c->nr_done++;

	for (int i = 0; i < 3; i++) {
		c->order[c->nr_order++] = (char)('0' + me);
		sim_yield(c->plat);
	}
}

/* Always the last of the runnable ones. */
static uint32_t choose_last(void *context, uint32_t nr_runnable)
{
	++*(int *)context;
	return nr_runnable - 1;
}

static uint32_t choose_next(void *context, uint32_t nr_runnable)
{
	return (uint32_t)(*(int *)context)++ % nr_runnable;
}

TEST(fibers_follow_their_chooser)
{
	struct plat *plat = sim_create(&plain);
	struct counters c = {.plat = plat};
	int calls = 0;

	CHECK(sim_run_fibers(plat, 2, (sim_fiber_fn[]){record_order, record_order},
			     (void *[]){&c, &c}, 0, 1, choose_last, &calls));
	CHECK_STR(c.order, "000111");
	CHECK(calls > 0);
	c = (struct counters){.plat = plat};
	calls = 0;
	CHECK(sim_run_fibers(plat, 2, (sim_fiber_fn[]){record_order, record_order},
			     (void *[]){&c, &c}, 0, 1, choose_next, &calls));
	CHECK_STR(c.order, "010101");
	sim_destroy(plat);
}

static void lock_and_end(void *argument)
{
	struct counters *c = argument;

	plat_lock(c->plat, PLAT_LOCK_OUTER);
}

TEST(deadlock_is_found_and_reported)
{
	struct plat *plat = sim_create(&plain);
	struct counters c = {.plat = plat, .lock = PLAT_LOCK_OUTER};
	sim_fiber_fn functions[] = {lock_and_end, count_under_lock, count_under_lock};
	int calls = 0;

	c.lock = PLAT_LOCK_OUTER;
	CHECK(!sim_run_fibers(plat, 3, functions, (void *[]){&c, &c, &c}, 0, 1, choose_next,
			      &calls));
	CHECK_STR(sim_fiber_report(plat), "fiber 0: done\n"
					  "fiber 1: waits for the outer lock, held by fiber 0\n"
					  "fiber 2: waits for the outer lock, held by fiber 0\n");
	sim_reset(plat, &plain); /* and it can be used again */
	run_counters(plat, PLAT_LOCK_OUTER, 3, 1, &c);
	CHECK_EQ(c.wrong, 0);
	sim_destroy(plat);
}

/* What a writer publishes and readers follow. */
struct publication {
	struct plat *plat;
	uint8_t *block;
	uint32_t wrong, nr_late; /* late: read after it was replaced */
};

static void read_slowly(void *argument)
{
	struct publication *p = argument;
	const uint8_t *block;

	plat_read_begin(p->plat);
	block = p->block;
	for (int i = 0; block && i < 5; i++) {
		sim_yield(p->plat);
		p->wrong += *block != 1;
		p->nr_late += block != p->block;
	}
	plat_read_end(p->plat);
}

static void replace_block(void *argument)
{
	struct publication *p = argument;

	for (int i = 0; i < 5; i++) {
		uint8_t *old = p->block, *new = plat_meta_alloc(p->plat, 1);

		*new = 1;
		p->block = new;
		plat_meta_free_deferred(p->plat, old, 1);
	}
}

/* A block that another fiber still reads is not gone before that fiber says so. */
TEST(deferred_frees_respect_readers_in_other_fibers)
{
	struct plat *plat = sim_create(&plain);
	sim_fiber_fn functions[] = {replace_block, read_slowly, read_slowly};
	uint32_t nr_late = 0;

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct publication p = {.plat = plat};

		CHECK(sim_run_fibers(plat, 3, functions, (void *[]){&p, &p, &p}, seed, 1, NULL,
				     NULL));
		CHECK_EQ(p.wrong, 0);
		CHECK_EQ(plat->ledger.meta_blocks, 1); /* the last one published */
		nr_late += p.nr_late;
		sim_reset(plat, &plain);
	}
	CHECK(nr_late > 0); /* else nothing was proved */
	sim_destroy(plat);
}

/* --- what fails or goes on and on in a fiber ------------------------------------------------ */

static void fail_under_lock(void *argument)
{
	struct plat *plat = argument;

	plat_lock(plat, PLAT_LOCK_OUTER);
	sim_yield(plat);
	PCPU_ASSERT(sim_current_fiber(plat) == SIM_NO_FIBER);
}

static void call_for_ever(void *argument)
{
	for (;;)
		plat_kick(argument, NULL);
}

static sim_fiber_fn to_run;

static void run_two(void *argument)
{
	sim_run_fibers(argument, 2, (sim_fiber_fn[]){to_run, to_run},
		       (void *[]){argument, argument}, 7, 1, NULL, NULL);
	FAIL("fibers that were abandoned came to an end");
}

TEST(fibers_are_abandoned_when_one_fails)
{
	struct plat *plat = sim_create(&plain);
	struct counters c;

	for (int i = 0; i < 3; i++) {
		to_run = fail_under_lock;
		CHECK_STR(sim_catch_assert(run_two, plat),
			  "sim_current_fiber(plat) == SIM_NO_FIBER");
		CHECK_EQ(sim_current_fiber(plat), SIM_NO_FIBER);
		CHECK(sim_failed_fiber(plat) < 2);
		sim_reset(plat, &plain);
		run_counters(plat, PLAT_LOCK_OUTER, 3, 1, &c); /* as good as new */
		sim_reset(plat, &plain);
		to_run = call_for_ever;
		sim_limit_calls(plat, 1000);
		CHECK_STR(sim_catch_assert(run_two, plat),
			  "it ends within the bound of platform calls");
		sim_reset(plat, &plain);
		run_counters(plat, PLAT_LOCK_INNER, 3, 1, &c);
		sim_reset(plat, &plain);
	}
	sim_destroy(plat);
}
