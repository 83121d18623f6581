/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_boot_mem.h - the boot image's memory functions, under other names than the C library's. */
#ifndef TEST_BOOT_MEM_H
#define TEST_BOOT_MEM_H

#include <stdbool.h>
#include <stddef.h>

struct boot_mem {
	void *(*copy)(void *restrict to, const void *restrict from, size_t bytes);
	void *(*set)(void *to, int byte, size_t bytes);
	void *(*move)(void *to, const void *from, size_t bytes);
	int (*compare)(const void *a, const void *b, size_t bytes);
};

/* NULLs where this processor cannot run them. */
extern const struct boot_mem boot_mem_arm64, boot_mem_x86;

/* Returns whether the direction flag is clear. */
bool boot_flags_good(void);

#endif
