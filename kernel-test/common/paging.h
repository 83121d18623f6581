/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * paging.h - page tables of the region where later chunks live, [PAGING_START, PAGING_END).
 *
 * An entry is empty, present, or retired: unmapped, but its page stays taken until a flush,
 * because another
 * CPU may still reach it. The page's address stays in the entry meanwhile.
 */
#ifndef BOOT_PAGING_H
#define BOOT_PAGING_H

#include <pcpu/base.h>

#define PAGING_START (UINT64_C(1) << 44)
#define PAGING_BYTES (UINT64_C(1) << 44)
#define PAGING_END   (PAGING_START + PAGING_BYTES)

/* Maps one page, writable. Returns false without memory for tables. The entry must be empty. */
bool paging_map(uintptr_t address, uint64_t physical);
/* Present -> retired. */
void paging_retire(uintptr_t address);
/* Makes every retired entry of the range empty and passes its page to memory_give(). Returns how
   many. */
uint64_t paging_reap(uintptr_t address, uint64_t bytes);
/* Returns the physical address of a mapped one (0: not present). Memory below 4 GiB is mapped to
   itself. */
uint64_t paging_translate(uintptr_t address);

#endif
