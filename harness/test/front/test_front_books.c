/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_books.c - what the front counts, which locks its callers take, and who gets a
   magazine. */
#include "harness/test/front/front_fixture.h"

#define MAX 4000 /* 8-byte objects of the first chunk, and some */
#define NR  400

static struct pcpu_ptr object[MAX];

static uint64_t inner_holds(struct test_fixture *f)
{
	return sim_lock_holds(f->plat, PLAT_LOCK_INNER);
}

static uint64_t failures(struct test_fixture *f)
{
	struct pcpu_stats stats = front_stats(f);
	uint64_t nr = 0;

	for (uint32_t cause = 0; cause < PCPU_NR_CAUSES; cause++)
		nr += stats.nr_failed[cause];
	return nr;
}

/* --- counts ----------------------------------------------------------------------------------- */

TEST(what_is_cleared_is_counted)
{
	struct sim_ledger before, after;
	struct pcpu_stats was;
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 4);
	was = front_stats(&f);
	sim_ledger(f.plat, &before);
	CHECK(pcpu_alloc_many(f.pcpu, 40, 8, 0, NR, object));
	object[0] = (pcpu_free(f.pcpu, object[0]), front_alloc(&f, 2000, 0));
	pcpu_free_many(f.pcpu, object, NR);
	pcpu_drain(f.pcpu);
	sim_ledger(f.plat, &after);
	CHECK_EQ(front_stats(&f).zeroed_bytes - was.zeroed_bytes,
		 after.zeroed_bytes - before.zeroed_bytes);
	CHECK(after.zeroed_bytes - before.zeroed_bytes >= (uint64_t)4 * 40 * NR);
	front_close(&f);
}

TEST(objects_are_counted_and_spans_are_not)
{
	static const uint32_t cpus[] = {0, 1, 3, 4};
	struct test_fixture f;
	struct pcpu_stats stats;

	front_open(&f, "00.11");
	for (uint32_t i = 0; i < 4; i++) {
		front_be_cpu(&f, cpus[i]);
		CHECK(pcpu_alloc_many(f.pcpu, 40, 8, 0, NR, object));
		stats = front_stats(&f);
		CHECK_EQ(stats.nr_live, NR);
		CHECK_EQ(stats.live_bytes, 40 * NR);
		CHECK_EQ(stats.nr_allocs, (i + 1) * NR);
		pcpu_free_many(f.pcpu, object, NR);
		stats = front_stats(&f);
		CHECK_EQ(stats.nr_frees, (i + 1) * NR);
		CHECK_EQ(stats.live_bytes, 0);
		if (i & 1)
			pcpu_drain(f.pcpu);
		CHECK_EQ(front_stats(&f).nr_frees, (i + 1) * NR);
	}
	front_close(&f);
}

TEST(the_most_that_lived_stays)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t i = 0; i < 30; i++)
		object[i] = front_alloc(&f, 2000, 0);
	pcpu_free_many(f.pcpu, object, 30);
	CHECK(front_stats(&f).nr_live_max >= 30);
	front_close(&f);
}

/* Small objects are no areas of the engine: what a snapshot saw stays, too. */
TEST(the_most_of_a_snapshot_stays)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t i = 0; i < 30; i++)
		object[i] = front_alloc(&f, 16, 0);
	CHECK_EQ(front_stats(&f).nr_live_max, 30);
	pcpu_free_many(f.pcpu, object, 30);
	CHECK_EQ(front_stats(&f).nr_live_max, 30);
	front_close(&f);
}

/* A call that fails counts once and is reported once, whatever was tried for it. */
static void check_failure(struct test_fixture *f, unsigned flags, uint32_t bytes, uint64_t nr)
{
	uint64_t reported = test_fixture_reported(f, PCPU_EV_ALLOC_FAILED), failed = failures(f);

	CHECK(!pcpu_alloc(f->pcpu, bytes, 8, flags).value);
	CHECK_EQ(failures(f), failed + 1);
	CHECK_EQ(test_fixture_reported(f, PCPU_EV_ALLOC_FAILED), reported + nr);
}

/* Takes all that there is. */
static uint32_t use_up(struct test_fixture *f, uint32_t bytes)
{
	uint32_t nr = 0;

	while (nr < MAX && (object[nr] = pcpu_alloc(f->pcpu, bytes, 8, 0)).value)
		nr++;
	CHECK(nr < MAX);
	return nr;
}

TEST(a_failure_counts_once)
{
	struct test_fixture f;
	uint32_t nr;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	lab_fail_at(f.plat, 0, true);
	nr = use_up(&f, 8);
	check_failure(&f, 0, 1000, 1);
	check_failure(&f, 0, 24, 1); /* a class without a magazine */
	check_failure(&f, PCPU_ATOMIC, 1000, 1);
	check_failure(&f, PCPU_NO_WAIT, 1000, 0);
	pcpu_cpu_leave();
	check_failure(&f, 0, 1000, 1);
	check_failure(&f, PCPU_NO_WAIT, 1000, 0);
	lab_fail_never(f.plat);
	pcpu_free_many(f.pcpu, object, nr);
	front_close(&f);
}

/* A span that could not be made is no failure of the call that is served otherwise. */
TEST(a_call_that_is_served_counts_no_failure)
{
	uint32_t nr_served = 0;

	for (uint64_t k = 0; k < 12; k++) {
		struct test_fixture f;
		struct pcpu_ptr p;

		front_open(&f, "00.11");
		front_be_cpu(&f, 0);
		lab_fail_at(f.plat, k, false);
		p = pcpu_alloc(f.pcpu, 1000, 8, 0);
		lab_fail_never(f.plat);
		CHECK_EQ(failures(&f), p.value ? 0 : 1);
		CHECK_EQ(test_fixture_reported(&f, PCPU_EV_ALLOC_FAILED), p.value ? 0 : 1);
		nr_served += p.value != 0;
		test_fixture_check(&f);
		pcpu_free(f.pcpu, p);
		front_close(&f);
	}
	CHECK(nr_served > 4);
}

/* --- in need ---------------------------------------------------------------------------------- */

TEST(without_memory_other_cpus_give_back)
{
	struct test_fixture f;
	uint32_t nr;

	front_open(&f, "00.11");
	front_be_cpu(&f, 1);
	pcpu_free(f.pcpu, front_alloc(&f, 1000, 0));
	pcpu_drain(f.pcpu);
	front_be_cpu(&f, 0);
	CHECK(pcpu_alloc_many(f.pcpu, 1000, 8, 0, 20, object));
	pcpu_free_many(f.pcpu, object, 20);
	CHECK(front_held(&f, 0, 1000) > 0);
	lab_fail_at(f.plat, 0, true);
	front_be_cpu(&f, 1);
	nr = use_up(&f, 1000);
	lab_fail_never(f.plat);
	CHECK_EQ(front_held(&f, 0, 1000), 0);
	CHECK_EQ(f.pcpu->front->nr_empty, 0);
	test_fixture_check(&f);
	pcpu_free_many(f.pcpu, object, nr);
	front_close(&f);
}

/* --- who may not wait, or not sleep ----------------------------------------------------------- */

TEST(no_wait_takes_no_lock)
{
	struct test_fixture f;
	struct pcpu_ptr p;
	uint64_t holds, failed;
	uint32_t nr = 0;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	object[nr++] = front_alloc(&f, 8, 0);
	p = front_alloc(&f, 8, 0);
	holds = inner_holds(&f);
	do {
		object[nr] = pcpu_alloc(f.pcpu, 8, 4, PCPU_NO_WAIT);
	} while (object[nr].value && ++nr < MAX);
	CHECK(nr > 2 && nr < MAX);
	CHECK_EQ(inner_holds(&f), holds);
	pcpu_free(f.pcpu, p);
	p = pcpu_alloc(f.pcpu, 8, 4, PCPU_NO_WAIT); /* what this CPU freed */
	CHECK(p.value && front_is_zero(&f, p, 8));
	CHECK_EQ(inner_holds(&f), holds);
	pcpu_free(f.pcpu, p);
	failed = front_stats(&f).nr_failed[PCPU_CAUSE_INTERRUPTED];
	holds = inner_holds(&f);
	pcpu_cpu_leave();
	CHECK(!pcpu_alloc(f.pcpu, 8, 4, PCPU_NO_WAIT).value);
	CHECK_EQ(inner_holds(&f), holds);
	CHECK_EQ(front_stats(&f).nr_failed[PCPU_CAUSE_INTERRUPTED], failed + 1);
	pcpu_free_many(f.pcpu, object, nr);
	front_close(&f);
}

TEST(atomic_callers_are_refilled_in_batches)
{
	struct test_fixture f;
	uint64_t holds;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	object[0] = front_alloc(&f, 8, 0);
	holds = inner_holds(&f);
	for (uint32_t i = 1; i < 65; i++)
		object[i] = front_alloc(&f, 8, PCPU_ATOMIC);
	CHECK(inner_holds(&f) - holds < 16);
	pcpu_free_many(f.pcpu, object, 65);
	front_close(&f);
}

/* An atomic caller has no magazine, nor has who frees what another allocated: balance makes those
   that were missed, and no other. */
TEST(balance_makes_the_magazines_that_were_missed)
{
	static const uint32_t sizes[] = {4, 24, 700, 1024};
	struct test_fixture f;

	front_open(&f, "00.11");
	for (uint32_t i = 0; i < 4; i++) {
		front_be_cpu(&f, 0);
		object[0] = front_alloc(&f, sizes[i], 0);
		object[1] = front_alloc(&f, sizes[i], 0);
		front_be_cpu(&f, 1);
		lab_take_kick(f.plat);
		pcpu_free(f.pcpu, object[0]);
		CHECK(lab_take_kick(f.plat));
		front_be_cpu(&f, 3);
		object[0] = front_alloc(&f, sizes[i], PCPU_ATOMIC);
		for (uint32_t cpu = 1; cpu <= 3; cpu += 2)
			CHECK_EQ(front_magazine(&f, cpu, sizes[i]), &pcpu_no_magazine);
		pcpu_balance(f.pcpu);
		for (uint32_t cpu = 1; cpu <= 3; cpu += 2) {
			uint32_t nr = 0;

			CHECK(front_magazine(&f, cpu, sizes[i]) != &pcpu_no_magazine);
			for (uint32_t class = 1; class < PCPU_NR_CLASSES; class ++)
				nr += f.pcpu->front->cpu[cpu].magazine[class] != &pcpu_no_magazine;
			CHECK_EQ(nr, i + 1);
		}
		pcpu_free_many(f.pcpu, object, 2);
	}
	front_close(&f);
}

/* --- contents --------------------------------------------------------------------------------- */

/* Who wants no zeroes gets what was freed last, as it is; the next who wants some has them. */
TEST(no_zero_is_for_who_says_so)
{
	struct test_fixture f;
	struct pcpu_ptr p, q;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t round = 0; round < 40; round++) {
		p = front_alloc(&f, 24, 0);
		CHECK(front_is_zero(&f, p, 24));
		front_fill(&f, p, 24, 0x77);
		pcpu_free(f.pcpu, p);
		q = front_alloc(&f, 24, PCPU_NO_ZERO);
		CHECK_EQ(q.value, p.value);
		CHECK_EQ(front_dirty(&f, 0, 24), 0);
		CHECK(!front_is_zero(&f, q, 24));
		object[round] = q;
	}
	test_fixture_check(&f);
	for (uint32_t round = 0; round < 40; round++)
		pcpu_free(f.pcpu, object[round]);
	for (uint32_t round = 0; round < 40; round++) {
		object[round] = front_alloc(&f, 24, 0);
		CHECK(front_is_zero(&f, object[round], 24));
	}
	pcpu_free_many(f.pcpu, object, 40);
	front_close(&f);
}

/* The alignment of the last hit is not that of the next. */
TEST(a_hit_is_aligned)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	for (uint32_t i = 0; i < NR; i++) {
		object[i] = pcpu_alloc(f.pcpu, 24 + 8 * (i % 5), UINT64_C(1) << i % 6, 0);
		CHECK_EQ(test_fixture_place(&f, object[i]).offset % (1u << i % 6), 0);
	}
	pcpu_free_many(f.pcpu, object, NR);
	front_close(&f);
}

/* --- what magazines may hold together --------------------------------------------------------- */

static size_t capacity(struct test_fixture *f)
{
	return counter_read(&f->pcpu->front->capacity_bytes);
}

static size_t capacity_most(struct test_fixture *f)
{
	return counter_read(&f->pcpu->front->capacity_most);
}

/* Misses of one class on one CPU, with all objects free again. Returns the magazine's limit. */
static uint32_t missed(struct test_fixture *f, uint32_t cpu, uint32_t bytes)
{
	struct pcpu_ptr p[300];

	front_be_cpu(f, cpu);
	for (uint32_t round = 0; round < 8; round++) {
		CHECK(pcpu_alloc_many(f->pcpu, bytes, 4, 0, 300, p));
		pcpu_free_many(f->pcpu, p, 300);
	}
	return front_magazine(f, cpu, bytes)->limit;
}

/* One byte short of what the next step takes. CPU 3 leaves spans with all the objects that CPU 0
   needs: new ones would change what all may have. */
TEST(magazines_do_not_grow_beyond_what_all_may_have)
{
	static struct pcpu_ptr p[900];
	struct test_fixture f;
	uint32_t limit;
	size_t before;

	front_open(&f, "00.11");
	front_be_cpu(&f, 3);
	CHECK(pcpu_alloc_many(f.pcpu, 16, 4, 0, 900, p));
	pcpu_free_many(f.pcpu, p, 900);
	front_be_cpu(&f, 0);
	pcpu_free(f.pcpu, front_alloc(&f, 16, 0));
	limit = front_magazine(&f, 0, 16)->limit;
	before = capacity(&f);
	CHECK_EQ(before, 16 * (limit + front_magazine(&f, 3, 16)->limit));
	counter_set(&f.pcpu->front->capacity_most, before + 16 * limit - 1);
	CHECK_EQ(missed(&f, 0, 16), limit);
	CHECK_EQ(capacity(&f), before);
	test_fixture_check(&f);
	counter_set(&f.pcpu->front->capacity_most, before + 16 * limit);
	CHECK_EQ(missed(&f, 0, 16), 2 * limit);
	test_fixture_check(&f);
	front_close(&f);
}

TEST(what_magazines_may_have_follows_the_spans)
{
	static struct pcpu_ptr p[4000];
	struct test_fixture f;

	front_open(&f, "00.11");
	front_be_cpu(&f, 0);
	CHECK_EQ(capacity_most(&f), 64 << 10);
	CHECK(pcpu_alloc_many(f.pcpu, 1000, 4, 0, 4000, p));
	CHECK(capacity_most(&f) >= 4000 * 1000 / 16);
	CHECK(capacity_most(&f) <= 4000 * 1000 / 16 * 9 / 8);
	pcpu_free_many(f.pcpu, p, 4000);
	pcpu_drain(f.pcpu);
	CHECK_EQ(capacity_most(&f), 64 << 10);
	front_close(&f);
}

/* A magazine that is emptied has room for 8 again, and the rest is the others'. */
TEST(emptied_magazines_give_their_room_back)
{
	struct test_fixture f;

	front_open(&f, "00.11");
	for (uint32_t cpu = 0; cpu < 4; cpu += 3)
		CHECK(missed(&f, cpu, 8) > PCPU_MAGAZINE_START);
	pcpu_drain(f.pcpu);
	CHECK_EQ(capacity(&f), 2 * 8 * PCPU_MAGAZINE_START);
	test_fixture_check(&f);
	front_close(&f);
}
