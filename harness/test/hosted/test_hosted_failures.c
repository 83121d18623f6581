/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_failures.c - call k fails or a limit is met: every invariant holds, nothing is lost.
 */
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* A short life in which each call may fail. Returns false when some call met a failure. */
static bool short_life(enum pcpu_choice choice, uint64_t k, bool lasting)
{
	struct pcpu_ptr objects[4] = {{0}};
	struct hosted_fixture fixture = {0};
	struct hosted_config config = {.topology = &hosted_fixture_topology};
	bool met = false;

	/* Creation is part of it, so the failure is planned before. */
	config.event = NULL;
	fixture.plat = hosted_create(&config);
	CHECK(fixture.plat);
	lab_fail_at(fixture.plat, k, lasting);
	fixture.status = pcpu_create(
		&(struct pcpu_config){
			.plat = fixture.plat,
			.topology = &hosted_fixture_topology,
			.sizes = {.static_bytes = 14000, .dyn_bytes = 12288, .atom_bytes = 65536},
			.choice = choice,
			.space_bytes = UINT64_C(1) << 45,
			.static_start = 0x1000000,
		},
		&fixture.pcpu);
	met = fixture.status != PCPU_OK || pcpu_chosen(fixture.pcpu) != choice;
	for (uint32_t i = 0; fixture.pcpu && i < 4; i++) {
		objects[i] = pcpu_alloc(fixture.pcpu, i == 3 ? 64 : PCPU_MIN_UNIT_BYTES, 64, 0);
		met |= !objects[i].value;
	}
	if (fixture.pcpu) {
		CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
		for (uint32_t i = 0; i < 4; i++)
			pcpu_free(fixture.pcpu, objects[i]);
		pcpu_balance(fixture.pcpu);
		CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	} else {
		CHECK_EQ(plat_pages_held(fixture.plat), 0);
	}
	hosted_fixture_destroy(&fixture);
	return !met;
}

static void sweep(enum pcpu_choice choice, bool lasting)
{
	uint64_t k = 0, met = 0;

	/* Every k at first, then ever fewer: the simulated platform has the whole sweep. A
	   failure may be made good (embed falls back), so one clean run is no end. */
	for (uint32_t clean = 0; clean < 4; k += 1 + k / 16) {
		bool is_clean = short_life(choice, k, lasting);

		clean = is_clean ? clean + 1 : 0;
		met += !is_clean;
		CHECK(k < 3000);
	}
	CHECK(met > 10);
}

TEST(failure_sweep_embed_single)
{
	sweep(PCPU_CHOICE_EMBED, false);
}

TEST(failure_sweep_embed_lasting)
{
	sweep(PCPU_CHOICE_EMBED, true);
}

TEST(failure_sweep_page_single)
{
	sweep(PCPU_CHOICE_PAGE, false);
}

TEST(limits_refuse_and_lose_nothing)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.page_limit = 20}, &fixture);
	CHECK_EQ(fixture.status, PCPU_ENOMEM);
	CHECK(!fixture.pcpu);
	CHECK_EQ(fixture.nr_events[PCPU_EV_NO_FALLBACK], 1);
	CHECK_EQ(plat_pages_held(fixture.plat), 0);
	hosted_fixture_destroy(&fixture);

	hosted_fixture_create(&(struct hosted_fixture_options){.meta_limit_bytes = 100}, &fixture);
	CHECK_EQ(fixture.status, PCPU_ENOMEM);
	hosted_fixture_destroy(&fixture);
}

TEST(a_page_limit_stops_an_allocation_half_way_and_takes_it_back)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr big;
	uint64_t held;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE},
			      &fixture);
	held = plat_pages_held(fixture.plat);
	hosted_fixture_destroy(&fixture);

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE,
							.page_limit = held + 8 * 7 - 1}, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	big = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	CHECK(!big.value);
	CHECK_EQ(plat_pages_held(fixture.plat), held);
	big = pcpu_alloc(fixture.pcpu, 7 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, 0);
	CHECK(big.value);
	CHECK_EQ(plat_pages_held(fixture.plat), held + 7 * 7);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}
