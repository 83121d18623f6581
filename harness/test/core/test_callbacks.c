/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_callbacks.c - what an event or a visitor may call (plat.h, C1-C4): that works at every
 * event, and what goes beyond it fails an assertion of its own name.
 */
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_fixture.h"

/* --- events ----------------------------------------------------------------------------------- */

struct caller {
	struct test_fixture f;
	struct pcpu_ptr object;	 /* of the first chunk */
	enum pcpu_event_id when; /* PCPU_NR_EVENTS: at every event */
	void (*call)(struct caller *caller);
	uint32_t nr_calls, nr_atomic;
	bool running;
};

static void called_back(void *context, const struct pcpu_event *event)
{
	struct caller *caller = context;

	if (!caller->f.pcpu || caller->running ||
	    (caller->when != PCPU_NR_EVENTS && event->id != caller->when))
		return;
	caller->running = true;
	caller->nr_calls++;
	caller->call(caller);
	caller->running = false;
}

static void caller_open(struct caller *caller, void (*call)(struct caller *caller))
{
	memset(caller, 0, sizeof(*caller));
	test_fixture_init(&caller->f, "00.11");
	caller->f.sim.on_event = called_back;
	caller->f.sim.event_context = caller;
	caller->call = call;
	caller->when = PCPU_NR_EVENTS;
	test_fixture_open(&caller->f);
	caller->object = pcpu_alloc(caller->f.pcpu, 16, 8, 0);
}

/* Makes chunks, extends maps, fails, and gives chunks back. */
static void churn(struct caller *caller)
{
	struct pcpu *pcpu = caller->f.pcpu;
	static struct pcpu_ptr small[400], large[24];

	for (int i = 0; i < 24; i++)
		large[i] = pcpu_alloc(pcpu, PCPU_MIN_UNIT_BYTES, 8, 0);
	for (int i = 0; i < 400; i++)
		small[i] = pcpu_alloc(pcpu, 4, 4, 0);
	CHECK(!pcpu_alloc(pcpu, 0, 8, 0).value);
	CHECK(!pcpu_alloc(pcpu, 16384, 8, PCPU_RESERVED).value);
	for (int i = 0; i < 24; i++)
		pcpu_free(pcpu, large[i]);
	for (int i = 0; i < 400; i++)
		pcpu_free(pcpu, small[i]);
	pcpu_balance(pcpu);
}

static bool visit_none(void *context, const struct pcpu_chunk_view *view)
{
	return true;
}

/* C1 and C2: whatever an event under the outer lock may call. */
static void call_what_may_be_called(struct caller *caller)
{
	struct pcpu *pcpu = caller->f.pcpu;
	struct pcpu_ptr p = pcpu_alloc(pcpu, 24, 8, PCPU_ATOMIC), back;
	struct pcpu_place place;
	struct pcpu_stats stats;
	uint32_t cpu;

	caller->nr_atomic += p.value != 0;
	if (p.value) {
		pcpu_lookup(pcpu, p, &place);
		pcpu_from_address(pcpu, pcpu_address(pcpu, p, 3), &back, &cpu);
		pcpu_free(pcpu, p);
	}
	pcpu_stats(pcpu, &stats);
	pcpu_visit(pcpu, visit_none, NULL);
}

TEST(every_event_may_call_what_the_contract_says)
{
	static struct caller caller;

	caller_open(&caller, call_what_may_be_called);
	churn(&caller);
	CHECK(test_fixture_reported(&caller.f, PCPU_EV_CHUNK_CREATED) > 0);
	CHECK(test_fixture_reported(&caller.f, PCPU_EV_CHUNK_DESTROYED) > 0);
	CHECK(test_fixture_reported(&caller.f, PCPU_EV_MAP_EXTENDED) > 0);
	CHECK(test_fixture_reported(&caller.f, PCPU_EV_ALLOC_REFUSED) > 0);
	CHECK(test_fixture_reported(&caller.f, PCPU_EV_ALLOC_FAILED) > 0);
	CHECK(caller.nr_calls > 5 && caller.nr_atomic > 2);
	test_fixture_check(&caller.f);
	caller.call = NULL;
	caller.running = true; /* C3: pcpu_destroy() is left alone */
	test_fixture_close(&caller.f);
}

/* C2: a failure holds no lock, so its event may do all that its caller may. */
static void call_sleeping(struct caller *caller)
{
	pcpu_free(caller->f.pcpu, pcpu_alloc(caller->f.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0));
	pcpu_balance(caller->f.pcpu);
	test_fixture_check(&caller->f);
}

TEST(the_event_of_a_failure_may_allocate_and_balance)
{
	static struct caller caller;

	caller_open(&caller, call_sleeping);
	CHECK(!pcpu_alloc(caller.f.pcpu, 0, 8, 0).value);
	CHECK(!pcpu_alloc(caller.f.pcpu, 16384, 8, PCPU_RESERVED).value);
	CHECK_EQ(caller.nr_calls, 2);
	caller.running = true;
	test_fixture_close(&caller.f);
}

static void call_alloc(struct caller *caller)
{
	(void)pcpu_alloc(caller->f.pcpu, 8, 8, 0);
}

static void call_balance(struct caller *caller)
{
	pcpu_balance(caller->f.pcpu);
}

static void call_destroy(struct caller *caller)
{
	pcpu_destroy(caller->f.pcpu);
}

static void churn_run(void *argument)
{
	churn(argument);
}

/* C1, broken: the outer lock's own sentence, at each of the three events and by each call. */
TEST(an_event_that_calls_more_is_named)
{
	static const enum pcpu_event_id events[] = {
		PCPU_EV_CHUNK_CREATED, PCPU_EV_CHUNK_DESTROYED, PCPU_EV_MAP_EXTENDED};
	static void (*const calls[])(struct caller *caller) = {
		call_alloc, call_balance, call_destroy};

	for (int i = 0; i < 9; i++) {
		static struct caller caller;

		caller_open(&caller, calls[i % 3]);
		caller.when = events[i / 3];
		CHECK_STR(sim_catch_assert(churn_run, &caller), PLAT_REENTRY_OUTER);
		CHECK_EQ(caller.nr_calls, 1);
		sim_destroy(caller.f.plat);
	}
}

/* --- visitors --------------------------------------------------------------------------------- */

struct visitor {
	struct test_fixture f;
	struct pcpu_ptr object;
	void (*call)(struct visitor *visitor);
	uint32_t nr_right;
};

static bool visiting(void *context, const struct pcpu_chunk_view *view)
{
	struct visitor *visitor = context;

	visitor->call(visitor);
	return true;
}

static void visitor_run(void *argument)
{
	struct visitor *visitor = argument;

	pcpu_visit(visitor->f.pcpu, visiting, visitor);
}

static void visitor_open(struct visitor *visitor, void (*call)(struct visitor *visitor))
{
	memset(visitor, 0, sizeof(*visitor));
	test_fixture_init(&visitor->f, "00.11");
	test_fixture_open(&visitor->f);
	visitor->object = pcpu_alloc(visitor->f.pcpu, 16, 8, 0);
	visitor->call = call;
}

static void visit_lookups(struct visitor *visitor)
{
	struct pcpu *pcpu = visitor->f.pcpu;
	struct pcpu_place place;
	struct pcpu_ptr back;
	uint32_t cpu;

	visitor->nr_right += pcpu_lookup(pcpu, visitor->object, &place) &&
			     pcpu_from_address(pcpu, pcpu_address(pcpu, visitor->object, 4), &back,
					       &cpu) &&
			     back.value == visitor->object.value && cpu == 4;
}

TEST(a_visitor_may_call_lookup)
{
	static struct visitor visitor;

	visitor_open(&visitor, visit_lookups);
	CHECK_STR(sim_catch_assert(visitor_run, &visitor), NULL);
	CHECK_EQ(visitor.nr_right, 2); /* the reserved and the first chunk */
	test_fixture_check(&visitor.f);
	test_fixture_close(&visitor.f);
}

static void visit_alloc(struct visitor *visitor)
{
	(void)pcpu_alloc(visitor->f.pcpu, 8, 8, 0);
}

static void visit_alloc_atomic(struct visitor *visitor)
{
	(void)pcpu_alloc(visitor->f.pcpu, 8, 8, PCPU_ATOMIC);
}

static void visit_free(struct visitor *visitor)
{
	pcpu_free(visitor->f.pcpu, visitor->object);
}

static void visit_stats(struct visitor *visitor)
{
	struct pcpu_stats stats;

	pcpu_stats(visitor->f.pcpu, &stats);
}

static void visit_visit(struct visitor *visitor)
{
	pcpu_visit(visitor->f.pcpu, visit_none, NULL);
}

static void visit_balance(struct visitor *visitor)
{
	pcpu_balance(visitor->f.pcpu);
}

/* C4, broken: whichever lock the call wants, the one that is held is named. */
TEST(a_visitor_that_calls_more_is_named)
{
	static void (*const calls[])(struct visitor *visitor) = {
		visit_alloc, visit_alloc_atomic, visit_free, visit_stats, visit_visit,
		visit_balance};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		static struct visitor visitor;

		visitor_open(&visitor, calls[i]);
		CHECK_STR(sim_catch_assert(visitor_run, &visitor), PLAT_REENTRY_INNER);
		sim_destroy(visitor.f.plat);
	}
}
