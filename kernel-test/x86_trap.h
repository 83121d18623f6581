/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_trap.h - vectors, and what an entry finds on the stack. */
#ifndef BOOT_X86_TRAP_H
#define BOOT_X86_TRAP_H

#include "trap.h"

enum { VECTOR_CALL = 0xf0, VECTOR_WAKE = 0xf1, VECTOR_SPURIOUS = 0xff };

/* As x86_traps.S pushes it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, flags, rsp, ss;
};

/* Each CPU loads the table. */
void trap_load(void);

#endif
