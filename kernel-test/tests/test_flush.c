/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_flush.c - the range of a flush: every page from the first to the last, on every CPU, whether
 * it flushes page by page or everything, and no page beside them.
 *
 *	before  [kept][ 0 ][ 1 ] ... [nr-1][kept]	each CPU has loaded from each page
 *	after   [kept]..................... [kept]	each page of the run faults on each CPU
 */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/paging.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/trap.h"
#include "kernel-test/common/vars.h"

/* Behind all that the core's chunks may have. */
#define RUN_AT (PAGING_END + (UINT64_C(1) << 30))

static uint32_t run_pages;

static uintptr_t page_at(uint32_t i)
{
	return RUN_AT + (uintptr_t)i * PCPU_PAGE_BYTES;
}

static const char *all_loaded(void)
{
	for (uint32_t i = 0; i < run_pages + 2; i++)
		CHECK(probe_load(page_at(i)) && probe_load(page_at(i + 1) - 1));
	return NULL;
}

/* Checks the ends first, before other loads of this CPU can evict them. */
static const char *run_is_gone(void)
{
	CHECK(!probe_load(page_at(run_pages)));
	CHECK(!probe_load(page_at(1)));
	for (uint32_t i = 1; i <= run_pages; i++)
		CHECK(!probe_load(page_at(i)) && !probe_load(page_at(i + 1) - 1));
	CHECK(probe_load(page_at(0)) && probe_load(page_at(run_pages + 1)));
	return NULL;
}

static const char *flush_of(uint32_t nr)
{
	struct bare_ledger before, mapped, after;

	run_pages = nr;
	bare_ledger(default_plat, &before);
	CHECK(plat_pages_map(default_plat, 0, page_at(0), nr + 2) == nr + 2);
	plat_tlb_flush(default_plat, page_at(0), (uint64_t)(nr + 2) * PCPU_PAGE_BYTES);
	CHECK_PASSES(on_each_cpu(all_loaded));
	bare_ledger(default_plat, &mapped);
	CHECK(mapped.pages == before.pages + nr + 2);
	plat_pages_unmap(default_plat, page_at(1), nr);
	plat_tlb_flush(default_plat, page_at(1), (uint64_t)nr * PCPU_PAGE_BYTES);
	CHECK_PASSES(on_each_cpu(run_is_gone));
	bare_ledger(default_plat, &after);
	CHECK(after.pages == before.pages + 2);
	plat_pages_unmap(default_plat, page_at(0), 1);
	plat_pages_unmap(default_plat, page_at(nr + 1), 1);
	plat_tlb_flush(default_plat, page_at(0), (uint64_t)(nr + 2) * PCPU_PAGE_BYTES);
	bare_ledger(default_plat, &after);
	CHECK(after.pages == before.pages);
	return NULL;
}

/* Up to 32 pages go one by one, more all at once (x86_tlb.c, arm64_tlb.c). */
const char *test_flush_ends(void)
{
	static const uint32_t counts[] = {1, 2, 3, 31, 32, 33};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		CHECK_PASSES(flush_of(counts[i]));
	return NULL;
}
