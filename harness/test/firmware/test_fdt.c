/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_fdt.c - the image's device tree reader on the host: good trees, and each way to break them.
 *
 *	[header][structure][strings]	or	[header][strings][structure]
 *
 * in a block of exactly that size, so that a sanitizer build sees every read beyond it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/firmware/fdt_facts.h"
#include "harness/test/lib/test.h"

enum { HEADER = 40, ROOM = 32768, STRINGS_ROOM = 512, NR_CPUS = 3 };
enum { STRUCTURE_AT = 8, STRINGS_AT = 12, STRINGS_BYTES = 32, STRUCTURE_BYTES = 36 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

/* A tree as it grows; `at` becomes the whole blob when it is finished. */
struct tree {
	uint8_t at[ROOM];
	uint32_t nr;
	char strings[STRINGS_ROOM];
	uint32_t nr_strings;
	uint32_t structure, mark; /* offsets: of the first token, of the last value */
	bool strings_first;
};

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static void store(uint8_t *at, uint32_t value)
{
	for (uint32_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put(struct tree *t, uint32_t value)
{
	CHECK(t->nr + 4 <= ROOM);
	store(t->at + t->nr, value);
	t->nr += 4;
}

static void put_bytes(struct tree *t, const void *bytes, uint32_t nr)
{
	CHECK(t->nr + nr + 3 <= ROOM);
	memcpy(t->at + t->nr, bytes, nr);
	t->nr = (t->nr + nr + 3) & ~3u;
}

static void begin(struct tree *t, const char *name)
{
	put(t, BEGIN_NODE);
	put_bytes(t, name, (uint32_t)strlen(name) + 1);
}

static void end(struct tree *t)
{
	put(t, END_NODE);
}

static void prop(struct tree *t, const char *name, const void *value, uint32_t bytes)
{
	put(t, PROP);
	put(t, bytes);
	put(t, t->nr_strings);
	strcpy(t->strings + t->nr_strings, name);
	t->nr_strings += (uint32_t)strlen(name) + 1;
	t->mark = t->nr;
	put_bytes(t, value, bytes);
}

static void text(struct tree *t, const char *name, const char *value)
{
	prop(t, name, value, (uint32_t)strlen(value) + 1);
}

static void cells(struct tree *t, const char *name, uint32_t nr, ...)
{
	uint8_t value[4 * 32];
	va_list arguments;

	va_start(arguments, nr);
	for (uint32_t i = 0; i < nr; i++)
		store(value + 4 * i, va_arg(arguments, uint32_t));
	va_end(arguments);
	prop(t, name, value, 4 * nr);
}

static void start(struct tree *t)
{
	memset(t, 0, sizeof(*t));
	t->nr = HEADER;
	begin(t, "");
	cells(t, "#address-cells", 1, 2);
	cells(t, "#size-cells", 1, 2);
}

static void finish(struct tree *t)
{
	uint32_t strings, capacity = (t->nr_strings + 3) & ~3u, bytes;

	end(t);
	put(t, END);
	bytes = t->nr - HEADER;
	strings = t->strings_first ? HEADER : t->nr;
	t->structure = t->strings_first ? HEADER + capacity : HEADER;
	t->mark += t->structure - HEADER;
	memmove(t->at + t->structure, t->at + HEADER, bytes);
	memcpy(t->at + strings, t->strings, capacity);
	t->nr += t->strings_first ? capacity : t->nr_strings;
	store(t->at, 0xd00dfeed);
	store(t->at + 4, t->nr);
	store(t->at + STRUCTURE_AT, t->structure);
	store(t->at + STRINGS_AT, strings);
	store(t->at + 20, 17);
	store(t->at + 24, 16);
	store(t->at + STRINGS_BYTES, t->nr_strings);
	store(t->at + STRUCTURE_BYTES, bytes);
}

static void put_cpu(struct tree *t, const char *name, uint32_t affinity, uint32_t node)
{
	begin(t, name);
	text(t, "device_type", "cpu");
	cells(t, "reg", 1, affinity);
	cells(t, "numa-node-id", 1, node);
}

/* CPUs 0 and 100h on node 7, 1 on node 2; one more is switched off. */
static void put_cpus(struct tree *t)
{
	begin(t, "cpus");
	cells(t, "#address-cells", 1, 1);
	cells(t, "#size-cells", 1, 0);
	put_cpu(t, "cpu@0", 0, 7);
	end(t);
	put_cpu(t, "cpu@1", 1, 2);
	text(t, "status", "okay");
	end(t);
	put_cpu(t, "cpu@2", 2, 2);
	text(t, "status", "disabled");
	end(t);
	put_cpu(t, "cpu@100", 0x100, 7);
	end(t);
	end(t);
}

static void put_memory(struct tree *t)
{
	begin(t, "memory@48000000");
	text(t, "device_type", "memory");
	cells(t, "numa-node-id", 1, 7);
	cells(t, "reg", 8, 0, 0x48000000, 0, 0x8000000, 1, 0, 0, 0x1000);
	end(t);
	begin(t, "memory@40000000");
	text(t, "device_type", "memory");
	cells(t, "numa-node-id", 1, 2);
	cells(t, "reg", 4, 0, 0x40000000, 0, 0x8000000);
	end(t);
	begin(t, "memory@60000000"); /* nobody's */
	text(t, "device_type", "memory");
	cells(t, "reg", 4, 0, 0x60000000, 0, 0x1000);
	end(t);
}

static void put_devices(struct tree *t)
{
	begin(t, "psci");
	prop(t, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
	text(t, "method", "smc");
	end(t);
	begin(t, "pl011@9000000");
	prop(t, "compatible", "arm,pl011\0arm,primecell", 24);
	cells(t, "reg", 4, 0, 0x9000000, 0, 0x1000);
	end(t);
	begin(t, "intc@8000000");
	text(t, "compatible", "arm,gic-v3");
	cells(t, "reg", 8, 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
	begin(t, "its@8080000");
	text(t, "compatible", "arm,gic-v3-its");
	end(t);
	end(t);
	begin(t, "chosen");
	put(t, NOP);
	cells(t, "linux,initrd-start", 2, 0, 0x48001000);
	cells(t, "linux,initrd-end", 1, 0x48003000);
	text(t, "bootargs", "cpus=3 test=trace");
	end(t);
}

/* 2 to 7 is told, 7 to 2 is not; node 9 is nobody's. */
static void put_distances(struct tree *t)
{
	begin(t, "distance-map");
	text(t, "compatible", "numa-distance-map-v1");
	cells(t, "distance-matrix", 9, 2, 2, 10, 2, 7, 33, 2, 9, 40);
	end(t);
}

static void build(struct tree *t, bool strings_first)
{
	start(t);
	t->strings_first = strings_first;
	put_memory(t);
	put_devices(t);
	put_cpus(t);
	put_distances(t);
	finish(t);
}

/* Reads the first nr bytes from a block of exactly that size. */
static const char *parse(const struct tree *t, uint32_t nr, struct fdt_facts *facts)
{
	static uint8_t *exact; /* stays until the next one: facts point into it */
	const char *wrong;
	struct fdt fdt;

	free(exact);
	exact = malloc(nr ? nr : 1);
	CHECK(exact != NULL);
	memcpy(exact, t->at, nr);
	wrong = fdt_open(exact, nr, &fdt);
	return wrong ? wrong : fdt_facts_read(&fdt, facts);
}

/* --- good ones -------------------------------------------------------------------------------- */

TEST(fdt_cpus_and_nodes)
{
	static const uint32_t id[NR_CPUS] = {0, 1, 0x100};
	static const uint16_t node[NR_CPUS] = {1, 0, 1};
	static struct fdt_facts f;
	struct tree t;

	build(&t, false);
	CHECK_STR(parse(&t, t.nr, &f), NULL);
	CHECK_EQ(f.machine.nr_cpus, NR_CPUS);
	for (uint32_t i = 0; i < NR_CPUS; i++) {
		CHECK_EQ(f.machine.hw_id[i], id[i]);
		CHECK_EQ(f.machine.cpu_node[i], node[i]);
	}
	CHECK(f.machine.has_nodes);
	CHECK_EQ(f.machine.nr_nodes, 2);
	CHECK_EQ(f.machine.node_id[0], 2);
	CHECK_EQ(f.machine.node_id[1], 7);
	CHECK_EQ(f.machine.distance[0], 10);
	CHECK_EQ(f.machine.distance[1], 33);
	CHECK_EQ(f.machine.distance[2], 33); /* the mirror image */
	CHECK_EQ(f.machine.distance[3], 10);
}

TEST(fdt_memory)
{
	static struct fdt_facts f;
	struct tree t;

	build(&t, false);
	CHECK_STR(parse(&t, t.nr, &f), NULL);
	CHECK_EQ(f.nr_ram, 4);
	CHECK_EQ(f.ram[1].start, UINT64_C(1) << 32);
	CHECK_EQ(f.ram[3].start, 0x60000000);
	CHECK_EQ(f.machine.nr_ranges, 3);
	CHECK_EQ(f.machine.range[0].node, 1);
	CHECK_EQ(f.machine.range[2].node, 0);
	CHECK_EQ(f.machine.range[2].start, 0x40000000);
	CHECK_EQ(f.machine.range[2].bytes, 0x8000000);
	CHECK(f.machine.node_memory[0] && f.machine.node_memory[1]);
}

TEST(fdt_devices)
{
	static struct fdt_facts f;
	struct tree t;

	build(&t, false);
	CHECK_STR(parse(&t, t.nr, &f), NULL);
	CHECK(f.has_psci && f.psci_by_smc);
	CHECK_EQ(f.uart, 0x9000000);
	CHECK_EQ(f.distributor, 0x8000000);
	CHECK_EQ(f.redistributors, 0x80a0000);
	CHECK_EQ(f.redistributors_bytes, 0xf60000);
	CHECK_EQ(f.module, 0x48001000);
	CHECK_EQ(f.module_bytes, 0x2000);
	CHECK_EQ(f.command_line.bytes, strlen("cpus=3 test=trace"));
	CHECK(!memcmp(f.command_line.at, "cpus=3 test=trace", f.command_line.bytes));
}

/* One CPU, memory and nothing else: one node, and what is not there is 0. */
TEST(fdt_least)
{
	static struct fdt_facts f;
	struct tree t;

	start(&t);
	begin(&t, "cpus");
	cells(&t, "#address-cells", 1, 1);
	begin(&t, "cpu@0");
	text(&t, "device_type", "cpu");
	cells(&t, "reg", 1, 0);
	end(&t);
	end(&t);
	begin(&t, "memory");
	text(&t, "device_type", "memory");
	cells(&t, "reg", 4, 0, 0x40000000, 0, 0x1000);
	end(&t);
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f), NULL);
	CHECK_EQ(f.machine.nr_cpus, 1);
	CHECK_EQ(f.machine.nr_nodes, 1);
	CHECK(!f.machine.has_nodes && !f.has_psci);
	CHECK_EQ(f.machine.nr_ranges, 0);
	CHECK_EQ(f.machine.distance[0], 10);
	CHECK_EQ(f.uart + f.distributor + f.module + f.command_line.bytes, 0);
}

/* A module that ends before it begins, or where it does, is none; so is a line of no bytes. */
TEST(fdt_no_module)
{
	static const uint32_t ends[] = {0x48000fff, 0x48001000, 0};
	static struct fdt_facts f;
	struct tree t;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		start(&t);
		put_cpus(&t);
		put_memory(&t);
		begin(&t, "chosen");
		cells(&t, "linux,initrd-start", 1, 0x48001000);
		cells(&t, "linux,initrd-end", 1, ends[i]);
		prop(&t, "bootargs", "", 0);
		end(&t);
		finish(&t);
		CHECK_STR(parse(&t, t.nr, &f), NULL);
		CHECK_EQ(f.module, 0);
		CHECK_EQ(f.module_bytes, 0);
		CHECK(!f.command_line.at && !f.command_line.bytes);
	}
}

/* --- damaged ones ----------------------------------------------------------------------------- */

TEST(fdt_every_truncation)
{
	static struct fdt_facts f;
	struct tree t;

	build(&t, false);
	for (uint32_t nr = 0; nr < t.nr; nr++)
		CHECK(parse(&t, nr, &f) != NULL);
}

/* The last block is nr bytes shorter, and so is all that may be read. */
static void check_cut(bool strings_first, uint32_t bytes_at)
{
	static struct fdt_facts f;
	struct tree good, t;

	build(&good, strings_first);
	for (uint32_t nr = 1; nr < 200; nr++) {
		t = good;
		t.nr -= nr;
		store(t.at + 4, t.nr);
		CHECK(parse(&t, t.nr, &f) != NULL);
		store(t.at + bytes_at, t.nr - (strings_first ? t.structure : 0));
		if (!strings_first) {
			uint32_t strings =
				(uint32_t)t.at[STRINGS_AT + 2] << 8 | t.at[STRINGS_AT + 3];

			store(t.at + bytes_at, t.nr - strings);
		}
		CHECK(parse(&t, t.nr, &f) != NULL);
	}
}

TEST(fdt_every_cut)
{
	check_cut(true, STRUCTURE_BYTES);
	check_cut(false, STRINGS_BYTES);
}

/* Whatever a byte says, nothing is read outside and no limit is passed. */
TEST(fdt_every_changed_byte)
{
	static const uint8_t values[] = {0, 1, 2, 3, 9, 0x7f, 0x80, 0xff};
	static struct fdt_facts f;
	struct tree good, t;
	uint32_t nr_refused = 0;

	build(&good, true);
	for (uint32_t i = 0; i < good.nr; i++) {
		for (uint32_t v = 0; v < sizeof(values); v++) {
			t = good;
			t.at[i] = values[v];
			if (parse(&t, t.nr, &f)) {
				nr_refused++;
				continue;
			}
			CHECK(f.machine.nr_cpus >= 1 && f.machine.nr_cpus <= NR_CPUS + 1);
			CHECK(f.machine.nr_nodes >= 1 && f.machine.nr_nodes <= 3);
			for (uint32_t cpu = 0; cpu < f.machine.nr_cpus; cpu++)
				CHECK(f.machine.cpu_node[cpu] < f.machine.nr_nodes);
		}
	}
	CHECK(nr_refused > good.nr / 2);
}

/* Numbers of the header and of tokens that would wrap around if they were believed. */
TEST(fdt_large_numbers)
{
	static const uint32_t values[] = {0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
	static struct fdt_facts f;
	struct tree good, t;

	build(&good, true);
	for (uint32_t i = 0; i + 4 <= good.nr; i += 4) {
		for (uint32_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			t = good;
			store(t.at + i, values[v]);
			if (!parse(&t, t.nr, &f))
				CHECK(f.machine.nr_nodes <= 3);
		}
	}
}

/* --- each rule by its sentence ---------------------------------------------------------------- */

#define HEADER_RULE(offset, value, sentence)                                                       \
	do {                                                                                       \
		t = good;                                                                          \
		store(t.at + (offset), value);                                                     \
		CHECK_STR(parse(&t, t.nr, &f), sentence);                                          \
	} while (0)

TEST(fdt_header_sentences)
{
	static struct fdt_facts f;
	struct tree good, t;

	build(&good, false);
	HEADER_RULE(0, 0xd00dfeee, "there is no device tree");
	HEADER_RULE(4, good.nr + 1, "the device tree is longer than its memory");
	HEADER_RULE(20, 16, "the device tree is of a version that is not known");
	HEADER_RULE(24, 18, "the device tree is of a version that is not known");
	HEADER_RULE(8, good.nr + 4, "a block of the device tree lies outside it");
	HEADER_RULE(32, good.nr, "a block of the device tree lies outside it");
	HEADER_RULE(8, HEADER + 1, "the structure of the device tree is not aligned");
	HEADER_RULE(HEADER, 5, "a token of the device tree is unknown or cut off");
	HEADER_RULE(HEADER, END, "the device tree ends inside a node");
	HEADER_RULE(HEADER, END_NODE, "the device tree ends a node that was not begun");
	HEADER_RULE(good.mark - 4, 0xfffffff0, "a token of the device tree is unknown or cut off");
	store(good.at + HEADER + 4, NOP); /* where the root's empty name was */
	HEADER_RULE(HEADER, NOP, "a property of the device tree stands outside its node's head");
}

TEST(fdt_structure_sentences)
{
	static struct fdt_facts f;
	struct tree t;

	start(&t);
	end(&t);
	begin(&t, "second");
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f), "the device tree has more than one root");
	start(&t);
	begin(&t, "child");
	end(&t);
	text(&t, "late", "");
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f),
		  "a property of the device tree stands outside its node's head");
	start(&t);
	begin(&t, "child");
	end(&t);
	put(&t, NOP); /* changes nothing */
	text(&t, "late", "");
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f),
		  "a property of the device tree stands outside its node's head");
	start(&t);
	for (uint32_t i = 0; i < FDT_MAX_DEPTH; i++)
		begin(&t, "deeper");
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f), "the device tree is nested too deeply");
	start(&t);
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f), "the device tree lists no CPU");
	start(&t);
	put_cpus(&t);
	finish(&t);
	CHECK_STR(parse(&t, t.nr, &f), "the device tree lists no memory");
}

/* A good tree and one node more. */
static void build_with(struct tree *t, void (*more)(struct tree *t))
{
	start(t);
	put_cpus(t);
	put_memory(t);
	more(t);
	finish(t);
}

static void cpu_twice(struct tree *t)
{
	put_cpus(t);
}

static void cpu_beyond(struct tree *t)
{
	begin(t, "cpus");
	cells(t, "#address-cells", 1, 1);
	put_cpu(t, "cpu@1000000", 0x1000000, 2);
	end(t);
	end(t);
}

static void memory_wraps(struct tree *t)
{
	begin(t, "memory@f");
	text(t, "device_type", "memory");
	cells(t, "reg", 4, 0xffffffff, 0xfffff000, 0, 0x2000);
	end(t);
}

static void node_beyond(struct tree *t)
{
	begin(t, "memory@f");
	text(t, "device_type", "memory");
	cells(t, "numa-node-id", 1, 0xffff);
	end(t);
}

static void odd_distances(struct tree *t)
{
	begin(t, "distance-map");
	text(t, "compatible", "numa-distance-map-v1");
	cells(t, "distance-matrix", 4, 2, 2, 10, 2);
	end(t);
}

static void self_distance(struct tree *t)
{
	begin(t, "distance-map");
	text(t, "compatible", "numa-distance-map-v1");
	cells(t, "distance-matrix", 3, 2, 2, 11);
	end(t);
}

static void near_distance(struct tree *t)
{
	begin(t, "distance-map");
	text(t, "compatible", "numa-distance-map-v1");
	cells(t, "distance-matrix", 3, 2, 7, 9);
	end(t);
}

static void many_nodes(struct tree *t)
{
	for (uint32_t i = 100; i < 163; i++) {
		begin(t, "memory");
		text(t, "device_type", "memory");
		cells(t, "numa-node-id", 1, i);
		end(t);
		t->nr_strings -= 25; /* both properties' names: the same ones serve again */
	}
	t->nr_strings += 25;
}

static void many_ranges(struct tree *t)
{
	begin(t, "memory");
	text(t, "device_type", "memory");
	for (uint32_t i = 0; i < MACHINE_MAX_RANGES * 16; i += 4)
		store(t->at + t->nr + 12 + i, i % 16 == 12 ? 4096 : 0);
	prop(t, "reg", t->at + t->nr + 12, MACHINE_MAX_RANGES * 16);
	end(t);
}

static void many_cpus(struct tree *t)
{
	uint32_t names = t->nr_strings;

	begin(t, "cpus");
	cells(t, "#address-cells", 1, 1);
	for (uint32_t i = 0; i < MACHINE_MAX_CPUS; i++) {
		t->nr_strings = names + 15;
		put_cpu(t, "cpu", 0x1000 + i, 2);
		end(t);
	}
	end(t);
}

static void silent_uart(struct tree *t)
{
	begin(t, "pl011");
	text(t, "compatible", "arm,pl011");
	end(t);
}

static void short_controller(struct tree *t)
{
	begin(t, "intc");
	text(t, "compatible", "arm,gic-v3");
	cells(t, "reg", 4, 0, 0x8000000, 0, 0x10000);
	end(t);
}

TEST(fdt_facts_sentences)
{
	static const struct {
		void (*more)(struct tree *t);
		const char *sentence;
	} rules[] = {
		{cpu_twice, "the device tree lists a CPU twice"},
		{cpu_beyond, "a CPU of the device tree has no affinity of three levels"},
		{memory_wraps, "a memory range of the device tree wraps around"},
		{node_beyond, "the device tree has more than 64 nodes, or ids over 65534"},
		{many_nodes, "the device tree has more than 64 nodes, or ids over 65534"},
		{many_ranges, "the device tree has more than 64 memory ranges"},
		{many_cpus, "the device tree lists more than 256 CPUs"},
		{silent_uart, "the device tree's serial line has no registers"},
		{odd_distances, "the device tree's distance map is not made of triples"},
		{self_distance, "the device tree holds an impossible distance"},
		{near_distance, "the device tree holds an impossible distance"},
		{short_controller, "the device tree's interrupt controller has no registers"},
	};
	static struct fdt_facts f;
	struct tree t;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		build_with(&t, rules[i].more);
		CHECK_STR(parse(&t, t.nr, &f), rules[i].sentence);
	}
}
