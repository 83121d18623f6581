/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_names.c - whose memory an address is, by the front's own records. While nobody calls. */
#include "bench/hits/hits.h"
#include "core/front/span.h"

const char *const hits_group_names[HITS_NR_GROUPS] = {
	"stack",	 "thread's record", "CPU's record", "CPU's magazine",
	"object states", "page records",    "instance",	    "other",
};

uint32_t hits_magazine_most(const struct pcpu *pcpu, uint32_t bytes)
{
	return pcpu->front->most[pcpu->class_of[bytes]];
}

static bool is_in(uintptr_t address, const void *start, size_t bytes)
{
	return address - (uintptr_t)start < bytes;
}

static bool in_magazine(const struct pcpu_front_cpu *front, uintptr_t address)
{
	for (uint32_t class = 1; class < PCPU_NR_CLASSES; class ++)
		if (front->magazine[class] != &pcpu_no_magazine &&
		    is_in(address, front->magazine[class], sizeof(struct pcpu_magazine)))
			return true;
	return false;
}

static size_t state_bytes(const struct pcpu_span *span)
{
	return (size_t)span->nr_pages * PCPU_PAGE_BYTES >> pcpu_classes[span->class].granule_shift
								   << 1;
}

static enum hits_group in_span(const struct pcpu_list *list, uintptr_t address)
{
	for (const struct pcpu_list *at = list->next; at != list; at = at->next) {
		const struct pcpu_span *span = PCPU_SPAN_OF(at);
		const struct pcpu_chunk *chunk = span->chunk;

		if (is_in(address, span->states, state_bytes(span)))
			return HITS_STATE;
		if (is_in(address, chunk->pages, chunk->nr_pages * sizeof(struct pcpu_page)))
			return HITS_PAGE;
	}
	return HITS_OTHER;
}

static enum hits_group in_spans(const struct pcpu_front *front, uintptr_t address)
{
	enum hits_group group = HITS_OTHER;

	for (uint32_t class = 1; class < PCPU_NR_CLASSES && group == HITS_OTHER; class ++) {
		group = in_span(&front->partial[class], address);
		if (group == HITS_OTHER)
			group = in_span(&front->full[class], address);
	}
	return group;
}

enum hits_group hits_group_of(const struct pcpu *pcpu, uint32_t cpu, const struct pcpu_caller *here,
			      uintptr_t address)
{
	const struct pcpu_front_cpu *front = &pcpu->front->cpu[cpu];

	if (is_in(address, here, sizeof(*here)))
		return HITS_THREAD;
	if (is_in(address, front, sizeof(*front)))
		return HITS_CPU;
	if (in_magazine(front, address))
		return HITS_MAGAZINE;
	if (is_in(address, pcpu, sizeof(*pcpu)) ||
	    is_in(address, pcpu->class_of, sizeof(pcpu_class_of)))
		return HITS_INSTANCE;
	return in_spans(pcpu->front, address);
}
