/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_own.c - CPUs take from spans of their own, as long as that costs little memory. */
#include "harness/test/front/front_fixture.h"

#define NR 100

static struct pcpu_ptr object[NR], other[NR];

static void take_as(struct test_fixture *f, uint32_t cpu, uint32_t bytes, struct pcpu_ptr *out)
{
	front_be_cpu(f, cpu);
	for (uint32_t i = 0; i < NR; i++)
		out[i] = front_alloc(f, bytes, 0);
}

static void free_as(struct test_fixture *f, uint32_t cpu, const struct pcpu_ptr *objects)
{
	front_be_cpu(f, cpu);
	for (uint32_t i = 0; i < NR; i++)
		pcpu_free(f->pcpu, objects[i]);
}

/* Objects of which both CPUs have one in the span. */
static uint32_t nr_shared(struct test_fixture *f)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < NR; i++) {
		bool shared = false;

		for (uint32_t k = 0; k < NR; k++)
			shared |= front_span_of(f, object[i]) == front_span_of(f, other[k]);
		nr += shared;
	}
	return nr;
}

TEST(each_cpu_takes_from_spans_of_its_own)
{
	struct test_fixture f;

	front_open(&f, "0011");
	for (uint32_t round = 0; round < 5; round++) {
		take_as(&f, 0, 8, object);
		take_as(&f, 3, 8, other);
		CHECK_EQ(nr_shared(&f), 0);
		CHECK_EQ(front_nr_spans(&f, 8), 2);
		free_as(&f, 0, object);
		free_as(&f, 3, other);
		test_fixture_check(&f);
	}
	front_close(&f);
}

/* Where spans have much free already, a CPU takes what another left. */
TEST(cpus_share_where_spans_of_their_own_are_too_dear)
{
	struct test_fixture f;

	front_open(&f, "0011");
	front_use_up_spare(&f);
	take_as(&f, 0, 8, object);
	take_as(&f, 3, 8, other);
	CHECK_EQ(nr_shared(&f), NR);
	CHECK_EQ(front_nr_spans(&f, 8), 1);
	CHECK_EQ(front_span_of(&f, other[0])->taker, 3 + 1);
	front_close(&f);
}

/* Also where no more memory is to be had, and where the caller may not sleep. */
TEST(cpus_share_where_they_cannot_have_their_own)
{
	for (uint32_t flags = 0; flags <= PCPU_ATOMIC; flags += PCPU_ATOMIC) {
		struct test_fixture f;
		struct pcpu_ptr p;

		front_open(&f, "0011");
		front_be_cpu(&f, 3);
		pcpu_free(f.pcpu, front_alloc(&f, 8, 0)); /* it has a magazine, and then no span */
		pcpu_drain(f.pcpu);
		take_as(&f, 0, 8, object);
		front_be_cpu(&f, 3);
		if (!flags)
			lab_fail_at(f.plat, 0, true);
		p = pcpu_alloc(f.pcpu, 8, 4, flags);
		lab_fail_never(f.plat);
		CHECK(p.value && front_span_of(&f, p) == front_span_of(&f, object[0]));
		front_close(&f);
	}
}

/* Whoever comes first. */
TEST(an_empty_span_is_nobodys)
{
	struct test_fixture f;

	front_open(&f, "0011");
	take_as(&f, 0, 8, object);
	free_as(&f, 0, object);
	CHECK_EQ(front_span_of(&f, object[0])->taker, 0 + 1);
	pcpu_balance(f.pcpu);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_span_of(&f, object[0])->taker, 0);
	take_as(&f, 3, 8, other);
	CHECK_EQ(front_nr_spans(&f, 8), 1);
	CHECK_EQ(front_span_of(&f, other[0])->taker, 3 + 1);
	test_fixture_check(&f);
	front_close(&f);
}

/* A caller without a CPU takes from any, and owns none. */
TEST(who_is_no_cpu_owns_no_span)
{
	struct test_fixture f;

	front_open(&f, "0011");
	take_as(&f, 0, 8, object);
	pcpu_cpu_leave();
	CHECK(front_span_of(&f, front_alloc(&f, 8, 0)) == front_span_of(&f, object[0]));
	CHECK_EQ(front_span_of(&f, object[0])->taker, 0 + 1);
	CHECK_EQ(front_span_of(&f, front_alloc(&f, 64, 0))->taker, 0);
	front_close(&f);
}
