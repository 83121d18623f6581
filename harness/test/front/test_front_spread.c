/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_spread.c - where in a span a CPU looks for objects: far from the others, then
   everywhere. */
#include "harness/test/front/front_fixture.h"

enum { NR_CPUS = 8, LINE = 64, NR = 4096 };

/* Lines of states of what the CPU's clean magazine holds. */
static void lines_check(const struct pcpu_magazine *magazine, const uintptr_t *others,
			uint32_t nr_others, uintptr_t *own)
{
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

/* The object before the first lies in another line, where there is one. */
static void line_begins(struct test_fixture *f, uint32_t cpu, uint32_t bytes)
{
	const struct pcpu_class *class = &pcpu_classes[pcpu_class_of[bytes]];
	struct pcpu_list *partial = &f->pcpu->front->partial[pcpu_class_of[bytes]];
	const struct pcpu_span *span = PCPU_SPAN_OF(partial->next);
	const uint8_t *first = front_magazine(f, cpu, bytes)->clean[1].state;
	const uint8_t *before = first - 2 * (bytes >> class->granule_shift);

	CHECK(first == span->states || (uintptr_t)before / LINE != (uintptr_t)first / LINE);
}

static void spread_check(uint32_t bytes, uint32_t nr_cpus)
{
	static uintptr_t line[NR_CPUS * PCPU_MAGAZINE_MAX];
	struct test_fixture f;

	front_open(&f, "00001111");
	front_use_up_spare(&f);
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		front_be_cpu(&f, cpu);
		front_alloc(&f, bytes, 0);
		line_begins(&f, cpu, bytes);
		lines_check(front_magazine(&f, cpu, bytes), line, cpu * PCPU_MAGAZINE_MAX,
			    line + cpu * PCPU_MAGAZINE_MAX);
	}
	CHECK_EQ(front_nr_spans(&f, bytes), 1);
	pcpu_cpu_leave();
	test_fixture_check(&f);
	test_fixture_close(&f);
}

/* Of one granule, of three: fewer lie in a line. */
TEST(cpus_take_objects_whose_states_share_no_line)
{
	spread_check(8, NR_CPUS);
	spread_check(12, NR_CPUS / 2);
}

static uint32_t nr_objects(struct test_fixture *f)
{
	return PCPU_SPAN_OF(f->pcpu->front->partial[pcpu_class_of[8]].next)->nr_pieces;
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
