/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_gs_none.c - for machines without a GS base, where percpu.h uses percpu_generic.h. */
#include "harness/platform/hosted/hosted_plat.h"

bool hosted_has_gs(void)
{
	return false;
}

bool hosted_set_gs(uintptr_t base)
{
	PCPU_ASSERT(!"a machine without GS");
	return false;
}

uintptr_t hosted_get_gs(void)
{
	PCPU_ASSERT(!"a machine without GS");
	return 0;
}
