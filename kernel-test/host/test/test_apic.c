/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_apic.c - which register of a local APIC the image reads and writes, in memory or by MSR. The
 * registers in memory are an array here, the MSRs a log.
 */
#include <string.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

enum { MAX_WRITES = 8, REGISTERS_BYTES = 0x400 };

static struct {
	uint32_t msr;
	uint64_t value;
	uint32_t nr_fences; /* before it */
} writes[MAX_WRITES];
static uint32_t nr_writes, nr_fences, nr_pauses, last_read;
static uint64_t msr_value;
static uint32_t registers[REGISTERS_BYTES / 4];

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static uint64_t msr_read(uint32_t msr)
{
	last_read = msr;
	return msr_value;
}

static void msr_write(uint32_t msr, uint64_t value)
{
	CHECK(nr_writes < MAX_WRITES);
	writes[nr_writes].msr = msr;
	writes[nr_writes].nr_fences = nr_fences;
	writes[nr_writes++].value = value;
}

/* The command is pending until the first wait. */
static void cpu_pause(void)
{
	nr_pauses++;
	registers[0x300 / 4] = 0;
}

static void cpu_fence(void)
{
	nr_fences++;
}

#include "kernel-test/x86/x86_apic_regs.h"

static struct apic begin(bool x2apic)
{
	nr_writes = nr_fences = nr_pauses = last_read = 0;
	msr_value = 0;
	memset(registers, 0, sizeof(registers));
	return (struct apic){(uintptr_t)registers, x2apic};
}

TEST(xapic_is_memory)
{
	struct apic apic = begin(false);

	registers[0x20 / 4] = UINT32_C(0x45) << 24;
	CHECK_EQ(apic_own_id(&apic), 0x45);
	apic_enable(&apic, 0xff);
	CHECK_EQ(registers[0xf0 / 4], 0x1ff);
	apic_write(&apic, APIC_EOI, 0);
	apic_send(&apic, 0x12, 0x40f0);
	CHECK_EQ(registers[0x310 / 4], UINT32_C(0x12) << 24);
	CHECK_EQ(registers[0x300 / 4], 0x40f0);
	CHECK_EQ(nr_pauses, 0);
	CHECK_EQ(nr_writes, 0);
	CHECK_EQ(last_read, 0);
}

TEST(xapic_waits_while_a_command_is_under_way)
{
	struct apic apic = begin(false);

	apic_send(&apic, XAPIC_MAX_ID, COMMAND_BUSY);
	CHECK_EQ(nr_pauses, 1);
}

/* One write an operation, a command whole, behind a fence; ids beyond 255. */
TEST(x2apic_is_msrs)
{
	struct apic apic = begin(true);

	msr_value = 0x12345;
	CHECK_EQ(apic_own_id(&apic), 0x12345);
	CHECK_EQ(last_read, 0x802);
	msr_value = 0xfee00900;
	apic_enable(&apic, 0xff);
	apic_write(&apic, APIC_EOI, 0);
	apic_send(&apic, 0x12345, 0x4500);
	CHECK_EQ(nr_writes, 4);
	CHECK_EQ(writes[0].msr, 0x1b);
	CHECK_EQ(writes[0].value, 0xfee00d00);
	CHECK_EQ(writes[1].msr, 0x80f);
	CHECK_EQ(writes[1].value, 0x1ff);
	CHECK_EQ(writes[2].msr, 0x80b);
	CHECK_EQ(writes[2].value, 0);
	CHECK_EQ(writes[3].msr, 0x830);
	CHECK_EQ(writes[3].value, UINT64_C(0x1234500004500));
	CHECK_EQ(writes[3].nr_fences, 1);
	for (size_t i = 0; i < REGISTERS_BYTES / 4; i++)
		CHECK_EQ(registers[i], 0);
}
