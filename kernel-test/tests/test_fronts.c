/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_fronts.c - the fast front on several CPUs: each serves itself, frees what others allocated,
 * and is stopped by a drain whenever that comes.
 *
 *	CPU 0  alloc ... | free CPU 1's | drain ...
 *	CPU 1  alloc ... | free CPU 2's | drain ...
 */
#include "kernel-test/tests/fronts.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/machine.h"
#include "kernel-test/common/needs.h"
#include "kernel-test/common/smp.h"
#include "kernel-test/common/vars.h"

enum { NR_OWN = 24, NR_ROUNDS = 3, FRONT_MAX_BYTES = 512 };

struct pcpu *front_pcpu;
struct plat *front_plat;

static const struct pcpu_sizes front_sizes = {
	.static_bytes = 4096, .dyn_bytes = 65536, .atom_bytes = 2097152};

static struct pcpu_ptr front_object[MACHINE_MAX_CPUS][NR_OWN];

const char *front_create(void)
{
	const struct bare_config bare = {.topology = &machine.topology, .record_misuse = true};
	struct pcpu_config config = {
		.topology = &machine.topology,
		.sizes = front_sizes,
		.space_bytes = UINT64_C(1) << 44,
		.static_start = PCPU_STATIC_AT_BASE,
		.front = true,
	};
	uint32_t unit_bytes;

	NEEDS(needs_memory(3 * needs_of_embed(&front_sizes, &unit_bytes)));
	front_plat = config.plat = bare_create(&bare);
	CHECK(front_plat);
	CHECK(pcpu_create(&config, &front_pcpu) == PCPU_OK && pcpu_has_front(front_pcpu));
	return NULL;
}

const char *front_destroy(void)
{
	struct pcpu_report report;
	struct pcpu_stats stats;

	pcpu_drain(front_pcpu);
	CHECK_CLEAN(front_pcpu);
	pcpu_stats(front_pcpu, &stats);
	CHECK(stats.nr_live == 0 && stats.live_bytes == 0);
	CHECK(!lab_take_misuse(front_plat, &report));
	pcpu_destroy(front_pcpu);
	CHECK(bare_destroy(front_plat));
	front_pcpu = NULL;
	return NULL;
}

void front_enter(void)
{
	if (bare_defect == BARE_FRONT_FORGETS_ONE && smp_processor_id() == smp_nr_online() - 1)
		return;
	pcpu_cpu_leave();
	pcpu_cpu_enter(front_pcpu, smp_processor_id());
}

void front_leave(void)
{
	pcpu_cpu_leave();
	vars_cpu_enter(NULL);
}

/* --- front=on --------------------------------------------------------------------------------- */

/* Each CPU is the one of its number in the default instance, if that has a front. */
static const char *front_cpu_right(void)
{
	if (!pcpu_has_front(pcpu_default_instance)) {
		CHECK(pcpu_here.pcpu == NULL && pcpu_here.owner == NULL);
		return NULL;
	}
	CHECK(pcpu_here.pcpu == pcpu_default_instance);
	CHECK(pcpu_here.owner == pcpu_default_instance);
	CHECK(pcpu_here.cpu == smp_processor_id());
	return NULL;
}

const char *test_front_cpus(void)
{
	char word[8];

	CHECK(pcpu_has_front(pcpu_default_instance) ==
	      machine_option("front", word, sizeof(word)));
	return on_each_cpu(front_cpu_right);
}

/* --- all CPUs --------------------------------------------------------------------------------- */

static uint32_t *front_copy(struct pcpu_ptr object, uint32_t cpu)
{
	return (uint32_t *)pcpu_address(front_pcpu, object, cpu);
}

static size_t front_bytes(uint32_t i)
{
	return 4 + (i * 2654435761u >> 8) % (FRONT_MAX_BYTES - 4);
}

/* Writes each copy, so that one which is not zero when it is given out again is seen. */
static const char *front_take(uint32_t me)
{
	for (uint32_t i = 0; i < NR_OWN; i++) {
		struct pcpu_ptr p = pcpu_alloc(front_pcpu, front_bytes(i + me), 4, 0);

		CHECK(p.value);
		for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++) {
			CHECK(*front_copy(p, cpu) == 0);
			*front_copy(p, cpu) = me * NR_OWN + i + 1;
		}
		front_object[me][i] = p;
	}
	return NULL;
}

static const char *front_give(uint32_t whose)
{
	for (uint32_t i = 0; i < NR_OWN; i++) {
		for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
			CHECK(*front_copy(front_object[whose][i], cpu) == whose * NR_OWN + i + 1);
		pcpu_free(front_pcpu, front_object[whose][i]);
	}
	return NULL;
}

static const char *front_enter_here(void)
{
	front_enter();
	CHECK(pcpu_here.pcpu == front_pcpu && pcpu_here.cpu == smp_processor_id());
	return NULL;
}

static const char *front_take_here(void)
{
	CHECK_PASSES(front_take(smp_processor_id()));
	if (smp_processor_id() % 4 == 1)
		pcpu_drain(front_pcpu); /* the others allocate meanwhile */
	return NULL;
}

static const char *front_give_here(void)
{
	CHECK_PASSES(front_give((smp_processor_id() + 1) % smp_nr_online()));
	if (smp_processor_id() % 4 == 0)
		pcpu_balance(front_pcpu);
	return NULL;
}

static const char *front_leave_here(void)
{
	front_leave();
	return NULL;
}

static const char *front_rounds(void)
{
	struct pcpu_stats stats;

	CHECK_PASSES(on_each_cpu(front_enter_here));
	for (uint32_t i = 0; i < NR_ROUNDS; i++) {
		CHECK_PASSES(on_each_cpu(front_take_here));
		pcpu_stats(front_pcpu, &stats);
		CHECK(stats.nr_live == (uint64_t)NR_OWN * smp_nr_online());
		CHECK_PASSES(on_each_cpu(front_give_here));
		pcpu_stats(front_pcpu, &stats);
		CHECK(stats.nr_live == 0);
	}
	CHECK_CLEAN(front_pcpu);
	return NULL;
}

const char *test_front_all_cpus(void)
{
	CHECK_PASSES(front_create());
	CHECK_PASSES(front_rounds());
	CHECK_PASSES(on_each_cpu(front_leave_here));
	CHECK_PASSES(on_each_cpu(front_cpu_right));
	return front_destroy();
}
