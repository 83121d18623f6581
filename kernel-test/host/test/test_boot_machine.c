/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_machine.c - the boot image's use of a machine's facts: which memory it allocates, which
 * CPU is CPU 0, the topology, options of the command line.
 *
 *	RAM	[....image][..........[module]......................|beyond 4 GiB...
 *	given	           [.........]        [.....................]
 */
#include <setjmp.h>
#include <string.h>

#include <pcpu/base.h>
#include "harness/test/lib/test.h"

#define BOOT_ARCH_H
#define ARCH_MAPPED_BYTES mapped_bytes

enum { PAGE = PCPU_PAGE_BYTES, MAX_PIECES = 32 };

static uint64_t mapped_bytes;

#include "kernel-test/common/machine.c"

const char image_end[1];

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static struct machine_range given[MAX_PIECES];
static uint32_t nr_given;
static jmp_buf stopped;

void memory_add(uint16_t node, uint64_t start, uint64_t bytes)
{
	CHECK(nr_given < MAX_PIECES);
	given[nr_given++] = (struct machine_range){ start, bytes, node };
}

void machine_stop(const char *why)
{
	longjmp(stopped, 1);
}

/* Where free memory begins: the first whole page behind the image. */
static uint64_t free_start(void)
{
	return ((uintptr_t)image_end + PAGE - 1) / PAGE * PAGE;
}

static void begin(void)
{
	memset(&machine, 0, sizeof(machine));
	memset(given, 0, sizeof(given));
	nr_given = 0;
	mapped_bytes = free_start() + UINT64_C(1000) * PAGE;
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Returns how often the byte was given, and to which node. */
static uint32_t times_given(uint64_t at, uint16_t *node)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < nr_given; i++) {
		if (at - given[i].start >= given[i].bytes)
			continue;
		*node = given[i].node;
		nr++;
	}
	return nr;
}

static bool overlaps(uint64_t page, uint64_t start, uint64_t bytes)
{
	return bytes && page < start + bytes && start < page + PAGE;
}

/* Checks that each free whole page of RAM is given once, to its node, and no other. */
static void check_pages(uint64_t ram, uint64_t ram_bytes)
{
	const struct machine_facts *facts = &machine.facts;
	uint64_t module = (uintptr_t)machine.module;

	for (uint64_t page = free_start() - 20 * PAGE; page < mapped_bytes + 20 * PAGE;
	     page += PAGE) {
		uint16_t node = 99, wanted = 0;
		uint32_t due = page >= ram && page + PAGE <= ram + ram_bytes;

		if (overlaps(page, 0, (uintptr_t)image_end) || page + PAGE > mapped_bytes ||
		    overlaps(page, module, machine.module_bytes))
			due = 0;
		for (uint32_t i = 0; facts->has_nodes && i < facts->nr_ranges; i++)
			if (page - facts->range[i].start < facts->range[i].bytes)
				wanted = facts->range[i].node + 1;
		if (facts->has_nodes && !wanted)
			due = 0;
		CHECK_EQ(times_given(page, &node), due);
		CHECK_EQ(times_given(page + PAGE - 1, &node), due);
		if (due)
			CHECK_EQ(node, facts->has_nodes ? wanted - 1 : 0);
	}
	for (uint32_t i = 0; i < nr_given; i++)
		CHECK(given[i].start % PAGE == 0 && given[i].bytes % PAGE == 0 && given[i].bytes);
}

static void give_and_check(uint64_t ram, uint64_t ram_bytes)
{
	nr_given = 0;
	machine_ram_give(ram, ram_bytes);
	check_pages(ram, ram_bytes);
}

TEST(ram_around_image_module_and_end_is_given)
{
	static const struct {
		uint64_t at, bytes; /* the module, from the first free page on */
	} modules[] = {
		{ 100 * PAGE, 7 * PAGE },	 { 100 * PAGE + 16, 6 * PAGE },
		{ 100 * PAGE, 1 },		 { 100 * PAGE, 6 * PAGE + 1 },
		{ 100 * PAGE - 1, 2 },		 { 0, 3 * PAGE },
		{ 990 * PAGE, 20 * PAGE },	 { 0, 0 },
	};
	uint64_t from = free_start();

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		begin();
		machine.module = (const char *)(uintptr_t)(from + modules[i].at);
		machine.module_bytes = modules[i].bytes;
		give_and_check(from - 10 * PAGE, 1100 * PAGE);
		give_and_check(from + 50 * PAGE, 100 * PAGE);
		give_and_check(from + 103 * PAGE, 300 * PAGE);
		give_and_check(from + 50 * PAGE + 8, 100 * PAGE);
		give_and_check(from + 50 * PAGE, 52 * PAGE);
		give_and_check(from + 50 * PAGE, 50 * PAGE);
		give_and_check(from + 50 * PAGE + 8, PAGE);
		give_and_check(from + 990 * PAGE, 100 * PAGE);
		give_and_check(from + 1000 * PAGE, 10 * PAGE);
		give_and_check(from - 20 * PAGE, 15 * PAGE);
	}
}

/* Ranges of nodes reach beyond RAM, leave holes, and come in any order. */
TEST(ram_goes_to_the_node_of_its_range)
{
	uint64_t from = free_start();

	begin();
	machine.facts.has_nodes = true;
	machine.facts.nr_nodes = 3;
	machine.facts.nr_ranges = 4;
	machine.facts.range[0] = (struct machine_range){ from + 400 * PAGE, 200 * PAGE, 2 };
	machine.facts.range[1] = (struct machine_range){ from - 50 * PAGE, 150 * PAGE, 0 };
	machine.facts.range[2] = (struct machine_range){ from + 100 * PAGE, 200 * PAGE, 1 };
	machine.facts.range[3] = (struct machine_range){ from + 700 * PAGE, 900 * PAGE, 0 };
	machine.module = (const char *)(uintptr_t)(from + 90 * PAGE);
	machine.module_bytes = 20 * PAGE;
	give_and_check(from - 10 * PAGE, 1100 * PAGE);
	give_and_check(from + 120 * PAGE, 10 * PAGE);
	give_and_check(from + 250 * PAGE, 200 * PAGE);
	give_and_check(from + 300 * PAGE, 100 * PAGE); /* on no node */
	give_and_check(from + 650 * PAGE, 100 * PAGE);
}

/* --- CPUs and nodes --------------------------------------------------------------------------- */

/* The boot CPU comes first, the others keep their order; ids and nodes go together. */
TEST(the_boot_cpu_is_the_first)
{
	static const uint32_t ids[] = { 7, 3, 12, 5, 40 };

	for (uint32_t boot = 0; boot < 5; boot++) {
		begin();
		machine.facts.nr_cpus = 4; /* the fifth may come later */
		for (uint16_t i = 0; i < 5; i++) {
			machine.facts.hw_id[i] = ids[i];
			machine.facts.cpu_node[i] = (uint16_t)(10 + i);
		}
		if (setjmp(stopped)) {
			CHECK_EQ(boot, 4);
			continue;
		}
		machine_boot_cpu_first(ids[boot]);
		CHECK(boot < 4);
		for (uint32_t i = 0; i < 5; i++) {
			uint32_t from = i == 0 ? boot : i <= boot ? i - 1 : i;

			CHECK_EQ(machine.facts.hw_id[i], ids[from]);
			CHECK_EQ(machine.facts.cpu_node[i], 10 + from);
		}
	}
}

TEST(the_topology_is_that_of_the_facts)
{
	const struct pcpu_topology *t = &machine.topology;

	begin();
	machine.facts.nr_cpus = 3;
	machine.facts.nr_later = 2;
	machine.facts.nr_nodes = 2;
	machine.facts.has_nodes = true;
	machine.facts.node_memory[1] = true;
	machine_topology_fill();
	CHECK_EQ(t->nr_cpu_ids, 5);
	CHECK_EQ(t->nr_nodes, 2);
	CHECK(t->cpu_node == machine.facts.cpu_node && t->node_id == machine.facts.node_id);
	CHECK(t->distance == machine.facts.distance);
	CHECK_EQ(t->node_state[0], PCPU_NODE_ONLINE);
	CHECK_EQ(t->node_state[1], PCPU_NODE_ONLINE | PCPU_NODE_MEMORY);
	begin();
	machine.facts.nr_cpus = machine.facts.nr_nodes = 1;
	machine_topology_fill();
	CHECK_EQ(t->nr_cpu_ids, 1);
	CHECK(!t->distance);
	CHECK_EQ(t->node_state[0], PCPU_NODE_ONLINE | PCPU_NODE_MEMORY);
}

/* --- the command line ------------------------------------------------------------------------- */

static void take_line(const char *line)
{
	begin();
	machine_take_command_line(line, strlen(line));
}

TEST(options_are_whole_words)
{
	char value[8];

	take_line("xtest=no testing=no test test= test=second defect=a=b last=12345678 end=1");
	CHECK(machine_option("test", value, sizeof(value)));
	CHECK_STR(value, "");
	CHECK(machine_option("defect", value, sizeof(value)));
	CHECK_STR(value, "a=b");
	CHECK(machine_option("last", value, sizeof(value)));
	CHECK_STR(value, "1234567"); /* as much as there is room for */
	CHECK(machine_option("end", value, sizeof(value)));
	CHECK_STR(value, "1");
	CHECK(!machine_option("tes", value, sizeof(value)));
	CHECK(!machine_option("no", value, sizeof(value)));
	CHECK(!machine_option("a", value, sizeof(value)));
	take_line("test=one test=two");
	CHECK(machine_option("test", value, sizeof(value)));
	CHECK_STR(value, "one");
	take_line("test");
	CHECK(!machine_option("test", value, sizeof(value)));
}

TEST(a_long_command_line_is_cut)
{
	char line[sizeof(machine.command_line) + 10];
	const size_t most = sizeof(machine.command_line) - 1;

	memset(line, 'x', sizeof(line));
	begin();
	memset(machine.command_line, 'y', sizeof(machine.command_line));
	machine_take_command_line(line, sizeof(line));
	CHECK_EQ(strlen(machine.command_line), most);
	memset(machine.command_line, 'y', sizeof(machine.command_line));
	machine_take_command_line(line, most);
	CHECK_EQ(strlen(machine.command_line), most);
	machine_take_command_line(line, 3);
	CHECK_STR(machine.command_line, "xxx");
	machine_take_command_line(line, 0);
	CHECK_STR(machine.command_line, "");
}
