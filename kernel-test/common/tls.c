/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tls.c - C11 thread-local variables: each CPU is one thread.
 *
 *	tls_image  | initial values |		of the image (x86_image.ld, arm64_image.ld)
 *	x86-64     | variables | own address |
 *	                       ^ FS base
 *	AArch64    | header | variables |
 *	           ^ TPIDR_EL0
 *
 * A block is a line longer than its variables, and begins on a line: CPUs share none. Start-up code
 * sets the pointer before the CPU's first C function, and nothing changes it later: entries of
 * exceptions, interrupts and NMIs keep it, and no instruction swaps it. So handlers have the
 * variables of the CPU that they run on, whatever the per-CPU base is.
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/vars.h"

extern const char tls_image[];
extern const char tls_bytes[]; /* its address is the number */

uintptr_t tls_create(void)
{
	size_t bytes = (uintptr_t)tls_bytes;
	void *block = heap_alloc(bytes + TLS_LINE_BYTES), *variables;
	uintptr_t pointer;

	PCPU_ASSERT(block);
	pointer = tls_place(block, bytes, &variables);
	if (bare_defect != BARE_BLANK_THREAD)
		memcpy(variables, tls_image, bytes);
	return pointer;
}
