/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_x2apic.c - the image's complete APIC code on an emulated x2APIC (Intel SDM vol. 3,
 * 11.12): no CPU that QEMU emulates by itself has one.
 *
 *	x86_apic.c -- MSRs --> emulated local APIC -- IPIs --> a list; a start-up IPI brings a CPU
 *	up
 *	           -- memory-mapped registers: an inaccessible page
 *
 * What would be a general protection fault on a processor fails the test: another mode's registers,
 * reserved bits, registers that are read-only or not there, changes of mode that are not allowed.
 */
#include <string.h>
#include <sys/mman.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

#define BOOT_X86_CPU_H /* the instructions are emulated, too */

#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "kernel-test/x86/x86_trap.h"

enum { MAX_IPIS = 16, OWN_ID = 0x12345, FAR_ID = 0x10101 };
enum { MODE_FIXED = 0, MODE_NMI = 4, MODE_INIT = 5, MODE_START = 6 };

static struct {
	uint64_t base; /* IA32_APIC_BASE */
	uint64_t spurious, timer, timer_count, timer_divide;
	uint32_t nr_done;   /* EOI */
	uint32_t nr_fences; /* since the last IPI */
	struct {
		uint32_t id, mode, vector;
		bool fenced;
	} ipi[MAX_IPIS];
	uint32_t nr_ipis;
	uint8_t masked[2]; /* the 8259s */
	uint32_t nr_delays, nr_waits;
	bool interrupts, is_timer_due;
	void (*timer_handler)(struct trap_frame *frame);
	/* The CPU that starts. */
	uint32_t nr_starts_ignored, nr_online;
	bool has_code;
	struct cpu_start start;
} emulated;

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

_Noreturn static void protection_fault(const char *what, uint64_t number)
{
	test_fail(__FILE__, __LINE__, "general protection: %s %#llx", what,
		  (unsigned long long)number);
}

/* --- the processor --------------------------------------------------------------------------- */

static bool is_x2apic(void)
{
	return emulated.base >> 10 & 1;
}

/* A change of mode goes off -> xAPIC -> x2APIC -> off, never back by one. */
static void base_write(uint64_t value)
{
	bool on = value >> 11 & 1, x2 = value >> 10 & 1;

	if (value & ~UINT64_C(0xffffffd00))
		protection_fault("IA32_APIC_BASE has reserved bits", value);
	if ((x2 && !on) || (is_x2apic() && on && !x2))
		protection_fault("IA32_APIC_BASE asks for an illegal change of mode", value);
	emulated.base = value;
}

extern struct cpu_start ap_start;

static void start_up(uint32_t vector)
{
	if (emulated.nr_starts_ignored) {
		emulated.nr_starts_ignored--;
		return;
	}
	CHECK(emulated.has_code);
	CHECK_EQ(vector, 8);
	emulated.start = ap_start;
	emulated.nr_online++;
}

/* There is no delivery status; shorthand, logical mode and level are not used here. */
static void command_write(uint64_t value)
{
	uint32_t low = (uint32_t)value, mode = low >> 8 & 7;

	if (low & 0xfff33000u)
		protection_fault("the command has reserved bits", value);
	CHECK_EQ(low & 0x000c8800u, 0); /* no shorthand, edge, physical */
	CHECK(low & 0x4000u);		/* asserted */
	if (mode == MODE_FIXED)
		CHECK((low & 0xff) >= 16);
	CHECK(emulated.nr_ipis < MAX_IPIS);
	emulated.ipi[emulated.nr_ipis].id = (uint32_t)(value >> 32);
	emulated.ipi[emulated.nr_ipis].mode = mode;
	emulated.ipi[emulated.nr_ipis].vector = low & 0xff;
	emulated.ipi[emulated.nr_ipis++].fenced = emulated.nr_fences > 0;
	emulated.nr_fences = 0;
	if (mode == MODE_START)
		start_up(low & 0xff);
}

static void register_write(uint32_t msr, uint64_t value)
{
	if (msr != 0x830 && value >> 32)
		protection_fault("a register of 32 bits is written", value);
	switch (msr) {
	case 0x80b:
		if (value)
			protection_fault("EOI takes 0 only, not", value);
		emulated.nr_done++;
		break;
	case 0x80f:
		if (value & ~UINT64_C(0x13ff))
			protection_fault("the spurious register has reserved bits", value);
		emulated.spurious = value;
		break;
	case 0x830:
		command_write(value);
		break;
	case 0x832:
		emulated.timer = value;
		break;
	case 0x838:
		emulated.timer_count = value;
		break;
	case 0x83e:
		if (value & ~UINT64_C(0xb))
			protection_fault("the timer's divider has reserved bits", value);
		emulated.timer_divide = value;
		break;
	default:
		protection_fault("this MSR cannot be written", msr);
	}
}

static void msr_write(uint32_t msr, uint64_t value)
{
	if (msr == 0x1b)
		base_write(value);
	else if (msr >= 0x800 && msr < 0x900 && is_x2apic())
		register_write(msr, value);
	else
		protection_fault("this MSR is not there", msr);
}

static uint64_t msr_read(uint32_t msr)
{
	if (msr == 0x1b)
		return emulated.base;
	if (msr == 0x827 && is_x2apic())
		return (uint64_t)emulated.is_timer_due << 18; /* f2h of e0h to ffh */
	if (msr != 0x802 || !is_x2apic())
		protection_fault("this MSR cannot be read", msr);
	return OWN_ID;
}

static void x86_cpuid(uint32_t leaf, uint32_t out[4])
{
	memset(out, 0, 4 * sizeof(out[0]));
	out[2] = leaf == 1 ? 1u << 21 : 0;
}

static void cpu_pause(void)
{
	emulated.nr_waits++;
}

static void cpu_fence(void)
{
	emulated.nr_fences++;
}

/* As trap_dispatch() does. */
static void timer_let_in(void)
{
	if (!emulated.interrupts || !emulated.is_timer_due)
		return;
	emulated.is_timer_due = false;
	if (!emulated.timer_handler)
		test_fail(__FILE__, __LINE__, "exception %d", VECTOR_TIMER);
	emulated.timer_handler(NULL);
}

static void interrupts_on(void)
{
	/* With the APIC off, or a line of the 8259s open, something unknown would come. */
	CHECK(is_x2apic() && emulated.spurious >> 8 & 1);
	CHECK(emulated.masked[0] == 0xff && emulated.masked[1] == 0xff);
	emulated.interrupts = true;
	timer_let_in();
}

static void interrupts_off(void)
{
	emulated.interrupts = false;
}

static void interrupts_wait(void)
{
	CHECK(emulated.is_timer_due); /* nothing else comes here: it would never end */
	interrupts_on();
}

static uint64_t interrupts_save(void)
{
	uint64_t flags = emulated.interrupts;

	emulated.interrupts = false;
	return flags;
}

static void interrupts_restore(uint64_t flags)
{
	emulated.interrupts = flags;
	timer_let_in();
}

static void port_write8(uint16_t port, uint8_t value)
{
	if (port == 0x21 || port == 0xa1)
		emulated.masked[port == 0xa1] = value;
	emulated.nr_delays += port == 0x43;
}

/* Counter 2 has always ended. */
static uint8_t port_read8(uint16_t port)
{
	return port == 0x61 ? 0x20 : 0;
}

/* --- the rest of the image ------------------------------------------------------------------- */

__asm__(".section .rodata\n"
	".globl ap_code, ap_code_end\n"
	"ap_code: .ascii \"code of an AP\"\n"
	"ap_code_end: .byte 0\n"
	".previous\n");

uint32_t smp_nr_online(void);
uint32_t smp_nr_online(void)
{
	return emulated.nr_online;
}

void trap_load(void);
void trap_load(void)
{
}

void trap_handle(uint32_t vector, void (*handler)(struct trap_frame *frame))
{
	CHECK_EQ(vector, VECTOR_TIMER);
	emulated.timer_handler = handler;
}

void machine_stop(const char *why)
{
	test_fail(__FILE__, __LINE__, "stopped: %s", why);
}

static void code_copy(void *to, const void *from, size_t bytes)
{
	emulated.has_code = (uintptr_t)to == 0x8000 && bytes == 13 &&
			    memcmp(from, "code of an AP", 13) == 0;
}

#define memcpy code_copy
#include "kernel-test/x86/x86_apic.c"
#undef memcpy
#include "kernel-test/x86/x86_watch.c"

struct machine machine;

/* Memory-mapped registers are gone in this mode. */
static void begin(void)
{
	static void *nobodys;

	if (!nobodys)
		nobodys = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(nobodys != MAP_FAILED);
	memset(&emulated, 0, sizeof(emulated));
	emulated.base = 0xfee00900;
	emulated.nr_online = 1;
	x86_local_apic = (uintptr_t)nobodys;
	machine.facts.hw_id[0] = OWN_ID;
	machine.facts.hw_id[1] = FAR_ID;
	arch_interrupts_init();
}

static void last_ipi_is(uint32_t nr, uint32_t mode, uint32_t vector)
{
	CHECK_EQ(emulated.nr_ipis, nr);
	CHECK_EQ(emulated.ipi[nr - 1].id, FAR_ID);
	CHECK_EQ(emulated.ipi[nr - 1].mode, mode);
	CHECK_EQ(emulated.ipi[nr - 1].vector, vector);
	CHECK(emulated.ipi[nr - 1].fenced);
	CHECK(emulated.interrupts);
}

TEST(set_up_switches_to_x2apic)
{
	begin();
	CHECK_EQ(emulated.base, 0xfee00d00);
	CHECK_EQ(emulated.spurious, 0x1ff);
	CHECK(emulated.interrupts);
	CHECK_EQ(cpu_own_id(), OWN_ID);
}

/* Each CPU has a mode of its own. */
TEST(an_ap_switches_by_itself)
{
	begin();
	emulated.base = 0xfee00800;
	emulated.spurious = 0;
	arch_cpu_init();
	CHECK_EQ(emulated.base, 0xfee00c00);
	CHECK_EQ(emulated.spurious, 0x1ff);
}

static const struct cpu_start any_start = {0x1000, 0x3000, 0x2000};

TEST(a_cpu_is_started)
{
	begin();
	CHECK(arch_cpu_start(1, &any_start));
	CHECK_EQ(emulated.nr_ipis, 2);
	CHECK_EQ(emulated.ipi[0].mode, MODE_INIT);
	CHECK_EQ(emulated.ipi[0].vector, 0);
	CHECK_EQ(emulated.ipi[0].id, FAR_ID);
	last_ipi_is(2, MODE_START, 8);
	CHECK_EQ(emulated.start.percpu_base, 0x1000);
	CHECK_EQ(emulated.start.thread_pointer, 0x3000);
	CHECK_EQ(emulated.start.stack_top, 0x2000);
	CHECK(emulated.nr_delays > 0);
}

TEST(the_second_start_up_helps)
{
	begin();
	emulated.nr_starts_ignored = 1;
	CHECK(arch_cpu_start(1, &any_start));
	last_ipi_is(3, MODE_START, 8);
}

TEST(a_cpu_stays_away)
{
	begin();
	emulated.nr_starts_ignored = 2;
	CHECK(!arch_cpu_start(1, &any_start));
	last_ipi_is(3, MODE_START, 8);
	CHECK(emulated.nr_delays >= 5000); /* of 200 us: a second */
}

TEST(signals)
{
	begin();
	arch_send(1, ARCH_CALL);
	last_ipi_is(1, MODE_FIXED, VECTOR_CALL);
	arch_send(1, ARCH_WAKE);
	last_ipi_is(2, MODE_FIXED, VECTOR_WAKE);
	x86_apic_send_nmi(1);
	last_ipi_is(3, MODE_NMI, 0);
	CHECK_EQ(emulated.nr_done, 0);
	x86_apic_done();
	CHECK_EQ(emulated.nr_done, 1);
}

/* In a section with interrupts off they stay off. */
TEST(a_signal_leaves_interrupts_as_they_were)
{
	begin();
	emulated.interrupts = false;
	arch_send(1, ARCH_CALL);
	CHECK(!emulated.interrupts);
}

TEST(the_timer)
{
	begin();
	x86_apic_timer(100000);
	CHECK_EQ(emulated.timer, VECTOR_TIMER); /* once, not masked */
	CHECK_EQ(emulated.timer_count, 100000);
	CHECK_EQ(emulated.timer_divide, 0xb); /* by 1 */
	x86_apic_timer(0);
	CHECK_EQ(emulated.timer_count, 0);
}

/* The timer ends while interrupts are off, just before the watch does: the tick comes all the same,
   and finds its handler. */
TEST(the_last_tick_of_a_watch_is_late)
{
	static const uint32_t counter;

	begin();
	arch_watch(&counter);
	CHECK(emulated.timer_handler && emulated.timer_count > 0);
	emulated.is_timer_due = true;
	interrupts_on();
	CHECK_EQ(emulated.nr_done, 1);
	CHECK(emulated.timer_count > 0); /* the next */
	for (int on = 0; on < 2; on++) {
		arch_watch(&counter);
		interrupts_off();
		emulated.is_timer_due = true;
		emulated.interrupts = on; /* on: it came between two instructions */
		arch_watch(NULL);
		CHECK_EQ(emulated.nr_done, 2 + on);
		CHECK(emulated.interrupts == on);
		CHECK(!emulated.timer_handler && !emulated.is_timer_due);
		CHECK_EQ(emulated.timer_count, 0); /* the late one has not started another */
		interrupts_on();
	}
}
