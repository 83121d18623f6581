/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_memory.c - what lies around the memory of the hosted platform, and what a kernel that
 * refuses does to it.
 *
 *	guard [unit 0][unit 1] guard ... guard [unit 2][unit 3] guard		guard [metadata]
 *										guard
 *
 * A child writes a page beyond each edge of each unit: a record must not change. Calls are refused
 * one by one, memory is locked, mappings run out: nothing is lost, nothing aborts.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/maps.h"
#include "harness/test/lib/refuse.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

#define STATIC_START 0x1000000u /* of hosted_lab.c */

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
			uintptr_t end = at + (has_tail ? l->size_sum_bytes : pcpu_layout_covers(l));
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

/* --- refusals -------------------------------------------------------------------------------- */

static bool life(struct hosted_fixture *fixture, const struct hosted_fixture_options *want)
{
	struct pcpu_ptr objects[12];
	bool whole = true;

	hosted_fixture_create(want, fixture);
	if (!fixture->pcpu)
		return false;
	for (int i = 0; i < 12; i++) {
		objects[i] = pcpu_alloc(fixture->pcpu, i % 3 ? 600 : PCPU_MIN_UNIT_BYTES, 8, 0);
		whole = whole && objects[i].value;
		for (uint32_t cpu = 0; objects[i].value && cpu < HOSTED_FIXTURE_CPUS; cpu++) {
			unsigned char *copy =
				(void *)pcpu_address(fixture->pcpu, objects[i], cpu == 4 ? 0 : cpu);

			CHECK(cpu == 4 || !copy[0]);
			memset(copy, 0xa5, 600);
		}
	}
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	for (int i = 0; i < 12; i++)
		pcpu_free(fixture->pcpu, objects[i]);
	pcpu_balance(fixture->pcpu);
	CHECK_EQ(pcpu_check(fixture->pcpu, NULL), PCPU_HOLDS);
	return whole;
}

/* Each call that the kernel may refuse, once and for good, through a life with all its ends; then
   the next one gives back what was kept. */
static uint32_t refusals_sweep(const struct hosted_fixture_options *want, unsigned calls,
			       bool lasting, int error)
{
	struct maps_count before;
	struct hosted_fixture fixture;
	uint32_t nr_kept = 0;

	life(&fixture, want);
	hosted_fixture_destroy(&fixture);
	maps_count(&before);
	for (uint64_t k = 0;; k += 1 + k / 8) {
		bool met;

		refuse(calls, k, lasting, error);
		life(&fixture, want);
		hosted_fixture_destroy(&fixture);
		met = refuse_count() > 0;
		refuse_nothing();
		nr_kept += hosted_kept_bytes() > 0;
		hosted_kept_retry();
		CHECK_EQ(hosted_kept_bytes(), 0);
		maps_check_equal(&before);
		if (!met)
			return nr_kept;
	}
}

static void refusals(const struct hosted_fixture_options *want)
{
	refusals_sweep(want, REFUSE_ALL, false, ENOMEM);
	refusals_sweep(want, REFUSE_ALL, true, EPERM);
	CHECK(refusals_sweep(want, REFUSE_MUNMAP, true, ENOMEM) > 0);
	refusals_sweep(want, REFUSE_DONTNEED | REFUSE_DONTNEED_LOCKED | REFUSE_MUNLOCK, true,
		       EINVAL);
	refusals_sweep(want, REFUSE_CLOSE, true, ENOMEM);
	refusals_sweep(want, REFUSE_POPULATE, true, EAGAIN);
}

TEST(every_refusal_of_the_kernel_is_survived_embed)
{
	refusals(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED});
}

TEST(every_refusal_of_the_kernel_is_survived_page)
{
	refusals(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_PAGE});
}

TEST(every_refusal_of_the_kernel_is_survived_km)
{
	refusals(&(struct hosted_fixture_options){.backing = PCPU_BACKING_KM});
}

TEST(every_refusal_of_the_kernel_is_survived_with_guards_between_units)
{
	refusals_sweep(&(struct hosted_fixture_options){.unit_guards = true}, REFUSE_ALL, false,
		       ENOMEM);
	refusals_sweep(
		&(struct hosted_fixture_options){.unit_guards = true, .backing = PCPU_BACKING_KM},
		REFUSE_CLOSE, true, ENOMEM);
}

/* --- one call by itself ---------------------------------------------------------------------- */

#define NR_PAGES 8u

static void mapping_make(struct hosted_mapping *mapping)
{
	*mapping = (struct hosted_mapping){0};
	CHECK(hosted_reserve(NR_PAGES * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, mapping));
	CHECK(hosted_open(mapping->start, mapping->bytes));
}

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

/* What was locked is locked afterwards, and goes on being given out page by page. */
static void unback_locked(void *old_kernel)
{
	struct hosted_mapping mapping;

	mapping_make(&mapping);
	if (mlock2((void *)mapping.start, mapping.bytes, MLOCK_ONFAULT) != 0)
		_Exit(77);
	if (old_kernel)
		refuse(REFUSE_DONTNEED_LOCKED, 0, true, EINVAL);
	for (int turn = 0; turn < 2; turn++) {
		CHILD_CHECK(hosted_back(mapping.start, mapping.bytes));
		CHILD_CHECK(hosted_unback(mapping.start, mapping.bytes));
		CHILD_CHECK(maps_resident_bytes(mapping.start, mapping.high) == 0);
		CHILD_CHECK(maps_have_flag(mapping.start, mapping.start + mapping.bytes, "lo"));
	}
	CHILD_CHECK(hosted_unreserve(&mapping));
}

TEST(locked_memory_that_is_given_back_stays_locked)
{
	struct test_child child;

	for (int old = 0; old < 2; old++) {
		test_child_run(unback_locked, old ? "old" : NULL, &child);
		if (child.status == 77)
			SKIP("memory cannot be locked here");
		if (child.signal || child.status)
			FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
	}
}

/* A process that locks what it maps from now on has no page of a reservation before it is
   backed. */
static void reserve_locked(void *unused)
{
	struct hosted_mapping mapping = {0};
	uintptr_t start;

	if (mlockall(MCL_FUTURE) != 0)
		_Exit(77);
	for (int named = 0; named < 2; named++) {
		start = mapping.start;
		mapping = (struct hosted_mapping){0};
		CHILD_CHECK(
			named ? hosted_reserve_at(start, 64 * PCPU_PAGE_BYTES, &mapping) :
				hosted_reserve(64 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &mapping));
		CHILD_CHECK(hosted_open(mapping.start, mapping.bytes));
		CHILD_CHECK(maps_resident_bytes(mapping.low, mapping.high) == 0);
		CHILD_CHECK(hosted_back(mapping.start, PCPU_PAGE_BYTES));
		CHILD_CHECK(maps_resident_bytes(mapping.low, mapping.high) == PCPU_PAGE_BYTES);
		CHILD_CHECK(hosted_unreserve(&mapping));
	}
}

/* Runs body in a child, which exits with 77 where memory cannot be locked. */
static void passes_locked(void (*body)(void *argument), void *argument)
{
	struct test_child child;

	test_child_run(body, argument, &child);
	if (child.status == 77)
		SKIP("memory cannot be locked here");
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}

TEST(reservations_of_a_locked_process_are_empty)
{
	passes_locked(reserve_locked, NULL);
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
	CHECK(hosted_reserve_at(start, NR_PAGES * PCPU_PAGE_BYTES, &first));
	CHECK_EQ(first.start, start);
	CHECK_EQ(first.bytes, NR_PAGES * PCPU_PAGE_BYTES);
	CHECK_EQ(first.low, start - HOSTED_GUARD_BYTES);
	CHECK_EQ(first.high, start + first.bytes + HOSTED_GUARD_BYTES);
	CHECK(maps_are(first.low, first.high, false));
	/* Its guards are its own: the nearest place that can be had leaves them. */
	CHECK(!hosted_reserve_at(first.high, NR_PAGES * PCPU_PAGE_BYTES, &second));
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

/* --- pages and mappings that are kept --------------------------------------------------------- */

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

/* --- a process that locks its memory --------------------------------------------------------- */

static uint64_t locked_bytes(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long long kilobytes = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmLck: %llu", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes << 10;
}

/* Exit status 77: this machine does not let us. */
static void live_locked(void *argument)
{
	static const struct hosted_fixture_options wants[] = {
		{.choice = PCPU_CHOICE_EMBED},
		{.choice = PCPU_CHOICE_PAGE},
		{.backing = PCPU_BACKING_KM},
	};
	struct hosted_fixture fixture;
	uint64_t resident = 0, held;

	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0 || locked_bytes() == 0)
		_Exit(77);
	if (argument) /* a kernel before 5.18 */
		refuse(REFUSE_DONTNEED_LOCKED, 0, true, EINVAL);
	for (int i = 0; i < 3; i++) {
		CHILD_CHECK(life(&fixture, &wants[i]));
		CHILD_CHECK(hosted_kept_pages(fixture.plat) == 0);
		held = plat_pages_held(fixture.plat) * PCPU_PAGE_BYTES;
		resident = 0;
		for (size_t r = 0; r < fixture.plat->nr_regions; r++)
			resident += maps_resident_bytes(fixture.plat->regions[r]->mapping.low,
							fixture.plat->regions[r]->mapping.high);
		CHILD_CHECK(resident == held);
		hosted_fixture_destroy(&fixture);
		CHILD_CHECK(hosted_kept_bytes() == 0);
	}
}

static void locked(void *old_kernel)
{
	passes_locked(live_locked, old_kernel);
}

TEST(a_process_may_lock_its_memory)
{
	locked(NULL);
}

TEST(a_process_may_lock_its_memory_on_old_kernels)
{
	locked("old");
}

/* Locked after the chunks were made: all of them is resident then, and pages go one by one. */
static void lock_between(void *unused)
{
	struct hosted_fixture fixture;
	struct pcpu_ptr objects[6];

	hosted_fixture_create(&(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED},
			      &fixture);
	for (int i = 0; i < 6; i++)
		objects[i] = pcpu_alloc(fixture.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	if (mlockall(MCL_CURRENT) != 0 || locked_bytes() == 0)
		_Exit(77);
	for (int i = 0; i < 6; i++)
		pcpu_free(fixture.pcpu, objects[i]);
	pcpu_balance(fixture.pcpu);
	CHILD_CHECK(hosted_kept_pages(fixture.plat) == 0);
	CHILD_CHECK(pcpu_check(fixture.pcpu, NULL) == PCPU_HOLDS);
	hosted_fixture_destroy(&fixture);
}

TEST(memory_may_be_locked_later)
{
	struct test_child child;

	test_child_run(lock_between, NULL, &child);
	if (child.status == 77)
		SKIP("memory cannot be locked here");
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}

/* --- the limit of mappings ------------------------------------------------------------------- */

#define STRIPES 70000u /* more than vm.max_map_count */

/* Splits a mapping until no more can be had; returns it. */
static char *mappings_exhaust(uint32_t *nr)
{
	char *memory = mmap(NULL, (size_t)STRIPES * PCPU_PAGE_BYTES, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (*nr = 0; memory != MAP_FAILED && *nr < STRIPES / 2; ++*nr)
		if (mprotect(memory + (size_t)*nr * 2 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
			     PROT_READ) != 0)
			return memory;
	return NULL;
}

/* With 0, 1, 2 ... mappings left: whatever can be had lives, and all is given back. */
static void live_at_the_limit(void *unused)
{
	struct hosted_fixture fixture;
	bool whole = false;
	uint32_t nr, left;
	char *memory;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_fixture_destroy(&fixture);
	memory = mappings_exhaust(&nr);
	if (!memory)
		_Exit(77);
	for (left = 0; left < 60 && !whole; left++) {
		/* Two mappings go with each stripe that is closed again. */
		mprotect(memory + (size_t)--nr * 2 * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, PROT_NONE);
		fixture = (struct hosted_fixture){0};
		if (life(&fixture, &(struct hosted_fixture_options){.choice = PCPU_CHOICE_EMBED}))
			whole = true;
		CHILD_CHECK(!fixture.pcpu || pcpu_check(fixture.pcpu, NULL) == PCPU_HOLDS);
		hosted_fixture_destroy(&fixture);
	}
	CHILD_CHECK(whole && left > 3);
	munmap(memory, (size_t)STRIPES * PCPU_PAGE_BYTES);
	hosted_kept_retry();
	CHILD_CHECK(hosted_kept_bytes() == 0);
}

TEST(mappings_may_run_out)
{
	struct test_child child;

	test_child_run(live_at_the_limit, NULL, &child);
	if (child.status == 77)
		SKIP("vm.max_map_count is out of reach");
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}
