/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * chunk.c - the life of a later chunk: created, extended, populated, depopulated, destroyed.
 *
 *	create -> [on a slot list] <-> populate / depopulate -> off its list -> destroy
 *
 * and the accounts that go with an area taken or freed.
 */
#include "front/front_calls.h"

/* --- create and destroy ------------------------------------------------------------------- */

/* The front's part of a chunk's record. */
PCPU_SOLE_OWNER
static void chunk_front_init(struct pcpu *pcpu, struct pcpu_chunk *chunk, char *at,
			     uint32_t nr_pages)
{
	if (plat_pages_zeroed(pcpu->plat) && !pcpu->backing->all_populated) {
		chunk->fresh = (uint64_t *)(void *)at;
		pcpu_bits_set(chunk->fresh, 0, nr_pages);
	}
	at += PCPU_BITS_BYTES(nr_pages);
	chunk->pages = (struct pcpu_page *)(void *)at;
	chunk->spans = (struct pcpu_span **)(void *)(at + nr_pages * sizeof(struct pcpu_page));
}

PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER)
static struct pcpu_chunk *chunk_alloc(struct pcpu *pcpu)
{
	uint32_t nr_pages = pcpu_layout_covers(&pcpu->layout) / PCPU_PAGE_BYTES;
	size_t bytes = sizeof(struct pcpu_chunk) + PCPU_BITS_BYTES(nr_pages);
	size_t front_at = bytes;
	struct pcpu_chunk *chunk;

	if (pcpu->front)
		bytes += PCPU_BITS_BYTES(nr_pages) +
			 nr_pages * (sizeof(struct pcpu_page) + sizeof(struct pcpu_span *));
	chunk = pcpu_meta_alloc(pcpu, bytes);
	if (!chunk)
		return NULL;
	if (pcpu->front)
		chunk_front_init(pcpu, chunk, (char *)chunk + front_at, nr_pages);
	PCPU_DEBUG_ASSERT(nr_pages > 0 && chunk->nr_populated == 0);
	chunk->kind = PCPU_CHUNK_LATER;
	chunk->id = pcpu->next_chunk_id;
	chunk->nr_pages = nr_pages;
	chunk->memory_bytes = (uint32_t)bytes;
	chunk->populated = (uint64_t *)(void *)(chunk + 1);
	chunk->slot = PCPU_NO_SLOT;
	pcpu_list_init(&chunk->link);
	return chunk;
}

PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER)
static bool chunk_map_init(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t covered_bytes = pcpu_layout_covers(&pcpu->layout);
	const struct pcpu_map_ops *ops = pcpu->engine->map;
	uint32_t capacity = ops->capacity(covered_bytes, PCPU_DFL_MAP_ALLOC);
	size_t bytes = ops->memory(covered_bytes, capacity);
	void *memory = pcpu_meta_alloc(pcpu, bytes);

	if (!memory)
		return false;
	chunk->map.ops = ops;
	chunk->map_bytes = bytes;
	ops->init(&chunk->map, memory, capacity, 0, covered_bytes);
	PCPU_DEBUG_ASSERT(chunk->map.memory == memory && chunk->map.capacity == capacity);
	PCPU_DEBUG_ASSERT(chunk->map.free_bytes == covered_bytes);
	return true;
}

PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER)
static void chunk_map_free(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	pcpu_meta_free(pcpu, chunk->map.memory, chunk->map_bytes);
}

/* Is it a later chunk that is on no list? Then who asks is the last to know it. */
PCPU_SOLE_OWNER
static bool chunk_is_retired(const struct pcpu_chunk *chunk)
{
	return chunk->kind == PCPU_CHUNK_LATER && chunk->slot == PCPU_NO_SLOT;
}

/*
 * Address space for the chunk. One address stands for the pointer whose value is 0; a chunk
 * around it could hand out an object equal to NULL, so another place is taken then.
 */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool chunk_back(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uintptr_t null_address = pcpu->base - pcpu->static_start, first_place;
	bool backed;

	if (!pcpu->backing->create(pcpu, &chunk->base))
		return false;
	PCPU_DEBUG_ASSERT(chunk->base % pcpu->layout.atom_bytes == 0);
	if (null_address - chunk->base >= pcpu->layout.unit_bytes)
		return true;
	first_place = chunk->base;
	backed = pcpu->backing->create(pcpu, &chunk->base);
	PCPU_DEBUG_ASSERT(!backed || chunk->base != first_place);
	pcpu->backing->destroy(pcpu, first_place);
	return backed;
}

PCPU_SOLE_OWNER
static void chunk_populate_all(const struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	pcpu_bits_set(chunk->populated, 0, chunk->nr_pages);
	chunk->nr_populated = chunk->nr_pages;
	chunk->nr_empty_pages = chunk->nr_pages;
	chunk->nr_edges = pcpu_edge_pages(pcpu);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void chunk_enlist(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(pcpu_chunk_is_empty(pcpu, chunk));
	PCPU_DEBUG_ASSERT(chunk->nr_empty_pages == chunk->nr_populated);
	pcpu_chunk_enqueue(pcpu, chunk);
	pcpu->nr_empty_pages += chunk->nr_empty_pages;
	pcpu->stats.nr_chunks++;
	if (pcpu->stats.nr_chunks > pcpu->stats.nr_chunks_max)
		pcpu->stats.nr_chunks_max = pcpu->stats.nr_chunks;
	pcpu->stats.nr_chunks_created++;
	pcpu->stats.nr_pages_populated += chunk->nr_populated;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu_event_emit(pcpu->plat, PCPU_EV_CHUNK_CREATED, chunk->id, chunk->base, 0);
}

struct pcpu_chunk *pcpu_chunk_create(struct pcpu *pcpu)
{
	struct pcpu_chunk *chunk = chunk_alloc(pcpu);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	if (!chunk)
		return NULL;
	if (!chunk_map_init(pcpu, chunk))
		goto free_chunk;
	if (!chunk_back(pcpu, chunk))
		goto free_map;
	if (!pcpu_index_insert(pcpu, chunk))
		goto destroy_backing;
	if (pcpu->backing->all_populated)
		chunk_populate_all(pcpu, chunk);
	pcpu->next_chunk_id++;
	chunk_enlist(pcpu, chunk);
	return chunk;

destroy_backing:
	pcpu->backing->destroy(pcpu, chunk->base);
free_map:
	chunk_map_free(pcpu, chunk);
free_chunk:
	pcpu_meta_free(pcpu, chunk, chunk->memory_bytes);
	return NULL;
}

/* Gives every populated page back, run by run. Nobody reads a retired chunk's bits. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void chunk_empty(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	uint32_t from = 0, to;

	for (;; from = to) {
		from = pcpu_bits_find(chunk->populated, from, chunk->nr_pages, true);
		to = pcpu_bits_find(chunk->populated, from, chunk->nr_pages, false);
		if (from == to)
			return;
		pcpu_bits_clear(chunk->populated, from, to);
		pcpu->backing->depopulate(pcpu, chunk, from, to);
	}
}

void pcpu_chunk_retire(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	struct pcpu_stats *stats = &pcpu->stats;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(pcpu_chunk_is_empty(pcpu, chunk));
	PCPU_DEBUG_ASSERT(chunk->nr_empty_pages == chunk->nr_populated);
	PCPU_DEBUG_ASSERT(chunk->nr_empty_pages <= pcpu->nr_empty_pages && stats->nr_chunks > 1);
	PCPU_DEBUG_ASSERT(!chunk->isolated);
	pcpu_chunk_dequeue(pcpu, chunk);
	pcpu->nr_empty_pages -= chunk->nr_empty_pages;
	stats->nr_chunks--;
	stats->nr_chunks_destroyed++;
	stats->nr_pages_depopulated += chunk->nr_populated;
	stats->nr_probes += chunk->map.nr_probes;
	stats->nr_moved_bytes += chunk->map.nr_moved_bytes;
}

void pcpu_chunk_destroy(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_ASSERT(chunk_is_retired(chunk));
	pcpu_index_remove(pcpu, chunk);
	pcpu_front_chunk_leaves(pcpu, chunk);
	if (!pcpu->backing->all_populated)
		chunk_empty(pcpu, chunk);
	pcpu->backing->destroy(pcpu, chunk->base);
	pcpu_event_emit(pcpu->plat, PCPU_EV_CHUNK_DESTROYED, chunk->id, chunk->base, 0);
	chunk_map_free(pcpu, chunk);
	pcpu_meta_free(pcpu, chunk, chunk->memory_bytes);
}

/* --- pages -------------------------------------------------------------------------------- */

uint32_t pcpu_chunk_count_empty(const struct pcpu_chunk *chunk)
{
	uint32_t nr = 0;

	PCPU_FOR_EACH_FREE_PAGES(pages, chunk)
		nr += pcpu_bits_count(chunk->populated, pages.from, pages.to);
	return nr;
}

/* Of an isolated chunk they count with the chunk alone. */
PCPU_REQUIRES(PLAT_INNER)
static void empty_pages_add(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t nr)
{
	chunk->nr_empty_pages += nr;
	if (!chunk->isolated)
		pcpu->nr_empty_pages += nr;
	PCPU_DEBUG_ASSERT(chunk->nr_empty_pages <= chunk->nr_populated);
}

PCPU_REQUIRES(PLAT_INNER)
static void empty_pages_remove(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t nr)
{
	PCPU_DEBUG_ASSERT(nr <= chunk->nr_empty_pages);
	chunk->nr_empty_pages -= nr;
	if (chunk->isolated)
		return;
	PCPU_DEBUG_ASSERT(nr <= pcpu->nr_empty_pages);
	pcpu->nr_empty_pages -= nr;
}

/* Pages of [from, to) all of which comes zeroed just now. What was backed already as an edge, or
   because of the page behind, has the contents that it was left with: then the bit stays. */
PCPU_REQUIRES(PLAT_INNER)
static void fresh_mark(const struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from,
		       uint32_t to)
{
	for (uint32_t page = from; page < to; page++)
		if (!pcpu_page_is_reached(pcpu, chunk, page) &&
		    !(pcpu_edge_pages(pcpu) && pcpu_page_is_reached(pcpu, chunk, page + 1)))
			pcpu_bit_set(chunk->fresh, page);
}

/* The edges among the pages that populated ones of [from, to) reach into. */
static uint32_t edges_count(const struct pcpu *pcpu, const struct pcpu_chunk *chunk, uint32_t from,
			    uint32_t to)
{
	uint32_t nr = 0;

	if (!pcpu_edge_pages(pcpu))
		return 0;
	for (uint32_t page = from; page <= to; page++)
		nr += pcpu_page_is_reached(pcpu, chunk, page) &&
		      !(page < chunk->nr_pages && pcpu_bit_test(chunk->populated, page));
	return nr;
}

/* The bits of [from, to), and with them the count of edges. */
PCPU_REQUIRES(PLAT_INNER)
static void populated_write(const struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from,
			    uint32_t to, bool populated)
{
	chunk->nr_edges -= edges_count(pcpu, chunk, from, to);
	if (populated)
		pcpu_bits_set(chunk->populated, from, to);
	else
		pcpu_bits_clear(chunk->populated, from, to);
	chunk->nr_edges += edges_count(pcpu, chunk, from, to);
}

/* [from, to) is backed now, `missing` pages of it were not before. Those are empty: no byte of
   a missing page is used (chunk.h, L3). */
PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static void pages_mark(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to,
		       uint32_t missing)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(missing == to - from - pcpu_bits_count(chunk->populated, from, to));
	if (chunk->fresh)
		fresh_mark(pcpu, chunk, from, to);
	populated_write(pcpu, chunk, from, to, true);
	chunk->nr_populated += missing;
	empty_pages_add(pcpu, chunk, missing);
	pcpu->stats.nr_pages_populated += missing;
	PCPU_DEBUG_ASSERT(chunk->nr_populated <= chunk->nr_pages);
}

bool pcpu_chunk_populate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
{
	uint32_t missing = to - from - pcpu_bits_count(chunk->populated, from, to);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_ASSERT(missing > 0);
	PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER && !pcpu->backing->all_populated);
	PCPU_DEBUG_ASSERT(from < to && to <= chunk->nr_pages);
	if (!pcpu->backing->populate(pcpu, chunk, from, to))
		return false;
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	pages_mark(pcpu, chunk, from, to, missing);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return true;
}

/* The first run of free populated pages at or behind *from to [*from, *end). */
PCPU_REQUIRES(PLAT_INNER)
static bool empty_run(const struct pcpu_chunk *chunk, uint32_t *from, uint32_t *end, uint32_t to)
{
	PCPU_FOR_EACH_FREE_PAGES(pages, chunk) {
		uint32_t low = (uint32_t)pcpu_max64(pages.from, *from);
		uint32_t high = (uint32_t)pcpu_min64(pages.to, to);

		low = pcpu_bits_find(chunk->populated, low, high, true);
		if (low >= high)
			continue;
		*from = low;
		*end = pcpu_bits_find(chunk->populated, low, high, false);
		return true;
	}
	return false;
}

void pcpu_chunk_pages_claim(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from,
			    uint32_t to)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(from < to && to <= chunk->nr_pages);
	populated_write(pcpu, chunk, from, to, false);
	empty_pages_remove(pcpu, chunk, to - from);
	chunk->nr_populated -= to - from;
	pcpu->stats.nr_pages_depopulated += to - from;
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static bool empty_run_claim(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t *from,
			    uint32_t *end, uint32_t to)
{
	bool any;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	any = empty_run(chunk, from, end, to);
	PCPU_DEBUG_ASSERT(!any || *end <= to);
	if (any)
		pcpu_chunk_pages_claim(pcpu, chunk, *from, *end);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return any;
}

void pcpu_chunk_depopulate(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t from, uint32_t to)
{
	uint32_t end;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER && !pcpu->backing->all_populated);
	PCPU_DEBUG_ASSERT(from < to && to <= chunk->nr_pages);
	for (; empty_run_claim(pcpu, chunk, &from, &end, to); from = end)
		pcpu->backing->depopulate(pcpu, chunk, from, end);
}

/* --- capacity for records --------------------------------------------------------------------- */

/*
 * The lock is dropped around the allocation, so areas may come and go meanwhile; the capacity
 * cannot grow, since only the holder of the outer lock extends. The old memory is freed outside the
 * lock; memory inside the instance is not ours to free (map_bytes 0).
 */
bool pcpu_chunk_extend(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t spare)
{
	uint32_t capacity = chunk->map.ops->capacity_needed(&chunk->map, spare),
		 old_capacity = chunk->map.capacity;
	size_t bytes = chunk->map.ops->memory(chunk->map.covered_bytes, capacity);
	size_t old_bytes = chunk->map_bytes;
	void *memory, *old_memory;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_ASSERT(capacity > old_capacity);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	memory = pcpu_meta_alloc(pcpu, bytes);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	if (!memory)
		return false;
	PCPU_ASSERT(chunk->map.capacity == old_capacity);
	old_memory = chunk->map.memory;
	chunk->map.ops->move(&chunk->map, memory, capacity);
	PCPU_DEBUG_ASSERT(chunk->map.memory == memory && chunk->map.capacity == capacity);
	chunk->map_bytes = bytes;
	pcpu->stats.nr_extensions++;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (old_bytes)
		pcpu_meta_free(pcpu, old_memory, old_bytes);
	pcpu_event_emit(pcpu->plat, PCPU_EV_MAP_EXTENDED, chunk->id, old_capacity, capacity);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	return true;
}

/* --- accounts ----------------------------------------------------------------------------- */

/* The extent lies in its free run, the run in the map, and (L3) all of it on populated pages. */
PCPU_REQUIRES(PLAT_INNER)
static bool fit_is_sound(const struct pcpu_chunk *chunk, const struct pcpu_fit *fit)
{
	uint32_t end = fit->offset + fit->bytes;
	uint32_t last = (end - 1) / PCPU_PAGE_BYTES + 1;

	return fit->bytes > 0 && fit->run_start <= fit->offset && end <= fit->run_end &&
	       fit->run_end <= chunk->map.covered_bytes && fit->offset >= chunk->start_bytes &&
	       pcpu_bits_find(chunk->populated, fit->offset / PCPU_PAGE_BYTES, last, false) == last;
}

/* Pages that touch the area and lie inside its free run: empty while the area is free. All of them
   are populated, since the area is or was used (chunk.h, L3). */
static uint32_t pages_between(const struct pcpu_fit *fit)
{
	uint32_t from = fit->offset / PCPU_PAGE_BYTES;
	uint32_t to = (fit->offset + fit->bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;

	from = (uint32_t)pcpu_max64(from, (fit->run_start + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES);
	to = (uint32_t)pcpu_min64(to, fit->run_end / PCPU_PAGE_BYTES);
	return from < to ? to - from : 0;
}

void pcpu_chunk_account_alloc(struct pcpu *pcpu, struct pcpu_chunk *chunk,
			      const struct pcpu_fit *fit, uint32_t free_before)
{
	struct pcpu_stats *stats = &pcpu->stats;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(fit_is_sound(chunk, fit));
	PCPU_DEBUG_ASSERT(free_before - chunk->map.free_bytes >= fit->bytes);
	if (chunk->kind != PCPU_CHUNK_RESERVED)
		empty_pages_remove(pcpu, chunk, pages_between(fit));
	stats->nr_allocs++;
	stats->nr_live++;
	stats->live_bytes += free_before - chunk->map.free_bytes;
	stats->nr_live_max = pcpu_max64(stats->nr_live_max, stats->nr_live);
	stats->live_bytes_max = pcpu_max64(stats->live_bytes_max, stats->live_bytes);
	if (chunk->isolated)
		pcpu_chunk_reintegrate(pcpu, chunk);
	else
		pcpu_chunk_requeue(pcpu, chunk);
}

void pcpu_chunk_account_free(struct pcpu *pcpu, struct pcpu_chunk *chunk,
			     const struct pcpu_fit *fit)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(fit_is_sound(chunk, fit));
	PCPU_DEBUG_ASSERT(pcpu->stats.nr_live > 0 && pcpu->stats.live_bytes >= fit->bytes);
	if (chunk->kind != PCPU_CHUNK_RESERVED)
		empty_pages_add(pcpu, chunk, pages_between(fit));
	pcpu->stats.nr_frees++;
	pcpu->stats.nr_live--;
	pcpu->stats.live_bytes -= fit->bytes;
	pcpu_chunk_requeue(pcpu, chunk);
}
