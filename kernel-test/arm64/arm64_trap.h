/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_trap.h - what an entry saves. */
#ifndef BOOT_ARM64_TRAP_H
#define BOOT_ARM64_TRAP_H

#include "kernel-test/common/trap.h"

/* As arm64_traps.S saves it. */
struct trap_frame {
	uint64_t x[31], elr, spsr, unused;
};

/* Calls the emulator (arm64_traps.S); returns when nobody answers. */
void semihosting_call(uint64_t operation, const void *parameter);

/* Each CPU loads the table. */
void trap_load(void);

#endif
