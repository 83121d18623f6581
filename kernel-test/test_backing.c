/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_backing.c - what becomes of the pages of later chunks, seen from every CPU.
 *
 *	before  [######][######]    object i at pointer p, readable on each CPU
 *	after   [......][......]    the chunk is gone: p + per_cpu_offset(cpu) faults, right there
 */
#include "bare.h"
#include "bigs.h"
#include "percpu.h"
#include "smp.h"
#include "tap.h"
#include "trap.h"
#include "vars.h"

/* --- access after depopulate ------------------------------------------------------------------ */

static uintptr_t gone[NR_BIG]; /* percpu pointers that lead into no chunk any more */
static uint32_t nr_gone;

/* Bytes of object i's first and last page: not only page starts are asked for. */
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

	CHECK(bigs_alloc(pcpu_default_instance));
	counts_take(&before);
	p = pcpu_alloc(pcpu_default_instance, BIG_BYTES, PCPU_PAGE_BYTES, 0);
	CHECK(p.value);
	counts_take(&full);
	CHECK(full.stats.nr_pages_populated - before.stats.nr_pages_populated ==
	      BIG_BYTES / PCPU_PAGE_BYTES);
	CHECK(full.ledger.nr_flushes - before.ledger.nr_flushes == 1);

	/* A destroyed chunk is one run of pages, and so is what the kept one gives back. */
	pcpu_free(pcpu_default_instance, p);
	bigs_free(pcpu_default_instance);
	counts_take(&after);
	batches = after.stats.nr_chunks_destroyed - full.stats.nr_chunks_destroyed + 1;
	CHECK(batches > 1 && after.ledger.nr_flushes - full.ledger.nr_flushes <= batches);
	CHECK(after.stats.nr_pages_depopulated - full.stats.nr_pages_depopulated > batches);
	return NULL;
}
