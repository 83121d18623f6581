/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* percpu_cpu.h - the CPU that tests of percpu.h run as. */
#ifndef PERCPU_CPU_H
#define PERCPU_CPU_H

#include "harness/platform/hosted/hosted.h"
#include <pcpu/percpu.h>
#include "harness/test/lib/test.h"

static uint32_t me; /* the CPU that the test runs as */

static uint32_t last_possible_cpu(void)
{
	uint32_t cpu, last = 0;

	for_each_possible_cpu(cpu)
		last = cpu;
	return last;
}

/* Every test begins with this; after a failed test the thread may still be the CPU. */
static void become_cpu(void)
{
	static bool is_cpu;

	hosted_default();
	me = last_possible_cpu();
	if (!is_cpu)
		CHECK(hosted_enter_cpu(hosted_default_plat(), hosted_default(), me));
	is_cpu = true;
}

#endif
