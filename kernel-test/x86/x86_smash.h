/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_smash.h - a function whose frame has a canary, and what happens when it was overwritten.
 *
 *	compiled with -fstack-protector-all	%gs:40 goes into the frame and must still be there
 *						at the end, else __stack_chk_fail() is called
 */
#ifndef BOOT_X86_SMASH_H
#define BOOT_X86_SMASH_H

#include <pcpu/base.h>

enum { SMASH_ROOM_BYTES = 16, SMASH_TEXT_BYTES = 64 };

/* Writes `bytes` from the start of an array of SMASH_ROOM_BYTES on; at most 16 too many. */
void smash_write(size_t bytes);

/* Does the same and returns: NULL when the frame was intact, else the report. */
const char *smash_caught(size_t bytes);

#endif
