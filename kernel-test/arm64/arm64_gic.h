/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_gic.h - the interrupt controller, for arm64_trap.c. */
#ifndef BOOT_ARM64_GIC_H
#define BOOT_ARM64_GIC_H

#include <pcpu/base.h>

/* Acknowledges the pending interrupt, handles it, ends it. */
void arm64_interrupt(void);

/*
 * Returns the value of ICC_SGI1R_EL1 for one CPU (Arm IHI 0069, 12.2.20), from Aff2, Aff1, Aff0, a
 * byte each:
 *
 *	RS 47:44 = Aff0 / 16	Aff2 39:32	Aff1 23:16	target list 15:0, bit Aff0 % 16
 */
static inline uint64_t arm64_gic_target(uint32_t affinity)
{
	uint64_t id = affinity;

	return UINT64_C(1) << (id & 15) | (id >> 8 & 0xff) << 16 | (id >> 16 & 0xff) << 32 |
	       (id >> 4 & 15) << 44;
}

#endif
