/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trap.h - exceptions are reported and end the machine; two vectors are ours. */
#ifndef BOOT_TRAP_H
#define BOOT_TRAP_H

#include "base.h"

enum { VECTOR_NMI = 2, VECTOR_CALL = 0xf0, VECTOR_WAKE = 0xf1, VECTOR_TIMER = 0xf2,
       VECTOR_SPURIOUS = 0xff };

/* As traps.S pushes it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, flags, rsp, ss;
};

/* Fills the table (once, on the boot CPU); loads it (each CPU). */
void trap_init(void);
void trap_load(void);
/* From now on this vector calls the function, on whichever CPU; NULL: it is reported again. */
void trap_handle(uint32_t vector, void (*handler)(struct trap_frame *frame));
/* May a byte be read at this address? False when that faults. _here: at a percpu pointer, through
   GS. */
bool probe_load(uintptr_t address);
bool probe_load_here(uintptr_t pointer);
/* Where this CPU's last failed probe faulted, as the processor told it. */
uintptr_t probe_fault(void);

#endif
