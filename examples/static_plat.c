/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * static_plat.c - every function of plat.h in static arrays, to start a platform from.
 *
 *	pages	all percpu memory	a byte each in page_taken
 *	meta	the core's records	a byte for each block of 64 in meta_taken
 *
 * P1  One thread runs all of it: a lock is a flag. Where there are more, or interrupts, plat.h says
 *     what each function has to do about them.
 * P2  Memory is contiguous and always there, so chunks are blocks (PCPU_BACKING_KM, one group,
 *     PCPU_CHOICE_EMBED): no address space is reserved, no page is mapped or unmapped.
 */
#include "static_plat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NR_PAGES 256u
#define NR_BLOCKS 1024u
#define BLOCK_BYTES 64u

struct plat {
	bool is_held[2]; /* by enum plat_lock */
	bool is_kicked;
};

static struct plat plat_state;
static _Alignas(PCPU_PAGE_BYTES) uint8_t pages[NR_PAGES][PCPU_PAGE_BYTES];
static uint8_t page_taken[NR_PAGES];
static _Alignas(BLOCK_BYTES) uint8_t meta[NR_BLOCKS][BLOCK_BYTES];
static uint8_t meta_taken[NR_BLOCKS];

static size_t count_taken(const uint8_t *taken, size_t nr)
{
	size_t count = 0;

	for (size_t i = 0; i < nr; i++)
		count += taken[i];
	return count;
}

/* The first `nr` free entries in a row from one at an aligned address; nr_all: there are none. */
static size_t find_free(const uint8_t *taken, size_t nr_all, size_t nr, uintptr_t start,
			size_t entry_bytes, uint64_t align)
{
	size_t run = 0;

	for (size_t i = 0; i < nr_all; i++) {
		if (taken[i] || (run == 0 && (start + i * entry_bytes) % align != 0)) {
			run = 0;
			continue;
		}
		if (++run == nr)
			return i + 1 - nr;
	}
	return nr_all;
}

struct plat *static_plat(void)
{
	return &plat_state;
}

size_t static_plat_meta_bytes(void)
{
	return count_taken(meta_taken, NR_BLOCKS) * BLOCK_BYTES;
}

size_t static_plat_page_count(void)
{
	return count_taken(page_taken, NR_PAGES);
}

bool static_plat_take_kick(void)
{
	bool was_kicked = plat_state.is_kicked;

	plat_state.is_kicked = false;
	return was_kicked;
}

/* --- metadata --------------------------------------------------------------------------------- */

static size_t blocks_of(size_t bytes)
{
	return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	size_t nr = blocks_of(bytes);
	size_t at = find_free(meta_taken, NR_BLOCKS, nr, (uintptr_t)meta, BLOCK_BYTES, BLOCK_BYTES);

	if (at == NR_BLOCKS)
		return NULL;
	memset(&meta_taken[at], 1, nr);
	return memset(meta[at], 0, nr * BLOCK_BYTES);
}

void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	if (memory)
		memset(&meta_taken[((uintptr_t)memory - (uintptr_t)meta) / BLOCK_BYTES], 0,
		       blocks_of(bytes));
}

/* One thread: whoever read has left (P1). */
void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	plat_meta_free(plat, memory, bytes);
}

void plat_read_begin(struct plat *plat)
{
}

void plat_read_end(struct plat *plat)
{
}

/* --- percpu memory ---------------------------------------------------------------------------- */

static size_t page_of(uintptr_t address)
{
	return (address - (uintptr_t)pages) / PCPU_PAGE_BYTES;
}

bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local)
{
	size_t nr = (size_t)(bytes / PCPU_PAGE_BYTES);
	size_t at = find_free(page_taken, NR_PAGES, nr, (uintptr_t)pages, PCPU_PAGE_BYTES, align);

	if (at == NR_PAGES)
		return false;
	memset(&page_taken[at], 1, nr);
	*address = (uintptr_t)pages[at];
	*local = true;
	return true;
}

void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	memset(&page_taken[page_of(address)], 0, (size_t)(bytes / PCPU_PAGE_BYTES));
}

uint32_t plat_guard_bytes(struct plat *plat)
{
	return 0;
}

/* No address space but the arrays (P2): refused, and what would follow never comes. */
bool plat_vm_reserve(struct plat *plat, const struct pcpu_layout *layout, uintptr_t *base)
{
	return false;
}

void plat_vm_release(struct plat *plat, const struct pcpu_layout *layout, uintptr_t base)
{
}

uint32_t plat_pages_map(struct plat *plat, uint32_t cpu, uintptr_t address, uint32_t nr)
{
	return 0;
}

void plat_pages_unmap(struct plat *plat, uintptr_t address, uint32_t nr)
{
}

void plat_tlb_flush(struct plat *plat, uintptr_t address, uint64_t bytes)
{
}

void plat_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	memset((void *)address, 0, bytes);
}

bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	while (bytes > 0 && !((const char *)address)[bytes - 1])
		bytes--;
	return bytes == 0;
}

/* One thread, and no front: nothing to wait for. */
bool plat_pages_zeroed(struct plat *plat)
{
	return false;
}

bool plat_cpus_barrier(struct plat *plat)
{
	return true;
}

void plat_relax(struct plat *plat)
{
}

void plat_front_is(struct plat *plat, struct pcpu *pcpu)
{
}

void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes)
{
	memcpy((void *)address, from, bytes);
}

uint64_t plat_phys(struct plat *plat, uintptr_t address)
{
	return address;
}

/* --- locks ------------------------------------------------------------------------------------ */

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT_SAYS(!plat->is_held[PLAT_LOCK_INNER], PLAT_REENTRY_INNER);
	if (lock == PLAT_LOCK_OUTER)
		PCPU_ASSERT_SAYS(!plat->is_held[PLAT_LOCK_OUTER], PLAT_REENTRY_OUTER);
	plat->is_held[lock] = true;
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(plat->is_held[lock]);
	plat->is_held[lock] = false;
}

/* No handler interrupts the holder (P1): never refused, so nothing is ever freed later. */
bool plat_lock_atomic(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	return true;
}

void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer)
{
	PCPU_ASSERT_SAYS(false, "plat_lock_atomic() never refuses here");
}

void plat_free_now(struct plat *plat)
{
}

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return plat->is_held[lock];
}

/* --- the rest --------------------------------------------------------------------------------- */

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	plat->is_kicked = true;
}

/* A CPU that boots loads its segment base here. */
void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset)
{
}

/* Why set-up or an allocation failed, what was created: events.def. */
void plat_event(struct plat *plat, const struct pcpu_event *event)
{
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	static const char *const sentences[] = {
#define X(id, sentence) sentence,
#include <pcpu/misuse.def>
#undef X
	};

	fprintf(stderr, "%s: pointer %#zx\n", sentences[report->id], (size_t)report->pointer);
	abort();
}

PCPU_NORETURN void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	fprintf(stderr, "%s:%u: %s\n", file, (unsigned)line, what);
	abort();
}

bool plat_page_backed(struct plat *plat, uintptr_t address)
{
	return page_of(address) < NR_PAGES && page_taken[page_of(address)];
}

uint64_t plat_pages_held(struct plat *plat)
{
	return static_plat_page_count();
}

uint16_t plat_page_node(struct plat *plat, uintptr_t address)
{
	return PCPU_NO_NODE;
}
