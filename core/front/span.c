/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * span.c - pages of a chunk, cut into pieces for objects of one class: made and returned.
 *
 *	partial[class]	nearly full ones first, those without a live object last
 *	full[class]	no free piece
 *
 * A span without a live object may become one of another class; that takes its page records away,
 * so it happens with all CPUs stopped (magazine.h, M4), as its return to the engine does.
 */
#include "front_calls.h"

/* --- a span's record -------------------------------------------------------------------------- */

/* Pieces that reach into a page which is not known to be zero. */
static void span_mark_dirty(struct pcpu_span *span, uint64_t fresh)
{
	uint32_t bytes = pcpu_classes[span->class].bytes;

	for (uint32_t i = 0; i < span->nr_pages; i++) {
		uint32_t first = i * PCPU_PAGE_BYTES / bytes;
		uint32_t end = ((i + 1) * PCPU_PAGE_BYTES + bytes - 1) / bytes;

		if (!(fresh >> i & 1) && first < span->nr_pieces)
			pcpu_bits_set(span->dirty, first,
				      (uint32_t)pcpu_min64(end, span->nr_pieces));
	}
}

/* States begin a line. */
static uint8_t *states_place(uint64_t *behind)
{
	return (uint8_t *)behind + -(uintptr_t)behind % PCPU_LINE_BYTES;
}

/* Every granule is no live object's, claimed, and every piece free. */
PCPU_SOLE_OWNER
static void span_init(struct pcpu_span *span, uint32_t class, uint64_t fresh)
{
	uint32_t nr_granules = span_bytes_of(span) >> pcpu_classes[class].granule_shift;

	span->class = class;
	span->nr_pieces = span_bytes_of(span) / pcpu_classes[class].bytes;
	span->nr_free = span->nr_pieces;
	span->taker = 0;
	pcpu_list_init(&span->sparse);
	span->free = (uint64_t *)(void *)(span + 1);
	span->dirty = span->free + PCPU_BITS_WORDS(span->nr_pieces);
	span->states = states_place(span->dirty + PCPU_BITS_WORDS(span->nr_pieces));
	pcpu_bits_set(span->free, 0, span->nr_pieces);
	span_mark_dirty(span, fresh);
	for (uint32_t i = 0; i < nr_granules; i++) {
		span->states[2 * i] = 0;
		span->states[2 * i + 1] = 1;
	}
	*span_turn(span) = 0;
}

static uint32_t span_record_bytes(uint32_t class, uint32_t nr_pages)
{
	uint32_t bytes = nr_pages * PCPU_PAGE_BYTES;
	uint32_t nr_pieces = bytes / pcpu_classes[class].bytes;
	uint32_t states = 2 * (bytes >> pcpu_classes[class].granule_shift) + 1; /* its turn */

	return (uint32_t)(sizeof(struct pcpu_span) + 2 * PCPU_BITS_BYTES(nr_pieces) +
			  PCPU_LINE_BYTES + pcpu_align_up(states, 8));
}

/* --- page records ----------------------------------------------------------------------------- */

/* The limit last: whoever reads it, without a lock, reads the rest after it. */
PCPU_REQUIRES(PLAT_INNER)
static void span_publish(struct pcpu_span *span)
{
	uint32_t shift = pcpu_classes[span->class].granule_shift;
	uint32_t first = span->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = first; i < first + span->nr_pages; i++) {
		struct pcpu_page *page = &span->chunk->pages[i];

		PCPU_DEBUG_ASSERT(page->limit == 0);
		page->states = (uintptr_t)span->states - 2 * (span->offset >> shift);
		byte_write(&page->shift, (uint8_t)shift);
		span->chunk->spans[i] = span;
		count_publish(&page->limit,
			      (span->offset + span_bytes_of(span)) >> shift);
	}
}

PCPU_REQUIRES(PLAT_INNER)
static void span_hide(struct pcpu_span *span)
{
	uint32_t first = span->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = first; i < first + span->nr_pages; i++)
		count_set(&span->chunk->pages[i].limit, 0);
}

/* Its pages are the engine's to give from now on. */
PCPU_REQUIRES(PLAT_INNER)
static void span_forget(struct pcpu_span *span)
{
	uint32_t first = span->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = first; i < first + span->nr_pages; i++)
		span->chunk->spans[i] = NULL;
}

/* --- made ------------------------------------------------------------------------------------- */

PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
static void span_enlist(struct pcpu *pcpu, struct pcpu_span *span)
{
	struct pcpu_front *front = pcpu->front;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	span_publish(span);
	pcpu_list_add_tail(&front->partial[span->class], &span->link);
	front->nr_spans++;
	front->nr_empty++;
	front->nr_span_allocs++;
	front->span_bytes += span_bytes_of(span);
	front->spare_bytes += span_spare_bytes(span);
	pcpu_capacity_follow(front);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
static struct pcpu_span *span_record_alloc(struct pcpu *pcpu, uint32_t class, uint32_t nr_pages)
{
	uint32_t bytes = span_record_bytes(class, nr_pages);
	struct pcpu_span *span;

	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	span = pcpu_meta_alloc(pcpu, bytes);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	if (!span)
		return NULL;
	span->bytes = bytes;
	span->nr_pages = nr_pages;
	return span;
}

PCPU_SOLE_OWNER PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
bool pcpu_span_make(struct pcpu *pcpu, uint32_t class)
{
	struct pcpu_span *span = span_record_alloc(pcpu, class, pcpu_class_span_pages(class));
	uint64_t fresh;

	if (!span)
		return false;
	span->chunk = pcpu_pages_alloc(pcpu, span->nr_pages, &span->offset, &fresh);
	if (!span->chunk) {
		plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
		pcpu_meta_free(pcpu, span, span->bytes);
		plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
		return false;
	}
	span_init(span, class, fresh);
	span_enlist(pcpu, span);
	return true;
}

/* --- returned --------------------------------------------------------------------------------- */

/* Takes a span without live objects off its list, and its page records away; NULL: none. */
PCPU_REQUIRES(PLAT_INNER)
static struct pcpu_span *empty_take(struct pcpu *pcpu)
{
	struct pcpu_front *front = pcpu->front;

	for (uint32_t class = 1; front->nr_empty > 0 && class < PCPU_NR_CLASSES; class++) {
		struct pcpu_list *partial = &front->partial[class];
		struct pcpu_span *span = PCPU_SPAN_OF(partial->prev);

		if (pcpu_list_empty(partial) || span->nr_free < span->nr_pieces)
			continue;
		pcpu_list_del(&span->link);
		pcpu_list_del(&span->sparse);
		span_hide(span);
		front->nr_empty--;
		front->nr_spans--;
		front->spare_bytes -= span_spare_bytes(span);
		return span;
	}
	return NULL;
}

/* Moves spans without live objects to `list` until `keep` are left. */
PCPU_EXCLUDES(PLAT_INNER)
static void empties_take(struct pcpu *pcpu, uint32_t keep, struct pcpu_list *list)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	while (pcpu->front->nr_empty > keep) {
		struct pcpu_span *span = empty_take(pcpu);

		PCPU_ASSERT(span);
		pcpu_list_add_tail(list, &span->link);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
static void span_return(struct pcpu *pcpu, struct pcpu_span *span)
{
	bool kick;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu_list_del(&span->link);
	pcpu->front->nr_span_frees++;
	pcpu->front->span_bytes -= span_bytes_of(span);
	pcpu_capacity_follow(pcpu->front);
	span_forget(span);
	kick = pcpu_pages_free(pcpu, span->chunk, span->offset);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu_meta_free(pcpu, span, span->bytes);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
}

PCPU_EXCLUDES(PLAT_INNER)
static bool empties_exceed(struct pcpu *pcpu, uint32_t keep)
{
	bool exceed;

	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	exceed = pcpu->front->nr_empty > keep;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	return exceed;
}

/* Nobody follows a page record or a state any more once all CPUs were stopped. Where they cannot be
   stopped, spans stay. */
PCPU_SOLE_OWNER PCPU_REQUIRES(PLAT_OUTER) PCPU_EXCLUDES(PLAT_INNER)
void pcpu_spans_return(struct pcpu *pcpu, uint32_t keep)
{
	struct pcpu_list list;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	if (!empties_exceed(pcpu, keep) || !pcpu_cpus_stop(pcpu))
		return;
	pcpu_list_init(&list);
	empties_take(pcpu, keep, &list);
	pcpu_cpus_go(pcpu);
	while (!pcpu_list_empty(&list))
		span_return(pcpu, PCPU_SPAN_OF(list.next));
}
