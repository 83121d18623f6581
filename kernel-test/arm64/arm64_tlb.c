/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arm64_tlb.c - one CPU flushes for all others: the inner shareable forms of TLBI reach the others
 * without an interrupt (Arm ARM DDI 0487, TLBI VMALLE1IS and VAAE1IS). The barriers order the
 * stores to tables before, and wait for completion after.
 */
#include "kernel-test/common/arch.h"

enum { FLUSH_ALL_BYTES = 32 * PCPU_PAGE_BYTES }; /* above, flushing everything is cheaper */
enum { ADDRESS_UNIT_SHIFT = 12 }; /* unit of TLBI's operand, for any granule */

static void flush_everywhere(uintptr_t address, uint64_t bytes)
{
	__asm__ volatile("dsb ishst" : : : "memory");
	if (bytes > FLUSH_ALL_BYTES)
		__asm__ volatile("tlbi vmalle1is" : : : "memory");
	for (uint64_t at = 0; at < bytes && bytes <= FLUSH_ALL_BYTES; at += PCPU_PAGE_BYTES)
		__asm__ volatile("tlbi vaae1is, %0"
				 :
				 : "r"((address + at) >> ADDRESS_UNIT_SHIFT)
				 : "memory");
	__asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

static void flush_here(void)
{
	__asm__ volatile("dsb nshst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

void arch_tlb_flush(uintptr_t address, uint64_t bytes, bool everywhere)
{
	if (everywhere)
		flush_everywhere(address, bytes);
	else
		flush_here();
}
