/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * refuse.h - memory calls of the kernel that fail when a test wants it. A program that links
 * refuse.c has its functions instead of libc's; what libc calls for itself (malloc, stacks) is not
 * met.
 */
#ifndef REFUSE_H
#define REFUSE_H

#include <stdbool.h>
#include <stdint.h>

enum refuse_call {
	REFUSE_MMAP = 1 << 0,
	REFUSE_MUNMAP = 1 << 1,
	REFUSE_OPEN = 1 << 2,  /* mprotect() to readable and writable */
	REFUSE_CLOSE = 1 << 3, /* mprotect() to no access */
	REFUSE_POPULATE = 1 << 4,
	REFUSE_DONTNEED = 1 << 5,
	REFUSE_DONTNEED_LOCKED = 1 << 6,
	REFUSE_ADVICE = 1 << 7, /* the rest of madvise() */
	REFUSE_MLOCK = 1 << 8,
	REFUSE_MUNLOCK = 1 << 9,
	REFUSE_ALL = (1 << 10) - 1,
};

/* From now on the k-th call (from 0) of those in the mask fails with this error, and every later
   one when lasting. */
void refuse(unsigned calls, uint64_t k, bool lasting, int error);
void refuse_nothing(void);
/* Refused since the last refuse(). */
uint64_t refuse_count(void);

#endif
