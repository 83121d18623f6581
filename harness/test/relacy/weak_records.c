/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_records.c - page records, spans and chunks that come and go while pointers are followed
   (magazine.h, M4). */
#include "harness/test/relacy/weak_fixture.h"

/* --- d: what leads to objects is whole before it is found ------------------------------------- */

/* Where the next large object will lie: its span is made, and returned. Each CPU has a span of
   small ones, which stays. */
static void record_set_up(void)
{
	weak_set_up(4);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		if (!pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0).value)
			weak_fail("no small object in set-up");
	}
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0));
		pcpu_drain(weak_pcpu);
	}
	weak_thread_set(0);
	weak_given[0] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
	pcpu_free(weak_pcpu, weak_given[0]);
	pcpu_drain(weak_pcpu);
	for (uint32_t i = 0; i < WEAK_NR_THREADS; i++) {
		weak_thread_set(i);
		/* Its chunk is the nearest. */
		pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0));
	}
	memset(weak_arena.nr_misuses, 0, sizeof(weak_arena.nr_misuses));
}

static void record_make(void)
{
	weak_arena.shared[0] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0).value;
	if (!weak_arena.shared[0])
		weak_fail("an allocation failed");
}

/* Several make it, or find another's. */
static void record_make_and_write(void)
{
	weak_arena.shared[weak_thread()] = weak_object_take(WEAK_LARGE).value;
}

/* Spans come and go, for several at once. */
static void record_make_and_return(void)
{
	pcpu_free(weak_pcpu, weak_object_take(WEAK_LARGE));
	pcpu_drain(weak_pcpu);
}

/* A pointer that nobody gave: to where an object may be or not. */
static void record_guess(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
}

static void record_guess_central(void)
{
	pcpu_cpu_leave();
	pcpu_free(weak_pcpu, weak_given[0]);
}

static void record_find(void)
{
	struct pcpu_place place;

	for (uint32_t i = 0; i < 20 && !pcpu_lookup(weak_pcpu, weak_given[0], &place); i++)
		;
}

static void record_find_then_guess(void)
{
	record_find();
	record_guess();
}

/* Pages that the engine gave, freed once more when a span may have them already. */
static void pages_set_up(void)
{
	weak_set_up(1);
	weak_thread_set(0);
	weak_given[0] = pcpu_alloc(weak_pcpu, PCPU_PAGE_BYTES, 8, 0);
	if (!weak_given[0].value)
		weak_fail("no pages in set-up");
}

static void pages_free_twice(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
	pcpu_free(weak_pcpu, weak_given[0]);
}

/* Where somebody's object begins by then, it is that one's free. */
static void pages_after(void)
{
	weak_check(weak_arena.shared[1] == weak_given[0].value ? 0 : 1, 1);
}

/* One frees an object that another was given, if it found one. */
static void record_after(void)
{
	weak_check(0, 2);
}

/* A span without a live object, and one who frees what was its object once more. */
static void return_set_up(void)
{
	weak_set_up(4);
	weak_thread_set(0);
	weak_given[0] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
	pcpu_free(weak_pcpu, weak_given[0]);
}

static void return_dangling(void)
{
	for (uint32_t i = 0; i < 6; i++)
		pcpu_free(weak_pcpu, weak_given[0]);
}

static void return_after(void)
{
	weak_check(6, 6);
}

static void chunk_fill(void)
{
	while (pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, PCPU_ATOMIC).value)
		;
	while (pcpu_alloc(weak_pcpu, 4096, 8, PCPU_ATOMIC).value)
		;
}

/* The next object needs a chunk, and not the first that the index leads to: no node of it is new
   then. */
static void chunk_set_up(void)
{
	weak_set_up(1);
	chunk_fill();
	if (!pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0).value)
		weak_fail("no second chunk in set-up");
	chunk_fill();
	weak_given[0].value = (uintptr_t)weak_arena.pages[weak_arena.plat.pages_used] +
			      2 * PCPU_PAGE_BYTES - weak_pcpu->offset[0];
}

/* Two chunks of which one goes once both are empty; this CPU remembers both. */
static void leave_set_up(void)
{
	struct pcpu_ptr all[64];
	uint32_t nr = 0;

	weak_set_up(1);
	chunk_fill();
	while (weak_arena.plat.pages_used <= 49 && nr < 64)
		all[nr++] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
	for (uint32_t i = 0; i < 2; i++)
		all[nr++] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
	weak_given[0] = all[0];
	weak_given[1] = all[1];
	weak_given[2] = all[nr - 2];
	weak_given[3] = all[nr - 1];
	for (uint32_t i = 1; i < nr - 1; i++)
		pcpu_free(weak_pcpu, all[i]);
}

static void leave_dangling(void)
{
	for (uint32_t i = 0; i < 6; i++)
		pcpu_free(weak_pcpu, weak_given[1 + i % 2]);
}

/* The last objects of both. */
static void leave_empty(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
	pcpu_free(weak_pcpu, weak_given[3]);
	pcpu_drain(weak_pcpu);
}

static void leave_find(void)
{
	struct pcpu_place place;

	for (uint32_t i = 0; i < 6; i++)
		pcpu_lookup(weak_pcpu, weak_given[1 + i % 2], &place);
}

static void leave_after(void)
{
	struct pcpu_stats stats;

	pcpu_stats(weak_pcpu, &stats);
	if (stats.nr_chunks_destroyed != 1)
		weak_fail("no chunk has gone");
	weak_check(6, 6);
}

const struct weak_case weak_records[] = {
	{"page_record", "a wild free of what becomes an object meanwhile", record_set_up,
	 {record_make, record_guess, record_guess_central}, record_after},
	{"page_record_looked_up", "lookups of what becomes an object meanwhile", record_set_up,
	 {record_make, record_find, record_find}, weak_check_no_misuse},
	{"span_made", "several want an object of a span that is made meanwhile", record_set_up,
	 {record_make_and_write, record_make_and_write, record_make_and_write},
	 weak_check_no_misuse},
	{"spans_come_and_go", "spans are made and returned by several", record_set_up,
	 {record_make_and_return, record_make_and_return, record_make_and_write},
	 weak_check_no_misuse},
	{"pages_freed_twice", "a double free of pages that a span is made of", pages_set_up,
	 {pages_free_twice, record_make_and_write, record_make_and_return}, pages_after},
	{"span_returned", "double frees of what was an object of a span that goes", return_set_up,
	 {return_dangling, weak_drain}, return_after},
	{"chunk", "a wild free of what becomes a chunk meanwhile", chunk_set_up,
	 {record_make, record_find_then_guess, record_find}, record_after},
	{"chunk_goes", "double frees of what was an object of a chunk that goes", leave_set_up,
	 {leave_dangling, leave_empty, leave_find}, leave_after},
	{0},
};
