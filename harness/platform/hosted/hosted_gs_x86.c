/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_gs_x86.c - the GS base of a thread on x86-64 Linux, by arch_prctl(2). glibc uses FS
 * only. The wrgsbase instruction would save 100 ns per hosted_enter_cpu(), which is not hot.
 */
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"

bool hosted_has_gs(void)
{
	unsigned long base;

	return syscall(SYS_arch_prctl, ARCH_GET_GS, &base) == 0;
}

bool hosted_set_gs(uintptr_t base)
{
	return syscall(SYS_arch_prctl, ARCH_SET_GS, base) == 0;
}

uintptr_t hosted_get_gs(void)
{
	unsigned long base = 0;

	(void)syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
	return base;
}
