/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_log_pages.c - sizes in a log: those of a dump, and those of the line of pages.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/cli/log/log_line.h"
#include "harness/test/lib/test.h"
#include "harness/test/cli/log_fixture.h"

/* Each condition by itself. */
TEST(sizes_fit_or_not)
{
	static const struct {
		const char *payload;
		bool fit;
	} rows[] = {
		{ "s34572 r8192 d22772 u65536 alloc=16*4096", true },
		{ "s34572 r8192 d22772 u65536 alloc=1*65536", true },
		{ "s34572 r8192 d22772 u131072 alloc=1*65536", false },	/* no unit in it */
		{ "s34572 r8192 d22772 u65536 alloc=3*32768", false },	/* no whole units */
		{ "s34572 r8192 d22772 u65536 alloc=4*49152", false },	/* no power of two */
		{ "s34572 r8192 d22772 u65536 alloc=64*2048", false },	/* less than a page */
		{ "s34573 r8192 d22772 u65536 alloc=16*4096", false },	/* no whole pages */
		{ "s38668 r8192 d22772 u65536 alloc=16*4096", false },	/* more than the unit */
		{ "s34572 r8192 d22772 u66000 alloc=4125*4096", false },
		{ "s34572 r8192 d22772 u65536 alloc=0*4096", false },
		{ "s34572 r8192 d22772 u0 alloc=16*4096", false },
		{ "s34572 r8192 d22772 u65536", false },
		{ "s34572 r8192 d22772 u65536 alloc=16", false },
		{ "s34572 r8192 d22772 u65536 alloc=16*4096 x", false },
		{ "s34572 d22772 r8192 u65536 alloc=16*4096", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (log_sizes_fit(rows[i].payload, strlen(rows[i].payload)) != rows[i].fit)
			FAIL("%s", rows[i].payload);
}

/* --- the line of pages ----------------------------------------------------------------------- */

static const struct pages {
	const char *text;
	bool good, is_page;
	uint64_t nr_pages, page_bytes, s, r, d, u, cpus, nodes;
} pages[] = {
	{ P1, true, false, 13, 4096, 28800, 0, 24448, 524288, 0, 0 },
	{ "setup_percpu: NR_CPUS:8 nr_cpu_ids:6 nr_node_ids:1\n" P2, true, false, 88, 4096, 237568,
	  8192, 114688, 524288, 6, 1 },
	{ "x\nPERCPU: 32 4K pages/cpu @ffffc90000000000 s107200 r8192 d15680\n", true, true, 32,
	  4096, 107200, 8192, 15680, 0, 0, 0 },
	{ "percpu: Embedded 10 pages/cpu s590888 r0 d64472 u1048576\n", true, false, 10, 65536,
	  590888, 0, 64472, 1048576, 0, 0 },
	{ "percpu: 2 64K pages/cpu s90000 r0 d41072", true, true, 2, 65536, 90000, 0, 41072, 0, 0,
	  0 },
	{ "percpu: Embedded 14 pages/cpu s28800 r0 d24448 u524288\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448 u49152\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448 u524289\n", .good = false },
	{ "percpu: Embedded 13 pages/cpu s28800 r0 d24448\n", .good = false },
	{ "percpu: Embedded 0 pages/cpu s0 r0 d0 u4096\n", .good = false },
	{ "percpu: Embedded 1 pages/cpu s0 r0 d2048 u4096\n", .good = false },
	{ "percpu: Embedded 1 pages/cpu s0 r0 d131072 u131072\n", .good = false },
	{ "percpu: Embedded pages/cpu s28800 r0 d24448 u524288\n", .good = false },
	{ "percpu: 32 8K pages/cpu s107200 r8192 d15680\n", .good = false },
	{ "percpu: 32 3K pages/cpu s98304 r0 d0\n", .good = false },
	{ "percpu: 32 K pages/cpu s107200 r8192 d15680\n", .good = false },
	{ "percpu: 32 4K pages/cpu s107200 r8192 d15680 u4\n", .good = false },
	{ "pages/cpu\n", .good = false },
	{ "Linux\n", .good = false },
	{ "percpu: 12 pages/cpux s0 r0 d49152\n", .good = false },
};

TEST(the_line_of_pages_gives_sizes)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const struct pages *p = &pages[i];
		struct lab_log_sizes s;
		struct lab_error error;

		if (lab_log_sizes_parse(p->text, strlen(p->text), &s, &error) != p->good)
			FAIL("row %zu: %s", i, p->text);
		if (!p->good)
			continue;
		CHECK_EQ(s.is_page, p->is_page);
		CHECK_EQ(s.nr_pages, p->nr_pages);
		CHECK_EQ(s.page_bytes, p->page_bytes);
		CHECK_EQ(s.static_bytes, p->s);
		CHECK_EQ(s.reserved_bytes, p->r);
		CHECK_EQ(s.dyn_bytes, p->d);
		CHECK_EQ(s.unit_bytes, p->u);
		CHECK_EQ(s.nr_cpu_ids, p->cpus);
		CHECK_EQ(s.nr_node_ids, p->nodes);
	}
}

TEST(the_line_of_pages_is_joined_too)
{
	static const char log[] =
		"> percpu: Embedded 56 pages/cpu s188440 r8192 d32744 u262\n144\n";
	struct log_text text = log_text_make(log, sizeof(log) - 1);
	struct lab_log_sizes sizes;
	struct lab_error error;

	CHECK(log_clean(&text, &error));
	CHECK(lab_log_sizes_parse(text.at, text.bytes, &sizes, &error));
	CHECK_EQ(sizes.unit_bytes, 262144);
	free(text.at);
}
