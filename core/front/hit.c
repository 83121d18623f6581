/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hit.c - pcpu_alloc() and pcpu_free(): what a CPU's own magazines serve, and all else elsewhere.
 *
 * These two are counted in instructions (bench/README.md). No lock, no locked instruction, no line
 * that another CPU writes in steady state: the record of this thread, this CPU's magazine, the
 * object's two bytes of state, and page records, which are only read.
 */
#include "front_calls.h"

PCPU_THREAD_LOCAL struct pcpu_caller pcpu_here;

struct pcpu_ptr pcpu_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	if (LIKELY(pcpu_here.owner == pcpu && size <= PCPU_FRONT_MAX_BYTES)) {
		size_t class = pcpu->class_of[size];
		struct pcpu_magazine *magazine = here_open()->magazine[class];

		if (LIKELY(magazine->align == align && magazine->flags == flags)) {
			struct pcpu_clean *object = magazine->top;
			uint8_t *state = object->state;

			if (LIKELY(state != NULL)) {
				struct pcpu_ptr pointer;

				VALUE_ANEW(class);
				magazine_top_set(magazine, object - 1);
				state_take(state, (uint32_t)class);
				pointer.value = object->value;
				here_close(pcpu);
				return pointer;
			}
		}
		here_close(pcpu);
	}
	if (!pcpu->front)
		return pcpu_engine_alloc(pcpu, size, align, flags, false);
	return pcpu_front_alloc(pcpu, size, align, flags);
}

void pcpu_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	if (LIKELY(pcpu_here.owner == pcpu)) {
		bool given = magazine_give(here_open(), pointer.value);

		here_close(pcpu);
		if (LIKELY(given))
			return;
	}
	if (pcpu->front)
		pcpu_front_free(pcpu, pointer);
	else
		pcpu_engine_free(pcpu, pointer);
}
