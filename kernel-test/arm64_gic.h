/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_gic.h - the interrupt controller, for arm64_trap.c. */
#ifndef BOOT_ARM64_GIC_H
#define BOOT_ARM64_GIC_H

/* Acknowledges the interrupt that is pending, does what it asks for, ends it. */
void arm64_interrupt(void);

#endif
