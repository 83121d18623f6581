/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_apic_regs.h - the registers of a local APIC, in memory or by MSR (Intel SDM vol. 3, 11.4 and
 * 11.12).
 *
 *	xAPIC	register R lies at base + R		ids of 8 bits, in the upper byte of a
 *							register
 *	x2APIC	register R is MSR 800h + R / 16		ids of 32 bits; the command is one MSR
 *
 * For x86_apic.c, which sends, and for the test that checks the registers written: define
 * msr_read(), msr_write(), cpu_pause() and cpu_fence() before including it.
 */
#ifndef BOOT_X86_APIC_REGS_H
#define BOOT_X86_APIC_REGS_H

#include <pcpu/base.h>

enum { APIC_ID = 0x20, APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_REQUEST = 0x200,
       APIC_COMMAND = 0x300, APIC_COMMAND_HIGH = 0x310, APIC_TIMER = 0x320,
       APIC_TIMER_COUNT = 0x380, APIC_TIMER_DIVIDE = 0x3e0, APIC_ENABLED = 0x100,
       X2APIC_MSRS = 0x800 };
enum { COMMAND_BUSY = 1 << 12 };
enum { BASE_X2APIC = 1 << 10, BASE_ENABLED = 1 << 11 };
#define MSR_APIC_BASE 0x1bu
#define XAPIC_MAX_ID  254u /* 255: all CPUs */

struct apic {
	uint64_t base; /* of the registers in memory */
	bool x2apic;
};

static inline uint32_t apic_read(const struct apic *apic, uint32_t reg)
{
	if (apic->x2apic)
		return (uint32_t)msr_read(X2APIC_MSRS + reg / 16);
	return *(volatile uint32_t *)(apic->base + reg);
}

static inline void apic_write(const struct apic *apic, uint32_t reg, uint32_t value)
{
	if (apic->x2apic)
		msr_write(X2APIC_MSRS + reg / 16, value);
	else
		*(volatile uint32_t *)(apic->base + reg) = value;
}

static inline void apic_enable(const struct apic *apic, uint32_t spurious_vector)
{
	if (apic->x2apic)
		msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | BASE_X2APIC | BASE_ENABLED);
	apic_write(apic, APIC_SPURIOUS, APIC_ENABLED | spurious_vector);
}

/* Returns whether an interrupt has come that the CPU has not let in. */
static inline bool apic_is_requested(const struct apic *apic, uint32_t vector)
{
	return apic_read(apic, APIC_REQUEST + vector / 32 * 16) >> vector % 32 & 1;
}

static inline uint32_t apic_own_id(const struct apic *apic)
{
	return apic->x2apic ? apic_read(apic, APIC_ID) : apic_read(apic, APIC_ID) >> 24;
}

/* Interrupts are off: in memory a command has two halves. Writing an MSR does not wait for earlier
   stores, which the other CPU is to see: hence the fence. */
static inline void apic_send(const struct apic *apic, uint32_t id, uint32_t command)
{
	if (apic->x2apic) {
		cpu_fence();
		msr_write(X2APIC_MSRS + APIC_COMMAND / 16, (uint64_t)id << 32 | command);
		return;
	}
	PCPU_ASSERT(id <= XAPIC_MAX_ID);
	apic_write(apic, APIC_COMMAND_HIGH, id << 24);
	apic_write(apic, APIC_COMMAND, command);
	while (apic_read(apic, APIC_COMMAND) & COMMAND_BUSY)
		cpu_pause();
}

#endif
