/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_atomic.c - allocation in interrupt handlers of all CPUs at once.
 *
 *	chunk  [#### used ####|== populated, free ==|....... not populated .......]
 *	                        small objects fit here	    a large one would need these: refused
 *
 * Meanwhile no page, metadata or address space is requested: nothing may sleep.
 */
#include "kernel-test/common/bare.h"
#include "kernel-test/common/bigs.h"
#include "harness/firmware/facts.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"

enum { NR_SMALL = 4, SMALL_BYTES = 16, MAX_LARGE = 64 };

static struct pcpu_ptr small[MACHINE_MAX_CPUS][NR_SMALL];
static struct pcpu_ptr large[MACHINE_MAX_CPUS][MAX_LARGE]; /* up to the first {0} */
static const char *wrong[MACHINE_MAX_CPUS];

static const char *object_check(struct pcpu_ptr p, uint32_t stamp)
{
	uint32_t __percpu *object = (uint32_t __percpu *)p.value;

	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		CHECK(plat_page_backed(default_plat, (uintptr_t)per_cpu_ptr(object, cpu)));
	CHECK(this_cpu_read(*object) == 0);
	this_cpu_write(*object, stamp);
	return NULL;
}

/* Large ones until one is refused, although there is memory: then nothing populated is left. */
static const char *large_take(unsigned flags)
{
	struct pcpu_ptr *mine = large[smp_processor_id()];

	for (uint32_t i = 0; i < MAX_LARGE; i++) {
		mine[i] = pcpu_alloc(pcpu_default_instance, BIG_BYTES, 8, flags);
		if (!mine[i].value)
			return NULL;
	}
	return NOT_TRUE("a large object is refused");
}

static const char *take(void)
{
	uint32_t cpu = smp_processor_id();
	unsigned flags = bare_defect == BARE_ATOMIC_SLEEPS ? 0 : PCPU_ATOMIC;

	for (uint32_t i = 0; i < NR_SMALL; i++) {
		small[cpu][i] = pcpu_alloc(pcpu_default_instance, SMALL_BYTES, 8, flags);
		if (small[cpu][i].value)
			CHECK_PASSES(object_check(small[cpu][i], cpu * NR_SMALL + i + 1));
	}
	return large_take(flags);
}

static void take_in_interrupt(void *unused)
{
	wrong[smp_processor_id()] = take();
}

static void give_in_interrupt(void *unused)
{
	uint32_t cpu = smp_processor_id();

	for (uint32_t i = 0; i < NR_SMALL; i++)
		pcpu_free(pcpu_default_instance, small[cpu][i]);
	for (uint32_t i = 0; i < MAX_LARGE && large[cpu][i].value; i++)
		pcpu_free(pcpu_default_instance, large[cpu][i]);
}

/* Checks that the handlers got at least one object, and that each has its contents. */
static const char *granted_check(uint32_t *nr_granted)
{
	uint32_t nr = 0;

	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++) {
		CHECK_PASSES(wrong[cpu]);
		for (uint32_t i = 0; i < NR_SMALL; i++) {
			if (!small[cpu][i].value)
				continue;
			nr++;
			CHECK(*per_cpu_ptr((uint32_t __percpu *)small[cpu][i].value, cpu) ==
			      cpu * NR_SMALL + i + 1);
		}
	}
	CHECK(nr > 0);
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		for (uint32_t i = 0; large[cpu][i].value; i++)
			nr++;
	*nr_granted = nr;
	return NULL;
}

const char *test_atomic_from_interrupt(void)
{
	struct bare_ledger before, after;
	struct pcpu_stats at_start, full, at_end;
	uint32_t nr_granted;

	/* The first atomic caller of all makes balance keep pages ready. */
	pcpu_free(pcpu_default_instance,
		  pcpu_alloc(pcpu_default_instance, SMALL_BYTES, 8, PCPU_ATOMIC));
	pcpu_balance(pcpu_default_instance);
	pcpu_stats(pcpu_default_instance, &at_start);
	bare_ledger(default_plat, &before);
	smp_call_all(take_in_interrupt, NULL);
	bare_ledger(default_plat, &after);
	CHECK_PASSES(granted_check(&nr_granted));
	pcpu_stats(pcpu_default_instance, &full);
	CHECK(full.nr_live - at_start.nr_live == nr_granted);
	CHECK(after.nr_calls == before.nr_calls && after.nr_flushes == before.nr_flushes);
	CHECK_CLEAN(pcpu_default_instance);
	smp_call_all(give_in_interrupt, NULL);
	pcpu_balance(pcpu_default_instance);
	CHECK_CLEAN(pcpu_default_instance);
	pcpu_stats(pcpu_default_instance, &at_end);
	CHECK(at_end.nr_live == at_start.nr_live);
	return NULL;
}
