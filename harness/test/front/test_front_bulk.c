/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_bulk.c - several objects at once: exactly as many, all or none, with their flags. */
#include <string.h>

#include "harness/test/front/front_fixture.h"

#define MAX 200

static void many_close(struct test_fixture *f, const struct pcpu_ptr *p, size_t nr)
{
	pcpu_free_many(f->pcpu, p, nr);
	CHECK_EQ(front_stats(f).nr_live, 0);
	front_close(f);
}

TEST(many_are_exactly_as_many)
{
	struct pcpu_ptr p[MAX + 1], last;
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 3);
	for (size_t nr = 0; nr <= MAX; nr = nr * 3 / 2 + 1) {
		memset(p, 0xee, sizeof(p));
		last = p[nr];
		CHECK(pcpu_alloc_many(f.pcpu, 8, 8, 0, nr, p));
		CHECK_EQ(p[nr].value, last.value);
		CHECK_EQ(front_stats(&f).nr_live, nr);
		test_fixture_check(&f);
		for (size_t i = 0; i < nr; i++) {
			CHECK(front_is_zero(&f, p[i], 8));
			front_fill(&f, p[i], 8, 0x55);
		}
		pcpu_free_many(f.pcpu, p, nr);
		CHECK_EQ(front_stats(&f).nr_live, 0);
	}
	many_close(&f, p, 0);
}

/* Whatever the magazine could take: the rest of the array, and {0}, are as they were. */
TEST(many_frees_are_exactly_as_many)
{
	struct pcpu_ptr p[MAX];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 12, 4, 0, MAX, p));
	for (size_t nr = 1, left = MAX; nr <= left; nr += 3) {
		pcpu_free_many(f.pcpu, p + left - nr, nr - 1);
		CHECK_EQ(front_stats(&f).nr_live, left - nr + 1);
		test_fixture_check(&f);
		pcpu_free(f.pcpu, p[left - 1]);
		left -= nr;
		memset(p + left, 0, (MAX - left) * sizeof(*p));
		if (nr + 3 > left)
			break;
	}
	many_close(&f, p, MAX);
}

/* --- lists that one magazine does not take as a whole ----------------------------------------- */

static size_t misuses_of(struct test_fixture *f)
{
	struct pcpu_report report;
	size_t nr = 0;

	while (lab_take_misuse(f->plat, &report))
		nr++;
	return nr;
}

/* Objects of two classes in turn, each class in several spans of several pages; every third and
   then every second change of order. */
TEST(frees_of_mixed_classes_and_spans_are_all_done)
{
	static const uint32_t sizes[][2] = {{8, 900}, {72, 80}, {640, 700}};
	struct pcpu_ptr p[MAX];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t s = 0; s < 3; s++) {
		for (uint32_t run = 1; run < 9; run += 1 + run / 3) {
			for (uint32_t i = 0; i < MAX; i++)
				p[i] = front_alloc(&f, sizes[s][i / run % 2], 0);
			pcpu_free_many(f.pcpu, p, MAX);
			CHECK_EQ(misuses_of(&f), 0);
			CHECK_EQ(front_stats(&f).nr_live, 0);
			test_fixture_check(&f);
		}
		/* What was freed wrongly would be handed out twice. */
		pcpu_drain(f.pcpu);
		CHECK_EQ(misuses_of(&f), 0);
	}
	front_close(&f);
}

/* At each place of a list: an object twice, a pointer into an object, none. */
TEST(a_wrong_pointer_in_a_list_is_reported_once)
{
	struct pcpu_ptr p[16];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t nr = 2; nr <= 16; nr++)
		for (uint32_t at = 0; at < nr; at++)
			for (uint32_t kind = 0; kind < 3; kind++) {
				CHECK(pcpu_alloc_many(f.pcpu, 16, 4, 0, nr - 1, p));
				memmove(p + at + 1, p + at, (nr - 1 - at) * sizeof(p[0]));
				p[at] = (struct pcpu_ptr){0};
				if (kind == 0)
					p[at] = p[at ? at - 1 : nr - 1];
				if (kind == 1)
					p[at].value = p[at ? 0 : 1].value + 4;
				pcpu_free_many(f.pcpu, p, nr);
				CHECK_EQ(misuses_of(&f), kind < 2);
				CHECK_EQ(front_stats(&f).nr_live, 0);
			}
	test_fixture_check(&f);
	front_close(&f);
}

TEST(many_keep_their_size_and_flags)
{
	struct pcpu_ptr p[8], q[8];
	struct pcpu_stats before;
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 8, 8, 0, 8, p));
	pcpu_free_many(f.pcpu, p, 8);
	CHECK(pcpu_alloc_many(f.pcpu, 8, 8, 0, 4, p));
	CHECK(front_held(&f, 0, 8) > 3);
	CHECK(pcpu_alloc_many(f.pcpu, 8, 8, PCPU_RESERVED, 3, q));
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(test_fixture_place(&f, q[i]).kind, PCPU_CHUNK_RESERVED);
	pcpu_free_many(f.pcpu, q, 3);
	q[0] = pcpu_alloc(f.pcpu, 8, 8, PCPU_RESERVED);
	CHECK_EQ(test_fixture_place(&f, q[0]).kind, PCPU_CHUNK_RESERVED);
	pcpu_free(f.pcpu, q[0]);
	before = front_stats(&f);
	CHECK(!pcpu_alloc_many(f.pcpu, 8, 8, 64, 3, q));
	CHECK(!pcpu_alloc(f.pcpu, 8, 8, 64).value);
	CHECK(!pcpu_alloc_many(f.pcpu, 8, 3, 0, 3, q));
	CHECK_EQ(front_stats(&f).nr_failed[PCPU_CAUSE_ILLEGAL],
		 before.nr_failed[PCPU_CAUSE_ILLEGAL] + 3);
	many_close(&f, p, 4);
}

/* Sizes beyond the table of classes are the engine's, whatever lies behind the table. */
TEST(many_of_a_large_size_are_as_large)
{
	struct test_fixture f;
	struct pcpu_ptr p[8];

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t bytes = 4; bytes <= 12; bytes += 4)
		pcpu_free(f.pcpu, front_alloc(&f, bytes, 0));
	for (size_t size = PCPU_FRONT_MAX_BYTES; size < 1500; size++) {
		CHECK(pcpu_alloc_many(f.pcpu, size, 4, 0, 2, p));
		CHECK(front_stats(&f).live_bytes >= 2 * size);
		pcpu_free_many(f.pcpu, p, 2);
	}
	many_close(&f, p, 0);
}

/* Each of the platform's calls fails in turn, for good. */
TEST(many_are_all_or_none)
{
	struct pcpu_ptr p[MAX];
	uint32_t nr_failed = 0;
	bool all = false;

	for (uint64_t k = 0; !all && k < 10000; k += 1 + k / 8) {
		struct test_fixture f;

		front_open(&f, "0");
		front_be_cpu(&f, 0);
		lab_fail_at(f.plat, k, true);
		all = pcpu_alloc_many(f.pcpu, 1000, 8, 0, MAX, p);
		lab_fail_never(f.plat);
		nr_failed += !all;
		CHECK_EQ(front_stats(&f).nr_live, all ? MAX : 0);
		test_fixture_check(&f);
		many_close(&f, p, all ? MAX : 0);
	}
	CHECK(all && nr_failed > 10);
}

TEST(a_group_is_all_or_none)
{
	struct pcpu_group_item items[] = {{8, 8, {1}}, {24, 8, {1}}, {2000, 64, {1}}, {4, 4, {1}}};
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 1);
	for (size_t bad = 0; bad < 4; bad++) {
		size_t size = items[bad].size;

		items[bad].size = 0;
		CHECK(!pcpu_group_alloc(f.pcpu, items, 4, 0));
		for (size_t i = 0; i < 4; i++)
			CHECK_EQ(items[i].pointer.value, 0);
		CHECK_EQ(front_stats(&f).nr_live, 0);
		items[bad].size = size;
	}
	CHECK(pcpu_group_alloc(f.pcpu, items, 4, 0));
	CHECK_EQ(front_stats(&f).nr_live, 4);
	for (size_t i = 0; i < 4; i++)
		CHECK(front_is_zero(&f, items[i].pointer, (uint32_t)items[i].size));
	pcpu_group_free(f.pcpu, items, 4);
	for (size_t i = 0; i < 4; i++)
		CHECK_EQ(items[i].pointer.value, 0);
	CHECK_EQ(front_stats(&f).nr_live, 0);
	front_close(&f);
}

/* Flags and alignment hold for each object, whoever serves it. */
TEST(every_object_has_the_flags_and_the_alignment)
{
	struct pcpu_group_item items[] = {{4, 64, {0}}, {24, 8, {0}}, {56, 512, {0}}};
	struct pcpu_ptr p[40];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t round = 0; round < 20; round++) {
		CHECK(pcpu_group_alloc(f.pcpu, items, 3, PCPU_RESERVED));
		for (uint32_t i = 0; i < 3; i++) {
			struct pcpu_place place = test_fixture_place(&f, items[i].pointer);

			CHECK_EQ(place.kind, PCPU_CHUNK_RESERVED);
			CHECK_EQ(place.offset % items[i].align, 0);
		}
		pcpu_group_free(f.pcpu, items, 3);
		CHECK(pcpu_group_alloc(f.pcpu, items, 3, 0));
		for (uint32_t i = 0; i < 3; i++) {
			struct pcpu_place place = test_fixture_place(&f, items[i].pointer);

			CHECK_EQ(place.offset % items[i].align, 0);
			if (i == 1)
				pcpu_free(f.pcpu, items[i].pointer);
			else
				p[2 * round + i / 2] = items[i].pointer;
		}
	}
	pcpu_free_many(f.pcpu, p, 40);
	CHECK(pcpu_alloc_many(f.pcpu, 12, 4, PCPU_RESERVED, 40, p));
	for (uint32_t i = 0; i < 40; i++)
		CHECK_EQ(test_fixture_place(&f, p[i]).kind, PCPU_CHUNK_RESERVED);
	many_close(&f, p, 40);
}

static void copy_init(void *context, uintptr_t address, uint32_t cpu)
{
	struct test_fixture *f = context;
	const uint8_t mark[3] = {(uint8_t)(cpu + 1), 2, 3};

	plat_copy(f->plat, address, mark, sizeof(mark));
}

TEST(init_fills_each_copy_of_the_object)
{
	struct test_fixture f;
	struct pcpu_ptr p = {0}, last;

	front_open(&f, "00.11");
	front_be_cpu(&f, 1);
	for (uint32_t round = 0; round < 3; round++) {
		last = p;
		p = pcpu_alloc_init(f.pcpu, 3, 1, 0, copy_init, &f);
		for (uint32_t cpu = 0; cpu < 5; cpu++) {
			const uint8_t mark[3] = {(uint8_t)(cpu + 1), 2, 3};

			CHECK(cpu == 2 || lab_holds(f.plat, pcpu_address(f.pcpu, p, cpu), mark, 3));
		}
		pcpu_free(f.pcpu, p);
		CHECK(round == 0 || p.value == last.value); /* not a cleared one instead */
	}
	p = pcpu_alloc_init(f.pcpu, 3, 1, PCPU_RESERVED, copy_init, &f);
	CHECK_EQ(test_fixture_place(&f, p).kind, PCPU_CHUNK_RESERVED);
	pcpu_free(f.pcpu, p);
	CHECK_EQ(pcpu_alloc_init(f.pcpu, 0, 1, 0, copy_init, NULL).value, 0);
	front_close(&f);
}
