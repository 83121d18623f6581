/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_cpu.h - a processor for the boot image's portable files on the host: one CPU whose
 * interrupts are a flag. Include the image's .c files after it.
 *
 * A wait for a lock would never end, so cpu_pause() fails the test.
 */
#ifndef TEST_BOOT_CPU_H
#define TEST_BOOT_CPU_H

#include <setjmp.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

#define BOOT_X86_CPU_H /* the instructions are emulated */
#define BOOT_ARM64_CPU_H

#define PTE_PRESENT 1u
#define PTE_TABLE   3u
#define PTE_PAGE    3u

static bool cpu_masked;
static uint64_t nr_masked; /* sections with interrupts off so far */

/* A failing assertion continues here: `if (!setjmp(asserted)) { assert_is_due = true; ... }` */
static jmp_buf asserted;
static bool assert_is_due;

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	if (assert_is_due) {
		assert_is_due = false;
		longjmp(asserted, 1);
	}
	test_fail(file, (int)line, "assertion: %s", what);
}

static void (*cpu_waits)(void); /* what happens meanwhile; NULL: nothing ever */

static inline void cpu_pause(void)
{
	if (!cpu_waits)
		test_fail(__FILE__, __LINE__, "waits for a lock that nobody gives back");
	cpu_waits();
}

static inline uint64_t interrupts_save(void)
{
	bool were_on = !cpu_masked;

	nr_masked += were_on;
	cpu_masked = true;
	return were_on;
}

static inline void interrupts_restore(uint64_t flags)
{
	CHECK(cpu_masked);
	cpu_masked = !flags;
}

#endif
