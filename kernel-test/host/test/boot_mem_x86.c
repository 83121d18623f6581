/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_mem_x86.c - x86_mem.c, for a processor that has its instructions. */
#include "kernel-test/host/test/test_boot_mem.h"

#define memcpy	boot_x86_memcpy
#define memset	boot_x86_memset
#define memmove boot_x86_memmove
#define memcmp	boot_x86_memcmp
#include "kernel-test/x86/x86_mem.c"

const struct boot_mem boot_mem_x86 = { memcpy, memset, memmove, memcmp };

/* The direction flag is clear (System V ABI). */
bool boot_flags_good(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0; cld" : "=r"(flags) : : "memory");
	return !(flags >> 10 & 1);
}
