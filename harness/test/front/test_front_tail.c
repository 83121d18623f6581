/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_tail.c - no call clears more than some lines, however many objects were freed: the
   next ones clear the rest, and nothing is lost meanwhile. */
#include <stdlib.h>

#include "harness/test/front/front_fixture.h"

enum { NR = 4096, NR_CPUS = 8, APART = 8 /* objects of 8 bytes to a line */ };

static struct pcpu_ptr object[NR];

static uint64_t cleared(struct test_fixture *f)
{
	struct sim_ledger ledger;

	sim_ledger(f->plat, &ledger);
	return ledger.zeroed_bytes;
}

static int by_value(const void *a, const void *b)
{
	uintptr_t x = ((const struct pcpu_ptr *)a)->value, y = ((const struct pcpu_ptr *)b)->value;

	return (x > y) - (x < y);
}

static void open_full(struct test_fixture *f)
{
	front_open(f, "00001111");
	front_be_cpu(f, 0);
	for (uint32_t i = 0; i < NR; i++)
		object[i] = front_alloc(f, 8, 0);
	qsort(object, NR, sizeof(object[0]), by_value);
	CHECK_EQ(f->pcpu->front->clear_most, PCPU_CLEAR_LINES / NR_CPUS);
	pcpu_drain(f->pcpu);
}

/* One object of each of so many lines; the call must not clear any. */
static void free_apart(struct test_fixture *f, uint32_t from, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t before = cleared(f);

		pcpu_free(f->pcpu, object[(from + i) * APART]);
		CHECK(cleared(f) - before <= f->pcpu->front->clear_most * 8 * NR_CPUS);
	}
}

/* Each call clears at most `most` objects, all of them together what was freed. Returns how many
   calls cleared some. */
static uint32_t alloc_all(struct test_fixture *f, uint32_t nr, uint32_t most)
{
	uint64_t first = cleared(f);
	uint32_t nr_calls = 0;

	for (uint32_t i = 0; i < nr; i++) {
		uint64_t before = cleared(f);

		CHECK(front_is_zero(f, front_alloc(f, 8, 0), 8));
		CHECK(cleared(f) - before <= (uint64_t)most * 8 * NR_CPUS);
		nr_calls += cleared(f) > before;
		test_fixture_check(f);
	}
	CHECK(cleared(f) - first <= (uint64_t)nr * 8 * NR_CPUS);
	return nr_calls;
}

/* Until its magazine holds as many as it may. */
static void grow(struct test_fixture *f)
{
	for (uint32_t round = 0; round < 8; round++) {
		for (uint32_t i = 0; i < 64; i++)
			pcpu_free(f->pcpu, object[NR - 64 + i]);
		for (uint32_t i = 0; i < 64; i++)
			object[NR - 64 + i] = front_alloc(f, 8, 0);
		qsort(object + NR - 64, 64, sizeof(object[0]), by_value);
	}
	CHECK_EQ(front_magazine(f, 0, 8)->limit, PCPU_MAGAZINE_MAX);
}

/* What was freed here comes back in two parts, each of as many lines as may be. */
TEST(a_miss_clears_a_part_of_what_was_freed)
{
	struct test_fixture f;

	open_full(&f);
	grow(&f);
	while (magazine_nr(front_magazine(&f, 0, 8)) > 0)
		front_alloc(&f, 8, 0);
	CHECK_EQ(front_dirty(&f, 0, 8), 0);
	free_apart(&f, 0, 64);
	CHECK_EQ(front_dirty(&f, 0, 8), 64);
	CHECK_EQ(alloc_all(&f, 64, f.pcpu->front->clear_most), 2);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	front_close(&f);
}

/* Who empties a magazine clears nothing, so nothing stays. */
TEST(a_drain_takes_all_of_what_was_freed)
{
	struct test_fixture f;
	uint64_t before;

	open_full(&f);
	grow(&f);
	while (magazine_nr(front_magazine(&f, 0, 8)) > 0)
		front_alloc(&f, 8, 0);
	free_apart(&f, 0, 64);
	before = cleared(&f);
	pcpu_drain(f.pcpu);
	CHECK_EQ(cleared(&f), before);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	front_close(&f);
}

/* Neighbours are few lines. */
TEST(neighbours_are_cleared_at_once)
{
	struct test_fixture f;

	open_full(&f);
	grow(&f);
	while (magazine_nr(front_magazine(&f, 0, 8)) > 0)
		front_alloc(&f, 8, 0);
	for (uint32_t i = 0; i < 64; i++)
		pcpu_free(f.pcpu, object[i]);
	CHECK_EQ(alloc_all(&f, 64, 64), 1);
	front_close(&f);
}

/* From spans, at most some more: those of one word of bits. */
TEST(a_refill_takes_a_part_of_what_is_to_be_cleared)
{
	struct test_fixture f;

	open_full(&f);
	free_apart(&f, 0, 200);
	pcpu_drain(f.pcpu);
	grow(&f);
	CHECK(alloc_all(&f, 150, f.pcpu->front->clear_most + 64 / APART) >= 4);
	front_close(&f);
}

/* Whoever frees on and on does not clear: spans get it as it is. */
TEST(who_only_frees_clears_little)
{
	struct test_fixture f;
	uint64_t before;

	open_full(&f);
	before = cleared(&f);
	free_apart(&f, 0, NR / APART);
	CHECK(cleared(&f) - before <= 2 * PCPU_MAGAZINE_MAX * 8 * NR_CPUS);
	front_close(&f);
}
