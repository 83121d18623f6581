/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_apic.c - local APICs: the start of the other CPUs and inter-processor interrupts (Intel SDM
 * vol. 3, 11).
 */
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/x86/x86_apic_regs.h"
#include "kernel-test/x86/x86_trap.h"

enum { TIMER_DIVIDE_BY_1 = 0xb };
enum { COMMAND_INIT = 0x4500, COMMAND_START = 0x4600, COMMAND_FIXED = 0x4000,
       COMMAND_NMI = 0x4400 };
enum { CPUID_X2APIC = 1 << 21 };
enum { AP_PAGE = 0x8000 }; /* below 1 MiB; its number is the start-up vector */

extern const char ap_code[], ap_code_end[];
extern struct cpu_start ap_start;

struct cpu_start ap_start; /* of the CPU that starts next */

uint64_t x86_local_apic;
static struct apic apic;

static void x86_apic_send(uint32_t cpu, uint32_t command)
{
	uint64_t flags = interrupts_save();

	apic_send(&apic, machine.facts.hw_id[cpu], command);
	interrupts_restore(flags);
}

uint32_t cpu_own_id(void)
{
	return apic_own_id(&apic);
}

void arch_interrupts_init(void)
{
	uint32_t leaf[4];

	x86_cpuid(1, leaf);
	apic = (struct apic){x86_local_apic, leaf[2] & CPUID_X2APIC};
	port_write8(0x21, 0xff); /* both 8259s: all lines masked */
	port_write8(0xa1, 0xff);
	apic_enable(&apic, VECTOR_SPURIOUS);
	interrupts_on();
}

void arch_cpu_init(void)
{
	trap_load();
	apic_enable(&apic, VECTOR_SPURIOUS);
}

void arch_send(uint32_t cpu, enum arch_signal signal)
{
	x86_apic_send(cpu, COMMAND_FIXED | (signal == ARCH_CALL ? VECTOR_CALL : VECTOR_WAKE));
}

void x86_apic_send_nmi(uint32_t cpu)
{
	x86_apic_send(cpu, COMMAND_NMI);
}

void x86_apic_timer(uint32_t ticks)
{
	apic_write(&apic, APIC_TIMER, VECTOR_TIMER);
	apic_write(&apic, APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
	apic_write(&apic, APIC_TIMER_COUNT, ticks);
}

void x86_apic_timer_stop(void)
{
	uint64_t flags = interrupts_save();

	x86_apic_timer(0);
	while (apic_is_requested(&apic, VECTOR_TIMER)) {
		interrupts_wait();
		interrupts_off();
	}
	interrupts_restore(flags);
}

void x86_apic_done(void)
{
	apic_write(&apic, APIC_EOI, 0);
}

/* Counter 2 of the 8254 counts down at 1193182 Hz, once; up to 50 ms. */
void x86_delay_us(uint32_t us)
{
	uint32_t count = us * 1193 / 1000 + 1;

	port_write8(0x61, (uint8_t)((port_read8(0x61) & ~2u) | 1u));
	port_write8(0x43, 0xb0);
	port_write8(0x42, (uint8_t)count);
	port_write8(0x42, (uint8_t)(count >> 8));
	while (!(port_read8(0x61) & 0x20))
		cpu_pause();
}

static bool came_up(uint32_t wanted, uint32_t tries)
{
	while (tries--) {
		if (smp_nr_online() == wanted)
			return true;
		x86_delay_us(200);
	}
	return false;
}

bool arch_cpu_start(uint32_t cpu, const struct cpu_start *start)
{
	uint32_t wanted = smp_nr_online() + 1;

	memcpy((void *)AP_PAGE, ap_code, (size_t)(ap_code_end - ap_code));
	ap_start = *start;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	x86_apic_send(cpu, COMMAND_INIT);
	x86_delay_us(10000);
	x86_apic_send(cpu, COMMAND_START | AP_PAGE >> 12);
	if (came_up(wanted, 50))
		return true;
	x86_apic_send(cpu, COMMAND_START | AP_PAGE >> 12);
	return came_up(wanted, 5000);
}
