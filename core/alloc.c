/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc.c - the engine's pcpu_alloc() and pcpu_free(), and pages for the front's spans.
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
 *     undo but a chunk that this call made (which stays where the policy says so).
 * R3  Free takes the inner lock only; what else it causes is left to pcpu_balance().
 */
#include "front/front_calls.h"
#include "policy.h"

/* An atomic caller's chunk is marked before its map is too full for one more. */
PCPU_STATIC_ASSERT(PCPU_MAP_SPARE_AHEAD / 2 > PCPU_MAP_SPARE, "marked ahead of need");

struct request {
	uint32_t size, align;
	bool reserved, atomic;
	bool undefined; /* contents: nothing is cleared */
	bool quiet;	/* a failure is neither counted nor reported */
	bool span;	/* for the front: whole pages, their freshness is read behind it */
};

/* What a call came to. The search that fails sets the cause, and the cause says what is missing:
   where it can be had, it is, and a search follows. */
struct alloc_outcome {
	bool taken;
	enum pcpu_cause cause;	    /* not taken: why */
	struct pcpu_chunk *chunk;   /* where the extent is, or records are missing */
	struct pcpu_fit fit;	    /* the extent taken, or (POPULATE) whose pages are missing */
	struct pcpu_chunk *created; /* by this call, NULL: none */
};

/* --- searching. True: the search ends here, with the outcome ---------------------------------- */

/* A chunk that is tried in vain leaves the lists of the smallest sizes, where the policy says so;
   it comes back when its size class changes (15.9, S4). */
PCPU_REQUIRES(PLAT_INNER)
static void chunk_park(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	if (pcpu->policy->parks && (chunk->slot == 1 || chunk->slot == 2))
		pcpu_chunk_move(pcpu, chunk, 0, true);
}

/* Pages that an object lies on do not count as zero from now on. */
PCPU_REQUIRES(PLAT_INNER)
static void pages_touch(struct pcpu_chunk *chunk, const struct pcpu_fit *fit)
{
	pcpu_bits_clear(chunk->fresh, fit->offset / PCPU_PAGE_BYTES,
			(fit->offset + fit->bytes - 1) / PCPU_PAGE_BYTES + 1);
}

/* No free gives these pages back from now on, though no span is there yet. */
PCPU_REQUIRES(PLAT_INNER)
static void span_announce(struct pcpu_chunk *chunk, const struct pcpu_fit *fit)
{
	uint32_t first = fit->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = 0; i < fit->bytes / PCPU_PAGE_BYTES; i++)
		chunk->spans[first + i] = PCPU_SPAN_COMES;
}

PCPU_REQUIRES(PLAT_INNER)
static bool area_try(struct pcpu *pcpu, const struct request *request, struct pcpu_chunk *chunk,
		     struct alloc_outcome *outcome)
{
	struct pcpu_pages pages = {.populated = chunk->populated, .only = request->atomic};
	uint32_t free_before = chunk->map.free_bytes;

	switch (chunk->map.ops->alloc(&chunk->map, request->size, request->align, &pages,
				      &outcome->fit)) {
	case PCPU_FIT_TAKEN:
		PCPU_DEBUG_ASSERT(outcome->fit.offset % request->align == 0);
		PCPU_DEBUG_ASSERT(outcome->fit.bytes >= request->size);
		pcpu_chunk_account_alloc(pcpu, chunk, &outcome->fit, free_before);
		if (request->span)
			span_announce(chunk, &outcome->fit);
		if (chunk->fresh && !request->span)
			pages_touch(chunk, &outcome->fit);
		if (!request->undefined)
			pcpu->stats.zeroed_bytes +=
				(uint64_t)request->size * pcpu->layout.nr_possible;
		outcome->taken = true;
		return true;
	case PCPU_FIT_UNBACKED:
		PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER);
		outcome->cause = PCPU_CAUSE_POPULATE;
		return true;
	case PCPU_FIT_NONE:
		break;
	}
	pcpu_chunk_requeue(pcpu, chunk);
	chunk_park(pcpu, chunk);
	return false;
}

PCPU_REQUIRES(PLAT_INNER)
static bool chunk_try(struct pcpu *pcpu, const struct request *request, struct pcpu_chunk *chunk,
		      struct alloc_outcome *outcome)
{
	if (request->size > chunk->map.hint_bytes) {
		chunk_park(pcpu, chunk);
		return false;
	}
	outcome->chunk = chunk;
	if (!chunk->map.ops->capacity_needed(&chunk->map, PCPU_MAP_SPARE))
		return area_try(pcpu, request, chunk, outcome);
	if (request->atomic) {
		chunk->wants_growth = true;
		return false;
	}
	outcome->cause = PCPU_CAUSE_MAP_MEMORY;
	return true;
}

PCPU_REQUIRES(PLAT_INNER)
static bool slots_walk(struct pcpu *pcpu, const struct request *request,
		       struct alloc_outcome *outcome)
{
	uint32_t slot = pcpu_slot_filled(pcpu, pcpu_size_to_slot(request->size));

	for (; slot <= pcpu->empty_slot; slot = pcpu_slot_filled(pcpu, slot + 1)) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot]) {
			if (chunk_try(pcpu, request, PCPU_CHUNK_OF(l), outcome))
				return true;
		}
	}
	return false;
}

/* What a search that no chunk ends comes to: nothing fits. */
static enum pcpu_cause cause_of_no_fit(const struct request *request)
{
	if (request->reserved)
		return PCPU_CAUSE_RESERVED_FULL;
	return request->atomic ? PCPU_CAUSE_ATOMIC : PCPU_CAUSE_CHUNK;
}

/* Returns whether the extent is taken; else outcome->cause says what is missing. */
PCPU_REQUIRES(PLAT_INNER)
static bool chunks_search(struct pcpu *pcpu, const struct request *request,
			  struct alloc_outcome *outcome)
{
	bool ended = request->reserved ? chunk_try(pcpu, request, &pcpu->reserved, outcome) :
					 slots_walk(pcpu, request, outcome);

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (!ended)
		outcome->cause = cause_of_no_fit(request);
	/* An atomic search does not end for something that another call would provide. */
	PCPU_DEBUG_ASSERT(outcome->taken || !request->atomic ||
			  outcome->cause == cause_of_no_fit(request));
	return outcome->taken;
}

/* --- sleeping callers --------------------------------------------------------------------- */

/* Where pages end that are populated together with those before `to`: the next span wants them, and
   several at once cost half as much (17.1, F6). No more than may be empty anyway. */
PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static uint32_t populate_end(const struct pcpu *pcpu, const struct request *request,
			     const struct pcpu_chunk *chunk, uint32_t to)
{
	uint32_t ahead = PCPU_EMPTY_PAGES_HIGH, end;

	if (!request->span || pcpu->nr_empty_pages >= ahead)
		return to;
	end = (uint32_t)pcpu_min64(to + ahead - pcpu->nr_empty_pages, chunk->nr_pages);
	return pcpu_bits_find(chunk->populated, to, end, true);
}

PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static bool fit_populate(struct pcpu *pcpu, const struct request *request,
			 const struct alloc_outcome *outcome)
{
	uint32_t from = outcome->fit.offset / PCPU_PAGE_BYTES;
	uint32_t to = (outcome->fit.offset + outcome->fit.bytes - 1) / PCPU_PAGE_BYTES + 1;
	uint32_t end = populate_end(pcpu, request, outcome->chunk, to);
	bool ok;

	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	ok = pcpu_chunk_populate(pcpu, outcome->chunk, from, end);
	if (!ok && end > to)
		ok = pcpu_chunk_populate(pcpu, outcome->chunk, from, to);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	return ok;
}

PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static bool chunk_add(struct pcpu *pcpu, struct alloc_outcome *outcome)
{
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	outcome->created = pcpu_chunk_create(pcpu);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	return outcome->created != NULL;
}

/* Provides what the search missed. True: search again. False: the call failed by that cause. */
PCPU_REQUIRES(PLAT_OUTER, PLAT_INNER)
static bool shortage_resolve(struct pcpu *pcpu, const struct request *request,
			     struct alloc_outcome *outcome)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	switch (outcome->cause) {
	case PCPU_CAUSE_MAP_MEMORY:
		if (!pcpu_chunk_extend(pcpu, outcome->chunk, PCPU_MAP_SPARE))
			return false;
		pcpu->stats.nr_restarts++;
		return true;
	case PCPU_CAUSE_POPULATE:
		return fit_populate(pcpu, request, outcome);
	case PCPU_CAUSE_CHUNK:
		return chunk_add(pcpu, outcome);
	default: /* the reserved chunk stays as it is */
		PCPU_DEBUG_ASSERT(outcome->cause == PCPU_CAUSE_RESERVED_FULL);
		return false;
	}
}

/* A failed call leaves no chunk of its own behind, unless someone uses it by now. */
PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void created_undo(struct pcpu *pcpu, struct pcpu_chunk *chunk)
{
	bool unused;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	unused = pcpu_chunk_is_empty(pcpu, chunk);
	if (unused)
		pcpu_chunk_retire(pcpu, chunk);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (!unused)
		return;
	PCPU_DEBUG_ASSERT(chunk->kind == PCPU_CHUNK_LATER);
	PCPU_ASSERT(pcpu->next_chunk_id == chunk->id + 1); /* nobody else makes chunks meanwhile */
	pcpu->next_chunk_id = chunk->id;
	pcpu_chunk_destroy(pcpu, chunk);
}

PCPU_EXCLUDES(PLAT_INNER)
static void object_zero(struct pcpu *pcpu, const struct pcpu_chunk *chunk, uint32_t offset,
			uint32_t size)
{
	const uint64_t *unit_offset = pcpu->unit_offset;
	uintptr_t base = chunk->base + offset;

	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(size > 0 && offset + size <= chunk->nr_pages * PCPU_PAGE_BYTES);
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		plat_zero(pcpu->plat, base + (uintptr_t)unit_offset[*cpu], size);
}

/* The outer lock is held until the object is zeroed, so that no chunk goes meanwhile (B13). */
PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
static void alloc_sleeping(struct pcpu *pcpu, const struct request *request,
			   struct alloc_outcome *outcome)
{
	bool kick;

	PCPU_DEBUG_ASSERT(!request->atomic && !outcome->taken);
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	while (!chunks_search(pcpu, request, outcome))
		if (!shortage_resolve(pcpu, request, outcome))
			break;
	if (!outcome->taken && !request->quiet)
		pcpu->stats.nr_failed[outcome->cause]++;
	kick = pcpu->policy->answered && pcpu->policy->answered(pcpu, outcome->taken);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (outcome->taken && !request->undefined)
		object_zero(pcpu, outcome->chunk, outcome->fit.offset, request->size);
	else if (!outcome->taken && outcome->created && pcpu->policy->undoes_chunks)
		created_undo(pcpu, outcome->created);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
}

/* --- atomic callers ------------------------------------------------------------------------- */

/* Marks the chunk when its map will soon be too full for atomic callers. */
PCPU_REQUIRES(PLAT_INNER)
static bool growth_request(struct pcpu_chunk *chunk)
{
	if (!chunk->map.ops->capacity_needed(&chunk->map, PCPU_MAP_SPARE_AHEAD / 2))
		return false;
	chunk->wants_growth = true;
	return true;
}

PCPU_EXCLUDES(PLAT_INNER)
static void alloc_atomic(struct pcpu *pcpu, const struct request *request,
			 struct alloc_outcome *outcome)
{
	bool kick;

	PCPU_DEBUG_ASSERT(request->atomic && !outcome->taken);
	if (!plat_lock_atomic(pcpu->plat)) {
		outcome->cause = PCPU_CAUSE_INTERRUPTED;
		counter_add(&pcpu->nr_interrupted, 1);
		return;
	}
	if (!chunks_search(pcpu, request, outcome))
		pcpu->stats.nr_failed[outcome->cause]++;
	kick = pcpu->policy->answered_atomic(pcpu, outcome->taken);
	if (outcome->taken && growth_request(outcome->chunk))
		kick = true;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
	if (outcome->taken && !request->undefined)
		object_zero(pcpu, outcome->chunk, outcome->fit.offset, request->size);
}

/* --- the calls ------------------------------------------------------------------------------ */

/* Reports the first failures one by one, then that no more will be reported. */
PCPU_EXCLUDES(PLAT_INNER)
static void failure_report(struct pcpu *pcpu, enum pcpu_event_id event, size_t size, size_t align,
			   uint64_t c)
{
	size_t nr = counter_add(&pcpu->nr_failures_reported, 1);

	if (nr <= PCPU_MAX_FAILURE_LOGS)
		pcpu_event_emit(pcpu->plat, event, size, align, c);
	else
		counter_set(&pcpu->nr_failures_reported, PCPU_MAX_FAILURE_LOGS + 1);
	if (nr == PCPU_MAX_FAILURE_LOGS)
		pcpu_event_emit(pcpu->plat, PCPU_EV_ALLOC_FAILED_SILENT, nr, 0, 0);
}

/* A handler that interrupted the inner lock's holder reports nothing: no event is emitted under
   that lock. Out of line, so that a call that succeeds keeps no register for it. */
PCPU_EXCLUDES(PLAT_INNER)
__attribute__((noinline, cold))
static void outcome_report(struct pcpu *pcpu, const struct request *request,
			   const struct alloc_outcome *outcome)
{
	if (outcome->cause != PCPU_CAUSE_INTERRUPTED)
		failure_report(pcpu, PCPU_EV_ALLOC_FAILED, request->size, request->align,
			       outcome->cause);
}

static bool request_is_legal(const struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	return size > 0 && size <= PCPU_MIN_UNIT_BYTES && pcpu_is_pow2(align) &&
	       align <= pcpu->align_max && (flags & ~PCPU_ALL_FLAGS) == 0;
}

/* Rounds to the policy's granule, where it has one. Returns whether the request is legal. */
static bool request_accept(const struct pcpu *pcpu, struct request *request, size_t size,
			   size_t align, unsigned flags)
{
	uint32_t granule = pcpu->policy->granule_bytes;

	if (align < granule)
		align = granule;
	if (!request_is_legal(pcpu, size, align, flags))
		return false;
	request->size = granule ? (uint32_t)pcpu_align_up(size, granule) : (uint32_t)size;
	request->align = (uint32_t)align;
	request->reserved = flags & PCPU_RESERVED && pcpu_has_reserved(pcpu);
	request->atomic = flags & PCPU_ATOMIC;
	request->undefined = flags & PCPU_NO_ZERO;
	request->quiet = request->span = false;
	return true;
}

uint32_t pcpu_request_class(const struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	struct request request;

	if (!request_accept(pcpu, &request, size, align, flags) || request.reserved)
		return 0;
	return pcpu_class_find(request.size, request.align);
}

struct pcpu_ptr pcpu_engine_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags,
				  bool quiet)
{
	struct request request;
	struct alloc_outcome outcome = {0};

	if (!request_accept(pcpu, &request, size, align, flags)) {
		counter_add(&pcpu->nr_illegal, 1);
		failure_report(pcpu, PCPU_EV_ALLOC_REFUSED, size, align, flags);
		return (struct pcpu_ptr){0};
	}
	request.quiet = quiet;
	if (flags & PCPU_NO_WAIT) {
		counter_add(&pcpu->nr_interrupted, 1);
		return (struct pcpu_ptr){0};
	}
	if (request.atomic)
		alloc_atomic(pcpu, &request, &outcome);
	else
		alloc_sleeping(pcpu, &request, &outcome);
	if (!outcome.taken) {
		if (!quiet)
			outcome_report(pcpu, &request, &outcome);
		return (struct pcpu_ptr){0};
	}
	return (struct pcpu_ptr){chunk_value(pcpu, outcome.chunk) + outcome.fit.offset};
}

struct pcpu_chunk *pcpu_pages_alloc(struct pcpu *pcpu, uint32_t nr, uint32_t *offset,
				    uint64_t *fresh)
{
	const struct request request = {
		.size = nr * PCPU_PAGE_BYTES,
		.align = PCPU_PAGE_BYTES,
		.undefined = true,
		.quiet = true,
		.span = true,
	};
	struct alloc_outcome outcome = {0};
	uint32_t first;

	alloc_sleeping(pcpu, &request, &outcome);
	if (!outcome.taken)
		return NULL;
	*fresh = 0;
	*offset = outcome.fit.offset;
	first = outcome.fit.offset / PCPU_PAGE_BYTES;
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	for (uint32_t i = 0; outcome.chunk->fresh && i < nr; i++)
		*fresh |= (uint64_t)pcpu_bit_test(outcome.chunk->fresh, first + i) << i;
	if (outcome.chunk->fresh)
		pages_touch(outcome.chunk, &outcome.fit);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return outcome.chunk;
}

bool pcpu_pages_free(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t offset)
{
	struct pcpu_fit fit;
	bool freed;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	freed = chunk->map.ops->free(&chunk->map, offset, &fit);
	PCPU_ASSERT(freed && fit.offset == offset);
	pcpu_chunk_account_free(pcpu, chunk, &fit);
	return pcpu->policy->freed(pcpu, chunk);
}

/* From before a span is found there until after it is not any more, a free that is late by an owner
   does not take its pages away. */
PCPU_REQUIRES(PLAT_INNER)
static bool span_starts(const struct pcpu_chunk *chunk, uint32_t offset)
{
	return offset % PCPU_PAGE_BYTES == 0 && chunk->spans &&
	       chunk->spans[offset / PCPU_PAGE_BYTES];
}

/* Frees what starts at offset; false when nothing does. A handler that interrupted the lock's
   holder leaves it to that. */
PCPU_REQUIRES_SHARED(PLAT_READER) PCPU_EXCLUDES(PLAT_INNER)
static bool area_release(struct pcpu *pcpu, struct pcpu_chunk *chunk, uint32_t offset,
			 struct pcpu_ptr pointer)
{
	struct pcpu_fit fit;
	bool freed, kick = false;

	if (!plat_lock_atomic(pcpu->plat)) {
		plat_free_later(pcpu->plat, pcpu, pointer.value);
		return true;
	}
	freed = !span_starts(chunk, offset) && chunk->map.ops->free(&chunk->map, offset, &fit);
	if (freed) {
		PCPU_DEBUG_ASSERT(fit.offset == offset);
		pcpu_chunk_account_free(pcpu, chunk, &fit);
		kick = pcpu->policy->freed(pcpu, chunk);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
	return freed;
}

void pcpu_engine_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
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
