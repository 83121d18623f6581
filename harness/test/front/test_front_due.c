/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_due.c - how much a miss clears (due.c): what costs as much as nine lines of a unit,
   one object at least; what is zero costs nothing. */
#include "harness/test/front/front_fixture.h"

enum { NR = 4 * PCPU_MAGAZINE_MAX };

static struct pcpu_ptr objects[NR];

/* The first chunk, whose pages do not count as fresh, is used up. */
static void open_fresh(struct test_fixture *f)
{
	front_init(f, "00.11");
	f->sim.pages_zeroed = true;
	test_fixture_open(f);
	front_be_cpu(f, 0);
	for (uint32_t i = 0; i < 64; i++)
		front_alloc(f, PCPU_PAGE_BYTES, 0);
}

/* CPU 0's magazine of the class is as large as it gets, and holds nothing; NR objects of fresh
   spans are live, in the order of their addresses. */
static struct pcpu_magazine *open_wide(struct test_fixture *f, uint32_t bytes)
{
	struct pcpu_magazine *magazine;
	uint32_t class = pcpu_class_of[bytes];

	open_fresh(f);
	for (uint32_t i = 0; i < NR; i++)
		objects[i] = front_alloc(f, bytes, 0);
	magazine = front_magazine(f, 0, bytes);
	CHECK_EQ(magazine->limit, f->pcpu->front->most[class]);
	while (magazine_nr_claimed(magazine) > 0)
		front_alloc(f, bytes, 0);
	for (uint32_t i = 0; i + 1 < NR; i++)
		for (uint32_t k = i + 1; k < NR; k++)
			if (objects[k].value < objects[i].value) {
				struct pcpu_ptr other = objects[i];

				objects[i] = objects[k];
				objects[k] = other;
			}
	return magazine;
}

/* Frees `nr` of them, every step-th, and allocates once. Returns how many became clean. */
static uint32_t part_of(uint32_t bytes, uint32_t step, uint32_t nr)
{
	struct test_fixture f;
	struct pcpu_magazine *magazine = open_wide(&f, bytes);
	uint32_t part;

	CHECK(nr <= magazine->limit);
	for (uint32_t i = 0; i < nr; i++) {
		front_fill(&f, objects[i * step], bytes, 0xa5);
		pcpu_free(f.pcpu, objects[i * step]);
	}
	CHECK_EQ(front_dirty(&f, 0, bytes), nr);
	CHECK(front_is_zero(&f, front_alloc(&f, bytes, 0), bytes));
	part = magazine_nr(magazine) + 1;
	CHECK_EQ(part + magazine->nr_due, nr);
	test_fixture_check(&f);
	while (magazine_nr_claimed(magazine) > 0)
		CHECK(front_is_zero(&f, front_alloc(&f, bytes, 0), bytes));
	CHECK_EQ(front_stats(&f).nr_frees, nr);
	front_close(&f);
	return part;
}

TEST(a_part_costs_nine_lines)
{
	/* apart: a line each, and a quarter of the bytes */
	CHECK_EQ(part_of(8, 2, 64), 8); /* 8 x 66 = 528 */
	CHECK_EQ(part_of(24, 2, 64), 8); /* 8 x 70 = 560 */
	CHECK_EQ(part_of(64, 2, 64), 7); /* 7 x 80 = 560 */
	/* neighbours: a line for all */
	CHECK_EQ(part_of(8, 1, 64), 64);
	CHECK_EQ(part_of(48, 1, 64), 42); /* 64 + 42 x 12 = 568 */
	CHECK_EQ(part_of(64, 1, 64), 32); /* 64 + 32 x 16 = 576 */
	CHECK_EQ(part_of(104, 1, 32), 19); /* 64 + 19 x 26 = 558 */
	CHECK_EQ(part_of(256, 1, 8), 8);
	CHECK_EQ(part_of(512, 1, 8), 4);
	CHECK_EQ(part_of(1024, 1, 8), 2);
	/* large and apart */
	CHECK_EQ(part_of(256, 2, 8), 4); /* 4 x 128 = 512 */
	CHECK_EQ(part_of(1024, 2, 8), 1);
}

/* Of a fresh span all is zero: one miss is enough. */
TEST(what_is_zero_costs_nothing)
{
	struct test_fixture f;
	struct pcpu_magazine *magazine;

	open_fresh(&f);
	do
		front_alloc(&f, 64, 0);
	while (front_magazine(&f, 0, 64)->limit < PCPU_MAGAZINE_MAX);
	magazine = front_magazine(&f, 0, 64);
	while (magazine_nr_claimed(magazine) > 0)
		front_alloc(&f, 64, 0);
	front_alloc(&f, 64, 0);
	CHECK_EQ(magazine->nr_due, 0);
	CHECK(magazine_nr(magazine) > 16);
	front_close(&f);
}

/* A full dirty magazine gives what there is room for to the clean one, and clears nothing. */
TEST(a_drain_clears_nothing)
{
	struct test_fixture f;
	struct pcpu_magazine *magazine = open_wide(&f, 8);
	uint64_t before = front_stats(&f).zeroed_bytes;
	uint32_t has, k = 0;

	front_alloc(&f, 8, 0);
	has = magazine_nr(magazine);
	CHECK(has > 8);
	while (has > 5) {
		front_alloc(&f, 8, 0);
		has--;
	}
	do {
		front_fill(&f, objects[k], 8, 0xa5);
		pcpu_free(f.pcpu, objects[k++]);
	} while (magazine->nr_due == 0);
	CHECK_EQ(k, magazine->limit + 1);
	CHECK_EQ(magazine->nr_due, magazine->limit - 5);
	CHECK_EQ(magazine_nr(magazine), 5);
	for (uint32_t i = 0; i < magazine->limit; i++) /* once more: now there is no room */
		pcpu_free(f.pcpu, objects[k++]);
	CHECK_EQ(magazine->nr_due, magazine->limit - 5);
	CHECK_EQ(front_stats(&f).zeroed_bytes, before);
	test_fixture_check(&f);
	for (uint32_t i = 0; i < 30; i++)
		CHECK(front_is_zero(&f, front_alloc(&f, 8, 0), 8));
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	for (uint32_t i = 0; i < 80; i++)
		CHECK(front_is_zero(&f, front_alloc(&f, 8, 0), 8));
	front_close(&f);
}

/* What was freed meanwhile waits until nothing is due any more. */
TEST(what_is_due_comes_before_what_was_freed)
{
	struct test_fixture f;
	struct pcpu_magazine *magazine = open_wide(&f, 8);

	for (uint32_t i = 0; i < magazine->limit; i++)
		pcpu_free(f.pcpu, objects[2 * i]);
	front_alloc(&f, 8, 0);
	CHECK(magazine->nr_due > 40);
	for (uint32_t i = 0; i < 30; i++)
		pcpu_free(f.pcpu, objects[2 * i + 1]);
	while (magazine_nr_claimed(magazine) > 0) {
		CHECK_EQ(front_dirty(&f, 0, 8), 30);
		front_alloc(&f, 8, 0);
	}
	front_alloc(&f, 8, 0);
	CHECK_EQ(front_dirty(&f, 0, 8), 0);
	front_close(&f);
}

/* Four zero ones, then four that are to be cleared, by two. */
TEST(what_is_cleared_is_what_is_marked)
{
	struct test_fixture f;
	struct pcpu_magazine *magazine = open_wide(&f, 1024);
	uint32_t class = pcpu_class_of[1024];
	struct pcpu_clean out[8];
	uint64_t dirty, before;

	plat_lock(f.plat, PLAT_LOCK_INNER);
	while (pcpu_spans_take(f.pcpu, class, true, out, 8, &dirty) < 8 || dirty) {
		plat_unlock(f.plat, PLAT_LOCK_INNER);
		CHECK(pcpu_span_make(f.pcpu, class) && pcpu_span_make(f.pcpu, class));
		plat_lock(f.plat, PLAT_LOCK_INNER);
	}
	plat_unlock(f.plat, PLAT_LOCK_INNER);
	for (uint32_t i = 4; i < 8; i++)
		front_fill(&f, (struct pcpu_ptr){out[i].value}, 1024, 0xa5);
	before = front_stats(&f).zeroed_bytes;
	pcpu_due_add(magazine, out, 8, 0xf0);
	for (uint32_t i = 8; i-- > 0;) {
		struct pcpu_ptr p = front_alloc(&f, 1024, 0);

		CHECK_EQ(p.value, out[i].value);
		CHECK(front_is_zero(&f, p, 1024));
	}
	CHECK_EQ(front_stats(&f).zeroed_bytes - before, 4 * 1024 * 4);
	pcpu_cpu_leave();
	test_fixture_close(&f); /* without those that were taken before */
}
