/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_skew_life.c - random lives of objects in skewed units, with every copy's contents, the
 * walker and the platform's count of pages; and with each call failing that can.
 */
#include <stdlib.h>
#include <string.h>

#include <pcpu/front.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

#define MAX_OBJECTS 400
#define MAX_BYTES   (3 * PCPU_PAGE_BYTES)

struct shape {
	const char *nodes, *engine;
	enum pcpu_choice choice;
	enum pcpu_backing_kind backing;
	bool front, guards, backwards;
};

static const struct shape shapes[] = {
	{.nodes = "0", .engine = "area"},
	{.nodes = "00.11", .engine = "bitmap", .front = true},
	{.nodes = "00.11", .engine = "bitmap", .front = true, .guards = true},
	{.nodes = "00.11", .engine = "linux61", .choice = PCPU_CHOICE_PAGE},
	{.nodes = "01201", .engine = "linux61-exact", .guards = true, .backwards = true},
	{.nodes = "0011", .engine = "bitmap", .choice = PCPU_CHOICE_PAGE, .front = true},
	{.nodes = "011", .engine = "bitmap-ref", .backwards = true},
	{.nodes = "000", .engine = "area", .backing = PCPU_BACKING_KM},
	{.nodes = "000", .engine = "bitmap", .backing = PCPU_BACKING_KM, .front = true},
	{.nodes = "0000000000000000000000000000000011111111111111111111111111111111",
	 .engine = "bitmap", .front = true},
};

struct object {
	struct pcpu_ptr p;
	uint32_t bytes;
	uint8_t mark;
};

struct world {
	struct test_fixture f;
	struct object object[MAX_OBJECTS];
	uint32_t nr;
	uint64_t random;
	bool failing; /* calls may be refused */
};

static uint32_t draw(struct world *w, uint32_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((w->random >> 33) % below);
}

static bool possible(const struct world *w, uint32_t cpu)
{
	return w->f.cpu_node[cpu] != PCPU_NO_NODE;
}

static void object_fill(struct world *w, const struct object *o)
{
	static uint8_t bytes[MAX_BYTES];

	for (uint32_t cpu = 0; cpu < w->f.topology.nr_cpu_ids; cpu++) {
		uintptr_t at = possible(w, cpu) ? pcpu_address(w->f.pcpu, o->p, cpu) : 0;

		if (!at)
			continue;
		CHECK(lab_holds(w->f.plat, at, NULL, o->bytes));
		memset(bytes, o->mark + (int)cpu, o->bytes);
		plat_copy(w->f.plat, at, bytes, o->bytes);
	}
}

static void object_verify(struct world *w, const struct object *o)
{
	static uint8_t bytes[MAX_BYTES];

	for (uint32_t cpu = 0; cpu < w->f.topology.nr_cpu_ids; cpu++) {
		if (!possible(w, cpu))
			continue;
		memset(bytes, o->mark + (int)cpu, o->bytes);
		CHECK(lab_holds(w->f.plat, pcpu_address(w->f.pcpu, o->p, cpu), bytes, o->bytes));
	}
}

static void world_alloc(struct world *w)
{
	struct object *o = &w->object[w->nr];
	uint32_t kind = draw(w, 10);

	if (w->nr == MAX_OBJECTS)
		return;
	o->bytes = 1 + draw(w, kind < 4 ? 64 : kind < 7 ? 1500 : MAX_BYTES);
	o->p = pcpu_alloc(w->f.pcpu, o->bytes, UINT64_C(1) << draw(w, 7),
			  draw(w, 8) ? 0 : PCPU_ATOMIC);
	if (!o->p.value)
		return;
	o->mark = (uint8_t)(1 + draw(w, 180));
	object_fill(w, o);
	w->nr++;
}

static void world_free(struct world *w)
{
	uint32_t i;

	if (w->nr == 0)
		return;
	i = draw(w, w->nr);
	object_verify(w, &w->object[i]);
	pcpu_free(w->f.pcpu, w->object[i].p);
	w->object[i] = w->object[--w->nr];
}

/* Grows and shrinks in turns, so that chunks fill, empty and go. */
static void world_step(struct world *w, uint32_t i)
{
	uint32_t kind = draw(w, 100);
	bool grows = i / 300 % 2 == 0;

	if (kind < 6)
		pcpu_balance(w->f.pcpu);
	else if (kind < 7)
		pcpu_drain(w->f.pcpu);
	else if (kind < (grows ? 72u : 36u))
		world_alloc(w);
	else
		world_free(w);
}

/* What is held is what the statistics say, of every CPU; km has units without a page given back. */
static void world_check(struct world *w)
{
	const struct pcpu_layout *l = pcpu_layout(w->f.pcpu);
	struct pcpu_stats stats;

	test_fixture_check(&w->f);
	pcpu_stats(w->f.pcpu, &stats);
	CHECK_EQ(stats.nr_live, w->nr);
	if (w->f.config.backing == PCPU_BACKING_VM)
		CHECK_EQ(stats.populated_bytes / PCPU_PAGE_BYTES * l->nr_possible,
			 plat_pages_held(w->f.plat));
}

static void world_init(struct world *w, const struct shape *shape, uint64_t seed)
{
	w->nr = 0;
	w->random = seed;
	test_fixture_init(&w->f, shape->nodes);
	w->f.config.sizes.stride = PCPU_STRIDE_SKEWED;
	w->f.config.engine = pcpu_engine_find(shape->engine);
	w->f.config.choice = shape->choice;
	w->f.config.backing = shape->backing;
	w->f.config.front = shape->front;
	w->f.sim.guard_bytes = shape->guards ? PCPU_PAGE_BYTES : 0;
	w->f.sim.backwards = shape->backwards;
	w->f.sim.pages_zeroed = shape->front;
}

static void world_end(struct world *w)
{
	while (w->nr > 0)
		world_free(w);
	pcpu_drain(w->f.pcpu);
	pcpu_balance(w->f.pcpu);
	world_check(w);
	pcpu_cpu_leave();
}

TEST(random_lives_in_skewed_units_keep_every_invariant)
{
	static struct world w;

	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		bool many = strlen(shapes[s].nodes) > 8;

		world_init(&w, &shapes[s], s + 1);
		test_fixture_open(&w.f);
		if (shapes[s].front)
			pcpu_cpu_enter(w.f.pcpu, 0);
		for (uint32_t i = 0; i < (many ? 600u : 1500u); i++) {
			world_step(&w, i);
			if (i % (many ? 60 : 20) == 0)
				world_check(&w);
		}
		world_end(&w);
		test_fixture_close(&w.f);
	}
}

/* --- every call that can fail does ----------------------------------------------------------- */

/* Returns whether a call failed; then what is left holds, and nothing is lost. */
static bool life_with_failure(struct world *w, const struct shape *shape, uint64_t k, bool lasting)
{
	struct sim_ledger ledger;

	world_init(w, shape, 7);
	test_fixture_open_plat(&w->f);
	lab_fail_at(w->f.plat, k, lasting);
	if (pcpu_create(&w->f.config, &w->f.pcpu) == PCPU_OK) {
		for (uint32_t i = 0; i < 60; i++) {
			world_step(w, i);
			if (i % 6 == 0)
				world_check(w);
		}
		lab_fail_never(w->f.plat);
		world_end(w);
	}
	sim_ledger(w->f.plat, &ledger);
	test_fixture_close(&w->f);
	return ledger.nr_failed > 0;
}

TEST(any_failing_call_leaves_skewed_units_whole)
{
	static const uint32_t of[] = {0, 1, 4, 5};
	static struct world w;

	for (size_t s = 0; s < sizeof(of) / sizeof(of[0]); s++) {
		uint64_t k = 0;

		while (life_with_failure(&w, &shapes[of[s]], k, k % 3 == 0))
			k++;
		CHECK(k > 20);
	}
}
