/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * pieces.c - objects taken out of spans and put back. A CPU takes from spans of the class,
 *
 *	1 its own: it took from them last, or nobody did	their lines are one CPU's
 *	2 another's, where a span of its own would be too dear	its own from now on
 *	3 from sparse ones of a class that divides it		lent
 *
 * and else a new one is made. What a class held once is so of use to larger ones.
 */
#include "front_calls.h"

enum {
	LOOKED_AT = 16,		  /* spans, for one of the CPU's own, or one that lends */
	SPARE_LEAST = 32 << 10,	  /* free bytes of spans that CPUs may have without sharing */
};

/* What a call takes: up to nr objects. */
struct taking {
	struct pcpu_clean *out;
	uint32_t got, nr;
	uint64_t dirty; /* bit i: out[i] is to be cleared */
};

/* How objects of a class lie in a span. */
struct fit {
	uint32_t nr;   /* pieces of one */
	uint32_t step; /* pieces from one place that is aligned for it to the next; 2^n */
	uint64_t places; /* of a word that has one: every step-th bit */
};

static struct fit fit_of(const struct pcpu_span *span, uint32_t class)
{
	uint32_t wanted = pcpu_classes[class].granule_shift;
	uint32_t given = pcpu_classes[span->class].granule_shift;

	struct fit fit = {
		.nr = span_pieces_of(span, class),
		.step = 1u << (wanted > given ? wanted - given : 0),
		.places = 1,
	};

	if (fit.step < 64)
		fit.places = UINT64_MAX / ((UINT64_C(1) << fit.step) - 1);
	return fit;
}

/* --- places ----------------------------------------------------------------------------------- */

/* The first piece whose state lies in the same line as this one's. */
static uint32_t line_start(const struct pcpu_span *span, uint32_t piece)
{
	const struct pcpu_class *class = &pcpu_classes[span->class];
	uint32_t behind = (uint32_t)((uintptr_t)piece_state(span, piece) % PCPU_LINE_BYTES) / 2;

	return piece - behind / (class->bytes >> class->granule_shift);
}

/* Where this CPU looks for free pieces first. CPUs begin far from each other (Fibonacci hashing,
   Knuth, TAOCP 3, 6.4), each at a line of states; so what they take of one span lies apart, and so
   do its states: their lines are written by one CPU each until a span is nearly used up. */
static uint32_t span_start(const struct pcpu *pcpu, const struct pcpu_span *span)
{
	uint32_t spread = pcpu_here.pcpu == pcpu ? pcpu_here.cpu * UINT32_C(0x9e3779b1) : 0;

	return line_start(span, (uint32_t)((uint64_t)spread * span->nr_pieces >> 32));
}

/* Where in a word nr (at most 64 count) pieces are free, at a place for the object. */
PCPU_REQUIRES(PLAT_INNER)
static uint64_t pieces_places(const struct pcpu_span *span, uint32_t word, const struct fit *fit)
{
	bool last = word + 1 == PCPU_BITS_WORDS(span->nr_pieces);
	uint64_t behind = last ? 0 : span->free[word + 1];
	uint64_t runs = pcpu_word_runs(span->free[word], behind, fit->nr < 64 ? fit->nr : 64);

	return 64 * word % fit->step == 0 ? runs & fit->places : 0;
}

/* Are more than 64 pieces free from there on? */
PCPU_REQUIRES(PLAT_INNER)
static bool place_is_long(const struct pcpu_span *span, uint32_t place, uint32_t nr)
{
	return place + nr <= span->nr_pieces &&
	       pcpu_bits_find(span->free, place, place + nr, false) == place + nr;
}

/* The first place for an object that begins in [from, to); nr_pieces: none. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t place_find(const struct pcpu_span *span, uint32_t from, uint32_t to,
			   const struct fit *fit)
{
	for (; from < to; from = pcpu_bits_next_word(from)) {
		uint64_t places = pieces_places(span, from / 64, fit) & pcpu_bits_in_word(from, to);

		if (!places)
			continue;
		/* Others in this word are of the same run, if 64 pieces are free there. */
		places = from / 64 * 64 + (uint32_t)__builtin_ctzll(places);
		if (fit->nr <= 64 || place_is_long(span, (uint32_t)places, fit->nr))
			return (uint32_t)places;
	}
	return span->nr_pieces;
}

/* From there to the end, then from the first on. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t span_find(const struct pcpu_span *span, uint32_t from, const struct fit *fit)
{
	uint32_t place = place_find(span, from, span->nr_pieces, fit);

	return place < span->nr_pieces ? place : place_find(span, 0, from, fit);
}

/* --- taken ------------------------------------------------------------------------------------ */

/* Returns whether one of them was to be cleared. */
PCPU_REQUIRES(PLAT_INNER)
static bool pieces_take(struct pcpu_span *span, uint32_t first, uint32_t nr)
{
	uint32_t end = first + nr;
	bool dirty = pcpu_bits_find(span->dirty, first, end, true) < end;

	pcpu_bits_clear(span->free, first, end);
	if (dirty)
		pcpu_bits_clear(span->dirty, first, end);
	span->nr_free -= nr;
	return dirty;
}

/* Who takes from spans: a CPU's number + 1; 0: the caller is none. */
static uint32_t taker_here(const struct pcpu *pcpu)
{
	return pcpu_here.pcpu == pcpu ? pcpu_here.cpu + 1 : 0;
}

/* Onto the lists that it belongs on, after objects were taken. */
PCPU_REQUIRES(PLAT_INNER)
static void span_delist(struct pcpu_front *front, struct pcpu_span *span, uint32_t had)
{
	if (had == span->nr_pieces && span->nr_free < had) { /* empty ones are last */
		front->nr_empty--;
		pcpu_list_del(&span->link);
		pcpu_list_add_head(&front->partial[span->class], &span->link);
	}
	if (span->nr_free == 0) {
		pcpu_list_del(&span->sparse);
		pcpu_list_del(&span->link);
		pcpu_list_add_tail(&front->full[span->class], &span->link);
	}
}

static struct pcpu_clean object_at(uintptr_t start, const struct pcpu_span *span, uint32_t piece)
{
	return (struct pcpu_clean){start + (size_t)piece * pcpu_classes[span->class].bytes,
				   piece_state(span, piece)};
}

/* Objects of the span's own class in [from, to), a word of bits at a time. */
PCPU_REQUIRES(PLAT_INNER)
static void singles_take(struct pcpu_span *span, uintptr_t start, uint32_t from, uint32_t to,
			 struct taking *taking)
{
	for (; from < to && taking->got < taking->nr; from = pcpu_bits_next_word(from)) {
		uint64_t *free = &span->free[from / 64], was = *free;
		uint64_t left = was & pcpu_bits_in_word(from, to);
		uint64_t is_dirty = span->dirty[from / 64];

		for (; left && taking->got < taking->nr; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctzll(left);

			taking->dirty |= (is_dirty >> bit & 1) << taking->got;
			taking->out[taking->got++] = object_at(start, span, from / 64 * 64 + bit);
			*free &= ~(UINT64_C(1) << bit);
		}
		span->dirty[from / 64] &= *free;
		span->nr_free -= pcpu_word_count(was & ~*free);
	}
}

/* Objects of a larger class. */
PCPU_REQUIRES(PLAT_INNER)
static void several_take(struct pcpu_span *span, uintptr_t start, uint32_t from,
			 const struct fit *fit, struct taking *taking)
{
	while (span->nr_free >= fit->nr && taking->got < taking->nr) {
		from = span_find(span, from, fit);
		if (from == span->nr_pieces)
			break;
		taking->dirty |= (uint64_t)pieces_take(span, from, fit->nr) << taking->got;
		taking->out[taking->got++] = object_at(start, span, from);
	}
}

PCPU_REQUIRES(PLAT_INNER)
static void span_take(struct pcpu *pcpu, struct pcpu_span *span, uint32_t class,
		      struct taking *taking)
{
	uint32_t from = span_start(pcpu, span), had = span->nr_free;
	uintptr_t start = span_value(pcpu, span);

	if (class == span->class) {
		singles_take(span, start, from, span->nr_pieces, taking);
		singles_take(span, start, 0, from, taking);
	} else {
		const struct fit fit = fit_of(span, class);

		several_take(span, start, from, &fit, taking);
	}
	pcpu->front->spare_bytes -=
		(uint64_t)(had - span->nr_free) * pcpu_classes[span->class].bytes;
	if (taker_here(pcpu) != 0)
		span->taker = taker_here(pcpu);
	span_delist(pcpu->front, span, had);
}

/* NULL: there is none, or this CPU had better have a new one. */
PCPU_REQUIRES(PLAT_INNER)
static struct pcpu_span *span_choose(const struct pcpu *pcpu, uint32_t class, bool share)
{
	const struct pcpu_front *front = pcpu->front;
	const struct pcpu_list *partial = &front->partial[class], *at = partial->next;
	uint32_t own = taker_here(pcpu);

	for (uint32_t i = 0; i < LOOKED_AT && at != partial; i++, at = at->next) {
		struct pcpu_span *span = PCPU_SPAN_OF(at);

		if (span->taker == own || span->taker == 0)
			return span;
	}
	if (pcpu_list_empty(partial))
		return NULL;
	share |= front->spare_bytes > pcpu_max64(front->span_bytes / PCPU_SPARE_PART, SPARE_LEAST);
	return share ? PCPU_SPAN_OF(partial->next) : NULL;
}

/* A span that has no place left is tried again once objects came back to it; one call meets so many
   of them only. */
PCPU_REQUIRES(PLAT_INNER)
static void lent_take(struct pcpu *pcpu, uint32_t class, struct taking *taking)
{
	uint32_t left = LOOKED_AT;

	for (uint32_t of = class - 1; of > 0 && left > 0; of--) {
		struct pcpu_list *sparse = &pcpu->front->sparse[of];

		if (pcpu_list_empty(sparse) ||
		    pcpu_classes[class].bytes % pcpu_classes[of].bytes != 0)
			continue;
		while (left > 0 && !pcpu_list_empty(sparse)) {
			struct pcpu_span *span = PCPU_LENDER_OF(sparse->next);

			span_take(pcpu, span, class, taking);
			if (taking->got == taking->nr)
				return;
			pcpu_list_del(&span->sparse);
			left--;
		}
	}
}

uint32_t pcpu_spans_take(struct pcpu *pcpu, uint32_t class, bool share, struct pcpu_clean *out,
			 uint32_t nr, uint64_t *dirty)
{
	struct taking taking = {.out = out, .nr = nr};
	struct pcpu_span *span;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(nr <= PCPU_MAGAZINE_MAX);
	while (taking.got < taking.nr && (span = span_choose(pcpu, class, share)) != NULL)
		span_take(pcpu, span, class, &taking);
	if (taking.got == 0 && pcpu_list_empty(&pcpu->front->partial[class]))
		lent_take(pcpu, class, &taking);
	*dirty = taking.dirty;
	return taking.got;
}

/* --- put back --------------------------------------------------------------------------------- */

PCPU_REQUIRES(PLAT_INNER) PCPU_REQUIRES_SHARED(PLAT_READER)
static struct pcpu_span *span_find_of(struct pcpu *pcpu, uintptr_t value)
{
	uint32_t offset;
	struct pcpu_chunk *chunk = pcpu_find(pcpu, (struct pcpu_ptr){value}, &offset);

	return chunk->spans[offset / PCPU_PAGE_BYTES];
}

static void pieces_mark(uint64_t *bits, uint32_t first, uint32_t nr)
{
	if (LIKELY(nr == 1))
		pcpu_bit_set(bits, first);
	else
		pcpu_bits_set(bits, first, first + nr);
}

/* The first of them that are in the span. Returns how many. */
PCPU_REQUIRES(PLAT_INNER)
static uint32_t objects_put(struct pcpu *pcpu, struct pcpu_span *span, uint32_t nr_pieces,
			    const struct pcpu_clean *objects, uint32_t nr, bool dirty)
{
	uint32_t bytes = pcpu_classes[span->class].bytes, i;
	uintptr_t start = span_value(pcpu, span);

	for (i = 0; i < nr && objects[i].value - start < span_bytes_of(span); i++) {
		uint32_t piece = (uint32_t)(objects[i].value - start) / bytes;

		PCPU_DEBUG_ASSERT(pcpu_bits_count(span->free, piece, piece + nr_pieces) == 0);
		PCPU_DEBUG_ASSERT(state_class(piece_state(span, piece)) == 0);
		pieces_mark(span->free, piece, nr_pieces);
		if (dirty)
			pieces_mark(span->dirty, piece, nr_pieces);
	}
	span->nr_free += i * nr_pieces;
	pcpu->front->spare_bytes += (uint64_t)i * nr_pieces * bytes;
	return i;
}

/* Onto the lists that it belongs on, with nr more free pieces than before. Returns whether it is
   now without live objects. */
PCPU_REQUIRES(PLAT_INNER)
static bool span_relist(struct pcpu_front *front, struct pcpu_span *span, uint32_t nr)
{
	struct pcpu_list *partial = &front->partial[span->class];

	if (2 * span->nr_free >= span->nr_pieces && pcpu_list_empty(&span->sparse))
		pcpu_list_add_head(&front->sparse[span->class], &span->sparse);
	if (span->nr_free == span->nr_pieces) {
		front->nr_empty++;
		span->taker = 0;
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

bool pcpu_spans_put(struct pcpu *pcpu, uint32_t class, const struct pcpu_clean *objects,
		    uint32_t nr, bool dirty)
{
	bool emptied = false;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	for (uint32_t i = 0, more; i < nr; i += more) {
		struct pcpu_span *span = span_find_of(pcpu, objects[i].value);
		uint32_t nr_pieces = span_pieces_of(span, class);

		PCPU_DEBUG_ASSERT(nr_pieces > 0);
		more = objects_put(pcpu, span, nr_pieces, objects + i, nr - i, dirty);
		emptied |= span_relist(pcpu->front, span, more * nr_pieces);
	}
	return emptied;
}
