/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_mem_other.c - for a processor without x86-64's string instructions. */
#include "kernel-test/host/test/test_boot_mem.h"

const struct boot_mem boot_mem_x86;

bool boot_flags_good(void)
{
	return true;
}
