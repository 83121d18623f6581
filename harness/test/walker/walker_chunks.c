/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* walker_chunks.c - damage to lists of chunks, to what is said of pages, and to counts. */
#include "core/policy.h"
#include "harness/test/walker/walker_rows.h"

/* --- lists ------------------------------------------------------------------------------------ */

static void slot(struct test_fixture *f)
{
	walker_later(f)->slot++;
}

static void slot_links(struct test_fixture *f)
{
	walker_later(f)->link.prev = &f->pcpu->reserved.link;
}

/* Each new chunk is put at the head. */
static void slot_order(struct test_fixture *f)
{
	static struct pcpu_policy by_age;

	by_age = *f->pcpu->policy;
	by_age.by_age = true;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, CHECK(pcpu_chunk_create(f->pcpu)));
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, CHECK(pcpu_chunk_create(f->pcpu)));
	CHECK_EQ(pcpu_check(f->pcpu, NULL), PCPU_HOLDS);
	f->pcpu->policy = &by_age;
}

static void slot_not_filled(struct test_fixture *f)
{
	f->pcpu->slots_filled &= ~(1u << walker_later(f)->slot);
}

static void slot_filled_by_none(struct test_fixture *f)
{
	f->pcpu->slots_filled |= 1u << f->pcpu->empty_slot;
}

static void reserved_slot(struct test_fixture *f)
{
	f->pcpu->reserved.slot = 1;
}

static void reserved_on_a_list(struct test_fixture *f)
{
	pcpu_list_add_head(&f->pcpu->slots[1], &f->pcpu->reserved.link);
	f->pcpu->stats.nr_chunks++;
}

static void chunk_count(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks++;
}

static void chunk_twice(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks = 1;
}

/* On another list than its free size demands, and it says so itself. */
static void on_a_wrong_list(struct test_fixture *f)
{
	struct pcpu_chunk *chunk = walker_later(f);

	WITH_LOCK(f->plat, PLAT_LOCK_INNER, pcpu_chunk_dequeue(f->pcpu, chunk));
	chunk->slot = 3;
	pcpu_list_add_head(&f->pcpu->slots[3], &chunk->link);
	f->pcpu->slots_filled |= 1u << 3;
}

static void reserved_kind_on_a_list(struct test_fixture *f)
{
	walker_later(f)->kind = PCPU_CHUNK_RESERVED;
}

static void list_head_broken(struct test_fixture *f)
{
	f->pcpu->slots[walker_later(f)->slot].prev = &f->pcpu->reserved.link;
}

/* On a list that no slot has. */
static void reserved_on_a_foreign_list(struct test_fixture *f)
{
	static struct pcpu_list foreign;

	pcpu_list_init(&foreign);
	pcpu_list_add_head(&foreign, &f->pcpu->reserved.link);
}

/* --- pages ------------------------------------------------------------------------------------ */

static void immutable(struct test_fixture *f)
{
	pcpu_bit_clear(f->pcpu->first.populated, 1);
	f->pcpu->first.nr_populated--;
}

static void reserved_immutable(struct test_fixture *f)
{
	pcpu_bit_clear(f->pcpu->reserved.populated, 0);
	f->pcpu->reserved.nr_populated--;
}

static void populated_backed(struct test_fixture *f)
{
	uint32_t last = walker_later(f)->nr_pages - 1;

	pcpu_bit_set(walker_later(f)->populated, last);
	walker_later(f)->nr_populated++;
}

static void backed_not_populated(struct test_fixture *f)
{
	uint32_t last = walker_later(f)->nr_pages - 1;

	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  CHECK(pcpu_units_map(f->pcpu, walker_later(f)->base, last, last + 1)));
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  pcpu_units_flush(f->pcpu, walker_later(f)->base, last, last + 1));
}

static void one_copy_not_backed(struct test_fixture *f)
{
	uintptr_t at = walker_later(f)->base + (uintptr_t)f->pcpu->unit_offset[3];

	plat_pages_unmap(f->plat, at, 1);
	plat_tlb_flush(f->plat, at, PCPU_PAGE_BYTES);
}

/* Unmapped behind the core's back, consistently on all units. */
static void used_populated(struct test_fixture *f)
{
	struct pcpu_chunk *chunk = walker_later(f);

	pcpu_bit_clear(chunk->populated, 0);
	chunk->nr_populated--;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER, pcpu_units_unmap(f->pcpu, chunk->base, 0, 1));
}

static void used_last_page(struct test_fixture *f)
{
	uint32_t last = (8192 - 1) / PCPU_PAGE_BYTES; /* of the first object */

	pcpu_bit_clear(walker_later(f)->populated, last);
	walker_later(f)->nr_populated--;
	WITH_LOCK(f->plat, PLAT_LOCK_OUTER,
		  pcpu_units_unmap(f->pcpu, walker_later(f)->base, last, last + 1));
}

static void pages_conserved(struct test_fixture *f)
{
	uintptr_t address;
	bool local;

	CHECK(plat_region_alloc(f->plat, 0, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES, &address, &local));
}

static void empty_pages(struct test_fixture *f)
{
	f->pcpu->nr_empty_pages++;
}

static void empty_pages_of_chunk(struct test_fixture *f)
{
	walker_later(f)->nr_empty_pages++;
}

/* As wrong in the sum over all chunks. */
static void empty_pages_of_both(struct test_fixture *f)
{
	walker_later(f)->nr_empty_pages++;
	f->pcpu->nr_empty_pages++;
}

/* --- counts, locks ---------------------------------------------------------------------------- */

static void stats(struct test_fixture *f)
{
	f->pcpu->stats.nr_live++;
}

static void populated_count(struct test_fixture *f)
{
	walker_later(f)->nr_populated++;
}

static void pages_count(struct test_fixture *f)
{
	f->pcpu->stats.nr_pages_populated++;
}

static void live_bytes(struct test_fixture *f)
{
	f->pcpu->stats.live_bytes++;
}

static void chunks_created(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks_created++;
}

static void chunks_destroyed(struct test_fixture *f)
{
	f->pcpu->stats.nr_chunks_destroyed++;
}

static void pages_given_back(struct test_fixture *f)
{
	f->pcpu->stats.nr_pages_depopulated++;
}

static void frees(struct test_fixture *f)
{
	f->pcpu->stats.nr_frees++;
}

static void lock_held(struct test_fixture *f)
{
	plat_lock(f->plat, PLAT_LOCK_OUTER);
}

static void inner_lock_held(struct test_fixture *f)
{
	plat_lock(f->plat, PLAT_LOCK_INNER);
}

/* An edge where copies are not skewed. */
static void edge_of_none(struct test_fixture *f)
{
	walker_later(f)->nr_edges++;
}

const struct walker_row walker_chunks[] = {
	WALKER_ROW(SLOT, slot, SENTENCE),
	WALKER_ROW(SLOT, on_a_wrong_list, CONDITION),
	WALKER_ROW(SLOT_LINKS, slot_links, SENTENCE),
	WALKER_ROW(SLOT_LINKS, list_head_broken, CONDITION),
	WALKER_ROW(SLOT_FILLED, slot_not_filled, SENTENCE),
	WALKER_ROW(SLOT_FILLED, slot_filled_by_none, SIDE),
	WALKER_ROW(SLOT_ORDER, slot_order, SENTENCE),
	WALKER_ROW_AT(RESERVED_SLOT, reserved_slot, SENTENCE, PCPU_NO_CHUNK, 0, PCPU_NO_CPU),
	WALKER_ROW(RESERVED_SLOT, reserved_on_a_list, SIDE),
	WALKER_ROW(RESERVED_SLOT, reserved_kind_on_a_list, CONDITION),
	WALKER_ROW(RESERVED_SLOT, reserved_on_a_foreign_list, CONDITION),
	WALKER_ROW(CHUNK_COUNT, chunk_count, SENTENCE),
	WALKER_ROW(CHUNK_COUNT, chunk_twice, SIDE),
	WALKER_ROW_AT(IMMUTABLE_POPULATED, immutable, SENTENCE, 0, 0, PCPU_NO_CPU),
	WALKER_ROW(IMMUTABLE_POPULATED, reserved_immutable, CONDITION),
	WALKER_ROW_AT(POPULATED_BACKED, populated_backed, SENTENCE, 1, WALKER_LAST_PAGE, 0),
	WALKER_ROW(POPULATED_BACKED, backed_not_populated, CONDITION),
	WALKER_ROW_AT(POPULATED_BACKED, one_copy_not_backed, CONDITION, 1, 0, 3),
	WALKER_ROW_AT(USED_POPULATED, used_populated, SENTENCE, 1, 0, PCPU_NO_CPU),
	WALKER_ROW(USED_POPULATED, used_last_page, CONDITION),
	WALKER_ROW_AT(PAGES_CONSERVED, pages_conserved, SENTENCE, PCPU_NO_CHUNK, 0, PCPU_NO_CPU),
	WALKER_ROW(EMPTY_PAGES, empty_pages, SENTENCE),
	WALKER_ROW(EMPTY_PAGES, empty_pages_of_chunk, SIDE),
	WALKER_ROW(EMPTY_PAGES, empty_pages_of_both, CONDITION),
	WALKER_ROW(STATS, stats, SENTENCE),
	WALKER_ROW(STATS, populated_count, SIDE),
	WALKER_ROW(STATS, pages_count, SIDE),
	WALKER_ROW(STATS, edge_of_none, SIDE),
	WALKER_ROW(STATS, live_bytes, CONDITION),
	WALKER_ROW(STATS, chunks_created, CONDITION),
	WALKER_ROW(STATS, chunks_destroyed, CONDITION),
	WALKER_ROW(STATS, pages_given_back, CONDITION),
	WALKER_ROW(STATS, frees, CONDITION),
	WALKER_ROW(LOCK_HELD, lock_held, SENTENCE),
	WALKER_ROW(LOCK_HELD, inner_lock_held, CONDITION),
	{0},
};
