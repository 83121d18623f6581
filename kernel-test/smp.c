/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * smp.c - local APICs and inter-processor interrupts (Intel SDM vol. 3, 11).
 *
 * R1  One call is under way at a time. Who waits, for the turn or for acknowledgements, has
 * interrupts
 *     on, so that two callers cannot wait for each other.
 * R2  Idle CPUs halt; they are woken by an interrupt and never spin.
 */
#include "smp.h"
#include "console.h"
#include "cpu.h"
#include "machine.h"
#include "percpu.h"
#include "trap.h"
#include "vars.h"

enum { APIC_ID = 0x20, APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_COMMAND = 0x300,
       APIC_COMMAND_HIGH = 0x310, APIC_TIMER = 0x320, APIC_TIMER_COUNT = 0x380,
       APIC_TIMER_DIVIDE = 0x3e0, APIC_ENABLED = 0x100, X2APIC_MSRS = 0x800 };
enum { TIMER_DIVIDE_BY_1 = 0xb };
enum { COMMAND_INIT = 0x4500, COMMAND_START = 0x4600, COMMAND_FIXED = 0x4000,
       COMMAND_BUSY = 1 << 12 };
enum { BASE_X2APIC = 1 << 10, BASE_ENABLED = 1 << 11, CPUID_X2APIC = 1 << 21 };
enum { AP_PAGE = 0x8000 }; /* below 1 MiB; its number is the start-up vector */

extern const char ap_code[], ap_code_end[];
extern uint64_t ap_stack, ap_gs_base;
void ap_main(void);

uint64_t ap_stack, ap_gs_base; /* of the CPU that starts next */

static bool x2apic;
static uint32_t nr_online = 1;

struct work {
	void (*function)(void *argument);
	void *argument;
};

static struct work work[ACPI_MAX_CPUS]; /* function NULL: none; cleared when done */

static struct {
	uint32_t busy;
	struct work work;
	uint32_t nr_missing; /* acknowledgements */
} call;

/* --- registers -------------------------------------------------------------------------------- */

static uint32_t apic_read(uint32_t reg)
{
	if (x2apic)
		return (uint32_t)msr_read(X2APIC_MSRS + reg / 16);
	return *(volatile uint32_t *)(machine.facts.local_apic + reg);
}

static void apic_write(uint32_t reg, uint32_t value)
{
	if (x2apic)
		msr_write(X2APIC_MSRS + reg / 16, value);
	else
		*(volatile uint32_t *)(machine.facts.local_apic + reg) = value;
}

static void apic_enable(void)
{
	if (x2apic)
		msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | BASE_X2APIC | BASE_ENABLED);
	apic_write(APIC_SPURIOUS, APIC_ENABLED | VECTOR_SPURIOUS);
}

/* The two halves of the command register belong together: no interrupt in between. */
static void apic_send(uint32_t cpu, uint32_t command)
{
	uint32_t id = machine.facts.apic_id[cpu];
	uint64_t flags = interrupts_save();

	if (x2apic) {
		msr_write(X2APIC_MSRS + APIC_COMMAND / 16, (uint64_t)id << 32 | command);
	} else {
		apic_write(APIC_COMMAND_HIGH, id << 24);
		apic_write(APIC_COMMAND, command);
		while (apic_read(APIC_COMMAND) & COMMAND_BUSY)
			cpu_pause();
	}
	interrupts_restore(flags);
}

uint32_t smp_own_apic_id(void)
{
	return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

bool smp_has_x2apic(void)
{
	return x2apic;
}

void smp_init(void)
{
	uint32_t leaf[4];

	cpuid(1, leaf);
	x2apic = leaf[2] & CPUID_X2APIC;
	port_write8(0x21, 0xff); /* both 8259s: all lines masked */
	port_write8(0xa1, 0xff);
	apic_enable();
	interrupts_on();
}

/* --- start ------------------------------------------------------------------------------------ */

/* Counter 2 of the 8254 counts down at 1193182 Hz, once; up to 50 ms. */
static void delay_us(uint32_t us)
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
		if (__atomic_load_n(&nr_online, __ATOMIC_ACQUIRE) == wanted)
			return true;
		delay_us(200);
	}
	return false;
}

bool smp_start(uint32_t cpu, uintptr_t gs_base, uintptr_t stack_top)
{
	uint32_t wanted = nr_online + 1;

	memcpy((void *)AP_PAGE, ap_code, (size_t)(ap_code_end - ap_code));
	ap_gs_base = gs_base;
	ap_stack = stack_top;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	apic_send(cpu, COMMAND_INIT);
	delay_us(10000);
	apic_send(cpu, COMMAND_START | AP_PAGE >> 12);
	if (came_up(wanted, 50))
		return true;
	apic_send(cpu, COMMAND_START | AP_PAGE >> 12);
	return came_up(wanted, 5000);
}

uint32_t smp_nr_online(void)
{
	return __atomic_load_n(&nr_online, __ATOMIC_ACQUIRE);
}

/* First C of an AP: its GS base is set, interrupts are off. Never returns. */
void ap_main(void)
{
	struct work *mine = &work[smp_processor_id()];

	trap_load();
	apic_enable();
	/* With a wrong GS base we would take another CPU's work: say so instead of hanging. */
	if (this_cpu_read(apic_id) != smp_own_apic_id())
		machine_stop("gs-base: a CPU's GS base does not lead to its own unit");
	__atomic_fetch_add(&nr_online, 1, __ATOMIC_RELEASE);
	for (;;) {
		interrupts_off();
		if (!__atomic_load_n(&mine->function, __ATOMIC_ACQUIRE)) {
			interrupts_wait();
			continue;
		}
		interrupts_on();
		mine->function(mine->argument);
		__atomic_store_n(&mine->function, NULL, __ATOMIC_RELEASE);
		smp_wake(0);
	}
}

/* --- calls ------------------------------------------------------------------------------------ */

void smp_wake(uint32_t cpu)
{
	apic_send(cpu, COMMAND_FIXED | VECTOR_WAKE);
}

static void send_to_others(uint32_t vector)
{
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		if (cpu != smp_processor_id())
			apic_send(cpu, COMMAND_FIXED | vector);
}

void smp_timer(uint32_t ticks)
{
	apic_write(APIC_TIMER, VECTOR_TIMER);
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
	apic_write(APIC_TIMER_COUNT, ticks);
}

void smp_interrupt_done(void)
{
	apic_write(APIC_EOI, 0);
}

void smp_call_received(void)
{
	call.work.function(call.work.argument);
	apic_write(APIC_EOI, 0);
	__atomic_fetch_sub(&call.nr_missing, 1, __ATOMIC_RELEASE);
}

void smp_wake_received(void)
{
	apic_write(APIC_EOI, 0);
}

/* Set-up flushes before anybody else is up, and before interrupts are on. */
void smp_call_others(void (*function)(void *argument), void *argument)
{
	uint64_t flags = interrupts_save();

	interrupts_restore(flags);
	if (smp_nr_online() <= 1)
		return;
	PCPU_ASSERT(flags & FLAGS_IF);
	while (__atomic_exchange_n(&call.busy, 1, __ATOMIC_ACQUIRE))
		cpu_pause();
	call.work = (struct work){function, argument};
	__atomic_store_n(&call.nr_missing, smp_nr_online() - 1, __ATOMIC_RELEASE);
	send_to_others(VECTOR_CALL);
	while (__atomic_load_n(&call.nr_missing, __ATOMIC_ACQUIRE))
		cpu_pause();
	__atomic_store_n(&call.busy, 0, __ATOMIC_RELEASE);
}

/* Only the boot CPU hands out work. */
void smp_run_all(void (*function)(void *argument), void *argument)
{
	for (uint32_t cpu = 1; cpu < smp_nr_online(); cpu++) {
		work[cpu].argument = argument;
		__atomic_store_n(&work[cpu].function, function, __ATOMIC_RELEASE);
	}
	send_to_others(VECTOR_WAKE);
	function(argument);
	for (uint32_t cpu = 1; cpu < smp_nr_online(); cpu++) {
		while (interrupts_off(), __atomic_load_n(&work[cpu].function, __ATOMIC_ACQUIRE))
			interrupts_wait();
		interrupts_on();
	}
}
