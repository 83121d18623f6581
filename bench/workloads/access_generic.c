/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* access_generic.c - this_cpu_add of machines without a GS base; in its own file, since a macro
   selects the path per file. */
#define PCPU_GENERIC_ACCESS
#include "bench/workloads/access.h"
#include <pcpu/percpu.h>

void bench_add_generic(uintptr_t pointer, uint64_t nr)
{
	uint64_t __percpu *object = (uint64_t __percpu *)pointer;

	for (uint64_t i = 0; i < nr; i++)
		this_cpu_add(*object, 1);
}
