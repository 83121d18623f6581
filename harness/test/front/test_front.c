/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front.c - the fast front on a simulated machine: placement, contents, reports, books, and
   what it gives back. */
#include <string.h>

#include "harness/test/front/front_fixture.h"

#define MAX_OBJECTS 3000

/* --- classes ---------------------------------------------------------------------------------- */

TEST(every_size_and_alignment_is_kept)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 3);
	for (size_t size = 1; size <= 1100; size++) {
		for (size_t align = 1; align <= PCPU_PAGE_BYTES; align *= 2) {
			struct pcpu_ptr p = pcpu_alloc(f.pcpu, size, align, 0);
			struct pcpu_place place = test_fixture_place(&f, p);

			CHECK_EQ(place.offset % align, 0);
			CHECK(lab_holds(f.plat, pcpu_address(f.pcpu, p, 0), NULL, size));
			pcpu_free(f.pcpu, p);
		}
	}
	CHECK_EQ(front_stats(&f).nr_live, 0);
	front_close(&f);
}

/* --- random life ------------------------------------------------------------------------------ */

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
};

static uint32_t draw(struct world *w, uint32_t below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((w->random >> 33) % below);
}

static const uint32_t cpus[] = {0, 1, 3, 4};

static void object_fill(struct world *w, struct object *o)
{
	uint8_t bytes[2048];

	for (uint32_t i = 0; i < 4; i++) {
		CHECK(lab_holds(w->f.plat, pcpu_address(w->f.pcpu, o->p, cpus[i]), NULL, o->bytes));
		memset(bytes, o->mark + (int)i, o->bytes);
		plat_copy(w->f.plat, pcpu_address(w->f.pcpu, o->p, cpus[i]), bytes, o->bytes);
	}
}

static void object_verify(struct world *w, const struct object *o)
{
	uint8_t bytes[2048];

	for (uint32_t i = 0; i < 4; i++) {
		memset(bytes, o->mark + (int)i, o->bytes);
		CHECK(lab_holds(w->f.plat, pcpu_address(w->f.pcpu, o->p, cpus[i]), bytes,
				o->bytes));
	}
}

static void world_alloc(struct world *w)
{
	struct object *o = &w->object[w->nr];
	uint32_t kind = draw(w, 10);

	if (w->nr == MAX_OBJECTS)
		return;
	o->bytes = kind < 6 ? 1 + draw(w, 64) : kind < 9 ? 1 + draw(w, 512) : 1 + draw(w, 1500);
	o->p = pcpu_alloc(w->f.pcpu, o->bytes, draw(w, 4) ? 8 : UINT64_C(1) << draw(w, 7),
			  draw(w, 5) ? 0 : PCPU_ATOMIC);
	if (!o->p.value)
		return;
	o->mark = (uint8_t)(1 + draw(w, 200));
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

static void world_step(struct world *w)
{
	uint32_t kind = draw(w, 1000);
	uint32_t up = w->random >> 60 < 8;

	if (kind < 20)
		front_be_cpu(&w->f, cpus[draw(w, 4)]);
	else if (kind < 24)
		pcpu_balance(w->f.pcpu);
	else if (kind < 25)
		pcpu_drain(w->f.pcpu);
	else if (kind < 30)
		pcpu_cpu_leave();
	else if (kind < 500 + 80 * up)
		world_alloc(w);
	else
		world_free(w);
}

TEST(random_lives_keep_every_invariant)
{
	static struct world w;

	w.random = 1;
	front_open(&w.f, "00.11");
	for (uint32_t i = 0; i < 40000; i++) {
		world_step(&w);
		if (i % 97 == 0) {
			test_fixture_check(&w.f);
			CHECK_EQ(front_stats(&w.f).nr_live, w.nr);
		}
	}
	while (w.nr > 0)
		world_free(&w);
	pcpu_drain(w.f.pcpu);
	CHECK_EQ(front_stats(&w.f).nr_live, 0);
	CHECK_EQ(front_stats(&w.f).live_bytes, 0);
	front_close(&w.f);
}
