/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_smash.c - the only function of the image that has a stack protector: see x86_smash.h. */
#include "kernel-test/x86/x86_smash.h"

void smash_write(size_t bytes)
{
	volatile char capacity[SMASH_ROOM_BYTES];
	volatile char *at = capacity;

	for (size_t i = 0; i < bytes; i++)
		at[i] = 0x5a;
}
