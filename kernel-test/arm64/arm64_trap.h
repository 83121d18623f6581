/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_trap.h - registers saved by an entry. */
#ifndef BOOT_ARM64_TRAP_H
#define BOOT_ARM64_TRAP_H

#include "kernel-test/common/trap.h"

/* As arm64_traps.S saves it. */
struct trap_frame {
	uint64_t x[31], elr, spsr, unused;
};

/* Calls the emulator (arm64_traps.S); returns when there is none. */
void semihosting_call(uint64_t operation, const void *parameter);

/* Loads the vector table; call it on each CPU. */
void trap_load(void);

#endif
