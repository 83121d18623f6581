/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_spread.c - where in a span a CPU looks for objects: far from the others, then
   everywhere. */
#include "harness/test/front/front_fixture.h"

enum { NR_CPUS = 8, LINE = 64, NR = 4096 };

/* Lines of states of what the CPU's clean magazine holds. */
static void lines_check(struct test_fixture *f, uint32_t cpu, const uintptr_t *others,
			uint32_t nr_others, uintptr_t *own)
{
	const struct pcpu_magazine *magazine = front_magazine(f, cpu, 8);
	uint32_t nr = magazine_nr(magazine);

	CHECK(nr > 0);
	for (uint32_t i = 1; i <= nr; i++) {
		uintptr_t line = (uintptr_t)magazine->clean[i].state / LINE;

		for (uint32_t k = 0; k < nr_others; k++)
			CHECK(line != others[k]);
		own[i - 1] = line;
	}
	for (uint32_t i = nr; i < PCPU_MAGAZINE_MAX; i++)
		own[i] = own[0];
}

TEST(cpus_take_objects_whose_states_share_no_line)
{
	static uintptr_t line[NR_CPUS * PCPU_MAGAZINE_MAX];
	struct test_fixture f;

	front_open(&f, "00001111");
	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		front_be_cpu(&f, cpu);
		front_alloc(&f, 8, 0);
		lines_check(&f, cpu, line, cpu * PCPU_MAGAZINE_MAX,
			    line + cpu * PCPU_MAGAZINE_MAX);
	}
	CHECK_EQ(f.pcpu->front->nr_spans, 1);
	pcpu_cpu_leave();
	test_fixture_check(&f);
	test_fixture_close(&f);
}

static uint32_t nr_objects(struct test_fixture *f)
{
	return PCPU_SPAN_OF(f->pcpu->front->partial[pcpu_class_of[8]].next)->nr_objects;
}

TEST(a_span_is_used_up_wherever_a_cpu_begins)
{
	static struct pcpu_ptr object[NR];
	static bool seen[NR];

	for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
		struct test_fixture f;
		uint32_t nr;
		uintptr_t least = UINTPTR_MAX;

		front_open(&f, "00001111");
		front_be_cpu(&f, cpu);
		object[0] = front_alloc(&f, 8, 0);
		nr = nr_objects(&f);
		CHECK(nr <= NR);
		for (uint32_t i = 1; i < nr; i++)
			object[i] = front_alloc(&f, 8, 0);
		CHECK_EQ(f.pcpu->front->nr_spans, 1);
		memset(seen, 0, sizeof(seen));
		for (uint32_t i = 0; i < nr; i++)
			if (object[i].value < least)
				least = object[i].value;
		for (uint32_t i = 0; i < nr; i++) {
			uintptr_t at = (object[i].value - least) / 8;

			CHECK(at < nr && !seen[at]);
			seen[at] = true;
		}
		front_alloc(&f, 8, 0);
		CHECK_EQ(f.pcpu->front->nr_spans, 2);
		pcpu_cpu_leave();
		test_fixture_check(&f);
		test_fixture_close(&f);
	}
}
