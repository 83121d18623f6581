/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_fibers.c - random programs on two to four fibers, a thousand schedules a flavour: the seed
 * decides programs, switches, addresses and, every third time, a call that fails.
 *
 * A flavour is what the programs are made of (swarm: each seed leaves kinds of steps out). The
 * four flavours aim at: the records' dropped lock, pages that come and go, chunks that come and
 * go, atomic callers beside all of it.
 */
#include "harness/check/live/fiber_fixture.h"
#include "harness/platform/sim/sim_plat.h" /* sim_random() */
#include "harness/test/lib/test.h"

#define NR_SEEDS      1000u
#define PROGRAM_STEPS 10u
#define SHARED_SLOTS  12u

struct flavour {
	const char *name;
	uint32_t nr_small_before;	  /* objects that fill the first chunk's map beforehand */
	uint32_t weight[STEP_LOOKUP + 1]; /* by kind */
	uint32_t sizes[4];
	uint32_t aligns[2];
};

static const struct flavour extension = {
	"extension",
	122,
	{[STEP_ALLOC] = 6, [STEP_ATOMIC] = 2, [STEP_FREE] = 4, [STEP_BALANCE] = 1},
	{4, 8, 20, 300},
	{4, 32}};
static const struct flavour population = {
	"population",
	0,
	{[STEP_ALLOC] = 4, [STEP_ATOMIC] = 2, [STEP_FREE] = 5, [STEP_BALANCE] = 2},
	{3000, 5000, 9000, 16384},
	{8, 4096}};
static const struct flavour reclamation = {
	"reclamation",
	0,
	{[STEP_ALLOC] = 4, [STEP_FREE] = 4, [STEP_BALANCE] = 3, [STEP_LOOKUP] = 3},
	{32768, 20000, 32768, 14000},
	{4, 4096}};
static const struct flavour atomics = {"atomics",
				       110,
				       {[STEP_ALLOC] = 1,
					[STEP_ATOMIC] = 6,
					[STEP_FREE] = 5,
					[STEP_BALANCE] = 3,
					[STEP_LOOKUP] = 1},
				       {16, 2000, 4096, 12000},
				       {4, 256}};

static enum step_kind random_kind(const struct flavour *flavour, const bool *off, uint64_t *random)
{
	uint32_t sum = 0, n;

	for (int kind = 0; kind <= STEP_LOOKUP; kind++)
		sum += off[kind] ? 0 : flavour->weight[kind];
	n = (uint32_t)(sim_random(random) % sum);
	for (int kind = 0; kind <= STEP_LOOKUP; kind++) {
		uint32_t weight = off[kind] ? 0 : flavour->weight[kind];

		if (n < weight)
			return (enum step_kind)kind;
		n -= weight;
	}
	return STEP_FREE;
}

static void random_program(const struct flavour *flavour, uint64_t *random,
			   struct step program[PROGRAM_STEPS + 1])
{
	bool off[STEP_LOOKUP + 1] = {0};

	off[STEP_BALANCE] = sim_random(random) % 3 == 0;
	off[STEP_LOOKUP] = sim_random(random) % 2 == 0;
	for (uint32_t i = 0; i < PROGRAM_STEPS; i++)
		program[i] = (struct step){
			.kind = random_kind(flavour, off, random),
			.slot = (uint32_t)(sim_random(random) % SHARED_SLOTS),
			.size = flavour->sizes[sim_random(random) % 4],
			.align = flavour->aligns[sim_random(random) % 2],
		};
	program[PROGRAM_STEPS] = (struct step){0};
}

static void fill_first(struct fiber_fixture *fixture, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		fiber_fixture_step(fixture, &(struct step){STEP_ALLOC, SHARED_SLOTS + i, 12, 4});
}

static struct fiber_fixture fixture;

static void run_seed(struct plat *plat, const struct flavour *flavour, uint64_t seed)
{
	struct step program[FIBER_FIXTURE_FIBERS][PROGRAM_STEPS + 1];
	struct fiber_program fiber[FIBER_FIXTURE_FIBERS];
	sim_fiber_fn functions[FIBER_FIXTURE_FIBERS];
	void *arguments[FIBER_FIXTURE_FIBERS];
	uint64_t random = seed * 2 + 1;
	uint32_t nr = 2 + (uint32_t)(seed % (FIBER_FIXTURE_FIBERS - 1));

	if (!fiber_fixture_begin(&fixture, plat, seed))
		FAIL("%s, seed %llu: %s", flavour->name, (unsigned long long)seed, fixture.wrong);
	fill_first(&fixture, flavour->nr_small_before);
	for (uint32_t i = 0; i < nr; i++) {
		random_program(flavour, &random, program[i]);
		fiber[i] = (struct fiber_program){&fixture, program[i]};
		functions[i] = fiber_program_main;
		arguments[i] = &fiber[i];
	}
	if (seed % 3 == 2)
		lab_fail_at(plat, sim_random(&random) % 40, seed % 2);
	if (!sim_run_fibers(plat, nr, functions, arguments, seed, 1 + seed % 5, NULL, NULL))
		FAIL("%s, seed %llu: deadlock:\n%s", flavour->name, (unsigned long long)seed,
		     sim_fiber_report(plat));
	fiber_fixture_end(&fixture);
	if (fixture.wrong)
		FAIL("%s, seed %llu, %u fibers: %s", flavour->name, (unsigned long long)seed, nr,
		     fixture.wrong);
}

/* What the schedules of a flavour came to, all together: nothing is proved by what never happens.
 */
struct totals {
	uint64_t nr_extensions, nr_restarts, nr_populated, nr_depopulated, nr_destroyed;
	uint64_t nr_atomic_taken, nr_refused, nr_switches;
};

static void run_seeds(const struct flavour *flavour, struct totals *totals)
{
	struct plat *plat = fiber_fixture_plat();

	*totals = (struct totals){0};
	for (uint64_t seed = 0; seed < NR_SEEDS; seed++) {
		uint64_t nr_switches;

		run_seed(plat, flavour, seed);
		sim_schedule_hash(plat, &nr_switches);
		totals->nr_extensions += fixture.stats.nr_extensions;
		totals->nr_restarts += fixture.stats.nr_restarts;
		totals->nr_populated += fixture.stats.nr_pages_populated;
		totals->nr_depopulated += fixture.stats.nr_pages_depopulated;
		totals->nr_destroyed += fixture.stats.nr_chunks_destroyed;
		totals->nr_atomic_taken += fixture.nr_atomic_taken;
		totals->nr_refused += fixture.nr_refused;
		totals->nr_switches += nr_switches;
	}
	sim_destroy(plat);
	CHECK(totals->nr_switches > NR_SEEDS * 10);
}

TEST(fibers_extension)
{
	struct totals totals;

	run_seeds(&extension, &totals);
	CHECK(totals.nr_extensions > NR_SEEDS / 2);
	CHECK(totals.nr_restarts >= totals.nr_extensions / 2);
}

TEST(fibers_population)
{
	struct totals totals;

	run_seeds(&population, &totals);
	CHECK(totals.nr_populated > NR_SEEDS);
	CHECK(totals.nr_depopulated > NR_SEEDS / 4);
	CHECK(totals.nr_atomic_taken > NR_SEEDS / 2);
}

TEST(fibers_reclamation)
{
	struct totals totals;

	run_seeds(&reclamation, &totals);
	CHECK(totals.nr_destroyed > NR_SEEDS / 8);
	CHECK(totals.nr_refused > 0);
}

TEST(fibers_atomics)
{
	struct totals totals;

	run_seeds(&atomics, &totals);
	CHECK(totals.nr_atomic_taken > NR_SEEDS * 4);
	CHECK(totals.nr_extensions > NR_SEEDS / 10);
	CHECK(totals.nr_refused > NR_SEEDS);
}

/* The same seed gives the same run, to the last switch. */
TEST(fibers_repeat_themselves)
{
	struct plat *one = fiber_fixture_plat(), *other = fiber_fixture_plat();

	for (uint64_t seed = 0; seed < 30; seed++) {
		uint64_t nr_one, nr_other, hash;

		run_seed(one, &atomics, seed);
		hash = sim_schedule_hash(one, &nr_one);
		run_seed(other, &atomics, seed + 1); /* leaves nothing behind */
		run_seed(other, &atomics, seed);
		CHECK_EQ(sim_schedule_hash(other, &nr_other), hash);
		CHECK_EQ(nr_other, nr_one);
	}
	sim_destroy(one);
	sim_destroy(other);
}
