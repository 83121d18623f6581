/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * memory.c - free ranges in address order, each described by a header in its own first bytes.
 *
 *	head -> [free 40 pages] -> [free 1 page] -> [free 3000 pages]	neighbours are merged
 *
 * First fit. The same code serves the nodes (grains of a page) and the heap (grains of 64 bytes).
 */
#include "kernel-test/common/memory.h"
#include "harness/firmware/facts.h"
#include "kernel-test/common/lock.h"

struct range {
	struct range *next;
	uint64_t bytes;
};

enum { HEAP_GRAIN_BYTES = 64, HEAP_GROWTH_BYTES = 1 << 20 };

static struct spin memory_lock;
static struct range *node_ranges[MACHINE_MAX_NODES], *heap_ranges;
static struct machine_range owned[4 * MACHINE_MAX_RANGES]; /* as passed to memory_add() */
static uint32_t nr_owned;

/* --- ranges, by address --------------------------------------------------------------------- */

static void range_put(struct range **head, uint64_t start, uint64_t bytes)
{
	struct range *r = (struct range *)start, *prev = NULL, *next = *head;

	while (next && (uintptr_t)next < start) {
		prev = next;
		next = next->next;
	}
	PCPU_ASSERT(!next || start + bytes <= (uintptr_t)next);
	PCPU_ASSERT(!prev || (uintptr_t)prev + prev->bytes <= start);
	*r = (struct range){next, bytes};
	if (next && start + bytes == (uintptr_t)next)
		*r = (struct range){next->next, bytes + next->bytes};
	if (prev && (uintptr_t)prev + prev->bytes == start) {
		prev->next = r->next;
		prev->bytes += r->bytes;
	} else {
		*(prev ? &prev->next : head) = r;
	}
}

/* Cuts [at, at + bytes) out of *link, which contains it. */
static void range_cut(struct range **link, uint64_t at, uint64_t bytes)
{
	struct range *r = *link;
	uint64_t start = (uintptr_t)r, end = start + r->bytes;

	*link = r->next;
	if (at + bytes < end) {
		struct range *rest = (struct range *)(at + bytes);

		*rest = (struct range){*link, end - at - bytes};
		*link = rest;
	}
	if (start < at) {
		*r = (struct range){*link, at - start};
		*link = r;
	}
}

static uint64_t range_take(struct range **head, uint64_t bytes, uint64_t align)
{
	for (struct range **link = head; *link; link = &(*link)->next) {
		uint64_t start = (uintptr_t)*link, end = start + (*link)->bytes;
		uint64_t at = pcpu_align_up(start, align);

		if (at > end || end - at < bytes)
			continue;
		range_cut(link, at, bytes);
		return at;
	}
	return 0;
}

/* --- nodes ----------------------------------------------------------------------------------- */

void memory_add(uint16_t node, uint64_t start, uint64_t bytes)
{
	if (nr_owned == sizeof(owned) / sizeof(owned[0]))
		return; /* wastes memory, but is safe: memory without an owner is not allocated */
	owned[nr_owned++] = (struct machine_range){start, bytes, node};
	range_put(&node_ranges[node], start, bytes);
}

uint16_t memory_node(uint64_t physical)
{
	for (uint32_t i = 0; i < nr_owned; i++)
		if (physical - owned[i].start < owned[i].bytes)
			return owned[i].node;
	return PCPU_NO_NODE;
}

uint64_t memory_take(uint16_t node, uint64_t bytes, uint64_t align)
{
	uint64_t flags = spin_lock(&memory_lock);
	uint64_t at = range_take(&node_ranges[node], bytes, align);

	spin_unlock(&memory_lock, flags);
	return at;
}

void memory_give(uint64_t start, uint64_t bytes)
{
	uint16_t node = memory_node(start);
	uint64_t flags;

	PCPU_ASSERT(node != PCPU_NO_NODE);
	flags = spin_lock(&memory_lock);
	range_put(&node_ranges[node], start, bytes);
	spin_unlock(&memory_lock, flags);
}

uint64_t memory_free(uint16_t node)
{
	uint64_t bytes = 0, flags = spin_lock(&memory_lock);

	for (struct range *r = node_ranges[node]; r; r = r->next)
		bytes += r->bytes;
	spin_unlock(&memory_lock, flags);
	return bytes;
}

/* --- heap ------------------------------------------------------------------------------------- */

/* Takes it from the first node that has so much in one piece. */
static bool heap_grow(uint64_t bytes)
{
	bytes = pcpu_round_up(bytes, HEAP_GROWTH_BYTES);
	for (uint32_t node = 0; node < MACHINE_MAX_NODES; node++) {
		uint64_t at = range_take(&node_ranges[node], bytes, PCPU_PAGE_BYTES);

		if (!at)
			continue;
		range_put(&heap_ranges, at, bytes);
		return true;
	}
	return false;
}

void *heap_alloc(size_t bytes)
{
	uint64_t grains = pcpu_align_up(bytes ? bytes : 1, HEAP_GRAIN_BYTES);
	uint64_t at, flags = spin_lock(&memory_lock);

	at = range_take(&heap_ranges, grains, HEAP_GRAIN_BYTES);
	if (!at && heap_grow(grains))
		at = range_take(&heap_ranges, grains, HEAP_GRAIN_BYTES);
	spin_unlock(&memory_lock, flags);
	if (at)
		memset((void *)at, 0, grains);
	return (void *)at;
}

void heap_free(void *memory, size_t bytes)
{
	uint64_t grains = pcpu_align_up(bytes ? bytes : 1, HEAP_GRAIN_BYTES), flags;

	if (!memory)
		return;
	flags = spin_lock(&memory_lock);
	range_put(&heap_ranges, (uintptr_t)memory, grains);
	spin_unlock(&memory_lock, flags);
}
