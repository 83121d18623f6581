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
	uint32_t nr_spans, nr_empty;
	uint64_t span_bytes, capacity_bytes;
	/* Of one class: objects that are neither live nor free in their span, by kind. */
	uint64_t nr_claimed, nr_dirty;
	uint64_t nr_live;
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

static enum pcpu_invariant zero_check(struct front_walk *walk, const struct pcpu_span *span,
				      uint32_t offset)
{
	struct pcpu *pcpu = walk->pcpu;

	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		if (!plat_is_zero(pcpu->plat,
				  span->chunk->base + (uintptr_t)pcpu->unit_offset[*cpu] + offset,
				  pcpu_classes[span->class].bytes))
			return front_broken(walk, span->chunk, offset, *cpu,
					    PCPU_INV_FRONT_CLEAN);
	return PCPU_HOLDS;
}

/* --- one span --------------------------------------------------------------------------------- */

/* Granules that begin no object are claimed and not live. */
static bool inside_is_closed(const struct pcpu_span *span, uint32_t from, uint32_t to)
{
	for (uint32_t granule = from; granule < to; granule++)
		if (span->states[2 * granule] != 0 || span->states[2 * granule + 1] != 1)
			return false;
	return true;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant object_check(struct front_walk *walk, const struct pcpu_span *span,
					uint32_t object)
{
	uint32_t bytes = pcpu_classes[span->class].bytes;
	uint32_t granule = object * bytes >> pcpu_classes[span->class].granule_shift;
	uint32_t next = (object + 1) * bytes >> pcpu_classes[span->class].granule_shift;
	uint32_t offset = span->offset + object * bytes;
	uint8_t live = span->states[2 * granule], claimed = span->states[2 * granule + 1];
	bool is_free = pcpu_bit_test(span->free, object);
	bool is_dirty = pcpu_bit_test(span->dirty, object);

	if ((is_dirty && !is_free) ||
	    (live != 0 && (live != span->class || claimed || is_free)) || (is_free && !claimed) ||
	    !inside_is_closed(span, granule + 1, next))
		return front_broken(walk, span->chunk, offset, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
	walk->nr_live += live != 0;
	walk->nr_dirty += live == 0 && !claimed;
	walk->nr_claimed += claimed && !is_free;
	if (is_dirty || !(is_free || (claimed && walk->quiet)))
		return PCPU_HOLDS;
	return zero_check(walk, span, offset);
}

PCPU_SOLE_OWNER
static bool pages_lead_to(const struct pcpu_span *span)
{
	uint32_t shift = pcpu_classes[span->class].granule_shift;
	uint32_t first = span->offset / PCPU_PAGE_BYTES;

	for (uint32_t i = first; i < first + span->nr_pages; i++) {
		const struct pcpu_page *page = &span->chunk->pages[i];

		if (span->chunk->spans[i] != span || page->shift != shift ||
		    page->class != span->class ||
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
	if (span->nr_free != pcpu_bits_count(span->free, 0, span->nr_objects) ||
	    (span->nr_free == 0) != full)
		return front_broken(walk, span->chunk, span->offset, PCPU_NO_CPU,
				    PCPU_INV_FRONT_SPAN);
	walk->nr_spans++;
	walk->nr_empty += span->nr_free == span->nr_objects;
	walk->span_bytes += span->nr_pages * PCPU_PAGE_BYTES;
	for (uint32_t object = 0; object < span->nr_objects; object++) {
		enum pcpu_invariant invariant = object_check(walk, span, object);

		if (invariant != PCPU_HOLDS)
			return invariant;
	}
	return PCPU_HOLDS;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant spans_check(struct front_walk *walk, struct pcpu_list *list,
				       uint32_t class, bool full)
{
	for (struct pcpu_list *l = list->next; l != list; l = l->next) {
		enum pcpu_invariant invariant;

		if (l->next->prev != l)
			return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_SPAN);
		invariant = span_check(walk, PCPU_SPAN_OF(l), class, full);
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

		for (uint32_t i = 1; i <= magazine_nr(magazine); i++)
			nr += magazine->clean[i].value == value;
		for (uint32_t i = magazine->room; i < magazine->limit; i++)
			nr += magazine->dirty[i] == value;
	}
	return nr;
}

/* An entry is of an object of this class, in that state, and the only one. */
static enum pcpu_invariant entry_check(struct front_walk *walk, uint32_t class, uintptr_t value,
				       const uint8_t *known, uint8_t claimed)
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
		(!known || known == state) && state[0] == 0 && state[1] == claimed &&
		near.pages[(value - near.value) >> PCPU_PAGE_SHIFT].class == class;
	plat_read_end(pcpu->plat);
	if (right && entries_of(walk, class, value) == 1)
		return PCPU_HOLDS;
	return front_broken(walk, chunk, chunk ? offset : 0, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
}

static enum pcpu_invariant magazine_check(struct front_walk *walk, uint32_t class,
					  const struct pcpu_magazine *magazine)
{
	enum pcpu_invariant invariant = PCPU_HOLDS;

	if (magazine->clean[0].state || magazine_nr(magazine) > magazine->limit ||
	    magazine->room > magazine->limit || magazine->limit > PCPU_MAGAZINE_MAX)
		return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
	for (uint32_t i = 0; invariant == PCPU_HOLDS && i < magazine_nr(magazine); i++)
		invariant = entry_check(walk, class, magazine->clean[1 + i].value,
					magazine->clean[1 + i].state, 1);
	for (uint32_t i = magazine->room; invariant == PCPU_HOLDS && i < magazine->limit; i++)
		invariant = entry_check(walk, class, magazine->dirty[i], NULL, 0);
	walk->capacity_bytes += (uint64_t)magazine->limit * pcpu_classes[class].bytes;
	walk->nr_claimed -= magazine_nr(magazine);
	walk->nr_dirty -= magazine->limit - magazine->room;
	return invariant;
}

/* --- one class, all classes ------------------------------------------------------------------- */

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
	return live == walk->nr_live;
}

PCPU_SOLE_OWNER
static enum pcpu_invariant class_check(struct front_walk *walk, uint32_t class)
{
	struct pcpu_front *front = walk->pcpu->front;
	enum pcpu_invariant invariant;

	walk->nr_live = walk->nr_dirty = walk->nr_claimed = 0;
	invariant = spans_check(walk, &front->partial[class], class, false);
	if (invariant == PCPU_HOLDS)
		invariant = spans_check(walk, &front->full[class], class, true);
	if (invariant != PCPU_HOLDS || !walk->quiet)
		return invariant;
	for (uint32_t cpu = 0; invariant == PCPU_HOLDS && cpu < walk->pcpu->layout.nr_cpu_ids;
	     cpu++)
		invariant = magazine_check(walk, class, front->cpu[cpu].magazine[class]);
	if (invariant != PCPU_HOLDS)
		return invariant;
	/* What no magazine holds is lost. */
	if (walk->nr_claimed != 0 || walk->nr_dirty != 0)
		return front_broken(walk, NULL, class, PCPU_NO_CPU, PCPU_INV_FRONT_PLACE);
	return books_hold(walk, class) ? PCPU_HOLDS :
					 front_broken(walk, NULL, class, PCPU_NO_CPU,
						      PCPU_INV_FRONT_BOOKS);
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

	if (!front)
		return PCPU_HOLDS;
	walk.quiet = is_quiet(pcpu);
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class++) {
		enum pcpu_invariant invariant = class_check(&walk, class);

		if (invariant != PCPU_HOLDS)
			return invariant;
	}
	if (walk.nr_spans != front->nr_spans || walk.nr_empty != front->nr_empty ||
	    walk.span_bytes != front->span_bytes ||
	    (walk.quiet && walk.capacity_bytes != counter_read(&front->capacity_bytes)) ||
	    front->nr_spans != front->nr_span_allocs - front->nr_span_frees)
		return front_broken(&walk, NULL, 0, PCPU_NO_CPU, PCPU_INV_FRONT_BOOKS);
	return PCPU_HOLDS;
}
