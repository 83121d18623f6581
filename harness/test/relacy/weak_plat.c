/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_plat.c - the platform of weak.h: memory of the arena, which is not used twice, Relacy's
 * locks, its barrier; chunks are blocks.
 */
#include "harness/test/relacy/weak_arena.h"
#include "harness/test/relacy/weak_core.h"

#include <stdio.h>
#include <string.h>

struct weak_arena weak_arena;

struct pcpu_caller *weak_here(void)
{
	return &weak_arena.here[weak_thread()];
}

/* --- metadata --------------------------------------------------------------------------------- */

void *plat_meta_alloc(struct plat *plat, size_t bytes)
{
	size_t at = plat->meta_used;

	bytes = (bytes + 63) & ~(size_t)63;
	if (bytes > WEAK_META_BYTES - at)
		return NULL;
	plat->meta_used += bytes;
	weak_write(weak_arena.meta + at, bytes);
	return memset(weak_arena.meta + at, 0, bytes);
}

/* Whoever touches it, and is not known to come before, is in a race. */
void plat_meta_free(struct plat *plat, void *memory, size_t bytes)
{
	if (memory)
		weak_write(memory, bytes);
}

/* No reader is left: they come before, and who freed. */
static void deferred_free(struct plat *plat)
{
	for (uint32_t i = 0; i < plat->nr_deferred; i++)
		weak_write_after_all(plat->deferred[i].memory, plat->deferred[i].bytes);
	plat->nr_deferred = 0;
}

void plat_meta_free_deferred(struct plat *plat, void *memory, size_t bytes)
{
	weak_order_give(WEAK_FREED);
	if (plat->nr_deferred == sizeof(plat->deferred) / sizeof(plat->deferred[0]))
		return; /* lost, which hurts nobody */
	plat->deferred[plat->nr_deferred].memory = memory;
	plat->deferred[plat->nr_deferred++].bytes = bytes;
	if (plat->nr_readers == 0)
		deferred_free(plat);
}

/* Who begins after something was taken out does not find it. */
void plat_read_begin(struct plat *plat)
{
	plat->nr_readers++;
	weak_order_take(WEAK_FREED);
}

void plat_read_end(struct plat *plat)
{
	weak_order_give(WEAK_READERS_LEFT);
	if (--plat->nr_readers == 0 && plat->nr_deferred > 0)
		deferred_free(plat);
}

/* --- percpu memory ---------------------------------------------------------------------------- */

static size_t page_of(uintptr_t address)
{
	return (address - (uintptr_t)weak_arena.pages) / PCPU_PAGE_BYTES;
}

bool plat_region_alloc(struct plat *plat, uint32_t cpu, uint64_t bytes, uint64_t align,
		       uintptr_t *address, bool *local)
{
	uint32_t nr = (uint32_t)(bytes / PCPU_PAGE_BYTES), at = plat->pages_used;

	while (at < WEAK_NR_PAGES && (uintptr_t)weak_arena.pages[at] % align != 0)
		at++;
	if (nr > WEAK_NR_PAGES || at > WEAK_NR_PAGES - nr)
		return false;
	plat->pages_used = at + nr;
	plat->pages_taken += nr;
	memset(plat->taken + at, 1, nr);
	*address = (uintptr_t)weak_arena.pages[at];
	*local = true;
	return true;
}

void plat_region_free(struct plat *plat, uintptr_t address, uint64_t bytes)
{
	weak_write((void *)address, bytes);
	plat->pages_taken -= (uint32_t)(bytes / PCPU_PAGE_BYTES);
	memset(plat->taken + page_of(address), 0, bytes / PCPU_PAGE_BYTES);
}

uint32_t plat_guard_bytes(struct plat *plat)
{
	return 0;
}

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
	weak_write((void *)address, bytes);
	memset((void *)address, 0, bytes);
}

bool plat_is_zero(struct plat *plat, uintptr_t address, size_t bytes)
{
	weak_read((const void *)address, bytes);
	while (bytes > 0 && !((const char *)address)[bytes - 1])
		bytes--;
	return bytes == 0;
}

void plat_copy(struct plat *plat, uintptr_t address, const void *from, size_t bytes)
{
	weak_write((void *)address, bytes);
	memcpy((void *)address, from, bytes);
}

uint64_t plat_phys(struct plat *plat, uintptr_t address)
{
	return address;
}

bool plat_pages_zeroed(struct plat *plat)
{
	return true;
}

/* --- locks and CPUs --------------------------------------------------------------------------- */

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT_SAYS(!weak_lock_held(PLAT_LOCK_INNER), PLAT_REENTRY_INNER);
	if (lock == PLAT_LOCK_OUTER)
		PCPU_ASSERT_SAYS(!weak_lock_held(PLAT_LOCK_OUTER), PLAT_REENTRY_OUTER);
	weak_lock(lock);
}

/* One of them: it may be put off again. */
void plat_free_now(struct plat *plat)
{
	if (plat->nr_later == 0 || plat->frees_later)
		return;
	plat->frees_later = true;
	pcpu_free(plat->later_pcpu, (struct pcpu_ptr){plat->later[--plat->nr_later]});
	plat->frees_later = false;
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(weak_lock_held(lock));
	weak_unlock(lock);
	if (lock == PLAT_LOCK_INNER)
		plat_free_now(plat);
}

bool plat_lock_atomic(struct plat *plat)
{
	plat_lock(plat, PLAT_LOCK_INNER);
	return true;
}

/* A span's turn was not to be had. Whoever releases the inner lock next frees it. */
void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer)
{
	PCPU_ASSERT(plat->nr_later < sizeof(plat->later) / sizeof(*plat->later));
	plat->later_pcpu = pcpu;
	plat->later[plat->nr_later++] = pointer;
}

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	return weak_lock_held(lock);
}

void plat_front_is(struct plat *plat, struct pcpu *pcpu)
{
}

bool plat_cpus_barrier(struct plat *plat)
{
	weak_barrier_all();
	return true;
}

void plat_relax(struct plat *plat)
{
	weak_yield();
}

/* --- the rest --------------------------------------------------------------------------------- */

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	plat->kicked = true;
}

void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset)
{
}

void plat_event(struct plat *plat, const struct pcpu_event *event)
{
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	weak_arena.nr_misuses[report->id]++;
}

/* Outside of threads there is nothing to go back to. */
void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	static char sentence[300];

	snprintf(sentence, sizeof(sentence), "assertion in %s:%u: %s", file, (unsigned)line, what);
	weak_fail(sentence);
	fprintf(stderr, "%s\n", sentence);
	__builtin_trap();
}

bool plat_page_backed(struct plat *plat, uintptr_t address)
{
	return page_of(address) < WEAK_NR_PAGES && plat->taken[page_of(address)];
}

uint64_t plat_pages_held(struct plat *plat)
{
	return plat->pages_taken;
}

uint16_t plat_page_node(struct plat *plat, uintptr_t address)
{
	return PCPU_NO_NODE;
}
