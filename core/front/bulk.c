/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bulk.c - several objects at once, all or none; and objects that their maker fills.
 *
 * Each object is a hit where a magazine serves; a magazine that does not is filled once for many.
 * What hits look up again and again is looked up once here: the magazine, and for frees the record
 * of a page.
 */
#include "front_calls.h"

static inline void clean_take(const struct pcpu_clean *object, uint32_t class, struct pcpu_ptr *out)
{
	out->value = object->value;
	state_take(object->state, class);
}

/* The last nr of a clean magazine, four a round. */
static void clean_take_many(const struct pcpu_clean *top, uint32_t class, size_t nr,
			    struct pcpu_ptr *out)
{
	for (; nr >= 4; nr -= 4, top -= 4, out += 4) {
		clean_take(top, class, out);
		clean_take(top - 1, class, out + 1);
		clean_take(top - 2, class, out + 2);
		clean_take(top - 3, class, out + 3);
	}
	for (; nr > 0; nr--)
		clean_take(top--, class, out++);
}

/* What this CPU's magazine has, up to nr objects. Returns how many. */
static size_t hits_take(struct pcpu *pcpu, size_t size, size_t align, unsigned flags, size_t nr,
			struct pcpu_ptr *out)
{
	struct pcpu_magazine *magazine;
	size_t class, got = 0;

	if (pcpu_here.owner != pcpu || size > PCPU_FRONT_MAX_BYTES)
		return 0;
	class = pcpu->class_of[size];
	magazine = here_open()->magazine[class];
	if (magazine->align == align && magazine->flags == flags) {
		got = nr < magazine_nr(magazine) ? nr : magazine_nr(magazine);
		clean_take_many(magazine->top, (uint32_t)class, got, out);
		magazine_top_set(magazine, magazine->top - got);
	}
	here_close(pcpu);
	return got;
}

bool pcpu_alloc_many(struct pcpu *pcpu, size_t size, size_t align, unsigned flags, size_t nr,
		     struct pcpu_ptr *out)
{
	size_t got = 0;

	while (got < nr) {
		got += hits_take(pcpu, size, align, flags, nr - got, out + got);
		if (got == nr)
			break;
		out[got] = pcpu_alloc(pcpu, size, align, flags); /* fills the magazine */
		if (!out[got].value) {
			pcpu_free_many(pcpu, out, got);
			return false;
		}
		got++;
	}
	return true;
}

/* False: the object is not there, or not live in the class. */
static inline bool run_give(const struct pcpu_run *run, uint32_t class, uintptr_t value,
			    uintptr_t *dirty)
{
	size_t granule = rotate_right(value - run->value, run->shift);

	if (!LIKELY(granule < run->nr_granules))
		return false;
	if (!LIKELY(state_class(run->states + 2 * granule) == class))
		return false;
	VALUE_ANEW(granule);
	state_free(run->states + 2 * granule);
	*dirty = value;
	return true;
}

/* The first nr into the entries before `dirty`, four a round. Returns how many. */
static size_t run_give_many(const struct pcpu_run *page, uint32_t class,
			    const struct pcpu_ptr *pointers, size_t nr, uintptr_t *dirty)
{
	const struct pcpu_run run = *page;
	size_t given = 0;

	for (; given + 4 <= nr; given += 4, pointers += 4, dirty -= 4) {
		if (!LIKELY(run_give(&run, class, pointers[0].value, dirty - 1)))
			return given;
		if (!LIKELY(run_give(&run, class, pointers[1].value, dirty - 2)))
			return given + 1;
		if (!LIKELY(run_give(&run, class, pointers[2].value, dirty - 3)))
			return given + 2;
		if (!LIKELY(run_give(&run, class, pointers[3].value, dirty - 4)))
			return given + 3;
	}
	while (given < nr && run_give(&run, class, pointers[0].value, dirty - 1)) {
		given++;
		pointers++;
		dirty--;
	}
	return given;
}

/* What one magazine takes of them, as far as they lie in the span of the first, not before its
   page. Returns how many. */
static size_t page_give(struct pcpu_front_cpu *front, const struct pcpu_ptr *pointers, size_t nr)
{
	struct pcpu_magazine *magazine;
	struct pcpu_run run;
	size_t granule;
	uint32_t class;

	if (!pcpu_run_make(&front->near, pointers[0].value, &run, &granule))
		return 0;
	class = state_class(run.states + 2 * granule);
	magazine = front->magazine[class];
	nr = run_give_many(&run, class, pointers, nr < magazine->room ? nr : magazine->room,
			   magazine->dirty + magazine->room);
	if (nr > 0) /* the magazine of classes without one is constant */
		count_set(&magazine->room, magazine->room - (uint32_t)nr);
	return nr;
}

/* What this CPU's magazines take of them, from the first on. Returns how many. */
static size_t hits_give(struct pcpu *pcpu, const struct pcpu_ptr *pointers, size_t nr)
{
	struct pcpu_front_cpu *front;
	size_t given = 0, last = 1;

	if (pcpu_here.owner != pcpu)
		return 0;
	front = here_open();
	while (given < nr && last > 0) {
		last = page_give(front, pointers + given, nr - given);
		given += last;
	}
	here_close(pcpu);
	return given;
}

void pcpu_free_many(struct pcpu *pcpu, const struct pcpu_ptr *pointers, size_t nr)
{
	for (size_t given = 0; given < nr; given++) {
		given += hits_give(pcpu, pointers + given, nr - given);
		if (given < nr)
			pcpu_free(pcpu, pointers[given]); /* makes room */
	}
}

bool pcpu_group_alloc(struct pcpu *pcpu, struct pcpu_group_item *items, size_t nr, unsigned flags)
{
	for (size_t i = 0; i < nr; i++)
		items[i].pointer = (struct pcpu_ptr){0};
	for (size_t i = 0; i < nr; i++) {
		items[i].pointer = pcpu_alloc(pcpu, items[i].size, items[i].align, flags);
		if (items[i].pointer.value)
			continue;
		pcpu_group_free(pcpu, items, i);
		return false;
	}
	return true;
}

void pcpu_group_free(struct pcpu *pcpu, struct pcpu_group_item *items, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		pcpu_free(pcpu, items[i].pointer);
		items[i].pointer = (struct pcpu_ptr){0};
	}
}

struct pcpu_ptr pcpu_alloc_init(struct pcpu *pcpu, size_t size, size_t align, unsigned flags,
				void (*init)(void *context, uintptr_t address, uint32_t cpu),
				void *context)
{
	struct pcpu_ptr pointer = pcpu_alloc(pcpu, size, align, flags | PCPU_NO_ZERO);

	if (!pointer.value)
		return pointer;
	PCPU_FOR_EACH_UNIT(cpu, pcpu)
		init(context, pointer.value + pcpu->offset[*cpu], *cpu);
	return pointer;
}
