/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_front_turn.c - a span in which another CPU claims just now (magazine.h, M1): nobody waits
   for it, what was freed there stays dirty, or is freed later, and nothing is lost or reported. */
#include "harness/test/front/front_fixture.h"

enum { BYTES = 8, OTHER = 40, NR_MEETING = 3 * PCPU_MAGAZINE_MAX };

static uint8_t *turn_of(struct test_fixture *f, struct pcpu_ptr p)
{
	return span_turn(front_span_of(f, p));
}

static bool is_dirty(struct test_fixture *f, struct pcpu_ptr p, uint32_t bytes)
{
	const struct pcpu_magazine *magazine = front_magazine(f, 0, bytes);

	for (uint32_t i = magazine->room; i < magazine->limit; i++)
		if (magazine->dirty[i] == p.value)
			return true;
	return false;
}

/* CPU 0 with its clean magazine empty; the objects that it took are out[]. Returns how many. */
static uint32_t open_empty(struct test_fixture *f, uint32_t bytes, struct pcpu_ptr *out)
{
	uint32_t nr = 0;

	front_open(f, "00.11");
	front_be_cpu(f, 0);
	do
		out[nr++] = front_alloc(f, bytes, 0);
	while (magazine_nr_claimed(front_magazine(f, 0, bytes)) > 0);
	return nr;
}

/* The same for BYTES; then p[0] was freed and its span is busy. Returns the span's turn. */
static uint8_t *open_busy(struct test_fixture *f, struct pcpu_ptr *p)
{
	uint8_t *turn;

	open_empty(f, BYTES, p);
	turn = turn_of(f, p[0]);
	pcpu_free(f->pcpu, p[0]);
	*turn = 1;
	return turn;
}

TEST(what_is_busy_stays_dirty_and_comes_later)
{
	struct pcpu_ptr p[PCPU_MAGAZINE_MAX], q;
	struct test_fixture f;
	uint8_t *turn;

	turn = open_busy(&f, p);
	q = front_alloc(&f, BYTES, 0);
	CHECK(q.value != p[0].value);
	CHECK(is_dirty(&f, p[0], BYTES));
	CHECK_EQ(*turn, 1);
	*turn = 0;
	while (is_dirty(&f, p[0], BYTES))
		q = front_alloc(&f, BYTES, 0);
	CHECK_EQ(front_nr_misuses(&f), 0);
	front_close(&f);
}

enum { EACH = 3, LARGE = 1000 }; /* four a span */

/* CPU 0 has freed objects of two spans, in turns: p[0 .. EACH) of the first, `second` of those
   behind them of the other. */
static void open_two_spans(struct test_fixture *f, struct pcpu_ptr *p, uint8_t **turn,
			   uint32_t second)
{
	front_open(f, "00.11");
	front_be_cpu(f, 0);
	for (uint32_t i = 0; i < EACH; i++)
		p[i] = front_alloc(f, LARGE, 0);
	turn[0] = turn_of(f, p[0]);
	do
		p[EACH] = front_alloc(f, LARGE, 0);
	while (turn_of(f, p[EACH]) == turn[0]);
	turn[1] = turn_of(f, p[EACH]);
	for (uint32_t i = 1; i < EACH; i++)
		p[EACH + i] = front_alloc(f, LARGE, 0);
	while (magazine_nr_claimed(front_magazine(f, 0, LARGE)) > 0)
		front_alloc(f, LARGE, 0);
	for (uint32_t i = 0; i < EACH; i++) {
		pcpu_free(f->pcpu, p[i]);
		if (i < second)
			pcpu_free(f->pcpu, p[EACH + i]);
	}
	CHECK_EQ(front_dirty(f, 0, LARGE), EACH + second);
}

/* The others become clean, and these stay, each once. */
TEST(of_two_spans_one_is_busy)
{
	for (uint32_t busy = 0; busy < 2; busy++) {
		struct pcpu_ptr p[2 * EACH], q;
		struct test_fixture f;
		uint8_t *turn[2];

		open_two_spans(&f, p, turn, EACH);
		*turn[busy] = 1;
		q = front_alloc(&f, LARGE, 0);
		CHECK_EQ(*turn[busy], 1);
		*turn[busy] = 0;
		CHECK(turn_of(&f, q) == turn[!busy]);
		CHECK_EQ(front_dirty(&f, 0, LARGE), EACH);
		for (uint32_t i = 0; i < 2 * EACH; i++)
			CHECK_EQ(is_dirty(&f, p[i], LARGE), i / EACH == busy);
		CHECK_EQ(front_nr_misuses(&f), 0);
		front_close(&f);
	}
}

/* More are busy than not: they move to places of which some are their own. */
TEST(more_are_busy_than_not)
{
	struct pcpu_ptr p[2 * EACH];
	struct test_fixture f;
	uint8_t *turn[2];

	open_two_spans(&f, p, turn, 1);
	*turn[0] = 1;
	front_alloc(&f, LARGE, 0);
	*turn[0] = 0;
	CHECK_EQ(front_dirty(&f, 0, LARGE), EACH);
	for (uint32_t i = 0; i < EACH; i++)
		CHECK(is_dirty(&f, p[i], LARGE));
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_nr_misuses(&f), 0);
	front_close(&f);
}

/* A full dirty magazine, all of it busy: the next is freed later. */
TEST(a_full_magazine_that_is_busy_takes_no_more)
{
	enum { NR = 3 * PCPU_MAGAZINE_MAX };
	struct pcpu_ptr p[NR];
	struct test_fixture f;
	struct pcpu_magazine *magazine;
	uint32_t nr = open_empty(&f, BYTES, p), limit, i = 0;
	uint64_t nr_live;
	uint8_t *turn;

	magazine = front_magazine(&f, 0, BYTES);
	while (nr < NR)
		p[nr++] = front_alloc(&f, BYTES, 0);
	turn = turn_of(&f, p[0]);
	CHECK(turn == turn_of(&f, p[NR - 1]));
	do
		pcpu_free(f.pcpu, p[i++]);
	while (magazine->room > 0);
	limit = magazine->limit;
	nr_live = front_stats(&f).nr_live;
	*turn = 1;
	pcpu_free(f.pcpu, p[i]);
	CHECK_EQ(magazine->limit, limit);
	CHECK_EQ(magazine->room, 0);
	CHECK_EQ(front_stats(&f).nr_live, nr_live);
	CHECK_EQ(*turn, 1);
	*turn = 0;
	pcpu_drain(f.pcpu);
	CHECK_EQ(front_stats(&f).nr_live, nr_live - 1);
	CHECK_EQ(front_nr_misuses(&f), 0);
	pcpu_free(f.pcpu, p[i]);
	CHECK_EQ(front_nr_misuses(&f), 1);
	front_close(&f);
}

/* A magazine that keeps some does not grow: they are at its end. */
TEST(a_magazine_with_busy_ones_does_not_grow)
{
	struct pcpu_ptr p[PCPU_MAGAZINE_MAX];
	struct test_fixture f;
	struct pcpu_magazine *magazine;
	uint32_t limit;
	uint8_t *turn;

	open_empty(&f, OTHER, p);
	magazine = front_magazine(&f, 0, OTHER);
	CHECK(magazine->limit < f.pcpu->front->most[pcpu_class_of[OTHER]]);
	pcpu_free(f.pcpu, p[0]);
	turn = turn_of(&f, p[0]);
	limit = magazine->limit;
	*turn = 1;
	front_alloc(&f, OTHER, 0);
	CHECK_EQ(magazine->limit, limit);
	CHECK(is_dirty(&f, p[0], OTHER));
	*turn = 0;
	while (magazine_nr_claimed(magazine) > 0)
		front_alloc(&f, OTHER, 0);
	front_alloc(&f, OTHER, 0);
	CHECK_EQ(magazine->limit, 2 * limit);
	front_close(&f);
}

/* Callers who need no cleared object take what was freed last, one by one. */
TEST(no_zero_leaves_what_is_busy)
{
	struct pcpu_ptr p[PCPU_MAGAZINE_MAX], q;
	struct test_fixture f;
	uint8_t *turn;

	turn = open_busy(&f, p);
	q = front_alloc(&f, BYTES, PCPU_NO_ZERO);
	CHECK(q.value != p[0].value);
	CHECK(is_dirty(&f, p[0], BYTES));
	CHECK_EQ(*turn, 1);
	*turn = 0;
	CHECK_EQ(front_nr_misuses(&f), 0);
	q = front_alloc(&f, BYTES, PCPU_NO_ZERO);
	CHECK_EQ(q.value, p[0].value);
	CHECK_EQ(*turn, 0);
	front_close(&f);
}

/* Who is no CPU frees under the lock. */
TEST(a_free_under_the_lock_comes_later)
{
	struct test_fixture f;
	struct pcpu_ptr p, q;
	uint8_t *turn;

	front_open(&f, "00.11");
	p = front_alloc(&f, BYTES, 0);
	q = front_alloc(&f, BYTES, 0);
	turn = turn_of(&f, p);
	CHECK(turn == turn_of(&f, q));
	*turn = 1;
	pcpu_free(f.pcpu, p);
	CHECK_EQ(*turn, 1);
	CHECK_EQ(front_stats(&f).nr_live, 2);
	*turn = 0;
	pcpu_free(f.pcpu, q); /* releases the lock: now p is freed, too */
	CHECK_EQ(front_stats(&f).nr_live, 0);
	CHECK_EQ(front_nr_misuses(&f), 0);
	front_close(&f);
}

/* --- while a magazine is drained -------------------------------------------------------------- */

struct meeting {
	struct test_fixture f;
	struct pcpu_ptr p[NR_MEETING];
	uint32_t nr_calls; /* of the platform, in the free */
	uint32_t meet_at;  /* the one before which the other frees */
	bool is_freeing, has_freed;
};

static void fill_and_free(void *argument)
{
	struct meeting *meeting = argument;
	struct pcpu_magazine *magazine;
	uint32_t nr = 0;

	pcpu_cpu_enter(meeting->f.pcpu, 0);
	for (uint32_t i = 0; i < NR_MEETING; i++)
		meeting->p[i] = pcpu_alloc(meeting->f.pcpu, BYTES, 4, 0);
	magazine = front_magazine(&meeting->f, 0, BYTES);
	do
		pcpu_free(meeting->f.pcpu, meeting->p[nr++]);
	while (magazine->room > 0);
	meeting->p[0] = meeting->p[nr];
	meeting->is_freeing = true;
	pcpu_free(meeting->f.pcpu, meeting->p[0]);
	meeting->is_freeing = false;
	pcpu_cpu_leave();
}

static void free_it_too(void *argument)
{
	struct meeting *meeting = argument;

	pcpu_free(meeting->f.pcpu, meeting->p[0]);
	meeting->has_freed = true;
}

/* The second fiber when it is its turn to free, and then as long as it can go on. */
static uint32_t meet(void *context, uint32_t nr_runnable)
{
	struct meeting *meeting = context;
	bool meets = meeting->is_freeing && meeting->nr_calls++ >= meeting->meet_at;

	if (meets && !meeting->has_freed)
		return nr_runnable - 1;
	return 0;
}

/* Whoever comes second is reported at once, wherever in the other's call it comes: what waits in a
   magazine may be somebody else's when its mistake is found. */
TEST(who_frees_while_a_magazine_is_drained_is_reported)
{
	static struct meeting meeting;
	uint32_t nr_calls = 1;

	for (uint32_t at = 0; at < nr_calls; at++) {
		sim_fiber_fn functions[2] = {fill_and_free, free_it_too};
		void *arguments[2] = {&meeting, &meeting};

		meeting = (struct meeting){.meet_at = at};
		front_open(&meeting.f, "00");
		CHECK(sim_run_fibers(meeting.f.plat, 2, functions, arguments, 0, 1, meet,
				     &meeting));
		CHECK_EQ(front_nr_misuses(&meeting.f), 1);
		nr_calls = meeting.nr_calls;
		front_close(&meeting.f);
	}
	CHECK(nr_calls > 4);
}
