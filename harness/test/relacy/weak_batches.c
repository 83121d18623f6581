/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_batches.c - objects that two have freed, found once a batch is verified: what leads to them
   may have gone, and who finds them reports them later. */
#include "harness/test/relacy/weak_fixture.h"

/* --- what leads to an object goes while its batch is verified --------------------------------- */

#define PART_DYN_BYTES (40u << 10) /* the third chunk's base is in a node of the index of its own */
#define PART_NR_PAGES  66u	   /* of two chunks */
#define PART_EMPTY     (8u * 4u)   /* objects of as many spans as balance keeps */

static uint32_t many_take(struct pcpu_ptr *out, uint32_t nr_most, uint32_t nr_pages)
{
	uint32_t nr = 0;

	while (nr < nr_most && weak_arena.plat.pages_used <= nr_pages) {
		out[nr] = pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
		if (!out[nr++].value)
			weak_fail("no object in set-up");
	}
	return nr;
}

/* One object in the third chunk; the second is empty, so the third goes when it is, too. Spans of
   the first are empty, as many as balance keeps. CPU 0 has missed, so balance leaves it what it
   freed. */
static void part_set_up(void)
{
	static struct pcpu_ptr all[128];
	uint32_t nr;

	weak_create(PART_DYN_BYTES);
	weak_cpu_be(0, 0);
	pcpu_free(weak_pcpu, pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0));
	pcpu_drain(weak_pcpu);
	do
		if (!pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0).value)
			weak_fail("no object in set-up");
	while (magazine_nr_claimed(weak_magazine(0, WEAK_LARGE)) > 0);
	weak_thread_set(1);
	nr = many_take(all, 128, PART_NR_PAGES);
	weak_given[0] = all[--nr];
	while (nr > 0)
		pcpu_free(weak_pcpu, all[--nr]);
	plat_lock(weak_pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_spans_return(weak_pcpu, 0);
	plat_unlock(weak_pcpu->plat, PLAT_LOCK_OUTER);
	nr = many_take(all, PART_EMPTY, WEAK_NR_PAGES);
	while (nr > 0)
		pcpu_free(weak_pcpu, all[--nr]);
}

/* This CPU remembers no chunk: others were freed into since (near.c). */
static void part_forget(void)
{
	struct pcpu_front_cpu *front = pcpu_front_open(weak_pcpu);

	if (!front)
		return;
	front->near.bytes = 0;
	for (uint32_t i = 0; i < PCPU_NEAR_CHUNKS; i++)
		front->chunk[i] = NULL;
	here_close(weak_pcpu);
}

/* May find the object live, as the other does, and then verifies it any time. */
static void part_free_and_verify(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
	part_forget();
	for (uint32_t n = weak_choose(32); n > 0; n--)
		weak_yield();
	for (uint32_t i = 0; i < 4; i++)
		pcpu_alloc(weak_pcpu, WEAK_LARGE, 8, 0);
}

/* Is no CPU: the object is in its span at once. */
static void part_free_and_balance(void)
{
	pcpu_free(weak_pcpu, weak_given[0]);
	pcpu_balance(weak_pcpu);
}

/* None: the object had been handed out again. */
static void part_after(void)
{
	weak_check(0, 1);
}

/* --- several report what was freed twice ------------------------------------------------------ */

/* Two have freed each of these, and found it live. */
static void report_set_up(void)
{
	weak_set_up(4);
	for (uint32_t i = 0; i < 2; i++) {
		struct pcpu_near near;
		uint8_t *state = NULL;

		weak_thread_set(0);
		weak_given[i] = pcpu_alloc(weak_pcpu, WEAK_SMALL, 8, 0);
		pcpu_free(weak_pcpu, weak_given[i]);
		if (!pcpu_near_find(weak_pcpu, weak_given[i].value, &near) ||
		    !near_state(&near, weak_given[i].value, &state))
			weak_fail("no state in set-up");
		state_take(state, pcpu_class_of[WEAK_SMALL]);
		weak_thread_set(1 + i);
		pcpu_free(weak_pcpu, weak_given[i]);
	}
}

static void report_drain(void)
{
	pcpu_drain(weak_pcpu);
}

static void report_after(void)
{
	weak_check(2, 2);
}

const struct weak_case weak_batches[] = {
	{"chunk_goes_verified", "what two freed is verified while its chunk goes", part_set_up,
	 {part_free_and_verify, part_free_and_balance}, part_after},
	{"reports", "several empty magazines that have what was freed twice", report_set_up,
	 {report_drain, report_drain, report_drain}, report_after},
	{0},
};
