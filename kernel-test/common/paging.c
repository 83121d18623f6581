/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * paging.c - levels of tables of a page each (arch.h): four of 512 entries where a page has 4 KiB,
 * three of 8192 where it has 64 KiB. Tables are made as needed and never freed: they are few, and
 * lock-free walks, of the processor or of this file, may use them.
 *
 * R1  An entry is written and read in one piece, a table is filled before an entry leads to it.
 * R2  page_tables_written() is called before a new mapping is used.
 */
#include "kernel-test/common/paging.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/lock.h"
#include "kernel-test/common/memory.h"

/* Each level translates LEVEL_BITS of the 48 bits of an address. */
enum { LEVEL_BITS = PCPU_PAGE_SHIFT - 3, ENTRIES = 1 << LEVEL_BITS,
       LEVELS = (48 - PCPU_PAGE_SHIFT + LEVEL_BITS - 1) / LEVEL_BITS };
#define RETIRED	     (UINT64_C(1) << 55) /* a software bit that processors ignore */
#define ADDRESS_MASK UINT64_C(0x0000fffffffff000)

extern uint64_t boot_root[ENTRIES];
static struct spin paging_lock;

static uint32_t index_at(uintptr_t address, int level)
{
	return (uint32_t)(address >> (PCPU_PAGE_SHIFT + LEVEL_BITS * level)) & (ENTRIES - 1);
}

static uint64_t *table_new(void)
{
	for (uint16_t node = 0; node < 64; node++) {
		uint64_t at = memory_take(node, PCPU_PAGE_BYTES, PCPU_PAGE_BYTES);

		if (at)
			return memset((void *)at, 0, PCPU_PAGE_BYTES);
	}
	return NULL;
}

static uint64_t entry_read(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

/*
 * Returns the last-level entry of address; NULL when a table is missing. make: makes missing
 * tables. *gap_end, unless NULL: the end of the hole, where the walk may continue.
 */
static uint64_t *entry_find(uintptr_t address, bool make, uintptr_t *gap_end)
{
	uint64_t *table = boot_root;

	for (int level = LEVELS - 1; level > 0; level--) {
		uint64_t *entry = &table[index_at(address, level)], seen = entry_read(entry);
		uint64_t hole = UINT64_C(1) << (PCPU_PAGE_SHIFT + LEVEL_BITS * level);

		if (!(seen & PTE_PRESENT)) {
			uint64_t *next = make ? table_new() : NULL;

			if (gap_end)
				*gap_end = (address | (hole - 1)) + 1;
			if (!next)
				return NULL;
			seen = (uintptr_t)next | PTE_TABLE;
			__atomic_store_n(entry, seen, __ATOMIC_RELEASE);
		}
		table = (uint64_t *)(seen & ADDRESS_MASK);
	}
	return &table[index_at(address, 0)];
}

bool paging_map(uintptr_t address, uint64_t physical)
{
	uint64_t flags = spin_lock(&paging_lock);
	uint64_t *entry = entry_find(address, true, NULL);

	if (entry) {
		PCPU_ASSERT(*entry == 0);
		__atomic_store_n(entry, physical | PTE_PAGE, __ATOMIC_RELEASE);
		page_tables_written();
	}
	spin_unlock(&paging_lock, flags);
	return entry != NULL;
}

void paging_retire(uintptr_t address)
{
	uint64_t flags = spin_lock(&paging_lock);
	uint64_t *entry = entry_find(address, false, NULL);

	PCPU_ASSERT(entry && (*entry & PTE_PRESENT));
	__atomic_store_n(entry, (*entry & ADDRESS_MASK) | RETIRED, __ATOMIC_RELEASE);
	spin_unlock(&paging_lock, flags);
}

/* Changes one entry from retired to empty. Returns the physical page, or 0. *next: where to
   continue. */
static uint64_t reap_one(uintptr_t at, uintptr_t *next)
{
	uint64_t physical = 0, flags = spin_lock(&paging_lock);
	uint64_t *entry;

	*next = at + PCPU_PAGE_BYTES;
	entry = entry_find(at, false, next);
	if (entry && (*entry & RETIRED)) {
		physical = *entry & ADDRESS_MASK;
		__atomic_store_n(entry, 0, __ATOMIC_RELAXED);
	}
	spin_unlock(&paging_lock, flags);
	return physical;
}

uint64_t paging_reap(uintptr_t address, uint64_t bytes)
{
	uint64_t nr = 0;

	for (uintptr_t at = address, next; at < address + bytes; at = next) {
		uint64_t physical = reap_one(at, &next);

		if (!physical)
			continue;
		memory_give(physical, PCPU_PAGE_BYTES);
		nr++;
	}
	return nr;
}

uint64_t paging_translate(uintptr_t address)
{
	uint64_t *entry, seen;

	if (address < PAGING_START)
		return address;
	entry = entry_find(address, false, NULL);
	seen = entry ? entry_read(entry) : 0;
	if (!(seen & PTE_PRESENT))
		return 0;
	return (seen & ADDRESS_MASK) | (address & (PCPU_PAGE_BYTES - 1));
}
