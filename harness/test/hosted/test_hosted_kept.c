/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_kept.c - pages and mappings that the kernel does not take back are kept, counted and
 * offered again.
 */
#include <errno.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"

/* Pages that the kernel keeps are nobody's, count against the limit, go when it lets them go, and
   are used again before that. */
TEST(pages_refused_are_kept_and_used_again)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr objects[6];
	uint64_t held, booked, kept;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	held = plat_pages_held(fixture.plat);
	booked = fixture.plat->pages_booked;
	CHECK_EQ(booked, held);
	refuse(REFUSE_DONTNEED, 0, true, ENOMEM);
	for (int i = 1; i < 6; i += 2)
		pcpu_free(fixture.pcpu, objects[i]);
	pcpu_balance(fixture.pcpu);
	kept = hosted_kept_pages(fixture.plat);
	CHECK(kept > 0 && plat_pages_held(fixture.plat) == held - kept);
	CHECK_EQ(fixture.plat->pages_booked, booked);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	/* The limit has not one page to spare: only kept ones can be had. */
	fixture.plat->config.page_limit = booked;
	for (int i = 1; i < 6; i += 2) {
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
		CHECK(objects[i].value);
		CHECK(lab_holds(fixture.plat, pcpu_address(fixture.pcpu, objects[i], 7), NULL,
				PCPU_MIN_UNIT_BYTES));
	}
	CHECK_EQ(plat_pages_held(fixture.plat), held);
	CHECK_EQ(hosted_kept_pages(fixture.plat), 0);
	CHECK(!pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	for (int i = 1; i < 6; i += 2)
		pcpu_free(fixture.pcpu, objects[i]);
	pcpu_balance(fixture.pcpu);
	CHECK_EQ(hosted_kept_pages(fixture.plat), kept);
	refuse_nothing();
	hosted_fixture_destroy(&fixture);
	CHECK_EQ(hosted_kept_bytes(), 0);
}

/* Four pages of a space that the kernel has refused so far; it would take them now. */
static void pages_keep(struct plat *plat, uintptr_t base)
{
	CHECK_EQ(plat_pages_map(plat, 0, base, 4), 4);
	refuse(REFUSE_DONTNEED, 0, true, ENOMEM);
	plat_pages_unmap(plat, base, 4);
	plat_tlb_flush(plat, base, 4 * PCPU_PAGE_BYTES);
	refuse_nothing();
	CHECK_EQ(hosted_kept_pages(plat), 4);
}

/* Whatever is taken or given next, what is kept is offered first: under a limit it may be
   needed. */
TEST(pages_kept_go_with_whatever_comes_next)
{
	struct hosted_fixture fixture;
	const struct pcpu_layout *layout;
	uintptr_t base, other, area;
	struct plat *plat;
	bool local;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	plat = fixture.plat;
	layout = pcpu_layout(fixture.pcpu);
	CHECK(plat_vm_reserve(plat, layout, &base));
	pages_keep(plat, base);
	plat->config.page_limit = plat->pages_booked;
	CHECK(plat_region_alloc(plat, 0, 4 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &area, &local));
	CHECK_EQ(hosted_kept_pages(plat), 0);
	plat->config.page_limit += 100;
	pages_keep(plat, base);
	plat_region_free(plat, area, 4 * PCPU_PAGE_BYTES);
	CHECK_EQ(hosted_kept_pages(plat), 0);
	pages_keep(plat, base);
	CHECK(plat_vm_reserve(plat, layout, &other));
	CHECK_EQ(hosted_kept_pages(plat), 0);
	CHECK_EQ(plat_pages_map(plat, 0, other, 1), 1);
	pages_keep(plat, base);
	plat_pages_unmap(plat, other, 1);
	plat_tlb_flush(plat, other, PCPU_PAGE_BYTES);
	CHECK_EQ(hosted_kept_pages(plat), 0);
	CHECK_EQ(plat->pages_booked, plat->pages_held);
	plat_vm_release(plat, layout, other);
	plat_vm_release(plat, layout, base);
	hosted_fixture_destroy(&fixture);
}

/* What is given back later leaves memory and books at once. */
TEST(pages_kept_are_offered_again)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr objects[9];
	const struct hosted_region *region;
	uint64_t held;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	for (int i = 0; i < 9; i++)
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	refuse(REFUSE_DONTNEED, 0, true, ENOMEM);
	for (int i = 2; i < 9; i += 2)
		pcpu_free(fixture.pcpu, objects[i]);
	pcpu_balance(fixture.pcpu);
	refuse_nothing();
	CHECK(hosted_kept_pages(fixture.plat) > 0);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	pcpu_free(fixture.pcpu, objects[1]);
	pcpu_free(fixture.pcpu, objects[3]);
	pcpu_balance(fixture.pcpu);
	CHECK_EQ(hosted_kept_pages(fixture.plat), 0);
	held = plat_pages_held(fixture.plat);
	CHECK_EQ(fixture.plat->pages_booked, held);
	for (size_t i = 0; i < fixture.plat->nr_regions; i++) {
		region = fixture.plat->regions[i];
		held -= maps_resident_bytes(region->mapping.low, region->mapping.high) /
			PCPU_PAGE_BYTES;
	}
	CHECK_EQ(held, 0);
	hosted_fixture_destroy(&fixture);
}

/* A mapping that cannot be unmapped keeps its addresses, not its memory, and outlives its
   platform. */
TEST(mappings_refused_outlive_their_platform_without_memory)
{
	struct hosted_mapping area;
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	area = fixture.plat->regions[0]->mapping;
	refuse(REFUSE_MUNMAP, 0, true, ENOMEM);
	hosted_fixture_destroy(&fixture);
	CHECK(hosted_kept_bytes() >= area.high - area.low);
	CHECK(maps_are(area.low, area.high, false));
	CHECK_EQ(maps_resident_bytes(area.low, area.high), 0);
	refuse_nothing();
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK_EQ(hosted_kept_bytes(), 0);
	hosted_fixture_destroy(&fixture);
}
