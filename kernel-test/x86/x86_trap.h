/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_trap.h - vectors, and the stack frame of an entry. */
#ifndef BOOT_X86_TRAP_H
#define BOOT_X86_TRAP_H

#include "kernel-test/common/trap.h"

enum { VECTOR_DEBUG = 1, VECTOR_NMI = 2, VECTOR_CALL = 0xf0, VECTOR_WAKE = 0xf1,
       VECTOR_TIMER = 0xf2, VECTOR_SPURIOUS = 0xff };

/* As x86_traps.S pushes it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, flags, rsp, ss;
};

/* Each CPU loads the table. */
void trap_load(void);
/* From now on this vector calls the function, on whichever CPU; NULL: it is reported again. Ends
   with x86_apic_done() where it is an interrupt of the local APIC. */
void trap_handle(uint32_t vector, void (*handler)(struct trap_frame *frame));

#endif
