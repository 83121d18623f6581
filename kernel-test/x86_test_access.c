/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_test_access.c - what GS alone is asked for. */
#include "tap.h"
#include "vars.h"

static const char *canary(void)
{
	uintptr_t first = (uintptr_t)&canary_page;
	uint64_t seen;

	/* The compiler takes for granted that no object lies at 0. */
	__asm__ volatile("movq %%gs:40, %0" : "=r"(seen), "+r"(first));
	CHECK(seen == per_cpu(canary_page, smp_processor_id()).canary && seen != 0);
	CHECK(first == 0);
	return NULL;
}

const char *test_canary(void)
{
	return on_each_cpu(canary);
}
