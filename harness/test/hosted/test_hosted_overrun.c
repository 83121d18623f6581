/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_overrun.c - what is written beyond the edges of a unit changes no record.
 *
 *	guard [unit 0][unit 1] guard ... guard [unit 2][unit 3] guard		guard [metadata]
 *										guard
 *
 * A child writes a page beyond each edge of each unit.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- digests of all records ------------------------------------------------------------------ */

/* FNV-1a (Fowler, Noll, Vo) by words where they are. */
static void digest_add(uint64_t *digest, const void *memory, size_t bytes)
{
	const unsigned char *at = memory;

	for (; bytes >= 8; bytes -= 8, at += 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		*digest = (*digest ^ word) * UINT64_C(0x100000001b3);
	}
	for (; bytes; bytes--)
		*digest = (*digest ^ *at++) * UINT64_C(0x100000001b3);
}

static bool digest_chunk(void *context, const struct pcpu_chunk_view *view)
{
	const struct pcpu_map *map = view->map;

	digest_add(context, view->populated, 8);
	digest_add(context, map, sizeof(*map));
	digest_add(context, map->memory, map->ops->memory(map->covered_bytes, map->capacity));
	return true;
}

/* Every map, and the platform's own books. */
static uint64_t digest_of(struct hosted_fixture *fixture)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);
	const struct plat *plat = fixture->plat;

	pcpu_visit(fixture->pcpu, digest_chunk, &digest);
	digest_add(&digest, pcpu_offsets(fixture->pcpu), HOSTED_FIXTURE_CPUS * sizeof(uintptr_t));
	digest_add(&digest, &plat->arena, sizeof(plat->arena));
	digest_add(&digest, plat->cpu_taken, HOSTED_FIXTURE_CPUS);
	for (size_t i = 0; i < plat->nr_regions; i++) {
		const struct hosted_region *region = plat->regions[i];

		digest_add(&digest, region, sizeof(*region));
		digest_add(&digest, region->backed, region->mapping.bytes / PCPU_PAGE_BYTES / 8);
		digest_add(&digest, region->kept, region->mapping.bytes / PCPU_PAGE_BYTES / 8);
	}
	return digest;
}

/* --- overruns -------------------------------------------------------------------------------- */

#define MAX_CHUNKS 8

struct chunks {
	uintptr_t base[MAX_CHUNKS];
	bool is_first[MAX_CHUNKS];
	uint32_t nr;
};

static bool chunk_note(void *context, const struct pcpu_chunk_view *view)
{
	struct chunks *chunks = context;

	if (chunks->nr == MAX_CHUNKS)
		return false;
	chunks->base[chunks->nr] = view->base;
	chunks->is_first[chunks->nr++] = view->kind != PCPU_CHUNK_LATER;
	return true;
}

static sigjmp_buf faulted;

static void on_fault(int signal)
{
	siglongjmp(faulted, 1);
}

static __attribute__((noinline)) void page_write(volatile uint64_t *page)
{
	for (uint32_t i = 0; i < PCPU_PAGE_BYTES / sizeof(*page); i++)
		page[i] = UINT64_C(0xa5a5a5a5a5a5a5a5);
}

/* Writes a page's worth; true: it faulted. */
static bool write_faults(volatile uintptr_t from)
{
	if (sigsetjmp(faulted, 1))
		return true;
	page_write((volatile uint64_t *)from);
	return false;
}

static bool is_edge_of_group(const struct pcpu_layout *l, uint32_t g, uint32_t unit, bool high)
{
	return unit == l->group[g].first_unit + (high ? l->group[g].nr_cpus - 1 : 0);
}

/* Both edges of each unit of the chunk; the outer ones of a group must fault, with guards between
   units all of them. */
static void chunk_overrun(struct hosted_fixture *fixture, uintptr_t base, bool is_first)
{
	const struct pcpu_layout *l = pcpu_layout(fixture->pcpu);
	bool is_km = pcpu_backing_of(fixture->pcpu) == PCPU_BACKING_KM && !is_first;
	bool has_tail = is_first && pcpu_chosen(fixture->pcpu) == PCPU_CHOICE_EMBED;
	bool all_fault = l->guard_bytes != 0;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		uint32_t first = l->group[g].first_unit;

		for (uint32_t unit = first; unit < first + l->group[g].nr_cpus; unit++) {
			uintptr_t at = base + (uintptr_t)pcpu_layout_unit_offset(l, g, unit);
			uintptr_t end = at + (has_tail ? l->size_sum_bytes + pcpu_layout_edge(l) :
							 pcpu_layout_backs(l));
			bool low_faults = write_faults(at - PCPU_PAGE_BYTES);
			bool high_faults = write_faults(end);

			CHILD_CHECK(low_faults ||
				    !(all_fault || is_edge_of_group(l, g, unit, false)));
			/* An area of the km backing is backed to its end, past the last CPU's. */
			CHILD_CHECK(high_faults ||
				    !(all_fault || (!is_km && is_edge_of_group(l, g, unit, true))));
		}
		CHILD_CHECK(write_faults(base + (uintptr_t)l->group[g].base_offset +
					 (uintptr_t)l->group[g].area_bytes));
	}
}

static void overrun_all(void *argument)
{
	struct hosted_fixture *fixture = argument;
	uint64_t before = digest_of(fixture);
	struct chunks chunks = {.nr = 0};

	pcpu_visit(fixture->pcpu, chunk_note, &chunks);
	CHILD_CHECK(chunks.nr >= 3);
	signal(SIGSEGV, on_fault);
	for (uint32_t i = 0; i < chunks.nr; i++)
		chunk_overrun(fixture, chunks.base[i], chunks.is_first[i]);
	CHILD_CHECK(digest_of(fixture) == before);
}

/* Maps that have grown large, between chunks that were made before and after. */
static void fill_fixture(struct hosted_fixture *fixture)
{
	struct pcpu_stats stats;

	do {
		CHECK(pcpu_alloc(fixture->pcpu, 4, 4, 0).value);
		pcpu_stats(fixture->pcpu, &stats);
	} while (stats.nr_chunks < 3);
	for (int i = 0; i < 3; i++)
		CHECK(pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
}

static void overruns_change_nothing(const struct hosted_fixture_options *want)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(want, &fixture);
	CHECK_EQ(fixture.status, PCPU_OK);
	fill_fixture(&fixture);
	test_child_passes(overrun_all, &fixture);
	CHECK_EQ(pcpu_check(fixture.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

TEST(no_record_changes_when_units_are_overrun_embed)
{
	overruns_change_nothing(&(struct hosted_fixture_options){
		.choice = PCPU_CHOICE_EMBED, .reserved_bytes = 8192, .unit_bytes = 256 << 10});
}

/* Units end before the area of their group does. */
TEST(no_record_changes_when_units_are_overrun_odd)
{
	overruns_change_nothing(&(struct hosted_fixture_options){
		.choice = PCPU_CHOICE_EMBED, .unit_bytes = 36 << 10});
}

TEST(no_record_changes_when_units_are_overrun_page)
{
	overruns_change_nothing(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE});
}

TEST(no_record_changes_when_units_are_overrun_km)
{
	overruns_change_nothing(&(struct hosted_fixture_options){.backing = PCPU_BACKING_KM,
							    .unit_bytes = 256 << 10});
}

TEST(units_with_guards_fault_at_every_edge)
{
	overruns_change_nothing(&(struct hosted_fixture_options){
		.unit_guards = true, .reserved_bytes = 8192, .unit_bytes = 256 << 10});
	overruns_change_nothing(&(struct hosted_fixture_options){
		.unit_guards = true, .choice = PCPU_CHOICE_PAGE});
	overruns_change_nothing(&(struct hosted_fixture_options){
		.unit_guards = true, .backing = PCPU_BACKING_KM, .unit_bytes = 256 << 10});
}

TEST(skewed_units_fault_behind_what_their_copies_reach_into)
{
	overruns_change_nothing(&(struct hosted_fixture_options){
		.stride = PCPU_STRIDE_SKEWED, .choice = PCPU_CHOICE_EMBED, .reserved_bytes = 8192});
	overruns_change_nothing(&(struct hosted_fixture_options){
		.stride = PCPU_STRIDE_SKEWED, .unit_guards = true, .unit_bytes = 256 << 10});
	overruns_change_nothing(&(struct hosted_fixture_options){
		.stride = PCPU_STRIDE_SKEWED, .unit_guards = true, .choice = PCPU_CHOICE_PAGE});
	overruns_change_nothing(&(struct hosted_fixture_options){.stride = PCPU_STRIDE_SKEWED,
							    .unit_guards = true,
							    .backing = PCPU_BACKING_KM,
							    .unit_bytes = 256 << 10});
}

/* The oracle: a record that does change is seen. */
static void overrun_a_record(void *argument)
{
	struct hosted_fixture *fixture = argument;
	uint64_t before = digest_of(fixture);

	fixture->plat->regions[0]->kept[0] ^= 1;
	CHILD_CHECK(digest_of(fixture) == before);
}

TEST(a_changed_record_is_seen)
{
	struct hosted_fixture fixture;
	struct test_child child;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	test_child_run(overrun_a_record, &fixture, &child);
	CHECK_EQ(child.status, 1);
	hosted_fixture_destroy(&fixture);
}
