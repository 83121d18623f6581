/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_check.c - the walker's part for the front: every span, every object, every magazine.
 *
 * It finds each object's place by its state, its bit and the magazines; so an object that two
 * places claim, or none, is found. O(objects + entries of magazines squared), no call under way.
 */
#include "front_calls.h"

struct front_walk {
	struct pcpu *pcpu;
	struct pcpu_broken *where;
	uint32_t nr_spans, nr_empty, nr_lenders;
	uint64_t span_bytes, spare_bytes, capacity_bytes;
	/* Of pieces that are neither free in their span nor a live object's, and how many of them
	   begin a dirty object; what magazines hold is taken off. */
	uint64_t held_bytes, nr_dirty;
	uint64_t nr_live[PCPU_NR_CLASSES];
	bool quiet; /* no CPU works on magazines: what they hold adds up */
};

static enum pcpu_invariant front_broken(struct front_walk *walk, const struct pcpu_chunk *chunk,
					uint32_t offset, uint32_t cpu, enum pcpu_invariant which)
{
	walk->where->chunk_id = chunk ? chunk->id : PCPU_NO_CHUNK;
	walk->where->offset = offset;
	walk->where->cpu = cpu;
	return which;
}

/* --- clean is zero ---------------------------------------------------------------------------- */

static enum pcpu_invariant zero_check(struct front_walk *walk, const struct pcpu_chunk *chunk,
				      uint32_t offset, uint32_t bytes)
{
	struct pcpu *pcpu = walk->pcpu;

	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		if (!plat_is_zero(pcpu->plat,
				  chunk->base + (uintptr_t)pcpu->unit_offset[*cpu] + offset, bytes))
			return front_broken(walk, chunk, offset, *cpu, PCPU_INV_FRONT_CLEAN);
	return PCPU_HOLDS;
}

/* --- one span --------------------------------------------------------------------------------- */

/* Granules that begin no object are claimed and not live: from the second on of so many pieces. */
static bool inside_is_closed(const struct pcpu_span *span, uint32_t piece, uint32_t nr_pieces)
{
	const uint8_t *state = piece_state(span, piece) + 2;

	for (; state < piece_state(span, piece + nr_pieces); state += 2)
		if (state[0] != 0 || state[1] != 1)
			return false;
	return true;
}

/* None of them is free. False, too: the span has no such object there. */
PCPU_SOLE_OWNER
static bool pieces_are_taken(const struct pcpu_span *span, uint32_t piece, uint32_t nr_pieces)
{
	uint32_t end = piece + nr_pieces;

	return nr_pieces > 0 && end <= span->nr_pieces &&
	       pcpu_bits_find(span->free, piece, end, true) == end;
}

/* *nr: the pieces that belong to this one. */
PCPU_SOLE_OWNER
static enum pcpu_invariant piece_check(struct front_walk *walk, const struct pcpu_span *span,
				       uint32_t piece, uint32_t *nr)
{
	const uint8_t *state = piece_state(span, piece);
	uint32_t bytes = pcpu_classes[span->class].bytes, offset = span->offset + piece * bytes;
	uint32_t live = state[0] < PCPU_NR_CLASSES ? state[0] : 0;
	bool claimed = state[1], is_free = pcpu_bit_test(span->free, piece);
	bool is_dirty = pcpu_bit_test(span->dirty, piece);

	*nr = live ? span_pieces_of(span, live) : 1;
	if (live != state[0] || (is_dirty && !is_free) ||
	    (live && (claimed || !pieces_are_taken(span, piece, *nr))) || (is_free && !claimed) ||
	    !inside_is_closed(span, piece, *nr))
		return front_broken(walk, span->chunk, offset, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
	walk->nr_live[live]++;
	if (!live && !is_free)
		walk->held_bytes += bytes;
	walk->nr_dirty += !live && !claimed;
	return is_free && !is_dirty ? zero_check(walk, span->chunk, offset, bytes) : PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static bool pages_lead_to(const struct pcpu_span *span)
{
	uint32_t shift = pcpu_classes[span->class].granule_shift;
	uint32_t first = span->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = first; i < first + span->nr_pages; i++) {
		const struct pcpu_page *page = &span->chunk->pages[i];

		if (span->chunk->spans[i] != span || page->shift != shift ||
		    page->limit != (span->offset + span->nr_pages * PCPU_PAGE_BYTES) >> shift ||
		    page->states != (uintptr_t)span->states - 2 * (span->offset >> shift))
			return false;
	}
	return true;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant span_check(struct front_walk *walk, const struct pcpu_span *span,
				      uint32_t class, bool full)
{
	if (span->class != class || !pages_lead_to(span))
		return front_broken(walk, span->chunk, span->offset, PCPU_NO_CPU,
				    PCPU_INV_FRONT_PAGES);
	if (span->nr_free != pcpu_bits_count(span->free, 0, span->nr_pieces) ||
	    (span->nr_free == 0) != full)
		return front_broken(walk, span->chunk, span->offset, PCPU_NO_CPU,
				    PCPU_INV_FRONT_SPAN);
	if (walk->quiet && *span_turn(span) != 0)
		return front_broken(walk, span->chunk, span->offset, PCPU_NO_CPU,
				    PCPU_INV_FRONT_SPAN);
	walk->nr_spans++;
	walk->nr_empty += span->nr_free == span->nr_pieces;
	walk->nr_lenders += !pcpu_list_empty(&span->sparse);
	walk->span_bytes += span_bytes_of(span);
	walk->spare_bytes += span_spare_bytes(span);
	for (uint32_t piece = 0, nr; piece < span->nr_pieces; piece += nr) {
		enum pcpu_invariant invariant = piece_check(walk, span, piece, &nr);

		if (invariant != PCPU_HOLDS)
			return invariant;
	}
	return PCPU_HOLDS;
}

/* Each has something, and lends in its own class. */
PCPU_SOLE_OWNER
static enum pcpu_invariant lenders_check(struct front_walk *walk, uint32_t class)
{
	const struct pcpu_list *list = &walk->pcpu->front->sparse[class];

	for (const struct pcpu_list *l = list->next; l != list; l = l->next) {
		const struct pcpu_span *span = PCPU_LENDER_OF(l);

		if (l->next->prev != l || span->class != class ||
		    span->nr_free == 0)
			return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_SPAN);
		walk->nr_lenders--;
	}
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant spans_check(struct front_walk *walk, struct pcpu_list *list,
				       uint32_t class, bool full)
{
	uint32_t nr_empty = walk->nr_empty;

	for (struct pcpu_list *l = list->next; l != list; l = l->next) {
		enum pcpu_invariant invariant;
		uint32_t nr_last = walk->nr_empty - nr_empty; /* empty ones are last */

		if (l->next->prev != l)
			return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_SPAN);
		invariant = span_check(walk, PCPU_SPAN_OF(l), class, full);
		if (invariant == PCPU_HOLDS && nr_last && walk->nr_empty - nr_empty == nr_last)
			return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_SPAN);
		if (invariant != PCPU_HOLDS)
			return invariant;
	}
	return PCPU_HOLDS;
}

/* --- magazines -------------------------------------------------------------------------------- */

/* How often this pointer lies in magazines of the class. */
static uint32_t entries_of(const struct front_walk *walk, uint32_t class, uintptr_t value)
{
	const struct pcpu *pcpu = walk->pcpu;
	uint32_t nr = 0;

	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		const struct pcpu_magazine *magazine = pcpu->front->cpu[cpu].magazine[class];

		for (uint32_t i = 1; i <= magazine_nr_claimed(magazine); i++)
			nr += magazine->clean[i].value == value;
		for (uint32_t i = magazine->room; i < magazine->limit; i++)
			nr += magazine->dirty[i] == value;
	}
	return nr;
}

/* The object's pieces are its own; a clean one is zero. */
PCPU_SOLE_OWNER
static enum pcpu_invariant pieces_check(struct front_walk *walk, const struct pcpu_chunk *chunk,
					uint32_t offset, uint32_t class, bool clean)
{
	const struct pcpu_span *span = chunk->spans[offset / PCPU_PAGE_BYTES];
	uint32_t piece = (offset - span->offset) / pcpu_classes[span->class].bytes;
	uint32_t nr_pieces = span_pieces_of(span, class);

	if (!pieces_are_taken(span, piece, nr_pieces) || !inside_is_closed(span, piece, nr_pieces))
		return front_broken(walk, chunk, offset, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
	return clean ? zero_check(walk, chunk, offset, pcpu_classes[class].bytes) : PCPU_HOLDS;
}

/* An entry is of an object of this class, in that state, and the only one. known: NULL, or what
   the entry says. */
PCPU_SOLE_OWNER
static enum pcpu_invariant entry_check(struct front_walk *walk, uint32_t class, uintptr_t value,
				       const uint8_t *known, bool clean)
{
	struct pcpu *pcpu = walk->pcpu;
	struct pcpu_chunk *chunk;
	struct pcpu_near near;
	uint32_t offset;
	uint8_t *state;
	bool right;

	plat_read_begin(pcpu->plat);
	chunk = pcpu_find(pcpu, (struct pcpu_ptr){value}, &offset);
	right = pcpu_near_find(pcpu, value, &near) && near_state(&near, value, &state) &&
		(!known || known == state) && state[0] == 0 && state[1] == (known != NULL);
	plat_read_end(pcpu->plat);
	if (right && entries_of(walk, class, value) == 1)
		return pieces_check(walk, chunk, offset, class, clean);
	return front_broken(walk, chunk, chunk ? offset : 0, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
}

/* Those that are due, of which the last shows no state, then clean ones. */
PCPU_SOLE_OWNER
static enum pcpu_invariant claimed_check(struct front_walk *walk, uint32_t class,
					 const struct pcpu_magazine *magazine)
{
	enum pcpu_invariant invariant = PCPU_HOLDS;
	uint32_t nr = magazine_nr_claimed(magazine), due = magazine->nr_due;

	if (magazine->clean[0].state || magazine->clean[due].state)
		return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
	for (uint32_t i = 1; invariant == PCPU_HOLDS && i <= nr; i++) {
		const struct pcpu_clean *entry = &magazine->clean[i];
		const uint8_t *state = i == due ? magazine->hidden : entry->state;
		bool dirty = i <= due && magazine->due_dirty >> (i - 1) & 1;

		if (!state)
			return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
		invariant = entry_check(walk, class, entry->value, state, !dirty);
	}
	return invariant;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant magazine_check(struct front_walk *walk, uint32_t class,
					  const struct pcpu_magazine *magazine)
{
	uint32_t nr = magazine_nr_claimed(magazine), nr_dirty = magazine->limit - magazine->room;
	enum pcpu_invariant invariant;

	if (nr > magazine->limit || magazine->nr_due > nr || magazine->room > magazine->limit ||
	    magazine->limit > PCPU_MAGAZINE_MAX ||
	    (magazine->nr_due < 64 && magazine->due_dirty >> magazine->nr_due))
		return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
	invariant = claimed_check(walk, class, magazine);
	for (uint32_t i = magazine->room; invariant == PCPU_HOLDS && i < magazine->limit; i++)
		invariant = entry_check(walk, class, magazine->dirty[i], NULL, false);
	walk->capacity_bytes += (uint64_t)magazine->limit * pcpu_classes[class].bytes;
	walk->held_bytes -= (uint64_t)(nr + nr_dirty) * pcpu_classes[class].bytes;
	walk->nr_dirty -= nr_dirty;
	return invariant;
}

/* --- one class, all classes ------------------------------------------------------------------- */

PCPU_SOLE_OWNER
static enum pcpu_invariant class_spans_check(struct front_walk *walk, uint32_t class)
{
	struct pcpu_front *front = walk->pcpu->front;
	enum pcpu_invariant invariant = spans_check(walk, &front->partial[class], class, false);

	if (invariant == PCPU_HOLDS)
		invariant = spans_check(walk, &front->full[class], class, true);
	return invariant == PCPU_HOLDS ? lenders_check(walk, class) : invariant;
}

/* Live by states is taken less freed. */
PCPU_SOLE_OWNER
static bool books_hold(const struct front_walk *walk, uint32_t class)
{
	const struct pcpu *pcpu = walk->pcpu;
	uint64_t live = pcpu->front->nr_taken[class] - pcpu->front->nr_freed[class];

	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		const struct pcpu_magazine *magazine = pcpu->front->cpu[cpu].magazine[class];

		live += magazine->nr_loaded - magazine_nr(magazine) - magazine->nr_verified -
			(magazine->limit - magazine->room);
	}
	return live == walk->nr_live[class];
}

PCPU_SOLE_OWNER
static enum pcpu_invariant class_magazines_check(struct front_walk *walk, uint32_t class)
{
	enum pcpu_invariant invariant = PCPU_HOLDS;

	for (uint32_t cpu = 0; invariant == PCPU_HOLDS && cpu < walk->pcpu->layout.nr_cpu_ids;
	     cpu++)
		invariant = magazine_check(walk, class,
					   walk->pcpu->front->cpu[cpu].magazine[class]);
	return invariant;
}

/* After the spans magazines, by which it is known what is lost; then the books. */
PCPU_SOLE_OWNER
static enum pcpu_invariant classes_check(struct front_walk *walk)
{
	enum pcpu_invariant invariant = PCPU_HOLDS;

	for (uint32_t class = 1; invariant == PCPU_HOLDS && class < PCPU_NR_CLASSES; class++)
		invariant = class_spans_check(walk, class);
	for (uint32_t class = 1;
	     walk->quiet && invariant == PCPU_HOLDS && class < PCPU_NR_CLASSES; class++)
		invariant = class_magazines_check(walk, class);
	if (invariant == PCPU_HOLDS && walk->quiet &&
	    (walk->held_bytes != 0 || walk->nr_dirty != 0))
		return front_broken(walk, NULL, 0, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
	for (uint32_t class = 1;
	     walk->quiet && invariant == PCPU_HOLDS && class < PCPU_NR_CLASSES; class++)
		if (!books_hold(walk, class))
			invariant = front_broken(walk, NULL, class, PCPU_NO_CPU,
						 PCPU_INV_FRONT_BOOKS);
	return invariant;
}

/* A simulation's walker also comes between two sections of one call; then objects are on their way
   where a CPU works on its magazines, or has stopped others. */
PCPU_SOLE_OWNER
static bool is_quiet(const struct pcpu *pcpu)
{
	for (uint32_t cpu = 0; cpu < pcpu->layout.nr_cpu_ids; cpu++) {
		const struct pcpu_caller *here = pcpu->front->cpu[cpu].here;

		if (here && !here->owner)
			return false;
	}
	return pcpu->front->nr_stops == 0;
}

PCPU_SOLE_OWNER
enum pcpu_invariant pcpu_front_check(struct pcpu *pcpu, struct pcpu_broken *where)
{
	struct front_walk walk = {.pcpu = pcpu, .where = where};
	const struct pcpu_front *front = pcpu->front;
	enum pcpu_invariant invariant;

	if (!front)
		return PCPU_HOLDS;
	walk.quiet = is_quiet(pcpu);
	invariant = classes_check(&walk);
	if (invariant != PCPU_HOLDS)
		return invariant;
	if (walk.nr_spans != front->nr_spans || walk.nr_empty != front->nr_empty ||
	    walk.span_bytes != front->span_bytes || walk.spare_bytes != front->spare_bytes ||
	    walk.nr_lenders != 0 ||
	    (walk.quiet && walk.capacity_bytes != counter_read(&front->capacity_bytes)) ||
	    front->nr_spans != front->nr_span_allocs - front->nr_span_frees)
		return front_broken(&walk, NULL, 0, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
	return PCPU_HOLDS;
}
