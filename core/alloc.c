/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc.c - pcpu_alloc() and pcpu_free().
 *
 *	request -> slots from slot(size) up, each list in order -> area
 *
 *	records full	extend the map	 \
 *	pages missing	populate them	  > and search again from the first slot
 *	nothing fits	create a chunk	 /
 *
 * R1  A search runs under the inner lock; whatever drops it ends the search, and the next one
 *     starts at the first slot.
 * R2  An area is taken only once its pages are populated (chunk.h, L3), so a failure has nothing to
 *     undo but a chunk that this call made.
 * R3  Free takes the inner lock only; what else it causes is left to pcpu_balance().
 */
#include "chunk.h"

struct request {
	uint32_t size, align;
	bool reserved, atomic;
};

/* What one search came to. */
enum found {
	FOUND_NONE,	 /* nothing fits */
	FOUND_AREA,	 /* taken, booked */
	FOUND_UNBACKED,	 /* an area whose pages are missing */
	FOUND_RESTART,	 /* the lock was dropped */
	FOUND_NO_MEMORY, /* for more records */
};

struct result {
	struct pcpu_chunk *chunk;
	struct pcpu_fit fit;
	struct pcpu_chunk *created; /* by this call, NULL: none */
	enum pcpu_cause cause;
};

/* --- searching: (inner) -------------------------------------------------------------------- */

static enum found area_try(struct pcpu *pcpu, const struct request *request,
			   struct pcpu_chunk *chunk, struct pcpu_fit *fit)
{
	struct pcpu_pages pages = {.populated = chunk->populated, .only = request->atomic};
	uint32_t free_before = chunk->map.free_bytes;

	switch (chunk->map.ops->alloc(&chunk->map, request->size, request->align, &pages, fit)) {
	case PCPU_FIT_TAKEN:
		pcpu_chunk_account_alloc(pcpu, chunk, fit, free_before);
		pcpu->stats.zeroed_bytes += (uint64_t)request->size * pcpu->layout.nr_possible;
		return FOUND_AREA;
	case PCPU_FIT_UNBACKED:
		return FOUND_UNBACKED;
	case PCPU_FIT_NONE:
		break;
	}
	pcpu_chunk_requeue(pcpu, chunk);
	return FOUND_NONE;
}

static enum found chunk_try(struct pcpu *pcpu, const struct request *request,
			    struct pcpu_chunk *chunk, struct pcpu_fit *fit)
{
	if (request->size > chunk->map.hint_bytes)
		return FOUND_NONE;
	if (!chunk->map.ops->capacity_needed(&chunk->map, PCPU_MAP_SPARE))
		return area_try(pcpu, request, chunk, fit);
	if (request->atomic) {
		chunk->wants_growth = true;
		return FOUND_NONE;
	}
	return pcpu_chunk_extend(pcpu, chunk, PCPU_MAP_SPARE) ? FOUND_RESTART : FOUND_NO_MEMORY;
}

static enum found slots_walk(struct pcpu *pcpu, const struct request *request,
			     struct result *result)
{
	uint32_t slot = pcpu_slot_filled(pcpu, pcpu_size_to_slot(request->size));

	for (; slot < pcpu->nr_slots; slot = pcpu_slot_filled(pcpu, slot + 1)) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot]) {
			enum found found;

			result->chunk = PCPU_CHUNK_OF(l);
			found = chunk_try(pcpu, request, result->chunk, &result->fit);
			if (found != FOUND_NONE)
				return found;
		}
	}
	return FOUND_NONE;
}

static enum found search(struct pcpu *pcpu, const struct request *request, struct result *result)
{
	if (!request->reserved)
		return slots_walk(pcpu, request, result);
	result->chunk = &pcpu->reserved;
	return chunk_try(pcpu, request, result->chunk, &result->fit);
}

/* --- sleeping callers: (outer, inner) -------------------------------------------------------- */

static bool fit_populate(struct pcpu *pcpu, struct result *result)
{
	uint32_t from = result->fit.offset / PCPU_PAGE_BYTES;
	uint32_t to = (result->fit.offset + result->fit.bytes - 1) / PCPU_PAGE_BYTES + 1;
	bool ok;

	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	ok = pcpu_chunk_populate(pcpu, result->chunk, from, to);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	result->cause = PCPU_CAUSE_POPULATE;
	return ok;
}

static bool chunk_add(struct pcpu *pcpu, struct result *result)
{
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	result->created = pcpu_chunk_create(pcpu);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	result->cause = PCPU_CAUSE_CHUNK;
	return result->created != NULL;
}

/* Acts on what a search lacked. True: search again. False: failed, result->cause says why. */
static bool shortage_resolve(struct pcpu *pcpu, const struct request *request, enum found found,
			     struct result *result)
{
	switch (found) {
	case FOUND_RESTART:
		pcpu->stats.nr_restarts++;
		return true;
	case FOUND_UNBACKED:
		return fit_populate(pcpu, result);
	case FOUND_NO_MEMORY:
		result->cause = PCPU_CAUSE_MAP_MEMORY;
		return false;
	default:
		break;
	}
	if (!request->reserved)
		return chunk_add(pcpu, result);
	result->cause = PCPU_CAUSE_RESERVED_FULL;
	return false;
}

/* A failed call leaves no chunk of its own behind, unless someone uses it by now. (outer) */
static void created_undo(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	bool unused;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	unused = pcpu_chunk_is_empty(pcpu, chunk);
	if (unused) {
		pcpu_chunk_dequeue(pcpu, chunk);
		pcpu->nr_empty_pages -= chunk->nr_empty_pages;
		pcpu_chunk_account_end(pcpu, chunk);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (!unused)
		return;
	PCPU_ASSERT(pcpu->next_chunk_id == chunk->id + 1); /* nobody else makes chunks meanwhile */
	pcpu->next_chunk_id = chunk->id;
	pcpu_chunk_destroy(pcpu, chunk);
}

static void object_zero(struct pcpu *pcpu, const struct pcpu_chunk *chunk, uint32_t offset,
			uint32_t size)
{
	const uint32_t *cpu_map = pcpu->layout.cpu_map, *end = cpu_map + pcpu->layout.nr_units;
	const uint64_t *unit_offset = pcpu->unit_offset;
	uintptr_t base = chunk->base + offset;

	for (; cpu_map < end; cpu_map++)
		if (*cpu_map != PCPU_NO_CPU)
			plat_zero(pcpu->plat, base + (uintptr_t)unit_offset[*cpu_map], size);
}

/* The outer lock is held until the object is zeroed, so that no chunk goes meanwhile (B13). */
static bool alloc_sleeping(struct pcpu *pcpu, const struct request *request, struct result *result)
{
	enum found found;

	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	do
		found = search(pcpu, request, result);
	while (found != FOUND_AREA && shortage_resolve(pcpu, request, found, result));
	if (found != FOUND_AREA)
		pcpu->stats.nr_failed[result->cause]++;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (found == FOUND_AREA)
		object_zero(pcpu, result->chunk, result->fit.offset, request->size);
	else if (result->created)
		created_undo(pcpu, result->created);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	return found == FOUND_AREA;
}

/* --- atomic callers ------------------------------------------------------------------------- */

static bool alloc_atomic(struct pcpu *pcpu, const struct request *request, struct result *result)
{
	bool taken, kick;

	result->cause = PCPU_CAUSE_INTERRUPTED;
	if (!plat_lock_atomic(pcpu->plat)) {
		__atomic_fetch_add(&pcpu->nr_interrupted, 1, __ATOMIC_RELAXED);
		return false;
	}
	pcpu->atomic_used = true;
	taken = search(pcpu, request, result) == FOUND_AREA;
	kick = !taken || pcpu->nr_empty_pages < PCPU_EMPTY_PAGES_LOW;
	if (taken && result->chunk->map.ops->capacity_needed(&result->chunk->map,
							     PCPU_MAP_SPARE_AHEAD / 2)) {
		result->chunk->wants_growth = true;
		kick = true;
	}
	result->cause = request->reserved ? PCPU_CAUSE_RESERVED_FULL : PCPU_CAUSE_ATOMIC;
	if (!taken)
		pcpu->stats.nr_failed[result->cause]++;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
	if (taken)
		object_zero(pcpu, result->chunk, result->fit.offset, request->size);
	return taken;
}

/* --- the calls ------------------------------------------------------------------------------ */

/* Reports the first failures one by one, then that no more will be reported. A handler that
   interrupted the inner lock's holder reports nothing: no event is emitted under that lock. */
static void failure_report(struct pcpu *pcpu, enum pcpu_event_id event, size_t size, size_t align,
			   uint64_t c)
{
	uint32_t nr;

	if (event == PCPU_EV_ALLOC_FAILED && c == PCPU_CAUSE_INTERRUPTED)
		return;
	nr = __atomic_add_fetch(&pcpu->nr_failures_reported, 1, __ATOMIC_RELAXED);
	if (nr <= PCPU_MAX_FAILURE_LOGS)
		pcpu_event_emit(pcpu->plat, event, size, align, c);
	else
		__atomic_store_n(&pcpu->nr_failures_reported, PCPU_MAX_FAILURE_LOGS + 1,
				 __ATOMIC_RELAXED);
	if (nr == PCPU_MAX_FAILURE_LOGS)
		pcpu_event_emit(pcpu->plat, PCPU_EV_ALLOC_FAILED_SILENT, nr, 0, 0);
}

static bool request_is_legal(size_t size, size_t align, unsigned flags)
{
	return size > 0 && size <= PCPU_MIN_UNIT_BYTES && pcpu_is_pow2(align) &&
	       align <= PCPU_PAGE_BYTES && (flags & ~PCPU_ALL_FLAGS) == 0;
}

struct pcpu_ptr pcpu_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	struct request request = {
		.size = (uint32_t)size,
		.align = (uint32_t)align,
		.reserved = flags & PCPU_RESERVED && pcpu_has_reserved(pcpu),
		.atomic = flags & PCPU_ATOMIC,
	};
	struct result result = {0};
	bool taken;

	if (!request_is_legal(size, align, flags)) {
		__atomic_fetch_add(&pcpu->nr_illegal, 1, __ATOMIC_RELAXED);
		failure_report(pcpu, PCPU_EV_ALLOC_REFUSED, size, align, flags);
		return (struct pcpu_ptr){0};
	}
	taken = request.atomic ? alloc_atomic(pcpu, &request, &result) :
				 alloc_sleeping(pcpu, &request, &result);
	if (!taken) {
		failure_report(pcpu, PCPU_EV_ALLOC_FAILED, size, align, result.cause);
		return (struct pcpu_ptr){0};
	}
	return (struct pcpu_ptr){result.chunk->base + result.fit.offset - pcpu->base +
				 pcpu->static_start};
}

/* (inner) Should balance handle this chunk now? It is a second empty one, or has more empty pages
   than it may keep. */
static bool free_wants_balance(const struct pcpu *pcpu, const struct pcpu_chunk *chunk)
{
	const struct pcpu_list *last = &pcpu->slots[pcpu_last_slot(pcpu)];

	if (pcpu_chunk_is_empty(pcpu, chunk) && last->next != last->prev)
		return true;
	return pcpu_chunk_has_excess_pages(pcpu, chunk);
}

/* Frees what starts at offset; false when nothing does. A handler that interrupted the lock's
   holder leaves it to that. */
static bool area_release(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t offset,
			 struct pcpu_ptr pointer)
{
	struct pcpu_fit fit;
	bool freed, kick = false;

	if (!plat_lock_atomic(pcpu->plat)) {
		plat_free_later(pcpu->plat, pcpu, pointer.value);
		return true;
	}
	freed = chunk->map.ops->free(&chunk->map, offset, &fit);
	if (freed) {
		pcpu_chunk_account_free(pcpu, chunk, &fit);
		kick = free_wants_balance(pcpu, chunk);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
	return freed;
}

void pcpu_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	struct pcpu_report report = {.pointer = pointer.value, .chunk_id = PCPU_NO_CHUNK};
	struct pcpu_chunk *chunk;
	bool freed = false;

	if (!pointer.value)
		return;
	plat_read_begin(pcpu->plat);
	chunk = pcpu_find(pcpu, pointer, &report.offset);
	if (chunk) {
		report.chunk_id = chunk->id;
		freed = area_release(pcpu, chunk, report.offset, pointer);
	}
	plat_read_end(pcpu->plat);
	if (freed)
		return;
	report.id = PCPU_MISUSE_WILD_FREE;
	if (chunk)
		report.id = PCPU_MISUSE_DOUBLE_FREE;
	else if (pcpu_is_static_pointer(pcpu, pointer))
		report.id = PCPU_MISUSE_STATIC_FREE;
	plat_panic(pcpu->plat, &report);
}
