/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_sim.c - failures, events and reset of the simulated platform. */
#include "harness/test/sim/test_sim.h"

/* --- failures ------------------------------------------------------------------------------ */

static uint32_t take_all(struct plat *plat)
{
	uintptr_t base;
	uint32_t did = plat_meta_alloc(plat, 8) != NULL;

	did = did << 1 | (take_area(plat, 1) != 0);
	base = take_space(plat);
	did = did << 1 | (base != 0);
	if (base)
		did = did << 2 | plat_pages_map(plat, 0, base, 2);
	return did;
}

TEST(failure_of_call_k_once)
{
	static const uint32_t want[] = {0x0e, 0x16, 6, 0x1c, 0x1d, 0x1e};
	struct sim_ledger ledger;

	for (uint32_t k = 0; k < 6; k++) {
		struct plat *plat = sim_create(&plain);

		plat_meta_free(plat, plat_meta_alloc(plat, 8),
			       8); /* k is counted from lab_fail_at() */
		CHECK(lab_fail_at(plat, k, false));
		CHECK_EQ(take_all(plat), want[k]);
		sim_ledger(plat, &ledger);
		CHECK_EQ(ledger.nr_failed, k < 5);
		CHECK_STR(sim_fault(plat), NULL);
		sim_destroy(plat);
	}
}

TEST(failure_from_call_k_on)
{
	struct plat *plat = sim_create(&plain);

	lab_fail_at(plat, 1, true);
	CHECK_EQ(take_all(plat), 4);
	CHECK_EQ(take_all(plat), 0);
	lab_fail_never(plat);
	CHECK_EQ(take_all(plat), 0x1e);
	sim_destroy(plat);
}

/* --- what is told ------------------------------------------------------------------------- */

TEST(events_are_counted_and_the_last_kept)
{
	struct plat *plat = sim_create(&plain);
	struct pcpu_event events[3];
	struct sim_ledger ledger;

	CHECK_EQ(sim_events(plat, events, 3), 0);
	for (uint64_t i = 0; i < 200; i++)
		plat_event(plat, &(struct pcpu_event){
					 .id = PCPU_EV_CHUNK_DESTROYED, .a = i, .text = "x"});
	CHECK_EQ(sim_events(plat, events, 3), 3);
	CHECK_EQ(events[0].a, 197);
	CHECK_EQ(events[2].a, 199);
	CHECK(!events[2].text);
	sim_ledger(plat, &ledger);
	CHECK_EQ(ledger.nr_events[PCPU_EV_CHUNK_DESTROYED], 200);
	sim_destroy(plat);
}

TEST(misuse_and_kicks_are_taken_once)
{
	struct plat *plat = sim_create(&plain);
	struct pcpu_report report;

	CHECK(!lab_take_misuse(plat, &report));
	plat_panic(plat, &(struct pcpu_report){.id = PCPU_MISUSE_WILD_FREE, .offset = 12});
	CHECK(lab_take_misuse(plat, &report));
	CHECK_EQ(report.id, PCPU_MISUSE_WILD_FREE);
	CHECK_EQ(report.offset, 12);
	CHECK(!lab_take_misuse(plat, &report));
	CHECK(!lab_take_kick(plat));
	plat_kick(plat, NULL);
	plat_kick(plat, NULL);
	CHECK(lab_take_kick(plat));
	CHECK(!lab_take_kick(plat));
	sim_destroy(plat);
}

static void assert_odd(void *argument)
{
	PCPU_ASSERT(*(int *)argument % 2 == 1);
}

TEST(assertions_are_caught)
{
	int odd = 3, even = 4;

	CHECK_STR(sim_catch_assert(assert_odd, &odd), NULL);
	CHECK_STR(sim_catch_assert(assert_odd, &even), "*(int *)argument % 2 == 1");
	CHECK_STR(sim_catch_assert(assert_odd, &odd), NULL);
}

/* --- reset -------------------------------------------------------------------------------- */

/* Takes of everything and hashes all that was answered. */
static uint64_t fingerprint(struct plat *plat)
{
	uint64_t hash = 0;

	for (int i = 0; i < 20; i++) {
		uintptr_t base = take_space(plat), area = take_area(plat, (uint64_t)i % 3 + 1);

		plat_pages_map(plat, 2, base, 2);
		plat_tlb_flush(plat, base, 2 * PAGE);
		plat_copy(plat, base + 1, &base, sizeof(base));
		plat_meta_alloc(plat, 64);
		hash = (hash ^ base ^ area << 1 ^ plat_phys(plat, base)) * UINT64_C(0x100000001b3);
		if (i % 4 == 0)
			plat_region_free(plat, area, PAGE);
	}
	return hash ^ plat->ledger.nr_calls << 32 ^ plat->ledger.meta_bytes;
}

TEST(reset_leaves_nothing_behind)
{
	struct sim_config seeded = plain;
	struct plat *plat = sim_create(&plain);
	uint64_t fresh, fresh_seeded;

	seeded.address_seed = 9;
	fresh = fingerprint(plat);
	lab_fail_at(plat, 3, true);
	plat_kick(plat, NULL);
	plat_read_begin(plat);
	plat_lock(plat, PLAT_LOCK_INNER);
	sim_set_atomic(plat, true);
	sim_reset(plat, &seeded);
	CHECK_STR(sim_lost(plat), NULL);
	fresh_seeded = fingerprint(plat);
	CHECK(fresh != fresh_seeded);
	CHECK(!lab_take_kick(plat));
	CHECK_STR(sim_fault(plat), NULL);
	for (int i = 0; i < 3; i++) {
		sim_reset(plat, i % 2 ? &seeded : &plain);
		CHECK_EQ(fingerprint(plat), i % 2 ? fresh_seeded : fresh);
	}
	sim_destroy(plat);
}

/* Ready twice, never, at another offset, or before the unit was complete: each is said. */
TEST(how_cpus_are_made_ready_is_watched)
{
	static const uint8_t bytes[16] = {1, 2, 3};
	uintptr_t offsets[8] = {0}, address;
	struct plat *plat;
	bool local;

	for (int how = 0; how < 5; how++) {
		struct sim_config config = plain;

		config.ready_bytes = sizeof(bytes);
		config.static_start = 0x1000;
		plat = sim_create(&config);
		CHECK(plat_region_alloc(plat, 0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address,
					&local));
		plat_zero(plat, address, 4096);
		for (uint32_t cpu = 0; cpu < config.topology->nr_cpu_ids; cpu++) {
			offsets[cpu] = address + cpu * 64 - 0x1000;
			if (config.topology->cpu_node[cpu] == PCPU_NO_NODE)
				continue;
			if (how == 1 && cpu == 0)
				continue;
			plat_cpu_ready(plat, cpu, offsets[cpu]);
			if (how == 2 && cpu == 0)
				plat_cpu_ready(plat, cpu, offsets[cpu]);
		}
		if (how == 3)
			offsets[0] += 64;
		if (how == 4)
			plat_copy(plat, address + 15, bytes, 1);
		CHECK_STR(sim_ready_wrong(plat, offsets),
			  how == 0 ? NULL :
			  how == 3 ? "a CPU is made ready with its own offset" :
			  how == 4 ? "a CPU's unit is complete when it is made ready" :
				     "each possible CPU is made ready once");
		sim_destroy(plat);
	}
}
