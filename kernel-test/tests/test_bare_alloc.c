/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_bare_alloc.c - dynamic objects over real page tables, on several CPUs. */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/bigs.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/memory.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/trap.h"
#include "kernel-test/common/vars.h"

enum { NR_CHURN = 640, NR_SLOTS = 16, CHURN_MAX_BYTES = 4 + (1 << 12), NR_FAIL_MAX = 4000,
       NR_FAIL_EACH = 16 };

static DEFINE_PER_CPU(uint32_t, static_object);
struct pcpu_ptr big[NR_BIG];

static struct pcpu_ptr alloc(size_t size, size_t align)
{
	return pcpu_alloc(pcpu_default_instance, size, align, 0);
}

void bigs_free(struct pcpu *pcpu)
{
	for (uint32_t i = 0; i < NR_BIG; i++)
		pcpu_free(pcpu, big[i]);
	memset(big, 0, sizeof(big));
	pcpu_drain(pcpu);
}

bool bigs_alloc_some(struct pcpu *pcpu, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		big[i] = pcpu_alloc(pcpu, BIG_BYTES, 64, 0);
		if (!big[i].value)
			return false;
	}
	return true;
}

bool bigs_alloc(struct pcpu *pcpu)
{
	return bigs_alloc_some(pcpu, NR_BIG);
}

/* --- one table of offsets --------------------------------------------------------------------- */

const char *test_distance(void)
{
	uint32_t __percpu *first_chunk, *later;

	NEEDS(needs_each_cpu(bigs_bytes(NR_FEW)));
	first_chunk = alloc_percpu(uint32_t);
	CHECK(first_chunk);
	CHECK(bigs_alloc_some(pcpu_default_instance, NR_FEW));
	later = (uint32_t __percpu *)big[NR_FEW - 1].value;
	for (uint32_t cpu = 1; cpu < nr_cpu_ids; cpu++) {
		uintptr_t apart = (uintptr_t)per_cpu_ptr(&static_object, cpu) -
				  (uintptr_t)per_cpu_ptr(&static_object, 0);

		CHECK((uintptr_t)per_cpu_ptr(first_chunk, cpu) -
			      (uintptr_t)per_cpu_ptr(first_chunk, 0) == apart);
		CHECK((uintptr_t)per_cpu_ptr(later, cpu) - (uintptr_t)per_cpu_ptr(later, 0) ==
		      apart);
	}
	free_percpu(first_chunk);
	bigs_free(pcpu_default_instance);
	return NULL;
}

/* --- this_cpu_* reaches objects of every chunk ------------------------------------------------ */

static const char *mark(void)
{
	uint32_t cpu = smp_processor_id();

	for (uint32_t i = 0; i < NR_BIG; i++) {
		uint32_t __percpu *object = (uint32_t __percpu *)big[i].value;

		CHECK(this_cpu_read(*object) == 0);
		this_cpu_write(*object, cpu * 1000 + i);
		CHECK(*per_cpu_ptr(object, cpu) == cpu * 1000 + i);
	}
	return NULL;
}

const char *test_dynamic_here(void)
{
	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	CHECK(bigs_alloc(pcpu_default_instance));
	CHECK_PASSES(on_each_cpu(mark));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		for (uint32_t i = 0; i < NR_BIG; i++)
			CHECK(*per_cpu_ptr((uint32_t __percpu *)big[i].value, cpu) ==
			      (cpu < smp_nr_online() ? cpu * 1000 + i : 0));
	bigs_free(pcpu_default_instance);
	return NULL;
}

const char *test_later_pages_local(void)
{
	NEEDS(needs_near(bigs_bytes(NR_FEW)));
	CHECK(bigs_alloc_some(pcpu_default_instance, NR_FEW));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
		uint16_t node = machine.facts.cpu_node[cpu];
		uintptr_t address =
			pcpu_address(pcpu_default_instance, big[NR_FEW - 1], cpu);

		CHECK(pcpu_address_to_phys(pcpu_default_instance, address) != 0);
		CHECK(!(machine.node_state[node] & PCPU_NODE_MEMORY) ||
		      plat_page_node(default_plat, address) == node);
	}
	bigs_free(pcpu_default_instance);
	return NULL;
}

/* --- populate, depopulate, balance ------------------------------------------------------------ */

const char *test_balance(void)
{
	struct bare_ledger before, full, after;
	struct pcpu_stats stats;

	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	bigs_free(pcpu_default_instance);
	bare_ledger(default_plat, &before);
	CHECK(bigs_alloc(pcpu_default_instance));
	CHECK_CLEAN(pcpu_default_instance);
	bare_ledger(default_plat, &full);
	CHECK(full.pages > before.pages && full.spaces > before.spaces);
	bigs_free(pcpu_default_instance);
	CHECK_CLEAN(pcpu_default_instance);
	bare_ledger(default_plat, &after);
	pcpu_stats(pcpu_default_instance, &stats);
	CHECK(stats.nr_chunks <= 2); /* the first and one empty one stay */
	CHECK(after.pages < full.pages && after.spaces < full.spaces);
	CHECK(after.nr_flushes > full.nr_flushes);
	return NULL;
}

/* --- shootdown -------------------------------------------------------------------------------- */

static uintptr_t gone[NR_BIG]; /* addresses of CPU 0's copies */

static const char *all_readable(void)
{
	for (uint32_t i = 0; i < NR_BIG; i++)
		CHECK(probe_load(gone[i]));
	return NULL;
}

/* An address whose page is no longer mapped must fault, on every CPU. */
static const char *none_stale(void)
{
	for (uint32_t i = 0; i < NR_BIG; i++)
		CHECK(probe_load(gone[i]) == plat_page_backed(default_plat, gone[i]));
	return NULL;
}

const char *test_shootdown(void)
{
	uint32_t nr_unmapped = 0;

	NEEDS(needs_each_cpu(bigs_bytes(NR_BIG)));
	CHECK(bigs_alloc(pcpu_default_instance));
	for (uint32_t i = 0; i < NR_BIG; i++)
		gone[i] = pcpu_address(pcpu_default_instance, big[i], 0);
	CHECK_PASSES(on_each_cpu(all_readable));
	bigs_free(pcpu_default_instance);
	for (uint32_t i = 0; i < NR_BIG; i++)
		nr_unmapped += !plat_page_backed(default_plat, gone[i]);
	CHECK(nr_unmapped > 0);
	return on_each_cpu(none_stale);
}

/* --- all CPUs at once ------------------------------------------------------------------------- */

/* The total work does not depend on the number of CPUs. */
static uint32_t churn_rounds(void)
{
	return NR_CHURN / smp_nr_online();
}

static const char *churn(void)
{
	struct pcpu_ptr mine[NR_SLOTS] = {{0}};
	uint32_t cpu = smp_processor_id(), seed = cpu * 2654435761u + 1;

	for (uint32_t i = 0; i < churn_rounds(); i++) {
		struct pcpu_ptr *p = &mine[i % NR_SLOTS];

		seed = seed * 1664525u + 1013904223u;
		pcpu_free(pcpu_default_instance, *p);
		*p = alloc(4 + (seed >> 20), 8);
		CHECK(p->value);
		CHECK(this_cpu_read(*(uint32_t __percpu *)p->value) == 0);
		this_cpu_write(*(uint32_t __percpu *)p->value, seed);
		if (i % 64 == cpu % 64)
			pcpu_balance(pcpu_default_instance);
		CHECK(this_cpu_read(*(uint32_t __percpu *)p->value) == seed);
	}
	for (uint32_t i = 0; i < NR_SLOTS; i++)
		pcpu_free(pcpu_default_instance, mine[i]);
	return NULL;
}

/* Checks memory for all objects held at once, on every CPU. */
static const char *needs_churn(void)
{
	uint64_t nr_objects = pcpu_min64(NR_SLOTS, churn_rounds()) * smp_nr_online();

	return needs_each_cpu(nr_objects * CHURN_MAX_BYTES);
}

const char *test_concurrent(void)
{
	struct pcpu_stats before, after;

	NEEDS(needs_churn());
	pcpu_stats(pcpu_default_instance, &before);
	CHECK_PASSES(on_each_cpu(churn));
	pcpu_balance(pcpu_default_instance);
	pcpu_stats(pcpu_default_instance, &after);
	CHECK(after.nr_allocs - before.nr_allocs == (uint64_t)churn_rounds() * smp_nr_online());
	CHECK(after.nr_live == before.nr_live);
	CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}

/* --- failures --------------------------------------------------------------------------------- */

/* Call k, or everything from it on, fails; the nr-th such try. Nothing is lost, all stays sound:
   the walk, most of the time, is for each third of the many pages, and for the last. */
static const char *fail_from(uint64_t k, uint32_t nr, bool lasting, bool *refused)
{
	struct bare_ledger before, after;
	struct pcpu_ptr p;

	bare_ledger(default_plat, &before);
	lab_fail_at(default_plat, k, lasting);
	p = alloc(BIG_BYTES, PCPU_PAGE_BYTES);
	lab_fail_never(default_plat);
	if (k < NR_FAIL_EACH || nr % 3 == 0)
		CHECK_CLEAN(pcpu_default_instance);
	*refused = p.value == 0;
	if (!*refused)
		return NULL;
	bare_ledger(default_plat, &after);
	/* An empty chunk may stay behind, without pages. */
	CHECK(after.pages == before.pages);
	pcpu_balance(pcpu_default_instance);
	return NULL;
}

/* Most calls take a page for one CPU: test_fail_each_page() tries all of those, we some of each. */
static uint64_t fail_next(uint64_t k)
{
	return k < NR_FAIL_EACH ? k + 1 : k + pcpu_max64(nr_cpu_ids / 2, 1);
}

static const char *fail_sweep(bool lasting)
{
	uint32_t nr_refused = 0;

	for (uint64_t k = 0; k < NR_FAIL_MAX; k = fail_next(k)) {
		struct pcpu_stats before, after;
		bool refused;

		/* Fills the allocator, so that it needs a chunk, its pages and its map. */
		pcpu_stats(pcpu_default_instance, &before);
		CHECK_PASSES(fail_from(k, nr_refused, lasting, &refused));
		pcpu_stats(pcpu_default_instance, &after);
		if (!refused)
			break;
		CHECK(after.nr_live == before.nr_live);
		nr_refused++;
	}
	CHECK(nr_refused > 0 && nr_refused < NR_FAIL_MAX);
	CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}

/* Uses up populated pages, and then about a chunk, so that the next object needs a new one. Returns
   how many objects; 0: refused. */
static uint32_t chunk_fill(void)
{
	uint32_t per_chunk = pcpu_layout(pcpu_default_instance)->unit_bytes / BIG_BYTES, nr = 0;
	uint64_t before = bare_page_calls(default_plat);

	for (uint32_t behind = 0; behind < per_chunk && nr < NR_BIG; nr++) {
		big[nr] = pcpu_alloc(pcpu_default_instance, BIG_BYTES, 64, 0);
		if (!big[nr].value)
			return 0;
		behind += bare_page_calls(default_plat) != before;
	}
	return nr;
}

/* Most of a chunk is used by now: tries; frees. */
static const char *failures(bool lasting)
{
	const char *wrong;

	NEEDS(needs_each_cpu(2 * pcpu_layout(pcpu_default_instance)->unit_bytes +
			     bigs_bytes(NR_FEW)));
	CHECK(chunk_fill() > 0);
	wrong = fail_sweep(lasting);
	if (wrong)
		return wrong;
	bigs_free(pcpu_default_instance);
	CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}

const char *test_fail_once(void)
{
	return failures(false);
}

const char *test_fail_lasting(void)
{
	return failures(true);
}

/* --- misuse ----------------------------------------------------------------------------------- */

const char *test_misuse(void)
{
	struct pcpu_ptr p = alloc(64, 64), wild = {(uintptr_t)machine.command_line};
	struct pcpu_report report;

	CHECK(p.value && !lab_take_misuse(default_plat, &report));
	pcpu_free(pcpu_default_instance, p);
	pcpu_free(pcpu_default_instance, p);
	CHECK(lab_take_misuse(default_plat, &report) && report.id == PCPU_MISUSE_DOUBLE_FREE);
	pcpu_free(pcpu_default_instance, wild);
	CHECK(lab_take_misuse(default_plat, &report));
	CHECK_CLEAN(pcpu_default_instance);
	return NULL;
}
