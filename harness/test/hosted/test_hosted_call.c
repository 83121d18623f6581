/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_call.c - one function of the hosted platform's memory at a time, where the kernel
 * refuses what it does.
 */
#include <errno.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"
#include "harness/test/hosted/hosted_life.h"

/* Interrupted is not refused; a busy kernel is believed after a while; one that does not know the
   question has its pages touched. */
TEST(memory_is_backed_or_refused_by_the_kernels_word)
{
	static const struct {
		int error;
		bool lasting, backed;
	} rows[] = {{EINTR, false, true}, {EAGAIN, false, true}, {EAGAIN, true, false},
		    {ENOMEM, false, false}, {EFAULT, false, false}, {EINVAL, true, true},
		    {ENOSYS, true, true}, {EPERM, true, true}};
	struct hosted_mapping mapping;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool backed;

		mapping_make(&mapping);
		refuse(REFUSE_POPULATE, 0, rows[i].lasting, rows[i].error);
		backed = hosted_back(mapping.start, mapping.bytes);
		refuse_nothing();
		if (backed != rows[i].backed)
			FAIL("%s: %d", strerror(rows[i].error), backed);
		CHECK(!backed || maps_resident_bytes(mapping.start, mapping.high) == mapping.bytes);
		CHECK(hosted_unback(mapping.start, mapping.bytes));
		CHECK_EQ(maps_resident_bytes(mapping.start, mapping.high), 0);
		CHECK(hosted_unreserve(&mapping));
	}
}

/* A named place: all of it, with its guards, or nothing. */
TEST(a_place_is_reserved_as_named_or_not_at_all)
{
	struct hosted_mapping first, second = {0};
	uintptr_t start;

	mapping_make(&first);
	start = first.start;
	CHECK(hosted_unreserve(&first));
	first = (struct hosted_mapping){0};
	CHECK(hosted_reserve_at(start, MAPPING_PAGES * PCPU_PAGE_BYTES, &first));
	CHECK_EQ(first.start, start);
	CHECK_EQ(first.bytes, MAPPING_PAGES * PCPU_PAGE_BYTES);
	CHECK_EQ(first.low, start - HOSTED_GUARD_BYTES);
	CHECK_EQ(first.high, start + first.bytes + HOSTED_GUARD_BYTES);
	CHECK(maps_are(first.low, first.high, false));
	/* Its guards are its own: the nearest place that can be had leaves them. */
	CHECK(!hosted_reserve_at(first.high, MAPPING_PAGES * PCPU_PAGE_BYTES, &second));
	CHECK_EQ(second.low, 0);
	CHECK(hosted_reserve_at(first.low - HOSTED_GUARD_BYTES - PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
				&second) || second.low == 0);
	CHECK(!second.low || second.high <= first.low);
	CHECK(!second.low || hosted_unreserve(&second));
	CHECK(hosted_unreserve(&first));
}

/* Of pages that the kernel refuses half way, none stays. */
TEST(pages_refused_half_way_are_given_back)
{
	struct hosted_fixture fixture;
	const struct pcpu_layout *layout;
	uint64_t held, booked;
	struct plat *plat;
	uintptr_t base;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	plat = fixture.plat;
	layout = pcpu_layout(fixture.pcpu);
	held = plat->pages_held;
	booked = plat->pages_booked;
	CHECK(plat_vm_reserve(plat, layout, &base));
	for (int refused = 0; refused < 2; refused++) {
		*(volatile char *)(base + PCPU_PAGE_BYTES) = 1;
		refuse(REFUSE_POPULATE, 0, true, ENOMEM);
		CHECK_EQ(plat_pages_map(plat, 0, base, 4), 0);
		refuse_nothing();
		CHECK_EQ(maps_resident_bytes(base, base + layout->unit_bytes), 0);
		CHECK(plat->pages_held == held && plat->pages_booked == booked);
		CHECK(!plat_page_backed(plat, base + PCPU_PAGE_BYTES));
	}
	CHECK_EQ(plat_pages_map(plat, 0, base, 4), 4);
	CHECK_EQ(plat->pages_held, held + 4);
	plat_pages_unmap(plat, base, 4);
	plat_tlb_flush(plat, base, 4 * PCPU_PAGE_BYTES);
	CHECK(plat->pages_held == held && plat->pages_booked == booked);
	plat_vm_release(plat, layout, base);
	hosted_fixture_destroy(&fixture);
}

/* All of a range lies in one region, or it is in none. */
TEST(a_region_is_found_by_what_lies_in_it_as_a_whole)
{
	struct hosted_fixture fixture;
	struct plat *plat;

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	plat = fixture.plat;
	CHECK(plat->nr_regions >= 2);
	for (size_t i = 0; i < plat->nr_regions; i++) {
		struct hosted_region *region = plat->regions[i];
		uintptr_t start = region->mapping.start;
		uint64_t bytes = region->mapping.bytes;

		CHECK(hosted_region_find(plat, start, bytes) == region);
		CHECK(hosted_region_find(plat, start + bytes - 1, 1) == region);
		CHECK(hosted_region_find(plat, start + 1, bytes - 1) == region);
		CHECK(!hosted_region_find(plat, start, bytes + 1));
		CHECK(!hosted_region_find(plat, start + 1, bytes));
		CHECK(!hosted_region_find(plat, start + bytes - 1, 2));
		CHECK(!hosted_region_find(plat, start, UINT64_MAX));
		CHECK(!hosted_region_find(plat, start - 1, 1));
		CHECK(!hosted_region_find(plat, start + bytes, 1));
	}
	hosted_fixture_destroy(&fixture);
}

/* Before metadata is refused, what waits for its readers is looked at: it may be what is wanted. */
TEST(metadata_that_waits_for_readers_is_used_again)
{
	enum { BYTES = 700 << 10 };
	struct hosted_fixture fixture;
	void *blocks[8], *again;
	uint32_t nr = 0;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	refuse(REFUSE_MMAP, 0, true, ENOMEM);
	while (nr < 8 && (blocks[nr] = plat_meta_alloc(fixture.plat, BYTES)))
		nr++;
	CHECK(nr > 0 && nr < 8);
	plat_meta_free_deferred(fixture.plat, blocks[nr - 1], BYTES);
	again = plat_meta_alloc(fixture.plat, BYTES);
	refuse_nothing();
	CHECK(again == blocks[nr - 1]);
	while (nr)
		plat_meta_free(fixture.plat, blocks[--nr], BYTES);
	hosted_fixture_destroy(&fixture);
}

/* A block that is refused by the kernel is not booked. */
TEST(metadata_refused_is_not_booked)
{
	struct hosted_fixture fixture;
	uint64_t bytes, blocks;
	void *block;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_deferred_move(fixture.plat); /* what waits for readers, if anything does */
	bytes = fixture.plat->meta_bytes;
	blocks = fixture.plat->meta_blocks;
	for (int open = 0; open < 2; open++) {
		refuse(open ? REFUSE_OPEN : REFUSE_MMAP, 0, true, ENOMEM);
		CHECK(!plat_meta_alloc(fixture.plat, 3 << 20));
		refuse_nothing();
		CHECK_EQ(fixture.plat->meta_bytes, bytes);
		CHECK_EQ(fixture.plat->meta_blocks, blocks);
	}
	/* The limit is met exactly. */
	fixture.plat->config.meta_limit_bytes = bytes + 1000;
	CHECK(!plat_meta_alloc(fixture.plat, 1001));
	CHECK_EQ(fixture.plat->meta_bytes, bytes);
	block = plat_meta_alloc(fixture.plat, 1000);
	CHECK(block);
	CHECK(!plat_meta_alloc(fixture.plat, 1));
	plat_meta_free(fixture.plat, block, 1000);
	CHECK_EQ(fixture.plat->meta_bytes, bytes);
	hosted_fixture_destroy(&fixture);
}
