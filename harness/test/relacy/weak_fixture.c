/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_fixture.c - see weak_fixture.h. */
#include "harness/test/relacy/weak_fixture.h"

struct pcpu *weak_pcpu;
struct pcpu_ptr weak_given[WEAK_NR_GIVEN];

/* --- what all cases begin and end with -------------------------------------------------------- */

void weak_create(uint32_t dyn_bytes)
{
	static const uint16_t cpu_node[WEAK_NR_CPUS], node_id[1];
	static const struct pcpu_topology machine = {
		.nr_cpu_ids = WEAK_NR_CPUS,
		.nr_nodes = 1,
		.cpu_node = cpu_node,
		.node_id = node_id,
	};
	struct pcpu_config config = {
		.plat = &weak_arena.plat,
		.topology = &machine,
		.sizes = {
			.static_bytes = 4096,
			.dyn_bytes = dyn_bytes,
			.atom_bytes = PCPU_PAGE_BYTES,
		},
		.choice = PCPU_CHOICE_EMBED,
		.backing = PCPU_BACKING_KM,
		.static_start = PCPU_PAGE_BYTES, /* pointers are the same in each run */
		.engine = pcpu_engine_find("bitmap"),
		.front = true,
	};

	weak_thread_set(0);
	if (pcpu_create(&config, &weak_pcpu) != PCPU_OK)
		weak_fail("no allocator");
}

void weak_cpu_be(uint32_t thread, uint32_t cpu)
{
	weak_thread_set(thread);
	pcpu_cpu_enter(weak_pcpu, cpu);
}

struct pcpu_magazine *weak_magazine(uint32_t cpu, uint32_t bytes)
{
	return weak_pcpu->front->cpu[cpu].magazine[pcpu_class_of[bytes]];
}

void weak_set_up(uint32_t nr)
{
	weak_create(WEAK_DYN_BYTES);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_cpu_be(i, i);
		pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0));
	}
	pcpu_drain(weak_pcpu);
	for (uint32_t i = 0; nr > 0 && i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		do
			if (!pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0).value)
				weak_fail("no object in set-up");
		while (magazine_nr_claimed(weak_magazine(i, WEAK_SMALL)) > nr);
	}
	weak_thread_set(0);
}

static uint32_t nr_misuses(void)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < PCPU_NR_MISUSES; i++)
		nr += weak_arena.nr_misuses[i];
	return nr;
}

/* The front's own; those of the engine, which is locked, at one schedule in 16. */
static enum pcpu_invariant invariants_check(void)
{
	static uint32_t nr_checks;
	struct pcpu_broken where;

	if (nr_checks++ % 16 == 0)
		return pcpu_check(weak_pcpu, &where);
	return pcpu_front_check(weak_pcpu, &where);
}

void weak_check(uint32_t nr_least, uint32_t nr_most)
{
	enum pcpu_invariant broken;

	pcpu_drain(weak_pcpu);
	broken = invariants_check();
	if (broken != PCPU_HOLDS)
		weak_fail(pcpu_invariant_text(broken));
	if (nr_misuses() < nr_least)
		weak_fail("a double free was not reported");
	if (nr_misuses() > nr_most)
		weak_fail("a misuse was reported that was none");
}

void weak_check_no_misuse(void)
{
	weak_check(0, 0);
}

/* --- objects ---------------------------------------------------------------------------------- */

void weak_object_write(struct pcpu_ptr p, uint32_t bytes)
{
	for (uint32_t cpu = 0; cpu < WEAK_NR_CPUS; cpu++) {
		uint8_t *copy = (uint8_t *)(p.value + weak_pcpu->offset[cpu]);

		for (uint32_t i = 0; i < bytes; i += 4)
			copy[i] = 1;
	}
}

void weak_object_check(struct pcpu_ptr p, uint32_t bytes)
{
	if (!p.value)
		weak_fail("an allocation failed");
	for (uint32_t cpu = 0; cpu < WEAK_NR_CPUS; cpu++)
		if (!plat_is_zero(weak_pcpu->plat, p.value + weak_pcpu->offset[cpu], bytes))
			weak_fail("an object was handed out that is not zero");
}

struct pcpu_ptr weak_object_take(uint32_t bytes)
{
	struct pcpu_ptr p = pcpu_alloc(weak_pcpu, bytes, 8, 0);

	weak_object_check(p, bytes);
	weak_object_write(p, bytes);
	return p;
}

void weak_drain(void)
{
	pcpu_drain(weak_pcpu);
	weak_object_take(WEAK_SMALL);
}

/* --- messages between threads: of no order, so that they hide nothing ------------------------- */

void weak_message_send(uint32_t slot, uint64_t value)
{
	__atomic_store_n(&weak_arena.shared[slot], value, __ATOMIC_RELAXED);
}

uint64_t weak_message_wait(uint32_t slot)
{
	uint64_t value;

	while ((value = __atomic_load_n(&weak_arena.shared[slot], __ATOMIC_RELAXED)) == 0)
		weak_yield();
	return value;
}

void weak_meet(uint32_t nr)
{
	uint64_t *here = &weak_arena.shared[7];

	__atomic_add_fetch(here, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(here, __ATOMIC_ACQUIRE) < nr)
		weak_yield();
}
