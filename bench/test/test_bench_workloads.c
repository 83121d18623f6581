/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_bench_workloads.c - do workloads what their names say? A rival that counts watches them: who
 * allocates, who frees, what lives.
 */
#include "harness/test/lib/test.h"

#include "bench/test/fake_shim.h"
#include "bench/workloads/crew.h"

#include <stdlib.h>
#include <string.h>

/* --- the rival that watches ---------------------------------------------------------------- */

enum { CPUS = 2, MOST_MADE = 8192 };

/* In front of each block. */
struct block {
	_Alignas(16) uint32_t number; /* it was the so-manyeth to be made */
	uint32_t size_bytes;
	pthread_t maker;
};

static struct {
	pthread_mutex_t lock;
	uint32_t nr_made, nr_own, nr_cross; /* allocations; frees by the maker, by another thread */
	uint64_t live_bytes, live_bytes_max;
	bool is_live[MOST_MADE];
	uint32_t watched; /* so many are made: remember what lives */
	bool was_live[MOST_MADE];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static __thread uint64_t made_here_bytes;

static void *spy_create(uint32_t nr_cpus)
{
	CHECK_EQ(nr_cpus, CPUS);
	seen.nr_made = seen.nr_own = seen.nr_cross = 0;
	seen.live_bytes = seen.live_bytes_max = 0;
	memset(seen.is_live, 0, sizeof(seen.is_live));
	made_here_bytes = 0;
	return &seen;
}

static void spy_destroy(void *heap)
{
	CHECK_EQ(seen.live_bytes, 0);
}

static uintptr_t spy_alloc(void *heap, size_t size_bytes, size_t align_bytes)
{
	struct block *block = calloc(1, sizeof(*block) + CPUS * size_bytes);

	pthread_mutex_lock(&seen.lock);
	if (seen.nr_made == seen.watched)
		memcpy(seen.was_live, seen.is_live, sizeof(seen.is_live));
	*block = (struct block){seen.nr_made, (uint32_t)size_bytes, pthread_self()};
	if (seen.nr_made < MOST_MADE)
		seen.is_live[seen.nr_made] = true;
	seen.nr_made++;
	seen.live_bytes += size_bytes;
	if (seen.live_bytes > seen.live_bytes_max)
		seen.live_bytes_max = seen.live_bytes;
	pthread_mutex_unlock(&seen.lock);
	made_here_bytes += CPUS * size_bytes;
	return (uintptr_t)(block + 1);
}

static void spy_free(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes)
{
	struct block *block = (struct block *)object - 1;

	CHECK_EQ(block->size_bytes, size_bytes);
	pthread_mutex_lock(&seen.lock);
	if (pthread_equal(block->maker, pthread_self()))
		seen.nr_own++;
	else
		seen.nr_cross++;
	if (block->number < MOST_MADE)
		seen.is_live[block->number] = false;
	seen.live_bytes -= size_bytes;
	pthread_mutex_unlock(&seen.lock);
	free(block);
}

static uintptr_t spy_address(void *heap, uintptr_t object, size_t size_bytes, size_t align_bytes,
			     uint32_t cpu)
{
	return object + cpu * size_bytes;
}

static uint64_t spy_held(void *heap)
{
	return made_here_bytes;
}

static const struct rival spy = {
	.name = "spy", .create = spy_create, .destroy = spy_destroy, .alloc = spy_alloc,
	.free = spy_free, .address = spy_address, .held_bytes = spy_held, .held_by_thread = true,
};

/* --- crews --------------------------------------------------------------------------------- */

enum { LIVE = 100, TURNS = 1000 };

struct counts {
	uint32_t nr_own, nr_cross; /* frees before the rest is dropped */
	uint64_t nr_pairs, nr_live;
	double held_live;
};

static struct counts run_crew(enum crew_kind kind, uint32_t nr_threads, uint64_t nr_turns)
{
	const struct bench_case self = {
		.size_bytes = 8, .align_bytes = 8, .nr_cpus = CPUS, .nr_threads = nr_threads,
		.nr = LIVE, .written = true, .rival = &spy,
	};
	struct shim_state state = {.nr = 0};
	struct bench_fixture fixture;
	struct crew crew = {.state = &state, .fixture = &fixture, .self = &self, .kind = kind,
			    .nr_threads = nr_threads, .nr_turns = nr_turns};
	struct counts counts;

	crew_create(&crew);
	CHECK(bench_fixture_create(&fixture, &state, &self, NULL));
	CHECK(!crew_run(&crew));
	counts = (struct counts){seen.nr_own, seen.nr_cross, crew_nr_pairs(&crew),
				 crew_nr_live(&crew), 0};
	CHECK_EQ(seen.live_bytes, counts.nr_live * 8);
	CHECK_EQ(seen.nr_made, counts.nr_live + counts.nr_pairs);
	crew_report_memory(&crew);
	counts.held_live = fake_counted(&state, "held/live");
	CHECK(!crew_drop(&crew));
	bench_fixture_finish(&fixture, &state, 0);
	crew_destroy(&crew);
	CHECK_STR(state.error, "");
	return counts;
}

TEST(private_objects_are_freed_by_who_made_them)
{
	struct counts one = run_crew(CREW_PRIVATE, 1, TURNS);
	struct counts two = run_crew(CREW_PRIVATE, 2, TURNS);

	CHECK_EQ(one.nr_own, TURNS);
	CHECK_EQ(one.nr_cross, 0);
	CHECK_EQ(two.nr_own, 2 * TURNS);
	CHECK_EQ(two.nr_cross, 0);
	CHECK_EQ(two.nr_pairs, 2 * TURNS);
	CHECK_EQ(two.nr_live, 2 * LIVE);
}

/* Also those of the filling, and in the last batch, which is not a whole one. */
TEST(cross_objects_are_never_freed_by_who_made_them)
{
	struct counts one = run_crew(CREW_CROSS, 1, TURNS), two = run_crew(CREW_CROSS, 2, TURNS);
	struct counts three = run_crew(CREW_CROSS, 3, TURNS + 1);

	CHECK_EQ(one.nr_own, TURNS);
	CHECK_EQ(two.nr_own, 0);
	CHECK_EQ(two.nr_cross, 2 * TURNS);
	CHECK_EQ(three.nr_own, 0);
	CHECK_EQ(three.nr_cross, 3 * (TURNS + 1));
}

/* One thread of two frees; the pairs are those that one thread makes. */
TEST(oneway_has_a_maker_and_a_freer)
{
	struct counts one = run_crew(CREW_ONEWAY, 1, TURNS), two = run_crew(CREW_ONEWAY, 2, TURNS);

	CHECK_EQ(one.nr_own, TURNS);
	CHECK_EQ(two.nr_own, 0);
	CHECK_EQ(two.nr_cross, TURNS);
	CHECK_EQ(two.nr_pairs, TURNS);
	CHECK_EQ(two.nr_live, LIVE);
}

/* More turns than a ring takes: the maker waits. */
TEST(a_ring_is_never_overrun)
{
	struct counts two = run_crew(CREW_ONEWAY, 2, 50 * TURNS);

	CHECK_EQ(two.nr_cross, 50 * TURNS);
}

/* This one holds what each thread made so far, 8 B a copy. */
TEST(what_is_held_by_thread_is_summed_up)
{
	struct counts two = run_crew(CREW_CROSS, 2, TURNS);

	CHECK(two.held_live == (double)(LIVE + TURNS) / LIVE);
}

/* --- whole workloads ------------------------------------------------------------------------ */

/* Runs the workload's case of that name with the spy. Returns its shortest form's counters. */
static struct shim_state run_case(const struct bench_workload *workload, const char *filter)
{
	struct bench_plan plan = {
		.mode = BENCH_SMOKE, .filter = filter, .rival = &spy, .nr_real_cpus = 2};
	struct shim_state state = {.nr = 0};

	workload->add(&plan);
	CHECK_EQ(plan.nr_cases, 1);
	plan.cases[0]->nr_cpus = CPUS;
	plan.cases[0]->run(&state, plan.cases[0]);
	free(plan.cases[0]);
	free(plan.cases);
	return state;
}

TEST(pair_live_keeps_its_objects)
{
	struct shim_state state = run_case(&bench_pair, "^pair/8B/cpus:8/live:200/written/spy$");

	CHECK_STR(state.error, "");
	CHECK_EQ(seen.nr_made, 1 + 200 + 1 + 1);
	CHECK_EQ(seen.live_bytes_max, (1 + 200 + 1) * 8);
	CHECK(fake_counted(&state, "live_bytes") == CPUS * (1 + 200 + 1) * 8);
}

TEST(refill_fills_three_times)
{
	struct shim_state state;
	uint32_t nr_made = 2000 + 14400 / 16;

	seen.watched = 2000;
	state = run_case(&bench_refill, "^refill/objects:2000/");

	CHECK_STR(state.error, "");
	CHECK_EQ(seen.live_bytes_max, 16000);
	/* 110 of 1100 stay, of 8 or 16 B. */
	CHECK(seen.nr_made >= nr_made + (16000 - 110 * 16) / 32);
	CHECK(seen.nr_made <= nr_made + (16000 - 110 * 8) / 32);
	CHECK(fake_counted(&state, "live_bytes") > CPUS * (16000 - 32));
	CHECK(fake_counted(&state, "live_bytes") <= CPUS * 16000);
	CHECK(fake_counted(&state, "populated/live_filled") >= 1);
	CHECK(fake_counted(&state, "second_refill_ns/op") > 0);
}

/* 20 of each 200 on average, everywhere: a page of objects has some. */
TEST(what_survives_a_refill_is_spread)
{
	uint32_t nr_all = 0;

	seen.watched = 2000;
	run_case(&bench_refill, "^refill/objects:2000/");
	for (uint32_t i = 0; i < 2000; i += 200) {
		uint32_t nr = 0;

		for (uint32_t j = i; j < i + 200; j++)
			nr += seen.was_live[j];
		CHECK(nr >= 5 && nr <= 40);
		nr_all += nr;
	}
	CHECK_EQ(nr_all, 200);
}

/* A round has one of each, so that the ratio is that of the two others. */
TEST(gain_is_beside_an_empty_loop)
{
	struct shim_state state = run_case(&bench_gain, "^gain/.*/cross:200/");
	double gain = fake_counted(&state, "gain"), empty = fake_counted(&state, "empty_gain");
	double ratio = fake_counted(&state, "gain/empty") * empty / gain;
	double rate = fake_counted(&state, "Mpairs/s") * state.seconds * 1e6;

	if (!strcmp(state.error, "two cores are needed"))
		return;
	CHECK_STR(state.error, "");
	CHECK(gain > 0 && empty > 0 && ratio > 0.999 && ratio < 1.001);
	CHECK(rate > 0.999 && rate < 1.001);
	CHECK(fake_counted(&state, "live_bytes") == 2 * 200 * 8 * CPUS);
}
