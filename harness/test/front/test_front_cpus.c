/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_cpus.c - whose magazines serve a call: of this allocator alone; who is given one, who
   keeps it, who wants a balance. */
#include "harness/test/front/front_fixture.h"

#define NR 200

static struct pcpu_ptr object[NR];

/* Does it lie in a span? */
static bool in_span(struct test_fixture *f, struct pcpu_ptr p)
{
	struct pcpu_near near;
	uint8_t *state;
	bool is;

	plat_read_begin(f->plat);
	is = pcpu_near_find(f->pcpu, p.value, &near) && near_state(&near, p.value, &state);
	plat_read_end(f->plat);
	return is;
}

/* The caller is a CPU of one allocator, and calls another. */
TEST(magazines_serve_their_own_allocator_only)
{
	struct test_fixture f, other;
	struct pcpu_ptr p, q[10];

	front_open(&f, "00.11");
	front_open(&other, "00.11");
	front_be_cpu(&f, 0);
	pcpu_free(f.pcpu, front_alloc(&f, 8, 0));
	pcpu_free(f.pcpu, front_alloc(&f, 24, 0));
	for (uint32_t bytes = 8; bytes <= 24; bytes += 16) {
		p = front_alloc(&other, bytes, 0);
		CHECK_EQ(front_stats(&f).nr_live, 0);
		CHECK_EQ(front_stats(&other).nr_live, 1);
		CHECK(pcpu_alloc_many(other.pcpu, bytes, 4, 0, 10, q));
		CHECK_EQ(front_stats(&f).nr_live, 0);
		CHECK_EQ(front_stats(&other).nr_live, 11);
		test_fixture_check(&f);
		test_fixture_check(&other);
		pcpu_free(other.pcpu, p);
		CHECK_EQ(front_stats(&other).nr_live, 10);
		pcpu_free_many(other.pcpu, q, 10);
		CHECK_EQ(front_stats(&f).nr_frees, 2);
		CHECK_EQ(front_stats(&other).nr_live, 0);
		test_fixture_check(&f);
		test_fixture_check(&other);
	}
	for (uint32_t cpu = 0; cpu < 2; cpu++)
		CHECK_EQ(front_magazine(&other, cpu, 8), &pcpu_no_magazine);
	front_close(&f);
	front_close(&other);
}

/* --- classes --- */

/* An eighth, or less than 8 bytes, is what a class adds at most. */
TEST(classes_waste_little)
{
	for (size_t size = 1; size <= PCPU_FRONT_MAX_BYTES; size++)
		for (size_t align = 1; align <= PCPU_PAGE_BYTES; align *= 2) {
			uint32_t class = pcpu_class_find(size, align);
			size_t bytes = pcpu_classes[class].bytes;

			CHECK(class == 0 || bytes - size < 8 || bytes - size <= bytes / 8);
			CHECK_EQ(bytes % align, 0);
			CHECK(class > 0 || align > 4);
		}
	CHECK_EQ(pcpu_class_find(4, 64), 0);
	CHECK_EQ(pcpu_class_find(PCPU_FRONT_MAX_BYTES + 1, 1), 0);
}

/* --- with and without a magazine --- */

/* A magazine grows to 64 objects, to 8 KiB, and to 16 KiB of all copies, but never below what it
   begins with. */
TEST(what_a_magazine_may_have_depends_on_the_machine)
{
	static const struct {
		uint32_t cpus, bytes, most;
	} rows[] = {
		{1, 4, 64}, {1, 1024, 8}, {1, 256, 32}, {4, 256, 16}, {8, 64, 32},
		{8, 256, 8}, {512, 8, 8}, {512, 1024, 8},
	};
	static struct pcpu pcpu;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pcpu.layout.nr_possible = rows[i].cpus;
		CHECK_EQ(pcpu_magazine_most(&pcpu, pcpu_class_of[rows[i].bytes]), rows[i].most);
	}
}

TEST(who_has_no_magazine_is_served_from_spans)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	object[0] = front_alloc(&f, 40, 0); /* no CPU */
	CHECK(in_span(&f, object[0]));
	front_be_cpu(&f, 3);
	object[1] = front_alloc(&f, 40, PCPU_ATOMIC);
	CHECK_EQ(front_magazine(&f, 3, 40), &pcpu_no_magazine);
	CHECK(in_span(&f, object[1]));
	pcpu_free_many(f.pcpu, object, 2);
	front_close(&f);
}

/* Magazines that missed since the last balance keep what they hold, whichever side missed. */
TEST(a_miss_of_either_side_keeps_a_magazine)
{
	struct test_fixture f;
	uint32_t limit;

	front_open(&f, "00.11");
	front_be_cpu(&f, 1);
	pcpu_free(f.pcpu, front_alloc(&f, 8, 0));
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 8, 4, 0, NR, object));
	pcpu_balance(f.pcpu);
	pcpu_balance(f.pcpu);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	object[0] =
		(pcpu_free(f.pcpu, object[0]), front_alloc(&f, 8, 0)); /* a clean one is missed */
	CHECK(front_held(&f, 0, 8) > 0);
	pcpu_balance(f.pcpu);
	CHECK(front_held(&f, 0, 8) > 0);
	front_be_cpu(&f, 1);
	limit = front_magazine(&f, 1, 8)->limit;
	CHECK_EQ(limit, PCPU_MAGAZINE_START);
	pcpu_free_many(f.pcpu, object, NR); /* room for dirty ones is missed */
	CHECK(front_magazine(&f, 1, 8)->limit > limit);
	CHECK(front_held(&f, 1, 8) > limit);
	pcpu_balance(f.pcpu);
	CHECK(front_held(&f, 1, 8) > limit);
	CHECK_EQ(front_held(&f, 0, 8), 0);
	front_close(&f);
}

/* The engine's own kick goes with chunks; this one is for spans that may go, and magazines. */
static bool kicked_by(struct test_fixture *f, struct pcpu_ptr p)
{
	lab_take_kick(f->plat);
	pcpu_free(f->pcpu, p);
	return lab_take_kick(f->plat);
}

TEST(empty_spans_want_a_balance)
{
	struct test_fixture f;
	uint32_t nr_kicks = 0;

	front_open(&f, "00.11"); /* no CPU: each free goes to its span */
	for (uint32_t i = 0; i < NR; i++)
		object[i] = front_alloc(&f, 1000, 0);
	for (uint32_t i = 0; i < NR; i++) {
		bool kicked = kicked_by(&f, object[i]);

		nr_kicks += kicked;
		CHECK(!kicked || f.pcpu->front->nr_empty > PCPU_EMPTY_SPANS_KEPT);
	}
	CHECK(nr_kicks > 10);
	front_close(&f);
}

TEST(an_atomic_caller_without_a_magazine_wants_a_balance)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	lab_take_kick(f.plat);
	object[0] = front_alloc(&f, 8, PCPU_ATOMIC); /* no span either: the engine's */
	CHECK(!in_span(&f, object[0]));
	CHECK(lab_take_kick(f.plat));
	pcpu_balance(f.pcpu);
	CHECK(front_magazine(&f, 0, 8) != &pcpu_no_magazine);
	pcpu_free(f.pcpu, object[0]);
	front_close(&f);
}

/* The engine takes a lock, so it serves nobody who may not wait. */
TEST(no_wait_is_not_served_by_the_engine)
{
	struct test_fixture f;
	uint64_t holds, failed;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	failed = front_stats(&f).nr_failed[PCPU_CAUSE_INTERRUPTED];
	holds = sim_lock_holds(f.plat, PLAT_LOCK_INNER);
	CHECK(!pcpu_alloc(f.pcpu, 2000, 8, PCPU_NO_WAIT).value);
	CHECK(!pcpu_alloc(f.pcpu, 8, 8, PCPU_NO_WAIT | PCPU_RESERVED).value);
	CHECK_EQ(sim_lock_holds(f.plat, PLAT_LOCK_INNER), holds);
	CHECK_EQ(front_stats(&f).nr_failed[PCPU_CAUSE_INTERRUPTED], failed + 2);
	front_close(&f);
}
