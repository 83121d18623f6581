/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_places.c - which addresses the hosted platform reserves, and where later chunks lie.
 */
#include <stdio.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/test.h"

/* --- mappings, as the kernel lists them ------------------------------------------------------ */

/* What a platform's books say is mapped: closed and open bytes. */
static void mappings_add(const struct hosted_mapping *mapping, struct maps_count *count)
{
	count->closed_bytes += mapping->high - mapping->low - mapping->bytes;
	count->open_bytes += mapping->bytes;
}

/* Alignment's slack is unmapped, guards are there, and no more than those. */
TEST(addresses_reserved_are_guards_and_what_was_requested)
{
	struct maps_count before, after, want = {0};
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0},
			      &fixture); /* libraries' first needs */
	hosted_fixture_destroy(&fixture);
	maps_count(&before);
	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	maps_count(&after);
	for (size_t i = 0; i < fixture.plat->nr_regions; i++) {
		const struct hosted_mapping *mapping = &fixture.plat->regions[i]->mapping;

		CHECK_EQ(mapping->start - mapping->low, HOSTED_GUARD_BYTES);
		CHECK_EQ(mapping->high - mapping->start - mapping->bytes, HOSTED_GUARD_BYTES);
		CHECK_EQ(mapping->start % (64 << 10), 0);
		CHECK(maps_are(mapping->low, mapping->start, false));
		CHECK(maps_are(mapping->start + mapping->bytes, mapping->high, false));
		mappings_add(mapping, &want);
	}
	/* One extent of metadata. */
	CHECK(!maps_are_ours() || after.closed_bytes + after.open_bytes - before.closed_bytes -
					  before.open_bytes ==
				  want.closed_bytes + want.open_bytes +
					  2 * HOSTED_GUARD_BYTES + (4 << 20));
	hosted_fixture_destroy(&fixture);
	maps_check_equal(&before);
}

static bool later_is_without_huge_pages(void *context, const struct pcpu_chunk_view *view)
{
	struct hosted_fixture *fixture = context;
	const struct pcpu_layout *l = pcpu_layout(fixture->pcpu);

	for (uint32_t g = 0; g < l->nr_groups && view->kind == PCPU_CHUNK_LATER; g++) {
		uintptr_t at = view->base + (uintptr_t)l->group[g].base_offset;
		uintptr_t end = at + l->group[g].nr_cpus * l->unit_bytes;

		if (!maps_are(at, end, true) || !maps_have_flag(at, end, "nh"))
			fixture->status = PCPU_EINVAL;
		fixture->nr_events[0]++;
	}
	return true;
}

TEST(later_chunks_have_no_huge_pages)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
	struct hosted_fixture fixture;

	if (!file)
		SKIP("this kernel has no huge pages");
	fclose(file);
	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	for (int i = 0; i < 4; i++)
		CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	fixture.nr_events[0] = 0;
	pcpu_visit(fixture.pcpu, later_is_without_huge_pages, &fixture);
	CHECK(fixture.nr_events[0] >= 4);
	CHECK_EQ(fixture.status, PCPU_OK);
	CHECK(!maps_have_flag(pcpu_base(fixture.pcpu), pcpu_base(fixture.pcpu) + 1, "nh"));
	hosted_fixture_destroy(&fixture);
}

/* --- places ---------------------------------------------------------------------------------- */

static bool first_later_base(void *context, const struct pcpu_chunk_view *view)
{
	uintptr_t *base = context;

	if (view->kind == PCPU_CHUNK_LATER && view->id == 1)
		*base = view->base;
	return true;
}

/* Pointer of the first later chunk, by its distance from the first chunk. */
static uintptr_t distance_of_later(uint64_t seed)
{
	struct hosted_fixture fixture;
	uintptr_t base = 0, distance;

	hosted_fixture_create(&(struct hosted_fixture_options){.seed = seed}, &fixture);
	for (int i = 0; i < 4; i++)
		CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	pcpu_visit(fixture.pcpu, first_later_base, &base);
	CHECK(base);
	distance = pcpu_base(fixture.pcpu) - base;
	hosted_fixture_destroy(&fixture);
	return distance;
}

TEST(places_of_later_chunks_differ)
{
	uintptr_t seen[16];

	for (uint32_t i = 0; i < 16; i++) {
		seen[i] = distance_of_later(i < 8 ? 0 : i);
		for (uint32_t j = 0; j < i; j++)
			CHECK(seen[j] != seen[i]);
		CHECK(seen[i] < (UINT64_C(1) << 40) + (64 << 20));
	}
}

/* The same seed, the same place: counts of the core's index repeat. */
TEST(places_repeat_with_their_seed)
{
	CHECK_EQ(distance_of_later(77), distance_of_later(77));
}

#define RESERVE_BYTES (UINT64_C(1) << 40)
#define NR_NEAR	      60u

struct bases {
	uintptr_t base[NR_NEAR + 2];
	uint32_t nr;
};

static bool later_base_note(void *context, const struct pcpu_chunk_view *view)
{
	struct bases *bases = context;

	if (view->kind == PCPU_CHUNK_LATER && view->id < NR_NEAR + 2)
		bases->base[view->id] = view->base;
	bases->nr += view->kind == PCPU_CHUNK_LATER;
	return true;
}

/* Each further chunk lies below the one before, up to 15 atoms away: near enough for the index. One
   may meet another mapping of the process and go elsewhere. */
TEST(later_chunks_are_neighbours)
{
	uint64_t span, near, nr_far = 0;
	struct bases bases = {.nr = 0};
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){.seed = 5}, &fixture);
	span = pcpu_layout_span(pcpu_layout(fixture.pcpu));
	near = span + 16 * (64 << 10) + 2 * HOSTED_GUARD_BYTES;
	for (uint32_t i = 0; i < NR_NEAR; i++)
		CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	pcpu_visit(fixture.pcpu, later_base_note, &bases);
	CHECK(bases.nr > NR_NEAR / 3);
	for (uint32_t i = 2; i <= bases.nr; i++) {
		CHECK(bases.base[i]);
		nr_far += bases.base[i - 1] <= bases.base[i] ||
			  bases.base[i - 1] - bases.base[i] > near;
	}
	CHECK(nr_far <= 1);
	hosted_fixture_destroy(&fixture);
}

/* With the smallest steps too, which are shorter than a guard: the places do not overlap. */
TEST(neighbours_have_guards_between_them)
{
	struct hosted_mapping at[24];
	struct hosted_fixture fixture;
	uint32_t nr = sizeof(at) / sizeof(at[0]), nr_far = 0;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_lock_take(&fixture.plat->region_lock);
	for (uint32_t i = 0; i < nr; i++) {
		at[i] = (struct hosted_mapping){0};
		if (!hosted_place(fixture.plat, 4 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &at[i]))
			break;
		nr_far += i && (at[i].high > at[i - 1].low ||
				at[i - 1].low - at[i].high > 16 * PCPU_PAGE_BYTES);
	}
	hosted_lock_give(&fixture.plat->region_lock);
	for (uint32_t i = 0; i < nr; i++)
		CHECK(at[i].low && hosted_unreserve(&at[i]));
	CHECK(nr_far <= 2);
	hosted_fixture_destroy(&fixture);
}

/* But not ever farther away: pointers of a linked static part stay near the program. */
TEST(later_chunks_do_not_drift_away)
{
	struct hosted_fixture fixture;
	struct bases bases;
	uintptr_t anchor;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	anchor = fixture.plat->anchor;
	CHECK(anchor > 4 * RESERVE_BYTES);
	fixture.plat->next_below = anchor - 2 * RESERVE_BYTES - (UINT64_C(1) << 30);
	do {
		CHECK(pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
		bases = (struct bases){.nr = 0};
		pcpu_visit(fixture.pcpu, later_base_note, &bases);
	} while (bases.nr < 3);
	for (uint32_t i = 1; i <= bases.nr; i++)
		CHECK(anchor - bases.base[i] < RESERVE_BYTES + (UINT64_C(1) << 30));
	hosted_fixture_destroy(&fixture);
}
