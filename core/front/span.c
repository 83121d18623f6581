/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * span.c - pages of a chunk, cut into objects of one class: made, given out, filled, returned.
 *
 *	partial[class]	nearly full ones first, those without a live object last
 *	full[class]	no free object
 *
 * A span without a live object may become one of another class; that takes its page records away,
 * so it happens with all CPUs stopped (magazine.h, M4), as its return to the engine does.
 */
#include "front_calls.h"

enum { LINE_BYTES = 64 };

/* --- a span's record -------------------------------------------------------------------------- */

static uint32_t span_bytes_of(const struct pcpu_span *span)
{
	return span->nr_pages * PCPU_PAGE_BYTES;
}

static uintptr_t span_value(const struct pcpu *pcpu, const struct pcpu_span *span)
{
	return chunk_value(pcpu, span->chunk) + span->offset;
}

static uint8_t *object_state(const struct pcpu_span *span, uint32_t object)
{
	const struct pcpu_class *class = &pcpu_classes[span->class];

	return span->states + 2 * ((size_t)object * class->bytes >> class->granule_shift);
}

/* Objects that reach into a page which is not known to be zero. */
static void span_mark_dirty(struct pcpu_span *span, uint64_t fresh)
{
	uint32_t bytes = pcpu_classes[span->class].bytes;

	for (uint32_t i = 0; i < span->nr_pages; i++) {
		uint32_t first = i * PCPU_PAGE_BYTES / bytes;
		uint32_t end = ((i + 1) * PCPU_PAGE_BYTES + bytes - 1) / bytes;

		if (!(fresh >> i & 1) && first < span->nr_objects)
			pcpu_bits_set(span->dirty, first,
				      (uint32_t)pcpu_min64(end, span->nr_objects));
	}
}

/* States begin a line. */
static uint8_t *states_place(uint64_t *behind)
{
	return (uint8_t *)behind + -(uintptr_t)behind % LINE_BYTES;
}

/* Every granule is no live object's, claimed, and every object free. */
PCPU_SOLE_OWNER
static void span_init(struct pcpu_span *span, uint32_t class, uint64_t fresh)
{
	uint32_t nr_granules = span_bytes_of(span) >> pcpu_classes[class].granule_shift;

	span->class = class;
	span->nr_objects = span_bytes_of(span) / pcpu_classes[class].bytes;
	span->nr_free = span->nr_objects;
	span->free = (uint64_t *)(void *)(span + 1);
	span->dirty = span->free + PCPU_BITS_WORDS(span->nr_objects);
	span->states = states_place(span->dirty + PCPU_BITS_WORDS(span->nr_objects));
	pcpu_bits_set(span->free, 0, span->nr_objects);
	span_mark_dirty(span, fresh);
	for (uint32_t i = 0; i < nr_granules; i++) {
		span->states[2 * i] = 0;
		span->states[2 * i + 1] = 1;
	}
}

static uint32_t span_record_bytes(uint32_t class, uint32_t nr_pages)
{
	uint32_t bytes = nr_pages * PCPU_PAGE_BYTES;
	uint32_t nr_objects = bytes / pcpu_classes[class].bytes;

	return (uint32_t)(sizeof(struct pcpu_span) + 2 * PCPU_BITS_BYTES(nr_objects) + LINE_BYTES +
			  pcpu_align_up(2 * (bytes >> pcpu_classes[class].granule_shift), 8));
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
		page->class = (uint8_t)span->class;
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

/* --- objects ---------------------------------------------------------------------------------- */

/* The first object whose state lies in the same line as this one's. */
static uint32_t line_start(const struct pcpu_span *span, uint32_t object)
{
	const struct pcpu_class *class = &pcpu_classes[span->class];
	uint32_t behind = (uint32_t)((uintptr_t)object_state(span, object) % LINE_BYTES) / 2;

	return object - behind / (class->bytes >> class->granule_shift);
}

/* Where this CPU looks for free objects first. CPUs begin far from each other (Fibonacci hashing,
   Knuth, TAOCP 3, 6.4), each at a line of states; so what they take lies apart, and so do its
   states: their lines are written by one CPU each until a span is nearly used up. */
static uint32_t span_start(const struct pcpu *pcpu, const struct pcpu_span *span)
{
	uint32_t spread = pcpu_here.pcpu == pcpu ? pcpu_here.cpu * UINT32_C(0x9e3779b1) : 0;

	return line_start(span, (uint32_t)((uint64_t)spread * span->nr_objects >> 32));
}

/* From there to the end, then from the first on. There is a free one. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t span_find(const struct pcpu_span *span, uint32_t from)
{
	uint32_t object = pcpu_bits_find(span->free, from, span->nr_objects, true);

	if (object == span->nr_objects)
		object = pcpu_bits_find(span->free, 0, from, true);
	PCPU_DEBUG_ASSERT(object < span->nr_objects);
	return object;
}

/* Returns whether it was to be cleared. */
PCPU_REQUIRES(PLAT_INNER)
static bool object_take(struct pcpu_span *span, uint32_t object)
{
	bool dirty = pcpu_bit_test(span->dirty, object);

	pcpu_bit_clear(span->free, object);
	if (dirty)
		pcpu_bit_clear(span->dirty, object);
	span->nr_free--;
	return dirty;
}

/* Sets bit i of *dirty where out[i] is to be cleared. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t span_take(struct pcpu *pcpu, struct pcpu_span *span, struct pcpu_clean *out,
			  uint32_t got, uint32_t nr, uint64_t *dirty)
{
	uint32_t bytes = pcpu_classes[span->class].bytes;
	uint32_t object = span_start(pcpu, span);

	if (span->nr_free == span->nr_objects)
		pcpu->front->nr_empty--;
	while (got < nr && span->nr_free > 0) {
		object = span_find(span, object);
		*dirty |= (uint64_t)object_take(span, object) << got;
		out[got++] = (struct pcpu_clean){span_value(pcpu, span) + (size_t)object * bytes,
						 object_state(span, object)};
	}
	return got;
}

uint32_t pcpu_spans_take(struct pcpu *pcpu, uint32_t class, struct pcpu_clean *out, uint32_t nr,
			 uint64_t *dirty)
{
	struct pcpu_front *front = pcpu->front;
	struct pcpu_list *partial = &front->partial[class];
	uint32_t got = 0;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(nr <= PCPU_MAGAZINE_MAX);
	*dirty = 0;
	while (got < nr && !pcpu_list_empty(partial)) {
		struct pcpu_span *span = PCPU_SPAN_OF(partial->next);

		got = span_take(pcpu, span, out, got, nr, dirty);
		if (span->nr_free > 0)
			break;
		pcpu_list_del(&span->link);
		pcpu_list_add_tail(&front->full[class], &span->link);
	}
	return got;
}

PCPU_REQUIRES(PLAT_INNER) PCPU_REQUIRES_SHARED(PLAT_READER)
static struct pcpu_span *span_find_of(struct pcpu *pcpu, uintptr_t value)
{
	uint32_t offset;
	struct pcpu_chunk *chunk = pcpu_find(pcpu, (struct pcpu_ptr){value}, &offset);

	return chunk->spans[offset / PCPU_PAGE_BYTES];
}

/* The first of them that are in the span. Returns how many. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t objects_put(struct pcpu *pcpu, struct pcpu_span *span,
			    const struct pcpu_clean *objects, uint32_t nr, bool dirty)
{
	uint32_t bytes = pcpu_classes[span->class].bytes, i;
	uintptr_t start = span_value(pcpu, span);

	for (i = 0; i < nr && objects[i].value - start < span_bytes_of(span); i++) {
		uint32_t object = (uint32_t)(objects[i].value - start) / bytes;

		PCPU_DEBUG_ASSERT(!pcpu_bit_test(span->free, object));
		PCPU_DEBUG_ASSERT(state_class(object_state(span, object)) == 0);
		pcpu_bit_set(span->free, object);
		if (dirty)
			pcpu_bit_set(span->dirty, object);
	}
	span->nr_free += i;
	return i;
}

/* Onto its place in its list, with nr more free objects than before. Returns whether it is now
   without live objects. */
PCPU_REQUIRES(PLAT_INNER)
static bool span_relist(struct pcpu_front *front, struct pcpu_span *span, uint32_t nr)
{
	struct pcpu_list *partial = &front->partial[span->class];

	if (span->nr_free == span->nr_objects) {
		front->nr_empty++;
		pcpu_list_del(&span->link);
		pcpu_list_add_tail(partial, &span->link);
		return true;
	}
	if (span->nr_free == nr) {
		pcpu_list_del(&span->link);
		pcpu_list_add_head(partial, &span->link);
	}
	return false;
}

bool pcpu_spans_put(struct pcpu *pcpu, const struct pcpu_clean *objects, uint32_t nr, bool dirty)
{
	bool emptied = false;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	for (uint32_t i = 0, more; i < nr; i += more) {
		struct pcpu_span *span = span_find_of(pcpu, objects[i].value);

		more = objects_put(pcpu, span, objects + i, nr - i, dirty);
		emptied |= span_relist(pcpu->front, span, more);
	}
	return emptied;
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

		if (pcpu_list_empty(partial) || span->nr_free < span->nr_objects)
			continue;
		pcpu_list_del(&span->link);
		span_hide(span);
		front->nr_empty--;
		front->nr_spans--;
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
