/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_backing.c - pages of later chunks, accessed from every CPU.
 *
 *	before  [######][######]    object i at pointer p, readable on each CPU
 *	after [......][......] the chunk is destroyed: p + per_cpu_offset(cpu) faults at that
 *	address
 */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/bigs.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/trap.h"
#include "kernel-test/common/vars.h"
#include "harness/platform/lab_plat.h"

/* --- access after depopulate ------------------------------------------------------------------ */

static uintptr_t gone[NR_BIG]; /* percpu pointers that lead into no chunk any more */
static uint32_t nr_gone;

/* Bytes of object i's first and last page, not only at page starts. */
static uintptr_t low_byte(uint32_t i)
{
	return gone[i] + i * 37;
}

static uintptr_t high_byte(uint32_t i)
{
	return gone[i] + BIG_BYTES - 1 - i * 37;
}

static const char *readable(void)
{
	for (uint32_t i = 0; i < nr_gone; i++)
		CHECK(probe_load_here(low_byte(i)) && probe_load_here(high_byte(i)));
	return NULL;
}

static const char *faults(void)
{
	uintptr_t offset = per_cpu_offset(smp_processor_id());

	for (uint32_t i = 0; i < nr_gone; i++) {
		CHECK(!probe_load(low_byte(i) + offset));
		CHECK(probe_fault() == low_byte(i) + offset);
		CHECK(!probe_load_here(high_byte(i)));
		CHECK(probe_fault() == high_byte(i) + offset);
	}
	return NULL;
}

/* Keeps those whose chunk was destroyed: all their pages must be out of reach. */
static void gone_only(void)
{
	uint32_t nr = nr_gone;

	nr_gone = 0;
	for (uint32_t i = 0; i < nr; i++) {
		struct pcpu_ptr p = {gone[i]};
		struct pcpu_place place;

		if (!pcpu_lookup(pcpu_default_instance, p, &place))
			gone[nr_gone++] = gone[i];
	}
}

const char *test_fault_after_depopulate(void)
{
	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	CHECK(bigs_alloc(pcpu_default_instance));
	for (nr_gone = 0; nr_gone < NR_BIG; nr_gone++)
		gone[nr_gone] = big[nr_gone].value;
	CHECK_PASSES(on_each_cpu(readable));
	bigs_free(pcpu_default_instance);
	gone_only();
	CHECK(nr_gone > 0);
	return on_each_cpu(faults);
}

/* --- one flush a batch ------------------------------------------------------------------------ */

struct counts {
	struct bare_ledger ledger;
	struct pcpu_stats stats;
};

static void counts_take(struct counts *c)
{
	bare_ledger(default_plat, &c->ledger);
	pcpu_stats(pcpu_default_instance, &c->stats);
}

const char *test_one_flush_a_batch(void)
{
	struct counts before, full, after;
	struct pcpu_ptr p;
	uint64_t batches;

	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	CHECK(bigs_alloc(pcpu_default_instance));
	counts_take(&before);
	p = pcpu_alloc(pcpu_default_instance, BIG_BYTES, PCPU_PAGE_BYTES, 0);
	CHECK(p.value);
	counts_take(&full);
	CHECK(full.stats.nr_pages_populated - before.stats.nr_pages_populated ==
	      BIG_BYTES / PCPU_PAGE_BYTES);
	CHECK(full.ledger.nr_flushes - before.ledger.nr_flushes == 1);

	/* A destroyed chunk is one run of pages, and so are the pages that the kept one gives
	   back. */
	pcpu_free(pcpu_default_instance, p);
	bigs_free(pcpu_default_instance);
	counts_take(&after);
	batches = after.stats.nr_chunks_destroyed - full.stats.nr_chunks_destroyed + 1;
	CHECK(batches > 1 && after.ledger.nr_flushes - full.ledger.nr_flushes <= batches);
	CHECK(after.stats.nr_pages_depopulated - full.stats.nr_pages_depopulated > batches);
	return NULL;
}

/* --- the k-th page does not come -------------------------------------------------------------- */

/* Three pages, or the one that is the largest object. */
enum { NR_POPULATED = 3 * PCPU_PAGE_BYTES <= BIG_BYTES ? 3 : 1, MAX_FILL = 64 };

static struct pcpu_ptr pages_alloc(void)
{
	return pcpu_alloc(pcpu_default_instance, NR_POPULATED * PCPU_PAGE_BYTES, PCPU_PAGE_BYTES,
			  0);
}

static uint64_t free_bytes(void)
{
	uint64_t bytes = 0;

	for (uint16_t node = 0; node < machine.facts.nr_nodes; node++)
		bytes += memory_free(node);
	return bytes;
}

/* Uses up populated pages: the next object of this size needs only new ones. Returns how many
   objects. */
static uint32_t populated_fill(struct pcpu_ptr fill[MAX_FILL])
{
	uint64_t before = bare_page_calls(default_plat);
	uint32_t nr = 0;

	while (nr < MAX_FILL && bare_page_calls(default_plat) == before)
		fill[nr++] = pages_alloc();
	return nr;
}

/* The k-th is refused: the call fails, and everything is as it was. The walk, nearly all of the
   time, is for each fourth: over three CPUs it comes to each page of an object. */
static const char *fails_at_page(uint64_t k)
{
	struct counts before, after;

	counts_take(&before);
	bare_fail_page(default_plat, k);
	CHECK(!pages_alloc().value);
	lab_fail_never(default_plat);
	counts_take(&after);
	CHECK(after.ledger.nr_page_calls - before.ledger.nr_page_calls == k + 1);
	CHECK(after.ledger.pages == before.ledger.pages);
	CHECK(after.stats.populated_bytes == before.stats.populated_bytes);
	CHECK(after.stats.nr_live == before.stats.nr_live);
	if (k % 4 == 0)
		CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}

/* From the last page down: the first run makes the page tables and the chunk, which stay. */
const char *test_fail_each_page(void)
{
	uint64_t nr_pages = NR_POPULATED * num_possible_cpus(), before, calls;
	struct pcpu_ptr fill[MAX_FILL], p;
	uint32_t nr_fill;

	NEEDS(needs_each_cpu(pcpu_layout(pcpu_default_instance)->unit_bytes));
	nr_fill = populated_fill(fill);
	CHECK(nr_fill < MAX_FILL);
	CHECK_PASSES(fails_at_page(nr_pages - 1));
	before = free_bytes();
	for (uint64_t k = nr_pages - 1; k-- > 0;)
		CHECK_PASSES(fails_at_page(k));
	CHECK(free_bytes() == before);

	calls = bare_page_calls(default_plat);
	p = pages_alloc();
	CHECK(p.value && bare_page_calls(default_plat) - calls == nr_pages);
	pcpu_free(pcpu_default_instance, p);
	while (nr_fill)
		pcpu_free(pcpu_default_instance, fill[--nr_fill]);
	pcpu_balance(pcpu_default_instance);
	CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}
