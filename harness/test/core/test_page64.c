/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_page64.c - the allocator as it is built for a machine with 64 KiB pages
 * (PCPU_PAGE_SHIFT=16), on the simulated platform: sizes, pages, first chunks, recorded traces.
 *
 *	static 5000, reserved 8192, dyn 20480 -> one page; the least unit is one page too
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/cli/cmd.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/test/lib/test_fixture.h"

_Static_assert(PCPU_PAGE_BYTES == 65536 && PCPU_MIN_UNIT_BYTES == 65536, "built for 64 KiB");

static uint64_t pages_of(struct test_fixture *f)
{
	struct sim_ledger ledger;

	sim_ledger(f->plat, &ledger);
	return ledger.pages;
}

TEST(the_first_chunk_is_whole_pages_of_64_kib)
{
	for (int page = 0; page < 2; page++) {
		const struct pcpu_layout *l;
		struct test_fixture f;

		test_fixture_init(&f, "0.11");
		f.config.choice = page ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED;
		test_fixture_open(&f);
		l = pcpu_layout(f.pcpu);
		CHECK_EQ(l->page_bytes, 65536);
		CHECK_EQ(l->size_sum_bytes, 65536);
		CHECK_EQ(l->dyn_bytes, 65536 - 5000 - 8192);
		CHECK_EQ(l->unit_bytes, 65536);
		CHECK_EQ(test_fixture_event(&f, page ? PCPU_EV_PAGED : PCPU_EV_EMBEDDED).a, 1);
		test_fixture_close(&f);
	}
}

/* The largest object and the largest alignment are one page. */
TEST(objects_of_up_to_a_page)
{
	struct test_fixture f;
	struct pcpu_ptr p;

	test_fixture_init(&f, "01");
	test_fixture_open(&f);
	p = pcpu_alloc(f.pcpu, 65536, 65536, 0);
	CHECK(p.value);
	CHECK_EQ(pcpu_address(f.pcpu, p, 0) % 65536, 0);
	CHECK_EQ(pcpu_address(f.pcpu, p, 1) % 65536, 0);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_REFUSED), 0);
	CHECK(!pcpu_alloc(f.pcpu, 65537, 4, 0).value);
	CHECK(!pcpu_alloc(f.pcpu, 8, 131072, 0).value);
	CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_REFUSED), 2);
	test_fixture_check(&f);
	pcpu_free(f.pcpu, p);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* A page for each CPU and no more, until an object begins on the next. */
TEST(later_chunks_are_backed_by_pages_of_64_kib)
{
	struct test_fixture f;
	struct pcpu_ptr fill, small, large;
	uint64_t before;

	test_fixture_init(&f, "001");
	f.config.sizes.atom_bytes = 1 << 20;
	f.config.sizes.unit_bytes = 4 * 65536;
	test_fixture_open(&f);
	fill = pcpu_alloc(f.pcpu, 65536 - 5000 - 8192, 4, 0); /* all of the first chunk */
	CHECK_EQ(test_fixture_place(&f, fill).kind, PCPU_CHUNK_FIRST);
	before = pages_of(&f);
	small = pcpu_alloc(f.pcpu, 40000, 4, 0);
	CHECK_EQ(test_fixture_place(&f, small).kind, PCPU_CHUNK_LATER);
	CHECK_EQ(pages_of(&f), before + 3);
	large = pcpu_alloc(f.pcpu, 40000, 4, 0);
	CHECK_EQ(test_fixture_place(&f, large).offset, 40000);
	CHECK_EQ(pages_of(&f), before + 6);
	CHECK_EQ(pcpu_address(f.pcpu, large, 1) - pcpu_address(f.pcpu, large, 0), 4 * 65536);
	test_fixture_check(&f);
	pcpu_free(f.pcpu, large);
	pcpu_free(f.pcpu, small);
	pcpu_free(f.pcpu, fill);
	pcpu_balance(f.pcpu);
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* --- recorded traces -------------------------------------------------------------------------- */

/* The first nr engines. */
static void replay(const char *name, uint32_t nr, uint64_t hash)
{
	struct lab_run_options options = { .check = LAB_CHECK_MODEL };
	char path[64], *text;
	struct run_trace recorded;
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/traces/%s.trace.xz", name);
	CHECK(cmd_read_file(test_source_path(path), &text, &bytes));
	run_trace_parse(&recorded, text, bytes);
	for (uint32_t i = 0; i < nr; i++) {
		struct lab_result result;
		struct run_fixture fixture;

		run_fixture_open(&fixture, RUN_FIXTURE_8_CPUS, &run_fixture_sizes,
				 &pcpu_engines[i]);
		if (!run_fixture_run(&fixture, &recorded.trace, &options, true, &result))
			FAIL("%s on %s: event %zu: %s", name, pcpu_engines[i].name,
			     result.verdict.step + 1, result.verdict.sentence);
		CHECK_EQ(result.nr_refused, 0);
		CHECK_EQ(result.at_end.nr_allocs, recorded.trace.nr_allocs);
		if (i == 0)
			CHECK_EQ(result.hash, hash);
		run_fixture_close(&fixture);
	}
	run_trace_free(&recorded);
	free(text);
}

/*
 * Clean under model and walker; the hashes are those of the day when this was written. The longer
 * traces take most of a minute with all engines.
 */
TEST(recorded_traces_on_64_kib_pages)
{
	bool all = getenv("LAB_FULL") != NULL;

	replay("netns", pcpu_nr_engines, 0xb76f1169aa8e1a72);
	replay("cgroup", all ? pcpu_nr_engines : 1, 0x75a1a59c0dc516f1);
	if (all)
		replay("bpf", pcpu_nr_engines, 0xebbbc55a1342ea51);
}
