/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_log.c - a machine's layout read back from its kernel log, and refused when it was cut or
   edited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/text/topology_oracle.h"
#include "harness/text/topology_text.h"

static struct lab_topology topology;
static struct lab_log_oracle oracle;
static char log_text[1 << 16], lines_again[1 << 16];

/* --- from lines to lines ---------------------------------------------------------------------- */

/* What a layout built from a log prints. */
static void build_again(const char *text, size_t bytes)
{
	struct lab_log_layout log;
	struct pcpu_layout layout;
	struct lab_error error = { 0 };
	struct lab_text out;
	void *memory;

	if (!lab_log_parse(text, bytes, &topology, &log, &error))
		FAIL("line %u: %s\n%s", error.line, error.expected, text);
	memory = malloc(pcpu_layout_memory(&topology.table));
	CHECK_EQ(pcpu_layout_build(&topology.table, &log.sizes, memory, &layout), PCPU_OK);
	CHECK_EQ(layout.unit_bytes, log.unit_bytes);
	CHECK_EQ(layout.upa, log.upa);
	lab_text_init(&out, lines_again, sizeof(lines_again));
	lab_put_layout(&out, &layout);
	CHECK_EQ(lab_fnv1a(LAB_FNV_START, lines_again, out.bytes), log.lines_hash);
	free(memory);
}

/* Text with prefix and suffix around each line, between other lines. */
static void make_log(const char *lines, const char *prefix, const char *suffix)
{
	size_t nr = 0;

	nr += (size_t)sprintf(log_text, "%sLinux version 6.1.0%s", prefix, suffix);
	while (*lines) {
		int bytes = (int)strcspn(lines, "\n");

		nr += (size_t)sprintf(log_text + nr, "%s%.*s%s", prefix, bytes, lines, suffix);
		lines += bytes + 1;
	}
	sprintf(log_text + nr, "%sFallback order for Node 0: 0%s", prefix, suffix);
}

/* A golden file starts with a comment of ours; then come the kernel's lines. */
static const char *skip_comment(const char *text)
{
	return *text == '#' ? strchr(text, '\n') + 1 : text;
}

static void stamped_log_gives_the_lines_back(const char *path, const char *name)
{
	static const char *const prefixes[] = {
		"", "[    0.000000] ", "[    0.040321][    T0] ", "<6>", "<6>[    0.000000] ",
		"Nov 22 10:00:00 host kernel: ", "kern  :info  : [    0.000000] ",
		"2026-11-22T10:00:00+0000 host kernel: [    0.000000] ",
	};
	size_t bytes;
	char *text = test_read_file(path, &bytes);
	const char *lines = skip_comment(text);

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		make_log(lines, prefixes[i], i % 2 ? "\r\n" : "\n");
		build_again(log_text, strlen(log_text));
		if (strcmp(lines_again, lines) != 0)
			FAIL("%s, prefix `%s`:\n%sinstead of\n%s", name, prefixes[i], lines_again,
			     lines);
	}
	free(text);
}

TEST(stamped_logs_of_all_golden_layouts_give_their_lines_back)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect",
				stamped_log_gives_the_lines_back), 14);
}

/* The ring buffer lost the head of the first dump; two whole ones follow (kexec): the first whole
   one. */
TEST(first_whole_dump_is_read)
{
	static const char text[] = "pcpu-alloc: [0] 4 5 6 7\n"
				   "pcpu-alloc: s4096 r0 d28672 u32768 alloc=1*2097152\n"
				   "pcpu-alloc: s212992 r8192 d28672 u2097152 alloc=1*2097152\n"
				   "pcpu-alloc: [0] 0\n"
				   "pcpu-alloc: s4096 r0 d28672 u32768 alloc=8*4096\n"
				   "pcpu-alloc: [0] 0 [0] 1\n";

	build_again(text, sizeof(text) - 1);
	CHECK_STR(lines_again, "pcpu-alloc: s212992 r8192 d28672 u2097152 alloc=1*2097152\n"
			       "pcpu-alloc: [0] 0\n");
}

/* --- the page -------------------------------------------------------------------------------- */

#define DUMP64 "pcpu-alloc: s590888 r0 d64472 u1048576 alloc=1*1048576\npcpu-alloc: [0] 0 [0] 1\n"

static uint64_t page_of_log(const char *line)
{
	struct lab_log_layout log;
	struct lab_error error = { 0 };

	snprintf(log_text, sizeof(log_text), "[    0.000000] %s\n" DUMP64, line);
	CHECK(lab_log_parse(log_text, strlen(log_text), &topology, &log, &error));
	return log.sizes.page_bytes;
}

TEST(the_count_of_pages_shows_their_size)
{
#define SRD "s590888 r0 d64472"
#define U   " u1048576"
	CHECK_EQ(page_of_log("Linux version 4.13"), 0);
	CHECK_EQ(page_of_log("percpu: Embedded 10 pages/cpu " SRD U), 65536);
	CHECK_EQ(page_of_log("PERCPU: Embedded 10 pages/cpu @c0000000f0000000 " SRD U), 65536);
	CHECK_EQ(page_of_log("PERCPU: Embedded 40 pages/cpu " SRD U), 16384);
	CHECK_EQ(page_of_log("PERCPU: Embedded 160 pages/cpu " SRD U), 4096);
	CHECK_EQ(page_of_log("PERCPU: 10 64K pages/cpu @d0000000 " SRD), 65536);
	CHECK_EQ(page_of_log("PERCPU: Embedded 10 pages/cpu " SRD), 0); /* no unit */
	/* Not of this dump, or not to be believed. */
	CHECK_EQ(page_of_log("percpu: Embedded 10 pages/cpu s590887 r1 d64472" U), 0);
	CHECK_EQ(page_of_log("percpu: Embedded 11 pages/cpu " SRD U), 0);
	CHECK_EQ(page_of_log("percpu: Embedded 5 pages/cpu " SRD U), 0);   /* 128 KiB */
	CHECK_EQ(page_of_log("percpu: Embedded 320 pages/cpu " SRD U), 0); /* 2 KiB */
	CHECK_EQ(page_of_log("percpu: Embedded 0 pages/cpu " SRD U), 0);
	CHECK_EQ(page_of_log("PERCPU: 10 4K pages/cpu " SRD), 0);
	CHECK_EQ(page_of_log("PERCPU: 64K pages/cpu " SRD), 0);
	CHECK_EQ(page_of_log("10 64K pages/cpu " SRD "\n1 64K pages/cpu s4096 r0 d61440"), 0);
}

/* A unit or an atom of half a page is none of a machine with that page. */
TEST(a_page_that_the_dump_cannot_have_is_not_taken)
{
	static const char *const dumps[] = {
		"3 64K pages/cpu s184320 r0 d12288\n"
		"pcpu-alloc: s184320 r0 d12288 u229376 alloc=7*32768\npcpu-alloc: [0] 0\n",
		"3 64K pages/cpu s184320 r0 d12288\n"
		"pcpu-alloc: s184320 r0 d12288 u196608 alloc=6*32768\npcpu-alloc: [0] 0\n",
		"3 64K pages/cpu s184320 r0 d12288\n"
		"pcpu-alloc: s184320 r0 d12288 u196608 alloc=3*65536\npcpu-alloc: [0] 0\n",
	};

	for (size_t i = 0; i < 3; i++) {
		struct lab_log_layout log;
		struct lab_error error = { 0 };

		CHECK(lab_log_parse(dumps[i], strlen(dumps[i]), &topology, &log, &error));
		CHECK_EQ(log.sizes.page_bytes, i == 2 ? 65536 : 0);
	}
}

/* --- refusals --------------------------------------------------------------------------------- */

struct refusal {
	const char *text;
	uint32_t line;
	const char *expected;
};

#define SIZES "pcpu-alloc: s4096 r0 d28672 u65536 alloc=2*65536\n"
#define SENTENCE_SIZES "sizes like s212992 r8192 d28672 u524288 alloc=1*2097152"
#define SENTENCE_ENTRY "alloc / u units in each entry"
#define SENTENCE_DASH "unused units at the end of a group only"
#define SENTENCE_NONE "a kernel log with a line `pcpu-alloc: s... r... d... u... alloc=...`"
#define SENTENCE_UNIT "a unit (u) of whole pages that holds s, r and d"

static const struct refusal refusals[] = {
	{ "", 1, SENTENCE_NONE },
	{ "[ 0.0] Linux\n\n", 1, SENTENCE_NONE },
	{ "pcpu-alloc: [0] 0 1\n", 1, SENTENCE_NONE },
	{ "x\npcpu-alloc: s1\n", 2, SENTENCE_SIZES },
	{ "pcpu-alloc: s4096 r0 d28672 u65536 alloc=2\n", 1, SENTENCE_SIZES },
	{ "pcpu-alloc: s4096 r0 d28672 u65536 alloc=2*65536 x\n", 1, SENTENCE_SIZES },
	{ "pcpu-alloc: s4096 d28672 r0 u65536 alloc=2*65536\n", 1, SENTENCE_SIZES },
	{ "pcpu-alloc: s99999999999 r0 d28672 u65536 alloc=2*65536\n", 1, SENTENCE_SIZES },
	{ "pcpu-alloc: s4096 r0 d28672 u65536 alloc=2*65000\n", 1,
	  "alloc=K*ATOM, with an atom that is a power of two and at least a page" },
	{ "pcpu-alloc: s65536 r0 d28672 u65536 alloc=2*65536\n", 1, SENTENCE_UNIT },
	{ "pcpu-alloc: s4096 r0 d28672 u65000 alloc=2*65536\n", 1, SENTENCE_UNIT },
	{ "pcpu-alloc: s4096 r0 d8192 u65536 alloc=2*65536\n", 1,
	  "a dynamic part (d) of at least 12288 bytes that fills up the last page" },
	{ "pcpu-alloc: s4097 r0 d28672 u65536 alloc=2*65536\n", 1,
	  "a dynamic part (d) of at least 12288 bytes that fills up the last page" },
	{ "pcpu-alloc: s4096 r0 d28672 u65536 alloc=0*65536\n", 1,
	  "an allocation (alloc) of whole units (u)" },
	{ "pcpu-alloc: s4096 r0 d28672 u131072 alloc=1*65536\n", 1,
	  "an allocation (alloc) of whole units (u)" },
	{ SIZES, 1, "at least one CPU in each group" },
	{ SIZES "pcpu-alloc: [0] 0 1 [0] 2\n", 2, SENTENCE_ENTRY },
	{ SIZES "pcpu-alloc: [0] 0 1 2\n", 2, SENTENCE_ENTRY },
	{ SIZES "pcpu-alloc: [0] 0 [0] 1 2\n", 2, SENTENCE_ENTRY },
	{ SIZES "pcpu-alloc: [1] 0 1\n", 2, "groups in order, from [0] on" },
	{ SIZES "pcpu-alloc: [0] 0 1 [2] 2 3\n", 2, "groups in order, from [0] on" },
	{ SIZES "pcpu-alloc: [0] 0 1 [1] 2 3 [0] 4 5\n", 2, "groups in order, from [0] on" },
	{ SIZES "pcpu-alloc: 0 1\n", 2, "a group [0] before the first CPU" },
	{ SIZES "pcpu-alloc: [x] 0 1\n", 2, "a group [G] from 0 to 1023" },
	{ SIZES "pcpu-alloc: [0 0 1\n", 2, "a group [G] from 0 to 1023" },
	{ SIZES "pcpu-alloc: [0] 0 x\n", 2,
	  "a CPU id from 0 to 8191, or dashes for an unused unit" },
	{ SIZES "pcpu-alloc: [0] 0 8192\n", 2,
	  "a CPU id from 0 to 8191, or dashes for an unused unit" },
	{ SIZES "pcpu-alloc: [0] 0 0\n", 2, "each CPU once" },
	{ SIZES "pcpu-alloc: [0] 1 0\n", 2, "CPU ids in ascending order within a group" },
	{ SIZES "pcpu-alloc: [0] 2 3 [1] 0 1\n", 2, "groups in order of their first CPU" },
	{ SIZES "pcpu-alloc: [0] - 0\n", 2, SENTENCE_DASH },
	{ SIZES "pcpu-alloc: [0] 0 -\npcpu-alloc: [0] 1 2\n", 3, SENTENCE_DASH },
	{ SIZES "pcpu-alloc: [0] - - [0] - -\n", 2, SENTENCE_DASH },
	{ SIZES "pcpu-alloc: [0] - - [1] 1 2\n", 2, "at least one CPU in each group" },
};

static void check_refusal(const struct refusal *r)
{
	struct lab_log_layout log;
	struct lab_error error = { 0 };

	if (lab_log_parse(r->text, strlen(r->text), &topology, &log, &error))
		FAIL("taken: %s", r->text);
	lab_log_oracle(r->text, strlen(r->text), &oracle);
	if (oracle.good)
		FAIL("taken by the second reader: %s", r->text);
	if (error.line != r->line || strcmp(error.expected, r->expected) != 0)
		FAIL("%u: %s\ninstead of %u: %s\nfor %s", error.line, error.expected, r->line,
		     r->expected, r->text);
}

TEST(each_refusal_has_its_line_and_sentence)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		check_refusal(&refusals[i]);
}

/* Wherever a log is cut, it is refused or read: never read beyond its end. */
static void cut(const char *path, const char *name)
{
	struct lab_log_layout log;
	struct lab_error error = { 0 };
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	for (size_t nr = 0; nr < bytes; nr++) {
		char *copy = malloc(nr + !nr);

		memcpy(copy, text, nr);
		if (!lab_log_parse(copy, nr, &topology, &log, &error) &&
		    (error.line == 0 || !error.expected))
			FAIL("%s cut at %zu: no reason", name, nr);
		free(copy);
	}
	free(text);
}

TEST(cut_logs_are_refused_or_read)
{
	CHECK_EQ(test_each_file(test_source_path("corpus/layouts"), ".expect", cut), 14);
}

/* --- at the limits ---------------------------------------------------------------------------- */

/* A dump of nr groups of one CPU each, the last with id `last`. */
static bool both_take_groups(uint32_t nr, uint32_t last)
{
	struct lab_log_layout log;
	struct lab_error error = { 0 };
	size_t bytes = (size_t)sprintf(log_text, "pcpu-alloc: s4096 r0 d28672 u65536 "
						 "alloc=1*65536\n");
	bool taken;

	for (uint32_t i = 0; i < nr; i++)
		bytes += (size_t)sprintf(log_text + bytes, "pcpu-alloc: [%u] %u\n", i,
					 i + 1 < nr ? i : last);
	taken = lab_log_parse(log_text, bytes, &topology, &log, &error);
	lab_log_oracle(log_text, bytes, &oracle);
	CHECK_EQ(taken, oracle.good);
	if (!taken)
		CHECK_EQ(error.line, nr + 1);
	else
		CHECK_EQ(topology.table.nr_nodes, nr);
	return taken;
}

TEST(groups_and_cpus_at_their_limits)
{
	CHECK(both_take_groups(1024, 8191));
	CHECK(!both_take_groups(1025, 8191));
	CHECK(!both_take_groups(2, 8192));
	CHECK(!both_take_groups(3, 0)); /* a CPU of another group */
}

/* The most units of an allocation: then an entry of so many is due. */
TEST(units_of_an_allocation_at_their_limit)
{
	static const char *const sizes[] = {
		"pcpu-alloc: s4096 r0 d28672 u65536 alloc=16384*65536\npcpu-alloc: [0] 0\n",
		"pcpu-alloc: s4096 r0 d28672 u65536 alloc=16385*65536\npcpu-alloc: [0] 0\n",
	};
	struct lab_log_layout log;
	struct lab_error error = { 0 };

	for (uint32_t i = 0; i < 2; i++) {
		CHECK(!lab_log_parse(sizes[i], strlen(sizes[i]), &topology, &log, &error));
		CHECK_EQ(error.line, 2 - i);
	}
}

/* Whole dumps with one thing wrong: nothing else of them would be refused. */
TEST(both_readers_refuse_sizes_that_do_not_fit)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
#define DUMP(sizes, entries) "pcpu-alloc: " sizes "\npcpu-alloc: " entries "\n"
		{ DUMP("s4096 r0 d28672 u65536 alloc=2*65536", "[0] 0 1"), true },
		{ DUMP("s4096 r0 d28672 u32768 alloc=2*32768", "[0] 0 1"), true },
		{ DUMP("s20480 r0 d12288 u32768 alloc=1*32768", "[0] 0"), true },
		{ DUMP("s65536 r0 d28672 u65536 alloc=2*65536", "[0] 0 1"), false },
		{ DUMP("s4096 r0 d28672 u34816 alloc=17*4096", "[0] 0 1"), false },
		{ DUMP("s4097 r0 d28672 u65536 alloc=2*65536", "[0] 0 1"), false },
		{ DUMP("s4096 r0 d8192 u65536 alloc=2*65536", "[0] 0 1"), false },
		{ DUMP("s4096 r0 d28672 u131072 alloc=3*65536", "[0] 0 [0] 1"), false },
		{ DUMP("s4096 r0 d12288 u28672 alloc=7*4096", "[0] 0"), false },
		{ DUMP("s4096 r0 d28672 u49152 alloc=2*49152", "[0] 0 1"), false },
		{ DUMP("s4096 r0 d28672 u65536 alloc=0*65536", "[0]"), false },
		{ DUMP("s4096 r0 d28672 u65536 alloc=2*65536", "[0] 0 1 [1] - -"), false },
#undef DUMP
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab_log_layout log;
		struct lab_error error = { 0 };
		bool taken = lab_log_parse(rows[i].text, strlen(rows[i].text), &topology, &log,
					   &error);

		lab_log_oracle(rows[i].text, strlen(rows[i].text), &oracle);
		if (taken != rows[i].good || oracle.good != rows[i].good)
			FAIL("%d by the parser, %d by the second reader: %s", taken, oracle.good,
			     rows[i].text);
	}
}

/* A dump's page, by the lines before it: a condition of log_text.c's R3 a row; 0: not shown. */
TEST(both_readers_see_the_page_that_fits)
{
	static const struct {
		const char *text;
		uint64_t page;
	} rows[] = {
#define S4K "pcpu-alloc: s4096 r0 d28672 u65536 alloc=2*65536\npcpu-alloc: [0] 0 1\n"
#define FITS "PERCPU: Embedded 8 pages/cpu s4096 r0 d28672 u65536\n"
		{ FITS S4K, 4096 },
		{ "PERCPU: Embedded 8 pages/cpu @ffff s4096 r0 d28672 u65536\n" S4K, 4096 },
		{ "PERCPU: Embedded 8 pages/cpu s4096 r0 d28672 u65536 x\n" S4K, 0 },
		{ "PERCPU: Embedded 8 pages/cpu s4096 r0 d28672 u28672\n" S4K, 0 },
		{ "PERCPU: Embedded 8 pages/cpu s4096 r0 d28672 u34816\n" S4K, 0 },
		{ "PERCPU: Embedded 8 pages/cpu s8192 r0 d24576 u65536\n" S4K, 0 },
		{ "PERCPU: Embedded 9 pages/cpu s4096 r4096 d28672 u65536\n" S4K, 0 },
		{ "PERCPU: Embedded 9 pages/cpu s4096 r0 d32768 u65536\n" S4K, 0 },
		{ "PERCPU: Embedded 7 pages/cpu s4096 r0 d28672 u65536\n" S4K, 0 },
		{ FITS "PERCPU: Embedded 0 pages/cpu s0 r0 d0 u65536\n" S4K, 4096 },
		{ FITS "PERCPU: Embedded 7 pages/cpu s0 r0 d28672 u65536\n" S4K, 0 },
		{ "PERCPU: 8 4K pages/cpu s4096 r0 d28672\n" S4K, 4096 },
		{ "PERCPU: 4 8K pages/cpu s4096 r0 d28672\n" S4K, 8192 },
		{ "PERCPU: 2 16K pages/cpu s4096 r0 d28672\n" S4K, 16384 },
		{ "PERCPU: 1 32K pages/cpu s4096 r0 d28672\n" S4K, 32768 },
		{ "PERCPU: 4 4K pages/cpu s4096 r0 d28672\n" S4K, 0 },
		{ "PERCPU: 8 2K pages/cpu s4096 r0 d28672\n" S4K, 0 },
		{ "PERCPU: 8 4K pages/cpu s4096 r0 d28672 u65536\n" S4K, 0 },
		/* Half a page of 8 KiB in the unit; in the atom. */
		{ "PERCPU: Embedded 4 pages/cpu s4096 r0 d28672 u40960\n"
		  "pcpu-alloc: s4096 r0 d28672 u36864 alloc=9*8192\npcpu-alloc: [0] 0 1\n", 0 },
		{ "PERCPU: Embedded 4 pages/cpu s4096 r0 d28672 u40960\n"
		  "pcpu-alloc: s4096 r0 d28672 u40960 alloc=10*4096\npcpu-alloc: [0] 0\n", 0 },
#undef FITS
#undef S4K
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab_log_layout log;
		struct lab_error error = { 0 };

		CHECK(lab_log_parse(rows[i].text, strlen(rows[i].text), &topology, &log, &error));
		lab_log_oracle(rows[i].text, strlen(rows[i].text), &oracle);
		CHECK(oracle.good);
		if (log.sizes.page_bytes != rows[i].page || oracle.page != rows[i].page)
			FAIL("%u by the parser, %u by the second reader, %u wanted: %s",
			     (unsigned)log.sizes.page_bytes, (unsigned)oracle.page,
			     (unsigned)rows[i].page, rows[i].text);
	}
}
