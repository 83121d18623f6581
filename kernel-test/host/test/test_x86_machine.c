/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_x86_machine.c - what the boot image reads from its PVH start info, ACPI's facts and CPUID;
 * and how it powers the machine off. The test emulates ports, CPUID and ACPI.
 */
#include <setjmp.h>
#include <string.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

#define BOOT_X86_CPU_H /* the instructions are emulated */
#define BOOT_ARM64_CPU_H

enum { MAX_GIVEN = 200 };

static jmp_buf stopped;
static const char *stopped_by;

static struct {
	uint32_t last_leaf, leaf_b_ebx, leaf_b_edx, leaf_1_ebx;
} processor;

static struct {
	char command_line[4096];
	size_t command_line_bytes;
	uint32_t boot_id, nr_filled, nr_given;
	uint64_t given[MAX_GIVEN][2];
	bool gave_before_read; /* memory that tables are in */
} seen;

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static void x86_cpuid(uint32_t leaf, uint32_t out[4])
{
	memset(out, 0, 4 * sizeof(out[0]));
	if (leaf == 0) {
		out[0] = processor.last_leaf;
	} else if (leaf == 1) {
		out[1] = processor.leaf_1_ebx;
	} else {
		CHECK(leaf == 0xb && processor.last_leaf >= 0xb);
		out[1] = processor.leaf_b_ebx;
		out[3] = processor.leaf_b_edx;
	}
}

/* --- PM1 control registers, and the port that switches ACPI on -------------------------------- */

static struct {
	uint16_t a, b;
	uint8_t command;
	uint32_t nr_commands, nr_delays, nr_a, nr_b;
	bool never_on;
} ports;

enum { PORT_A = 0x604, PORT_B = 0x704, PORT_COMMAND = 0xb2 };

static uint16_t port_read16(uint16_t port)
{
	CHECK(port == PORT_A || port == PORT_B);
	return port == PORT_A ? ports.a : ports.b;
}

static void port_write16(uint16_t port, uint16_t value)
{
	CHECK(port == PORT_A || port == PORT_B);
	*(port == PORT_A ? &ports.a : &ports.b) = value;
	ports.nr_a += port == PORT_A;
	ports.nr_b += port == PORT_B;
}

static void port_write8(uint16_t port, uint8_t value)
{
	CHECK_EQ(port, PORT_COMMAND);
	ports.command = value;
	ports.nr_commands++;
}

/* After a while ACPI is on. */
void x86_delay_us(uint32_t us);
void x86_delay_us(uint32_t us)
{
	ports.nr_delays++;
	if (ports.nr_commands && ports.nr_delays == 3 && !ports.never_on)
		ports.a |= 1;
}

#include "kernel-test/x86/x86_machine.c"
#include "kernel-test/x86/x86_power.c"

struct machine machine;
uint64_t x86_local_apic;
static struct acpi_facts reported;
static struct acpi_power power_reported;
static const char *acpi_wrong, *power_wrong;

const char *acpi_parse(const struct acpi_memory *memory, uint64_t rsdp, struct acpi_facts *facts)
{
	CHECK_EQ(rsdp, 0xe0010);
	CHECK_EQ(memory->start, PCPU_PAGE_BYTES);
	CHECK_EQ((uintptr_t)memory->at, memory->start);
	CHECK_EQ(memory->start + memory->bytes, UINT64_C(1) << 32);
	seen.gave_before_read |= seen.nr_given > 0;
	*facts = reported;
	return acpi_wrong;
}

const char *acpi_power_find(const struct acpi_memory *memory, uint64_t rsdp,
			    struct acpi_power *found)
{
	CHECK_EQ(rsdp, 0xe0010);
	seen.gave_before_read |= seen.nr_given > 0;
	*found = power_reported;
	return power_wrong;
}

void machine_stop(const char *why)
{
	stopped_by = why;
	longjmp(stopped, 1);
}

void machine_take_command_line(const char *from, size_t bytes)
{
	CHECK(bytes <= sizeof(seen.command_line));
	if (bytes)
		memcpy(seen.command_line, from, bytes);
	seen.command_line_bytes = bytes;
}

void machine_boot_cpu_first(uint32_t own_id)
{
	CHECK_EQ(machine.facts.nr_cpus, reported.nr_cpus); /* the facts are there */
	seen.boot_id = own_id;
}

void machine_topology_fill(void)
{
	seen.nr_filled++;
}

void machine_ram_give(uint64_t from, uint64_t bytes)
{
	CHECK(seen.nr_given < MAX_GIVEN && seen.nr_filled);
	seen.given[seen.nr_given][0] = from;
	seen.given[seen.nr_given++][1] = bytes;
}

/* --- start of day ----------------------------------------------------------------------------- */

static struct start_info info;
static struct start_range ranges[MAX_START_RANGES + 1];
static const struct start_module module = { .address = 0x1234000, .bytes = 777 };

static void begin(void)
{
	memset(&machine, 0, sizeof(machine));
	memset(&seen, 0, sizeof(seen));
	memset(&reported, 0, sizeof(reported));
	acpi_wrong = power_wrong = stopped_by = NULL;
	processor.last_leaf = 0xd;
	processor.leaf_b_ebx = 1;
	processor.leaf_b_edx = 0x12345;
	processor.leaf_1_ebx = 0x45ffffff;
	info = (struct start_info){
		.magic = 0x336ec578, .version = 1, .nr_modules = 1,
		.modules = (uintptr_t)&module, .command_line = (uintptr_t)"test=cpus x",
		.rsdp = 0xe0010, .memory_map = (uintptr_t)ranges, .memory_map_entries = 4,
	};
	ranges[0] = (struct start_range){ 0, 0x9fc00, 1, 0 };
	ranges[1] = (struct start_range){ 0x9fc00, 0x400, 2, 0 };
	ranges[2] = (struct start_range){ 0x100000, 0x7ee0000, 1, 0 };
	ranges[3] = (struct start_range){ 0x7fe0000, 0x20000, 3, 0 };
}

static const char *start(void)
{
	if (!setjmp(stopped))
		machine_init((uintptr_t)&info);
	return stopped_by;
}

/* Only RAM is handed out, and only when all tables were read. */
TEST(what_the_start_info_reports)
{
	begin();
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.nr_given, 2);
	CHECK(seen.given[0][0] == 0 && seen.given[0][1] == 0x9fc00);
	CHECK(seen.given[1][0] == 0x100000 && seen.given[1][1] == 0x7ee0000);
	CHECK(!seen.gave_before_read);
	CHECK_EQ(seen.command_line_bytes, 11);
	CHECK(!memcmp(seen.command_line, "test=cpus x", 11));
	CHECK_EQ((uintptr_t)machine.module, 0x1234000);
	CHECK_EQ(machine.module_bytes, 777);
	begin();
	info.nr_modules = 0;
	info.command_line = 0;
	CHECK_STR(start(), NULL);
	CHECK(!machine.module && !machine.module_bytes && !seen.command_line_bytes);
	begin();
	info.version = 2;
	CHECK_STR(start(), NULL);
}

TEST(what_no_start_info_is)
{
	begin();
	info.magic++;
	CHECK_STR(start(), "the start info is not PVH version 1");
	begin();
	info.version = 0;
	CHECK_STR(start(), "the start info is not PVH version 1");
	begin();
	acpi_wrong = "wrong";
	CHECK_STR(start(), "wrong");
	CHECK_EQ(seen.nr_given, 0);
	begin();
	info.memory_map_entries = MAX_START_RANGES + 1;
	CHECK_STR(start(), "the memory map has more than 128 ranges");
	begin();
	for (uint32_t i = 0; i < MAX_START_RANGES; i++)
		ranges[i] = (struct start_range){ i * 0x2000, 0x1000, 1, 0 };
	info.memory_map_entries = MAX_START_RANGES;
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.nr_given, MAX_START_RANGES);
}

/* Each table of the facts, to its last entry. */
TEST(the_facts_are_those_of_acpi)
{
	const struct machine_facts *f = &machine.facts;

	begin();
	for (uint32_t i = 0; i < ACPI_MAX_CPUS; i++) {
		reported.apic_id[i] = 1000 + i;
		reported.cpu_node[i] = (uint16_t)(i % 60);
	}
	for (uint32_t i = 0; i < ACPI_MAX_NODES; i++) {
		reported.node_id[i] = (uint16_t)(3 * i);
		reported.node_memory[i] = i % 3 == 0;
	}
	for (uint32_t i = 0; i < ACPI_MAX_NODES * ACPI_MAX_NODES; i++)
		reported.distance[i] = (uint8_t)(i * 7);
	for (uint32_t i = 0; i < 5; i++)
		reported.range[i] = (struct acpi_range){i << 20, (i + 1) << 12, (uint16_t)(9 - i)};
	reported.nr_cpus = 200;
	reported.nr_later = 56;
	reported.nr_nodes = 64;
	reported.nr_ranges = 5;
	reported.has_srat = true;
	reported.local_apic = 0xfee00000;
	CHECK_STR(start(), NULL);
	CHECK(f->nr_cpus == 200 && f->nr_later == 56 && f->nr_nodes == 64 && f->nr_ranges == 5);
	CHECK(f->has_nodes);
	CHECK_EQ(x86_local_apic, 0xfee00000);
	CHECK(!memcmp(f->hw_id, reported.apic_id, sizeof(reported.apic_id)));
	CHECK(!memcmp(f->cpu_node, reported.cpu_node, sizeof(reported.cpu_node)));
	CHECK(!memcmp(f->node_id, reported.node_id, sizeof(reported.node_id)));
	CHECK(!memcmp(f->node_memory, reported.node_memory, sizeof(reported.node_memory)));
	CHECK(!memcmp(f->distance, reported.distance, sizeof(reported.distance)));
	for (uint32_t i = 0; i < 5; i++)
		CHECK(f->range[i].start == i << 20 && f->range[i].bytes == (i + 1) << 12 &&
		      f->range[i].node == 9 - i);
	CHECK_EQ(seen.nr_filled, 1);
}

/* 32 bits where there is leaf 0Bh with something in it, else 8. */
TEST(the_boot_cpu_by_its_id)
{
	begin();
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.boot_id, 0x12345);
	begin();
	processor.last_leaf = 0xb;
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.boot_id, 0x12345);
	begin();
	processor.last_leaf = 0xa;
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.boot_id, 0x45);
	begin();
	processor.leaf_b_ebx = 0;
	CHECK_STR(start(), NULL);
	CHECK_EQ(seen.boot_id, 0x45);
}

/* --- off -------------------------------------------------------------------------------------- */

/* Power off writes; the machine continues, as if there were no such device. */
static void power_off(uint16_t a, uint16_t b)
{
	const struct acpi_memory none = { 0 };

	memset(&ports, 0, sizeof(ports));
	ports.a = a;
	ports.b = b;
	x86_power_init(&none, 0xe0010);
	CHECK_STR(arch_power_off(), "ACPI's state S5 was requested, and nothing happened");
}

TEST(off_by_the_control_registers)
{
	power_reported = (struct acpi_power){.control_a = PORT_A, .sleep_a = 5, .sleep_b = 7};
	power_off(0xffff, 0);
	CHECK_EQ(ports.a, (0xffff & ~(7 << 10)) | 5 << 10); /* the other bits stay, SLP_EN is set */
	CHECK(ports.nr_a == 1 && ports.nr_b == 0 && ports.nr_commands == 0);
	power_off(0x0203, 0);
	CHECK_EQ(ports.a, 0x0203 | 5 << 10 | 1 << 13);
	power_reported.control_b = PORT_B;
	power_off(0x1c01, 0x1e00);
	CHECK_EQ(ports.a, 1 | 5 << 10 | 1 << 13);
	CHECK_EQ(ports.b, 0x0200 | 7 << 10 | 1 << 13);
	CHECK(ports.nr_delays >= 10); /* it may take its time */
}

/* Where it is off, has a port for it, and a value. */
TEST(acpi_is_switched_on_before)
{
	power_reported = (struct acpi_power){
		.control_a = PORT_A,
		.sleep_a = 1,
		.command = PORT_COMMAND,
		.enable = 0xf1,
	};
	power_off(0, 0);
	CHECK(ports.nr_commands == 1 && ports.command == 0xf1);
	CHECK_EQ(ports.a, 1 | 1 << 10 | 1 << 13); /* written when ACPI was on */
	power_off(1, 0);
	CHECK_EQ(ports.nr_commands, 0);
	power_reported.enable = 0;
	power_off(0, 0);
	CHECK_EQ(ports.nr_commands, 0);
	power_reported.enable = 1;
	power_reported.command = 0;
	power_off(0, 0);
	CHECK_EQ(ports.nr_commands, 0);
}

TEST(why_it_cannot_be_off)
{
	const struct acpi_memory none = { 0 };

	memset(&ports, 0, sizeof(ports));
	power_wrong = "the DSDT has no state S5";
	x86_power_init(&none, 0xe0010);
	CHECK_STR(arch_power_off(), "the DSDT has no state S5");
	CHECK(!ports.nr_a && !ports.nr_delays);
	power_wrong = NULL;
}
