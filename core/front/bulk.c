/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bulk.c - several objects at once, all or none; and objects that their maker fills.
 *
 * Each object is a hit where a magazine serves; a magazine that does not is filled once for many.
 */
#include "front_calls.h"

/* What this CPU's magazine has, up to nr objects. Returns how many. */
static size_t hits_take(struct pcpu *pcpu, size_t size, size_t align, unsigned flags, size_t nr,
			struct pcpu_ptr *out)
{
	struct pcpu_magazine *magazine;
	struct pcpu_clean *top;
	size_t class, got = 0;

	if (pcpu_here.owner != pcpu || size > PCPU_FRONT_MAX_BYTES)
		return 0;
	class = pcpu->class_of[size];
	magazine = here_open()->magazine[class];
	if (magazine->align == align && magazine->flags == flags) {
		for (top = magazine->top; got < nr && top->state; top--) {
			out[got++].value = top->value;
			state_take(top->state, (uint32_t)class);
		}
		magazine_top_set(magazine, top);
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

/* What this CPU's magazines take of them, from the first on. Returns how many. */
static size_t hits_give(struct pcpu *pcpu, const struct pcpu_ptr *pointers, size_t nr)
{
	struct pcpu_front_cpu *front;
	size_t given = 0;

	if (pcpu_here.owner != pcpu)
		return 0;
	front = here_open();
	while (given < nr && magazine_give(front, pointers[given].value))
		given++;
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
