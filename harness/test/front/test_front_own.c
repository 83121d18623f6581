/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_own.c - CPUs take from spans of their own, and objects go back to the span's CPU, as
   long as that costs little memory. */
#include "harness/test/front/front_fixture.h"

#define NR 100

static struct pcpu_ptr object[NR], other[NR];

static const struct pcpu_span *span_of(struct test_fixture *f, struct pcpu_ptr p)
{
	struct pcpu_chunk *chunk;
	uint32_t offset;

	plat_read_begin(f->plat);
	chunk = pcpu_find(f->pcpu, p, &offset);
	plat_read_end(f->plat);
	return chunk->spans[offset / PCPU_PAGE_BYTES];
}

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
			shared |= span_of(f, object[i]) == span_of(f, other[k]);
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

/* 255 CPUs on, tags begin anew: such CPUs are taken for one, which costs them lines and no more. */
TEST(tags_are_never_nobodys)
{
	for (uint32_t cpu = 0; cpu < 1000; cpu++) {
		CHECK(pcpu_cpu_tag(cpu) != 0);
		CHECK(pcpu_cpu_tag(cpu) != pcpu_cpu_tag(cpu + 1));
	}
}

TEST(what_another_cpu_frees_goes_back_to_the_cpu_it_came_from)
{
	struct test_fixture f;
	const struct pcpu_span *span;

	front_open(&f, "0011");
	take_as(&f, 0, 8, object);
	take_as(&f, 1, 8, other);
	span = span_of(&f, object[0]);
	for (uint32_t round = 0; round < 20; round++) {
		free_as(&f, 1, object);
		free_as(&f, 0, other);
		take_as(&f, 1, 8, other);
		take_as(&f, 0, 8, object);
		CHECK_EQ(nr_shared(&f), 0);
		CHECK(span_of(&f, object[0]) == span);
		CHECK_EQ(front_nr_spans(&f, 8), 2);
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
	CHECK_EQ(span_of(&f, other[0])->taker, pcpu_cpu_tag(3));
	front_close(&f);
}

/* Also where no more memory is to be had, and where the caller may not sleep. */
TEST(cpus_share_where_they_cannot_have_their_own)
{
	for (uint32_t flags = 0; flags <= PCPU_ATOMIC; flags += PCPU_ATOMIC) {
		struct test_fixture f;
		struct pcpu_ptr p;

		front_open(&f, "0011");
		take_as(&f, 0, 8, object);
		front_be_cpu(&f, 3);
		pcpu_free(f.pcpu, front_alloc(&f, 16, 0)); /* all it needs but a span of 8 */
		if (!flags)
			lab_fail_at(f.plat, 0, true);
		p = pcpu_alloc(f.pcpu, 8, 4, flags);
		lab_fail_never(f.plat);
		CHECK(p.value && span_of(&f, p) == span_of(&f, object[0]));
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
	CHECK_EQ(span_of(&f, object[0])->taker, pcpu_cpu_tag(0));
	pcpu_balance(f.pcpu);
	pcpu_balance(f.pcpu);
	CHECK_EQ(span_of(&f, object[0])->taker, 0);
	take_as(&f, 3, 8, other);
	CHECK_EQ(front_nr_spans(&f, 8), 1);
	CHECK_EQ(span_of(&f, other[0])->taker, pcpu_cpu_tag(3));
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
	CHECK(span_of(&f, front_alloc(&f, 8, 0)) == span_of(&f, object[0]));
	CHECK_EQ(span_of(&f, object[0])->taker, pcpu_cpu_tag(0));
	CHECK_EQ(span_of(&f, front_alloc(&f, 64, 0))->taker, 0);
	front_close(&f);
}

/* Who may not wait keeps what it freed, whosever it was: the lock is another's. */
TEST(who_may_not_wait_keeps_what_it_freed)
{
	struct test_fixture f;
	uint64_t holds;
	uint32_t nr;

	front_open(&f, "0011");
	take_as(&f, 0, 8, object);
	take_as(&f, 3, 8, other);
	nr = magazine_nr(front_magazine(&f, 3, 8));
	for (uint32_t i = 0; i < nr; i++)
		front_alloc(&f, 8, 0);
	pcpu_free(f.pcpu, object[0]);
	holds = sim_lock_holds(f.plat, PLAT_LOCK_INNER);
	CHECK_EQ(pcpu_alloc(f.pcpu, 8, 4, PCPU_NO_WAIT).value, object[0].value);
	CHECK_EQ(sim_lock_holds(f.plat, PLAT_LOCK_INNER), holds);
	front_close(&f);
}
