/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_skew.c - skewed units in real memory: every byte of every copy can be written, new
 * objects are zero on all CPUs, and the books are those of the platform.
 */
#include <string.h>

#include "harness/platform/hosted/hosted.h"
#include "harness/platform/lab_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

#define NR_OBJECTS 600

struct object {
	struct pcpu_ptr p;
	uint32_t bytes;
};

struct world {
	struct plat *plat;
	struct pcpu *pcpu;
	struct object object[NR_OBJECTS];
};

static bool possible(uint32_t cpu)
{
	return hosted_fixture_topology.cpu_node[cpu] != PCPU_NO_NODE;
}

static void world_open(struct world *w, enum pcpu_choice choice, bool front, bool guards)
{
	const struct hosted_config hosted = {.topology = &hosted_fixture_topology,
					     .unit_guards = guards};
	struct pcpu_config config = {
		.topology = &hosted_fixture_topology,
		.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 64 << 10,
			  .stride = PCPU_STRIDE_SKEWED},
		.choice = choice,
		.front = front,
		.static_start = 0x1000000,
	};

	*w = (struct world){.plat = hosted_create(&hosted)};
	CHECK(w->plat);
	config.plat = w->plat;
	CHECK_EQ(pcpu_create(&config, &w->pcpu), PCPU_OK);
	CHECK(hosted_enter_cpu(w->plat, w->pcpu, 5));
}

static void object_make(struct world *w, uint32_t i)
{
	struct object *o = &w->object[i];

	o->bytes = i % 7 == 0 ? 9000 + i : i % 3 == 0 ? 2000 + i : 1 + i % 200;
	o->p = pcpu_alloc(w->pcpu, o->bytes, i % 2 ? 64 : 1, 0);
	CHECK(o->p.value);
	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++) {
		uintptr_t at = possible(cpu) ? pcpu_address(w->pcpu, o->p, cpu) : 0;

		if (!at)
			continue;
		CHECK(lab_holds(w->plat, at, NULL, o->bytes));
		CHECK(i % 2 == 0 || at % 64 == 0);
		memset((void *)at, (int)(1 + (i + cpu) % 250), o->bytes);
	}
}

static void object_check(struct world *w, uint32_t i)
{
	static uint8_t due[12000];
	const struct object *o = &w->object[i];

	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++) {
		if (!possible(cpu))
			continue;
		memset(due, (int)(1 + (i + cpu) % 250), o->bytes);
		CHECK(lab_holds(w->plat, pcpu_address(w->pcpu, o->p, cpu), due, o->bytes));
	}
}

static void world_check(struct world *w)
{
	struct pcpu_stats stats;

	CHECK_EQ(pcpu_check(w->pcpu, NULL), PCPU_HOLDS);
	pcpu_stats(w->pcpu, &stats);
	CHECK_EQ(plat_pages_held(w->plat),
		 stats.populated_bytes / PCPU_PAGE_BYTES * pcpu_layout(w->pcpu)->nr_possible);
}

/* Every other object is freed, pages go back, and others take their places. */
static void world_live(struct world *w)
{
	for (uint32_t i = 0; i < NR_OBJECTS; i++)
		object_make(w, i);
	world_check(w);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = round; i < NR_OBJECTS; i += 2) {
			object_check(w, i);
			pcpu_free(w->pcpu, w->object[i].p);
		}
		pcpu_balance(w->pcpu);
		world_check(w);
		for (uint32_t i = round; i < NR_OBJECTS; i += 2)
			object_make(w, i);
	}
	for (uint32_t i = 0; i < NR_OBJECTS; i++)
		object_check(w, i);
	world_check(w);
}

static void world_close(struct world *w)
{
	hosted_leave_cpu(w->plat);
	pcpu_destroy(w->pcpu);
	hosted_destroy(w->plat);
}

TEST(objects_live_in_skewed_units_of_real_memory)
{
	static struct world w;

	for (uint32_t i = 0; i < 8; i++) {
		world_open(&w, i & 1 ? PCPU_CHOICE_PAGE : PCPU_CHOICE_EMBED, i & 2, i & 4);
		world_live(&w);
		world_close(&w);
	}
}
