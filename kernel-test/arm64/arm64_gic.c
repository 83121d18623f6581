/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arm64_gic.c - signals between CPUs: software generated interrupts of a GICv3 (Arm IHI 0069).
 *
 *	distributor  ->  one redistributor a CPU: frame of 64 KiB, and one for its SGIs  ->  ICC_*
 */
#include "kernel-test/arm64/arm64_gic.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/arm64/arm64_machine.h"
#include "kernel-test/arm64/arm64_trap.h"
#include "kernel-test/common/console.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/smp.h"

enum { GICD_CTLR = 0, CTLR_GROUP_1 = 1 << 1, CTLR_AFFINITY = 1 << 4 };
enum {
	GICR_CTLR = 0,
	GICR_TYPER = 8,
	GICR_WAKER = 0x14,
	SGI_FRAME = 0x10000,
	FRAMES_BYTES = 0x20000,
	TYPER_LAST = 1 << 4,
	WAKER_SLEEP = 1 << 1,
	WAKER_ASLEEP = 1 << 2,
	RWP = 1 << 3
};
enum { GICR_IGROUPR0 = 0x80, GICR_ISENABLER0 = 0x100, GICR_IPRIORITYR0 = 0x400 };
enum { PRIORITY_ALL = 0xff, PRIORITIES_4 = 0x40404040, NR_SIGNALS = 2, NO_INTERRUPT = 1020 };

static volatile uint32_t *gic_reg(uint64_t frame, uint32_t offset)
{
	return (volatile uint32_t *)(frame + offset);
}

static uint64_t own_redistributor(void)
{
	uint64_t at = arm64_facts.redistributors, end = at + arm64_facts.redistributors_bytes;
	bool last = false;

	for (; !last && end - at >= FRAMES_BYTES; at += FRAMES_BYTES) {
		last = *gic_reg(at, GICR_TYPER) & TYPER_LAST;
		if (*gic_reg(at, GICR_TYPER + 4) == cpu_own_id())
			return at;
	}
	machine_stop("a CPU has no redistributor");
}

/* Puts SGIs 0 and 1 of this CPU in group 1, enables them and the CPU interface. */
static void own_enable(void)
{
	uint64_t frame = own_redistributor();

	*gic_reg(frame, GICR_WAKER) &= ~(uint32_t)WAKER_SLEEP;
	while (*gic_reg(frame, GICR_WAKER) & WAKER_ASLEEP)
		cpu_pause();
	*gic_reg(frame + SGI_FRAME, GICR_IGROUPR0) = UINT32_MAX;
	*gic_reg(frame + SGI_FRAME, GICR_IPRIORITYR0) = PRIORITIES_4;
	*gic_reg(frame + SGI_FRAME, GICR_ISENABLER0) = (1u << NR_SIGNALS) - 1;
	while (*gic_reg(frame, GICR_CTLR) & RWP)
		cpu_pause();
	REGISTER_WRITE(icc_sre_el1, REGISTER_READ(icc_sre_el1) | 1);
	instruction_barrier();
	REGISTER_WRITE(icc_pmr_el1, PRIORITY_ALL);
	REGISTER_WRITE(icc_igrpen1_el1, 1);
	instruction_barrier();
}

void arch_interrupts_init(void)
{
	*gic_reg(arm64_facts.distributor, GICD_CTLR) = CTLR_AFFINITY | CTLR_GROUP_1;
	own_enable();
	interrupts_on();
}

void arch_cpu_init(void)
{
	trap_load();
	own_enable();
}

/* Earlier stores are visible to the interrupted CPU. */
void arch_send(uint32_t cpu, enum arch_signal signal)
{
	uint64_t target = arm64_gic_target(machine.facts.hw_id[cpu]);

	__asm__ volatile("dsb ishst" : : : "memory");
	REGISTER_WRITE(icc_sgi1r_el1, target | (uint64_t)signal << 24);
	instruction_barrier();
}

void arm64_interrupt(void)
{
	uint64_t number = REGISTER_READ(icc_iar1_el1);

	if (number >= NO_INTERRUPT)
		return;
	if (number == ARCH_CALL)
		smp_call_received();
	REGISTER_WRITE(icc_eoir1_el1, number);
	instruction_barrier();
}
