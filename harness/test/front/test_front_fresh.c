/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_fresh.c - fresh memory is known to be zero, and no other is; and CPUs that are emptied
   by another in the middle of a call. */
#include "harness/test/front/front_fixture.h"

/* --- fresh pages ------------------------------------------------------------------------------ */

#define NR_SLOTS 48

struct life {
	struct test_fixture f;
	struct {
		struct pcpu_ptr p;
		uint32_t bytes;
	} slot[NR_SLOTS];
	uint64_t random;
};

static uint32_t draw(struct life *life, uint32_t below)
{
	life->random = life->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((life->random >> 33) % below);
}

/* Writes the first and last bytes of each page that the object has on the last CPU. */
static void edges_fill(struct life *life, struct pcpu_ptr p, uint32_t bytes)
{
	uintptr_t address = pcpu_address(life->f.pcpu, p, 4);
	uintptr_t end = address + bytes;

	for (uintptr_t at = address; at < end; at = (at / PCPU_PAGE_BYTES + 1) * PCPU_PAGE_BYTES)
		plat_copy(life->f.plat, at, "\x5a", 1);
	for (uintptr_t at = end - 1; at >= address; at = at / PCPU_PAGE_BYTES * PCPU_PAGE_BYTES - 1)
		plat_copy(life->f.plat, at, "\x5b", 1);
}

static void life_step(struct life *life)
{
	uint32_t i = draw(life, NR_SLOTS), kind = draw(life, 40);
	bool small = i % 2;

	if (kind == 0)
		pcpu_balance(life->f.pcpu);
	else if (kind == 1)
		pcpu_drain(life->f.pcpu);
	if (life->slot[i].p.value) {
		pcpu_free(life->f.pcpu, life->slot[i].p);
		life->slot[i].p.value = 0;
		return;
	}
	life->slot[i].bytes = small ? 500 + draw(life, 520) : 1100 + draw(life, 15000);
	life->slot[i].p =
		pcpu_alloc(life->f.pcpu, life->slot[i].bytes, 8, small ? 0 : PCPU_NO_ZERO);
	CHECK(life->slot[i].p.value);
	if (small)
		CHECK(front_is_zero(&life->f, life->slot[i].p, life->slot[i].bytes));
	edges_fill(life, life->slot[i].p, life->slot[i].bytes);
}

static void life_run(bool zeroed, uint32_t nr_steps)
{
	static struct life life;

	life = (struct life){.random = 3};
	front_init(&life.f, "00.11");
	life.f.sim.pages_zeroed = zeroed;
	test_fixture_open(&life.f);
	front_be_cpu(&life.f, 0);
	for (uint32_t i = 0; i < nr_steps; i++) {
		life_step(&life);
		if (i % 64 == 0)
			test_fixture_check(&life.f);
	}
	for (uint32_t i = 0; i < NR_SLOTS; i++)
		pcpu_free(life.f.pcpu, life.slot[i].p);
	front_close(&life.f);
}

TEST(pages_that_the_engine_used_are_not_fresh)
{
	life_run(true, 12000);
}

TEST(pages_that_do_not_come_zeroed_are_not_fresh)
{
	life_run(false, 1000);
}

/* Pages come zeroed. 24 objects, more than the first chunk has: the next ones lie in another. */
static void zeroed_open(struct test_fixture *f, struct pcpu_ptr *p)
{
	front_init(f, "00.11");
	f->sim.pages_zeroed = true;
	test_fixture_open(f);
	front_be_cpu(f, 0);
	CHECK(pcpu_alloc_many(f->pcpu, 1000, 8, 0, 24, p));
	CHECK(test_fixture_place(f, p[23]).chunk_id > 0);
}

/* What is fresh is not cleared once more. */
TEST(fresh_spans_are_not_cleared)
{
	struct pcpu_ptr p[100];
	struct sim_ledger before, after;
	struct test_fixture f;

	zeroed_open(&f, p);
	sim_ledger(f.plat, &before);
	CHECK(pcpu_alloc_many(f.pcpu, 1000, 8, 0, 76, p + 24));
	sim_ledger(f.plat, &after);
	CHECK_EQ(after.zeroed_bytes, before.zeroed_bytes);
	pcpu_free_many(f.pcpu, p, 100);
	front_close(&f);
}

/* Nor what a magazine gave back as it was. */
TEST(what_is_clean_is_not_cleared_again)
{
	struct test_fixture f;
	struct pcpu_ptr p[2];
	uint64_t zeroed;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	p[0] = front_alloc(&f, 8, 0);
	CHECK(front_held(&f, 0, 8) > 0);
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	zeroed = front_stats(&f).zeroed_bytes;
	p[1] = front_alloc(&f, 8, 0);
	CHECK_EQ(front_stats(&f).zeroed_bytes, zeroed);
	pcpu_free_many(f.pcpu, p, 2);
	front_close(&f);
}

/* What lay in a span that went back is cleared when it is handed out again, once, whatever the
   class: not when it is freed, nor page by page. */
TEST(what_was_freed_is_cleared_when_it_is_taken)
{
	struct pcpu_ptr p[100];
	struct sim_ledger before, after;
	struct test_fixture f;

	zeroed_open(&f, p);
	CHECK(pcpu_alloc_many(f.pcpu, 700, 8, 0, 76, p + 24));
	for (uint32_t i = 24; i < 100; i++)
		front_fill(&f, p[i], 700, 0x5a);
	sim_ledger(f.plat, &before);
	pcpu_free_many(f.pcpu, p + 24, 76);
	pcpu_drain(f.pcpu);
	sim_ledger(f.plat, &after);
	test_fixture_check(&f);
	CHECK(after.zeroed_bytes - before.zeroed_bytes <=
	      (uint64_t)PCPU_MAGAZINE_START * 2 * 704 * f.pcpu->layout.nr_possible);
	sim_ledger(f.plat, &before);
	CHECK(pcpu_alloc_many(f.pcpu, 900, 8, 0, 76, p + 24));
	sim_ledger(f.plat, &after);
	CHECK(after.zeroed_bytes - before.zeroed_bytes <=
	      UINT64_C(960) * (76 + PCPU_MAGAZINE_START) * f.pcpu->layout.nr_possible);
	for (uint32_t i = 24; i < 100; i++)
		CHECK(front_is_zero(&f, p[i], 900));
	pcpu_free_many(f.pcpu, p, 100);
	front_close(&f);
}

/* Objects of several spans that lie side by side, written on every CPU, freed in some order and
   allocated again. */
static void write_and_free(uint32_t bytes, uint32_t step)
{
	enum { NR = 400 };
	static struct pcpu_ptr p[NR];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < NR; i++) {
			p[i] = front_alloc(&f, bytes, 0);
			CHECK(front_is_zero(&f, p[i], bytes));
			front_fill(&f, p[i], bytes, 0x5a);
		}
		test_fixture_check(&f);
		for (uint32_t i = 0; i < NR; i++)
			pcpu_free(f.pcpu, p[(uint64_t)i * step % NR]);
		test_fixture_check(&f);
	}
	front_close(&f);
}

TEST(what_others_wrote_is_zero_when_it_comes_back)
{
	static const uint32_t steps[] = {1, 49, 399, 7};

	for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		write_and_free(8, steps[i]);
		write_and_free(64, steps[i]);
		write_and_free(1024, steps[i]);
	}
}

/* --- one drains what another works on --------------------------------------------------------- */

enum { NR_FIBERS = 3, NR_EACH = 20 };

struct shared {
	struct test_fixture f;
	bool wrong;
};

static void fiber_works(struct shared *s, uint32_t cpu, uint32_t bytes)
{
	struct pcpu_ptr p[NR_EACH];

	pcpu_cpu_enter(s->f.pcpu, cpu);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < NR_EACH; i++) {
			p[i] = pcpu_alloc(s->f.pcpu, bytes, 8, round ? PCPU_NO_ZERO : 0);
			s->wrong |= !p[i].value;
		}
		for (uint32_t i = 0; i < NR_EACH; i++)
			pcpu_free(s->f.pcpu, p[i]);
	}
	pcpu_cpu_leave();
}

static void fiber_0(void *argument)
{
	fiber_works(argument, 0, 24);
}

static void fiber_1(void *argument)
{
	fiber_works(argument, 1, 24);
}

static void fiber_drains(void *argument)
{
	struct shared *s = argument;

	for (uint32_t i = 0; i < 6; i++) {
		pcpu_drain(s->f.pcpu);
		sim_yield(s->f.plat);
	}
}

TEST(a_drain_waits_for_calls_under_way)
{
	static const sim_fiber_fn functions[NR_FIBERS] = {fiber_0, fiber_1, fiber_drains};

	for (uint64_t seed = 1; seed <= 60; seed++) {
		static struct shared s;
		void *arguments[NR_FIBERS] = {&s, &s, &s};
		struct pcpu_report report;

		s.wrong = false;
		front_open(&s.f, "00");
		CHECK(sim_run_fibers(s.f.plat, NR_FIBERS, (sim_fiber_fn *)functions, arguments,
				     seed, 1 + seed % 4, NULL, NULL));
		CHECK(!s.wrong);
		CHECK(!lab_take_misuse(s.f.plat, &report));
		CHECK_EQ(front_stats(&s.f).nr_live, 0);
		CHECK_EQ(front_stats(&s.f).nr_allocs, 2 * 2 * NR_EACH);
		front_close(&s.f);
	}
}
