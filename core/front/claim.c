/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * claim.c - a dirty magazine's objects, sorted by address, each claimed in its span's turn. Those
 * that this CPU keeps are due to be cleared (due.c). The others go into their spans as they are and
 * are cleared when somebody takes them, if anybody does.
 *
 *	dirty  d b c x b		b twice, x no object of a span
 *	sorted b b c d x  ->  object b c d, bad b x
 *
 * The caller works on its CPU's magazines, or has stopped the CPU (magazine.h, M2).
 */
#include "front_calls.h"

/* False: no object of a span starts there. */
PCPU_REQUIRES_SHARED(PLAT_READER)
static bool run_find(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
		     struct pcpu_run *run, size_t *granule)
{
	struct pcpu_near near;

	return pcpu_near_recall(pcpu, front, value, &near) &&
	       pcpu_run_make(&near, value, run, granule);
}

/* An object's state and its span's turn; NULL: no object of a span starts there. */
struct found {
	uint8_t *state, *turn;
};

/* All of them first: their lines are under way while others are looked up, and a locked instruction
   would wait for each. */
PCPU_REQUIRES_SHARED(PLAT_READER)
static void batch_find(struct pcpu *pcpu, struct pcpu_front_cpu *front, const uintptr_t *value,
		       uint32_t nr, struct found *found)
{
	struct pcpu_run run = {.nr_granules = 0};

	for (uint32_t i = 0; i < nr; i++) {
		size_t granule = rotate_right(value[i] - run.value, run.shift);

		if (!LIKELY(granule < run.nr_granules)) {
			struct pcpu_run next; /* so that the other stays in registers */
			size_t at;

			if (run_find(pcpu, front, value[i], &next, &at)) {
				run = next;
				granule = at;
				__builtin_prefetch(run.states + 2 * granule, 1);
				__builtin_prefetch(run_turn(&run), 1);
			} /* else the granule is none of the run before */
		}
		found[i] = (struct found){NULL, NULL};
		if (LIKELY(granule < run.nr_granules))
			found[i] = (struct found){run.states + 2 * granule, run_turn(&run)};
	}
}

/* Returns how many could not be claimed because another has their span's turn: they are the first
   values now. */
static uint32_t batch_claim(uintptr_t *value, uint32_t nr, const struct found *found,
			    struct pcpu_batch *batch)
{
	uint32_t nr_good = 0, nr_busy = 0;
	uint8_t *turn = NULL;
	bool mine = false;

	for (uint32_t i = 0; i < nr; i++) {
		uint8_t *state = found[i].state;

		if (found[i].turn != turn) {
			if (mine)
				byte_unlock(turn);
			turn = found[i].turn;
			mine = turn && byte_try_lock(turn);
		}
		if (mine && state_claim(state))
			batch->object[nr_good++] = (struct pcpu_clean){value[i], state};
		else if (turn && !mine)
			value[nr_busy++] = value[i];
		else
			batch->bad[batch->nr_bad++] = value[i];
	}
	if (mine)
		byte_unlock(turn);
	batch->nr = nr_good;
	return nr_busy;
}

/* The same where all lie in one span, from the page of the first on, as they do most often. */
static uint32_t run_claim(const struct pcpu_run *run, const uintptr_t *value, uint32_t nr,
			  struct pcpu_batch *batch)
{
	uint8_t *turn = run_turn(run);
	uint32_t nr_good = 0;

	batch->nr = 0;
	if (!byte_try_lock(turn))
		return nr;
	for (uint32_t i = 0; i < nr; i++) {
		size_t granule = rotate_right(value[i] - run->value, run->shift);
		uint8_t *state = run->states + 2 * granule;

		if (LIKELY(granule < run->nr_granules && state_claim(state)))
			batch->object[nr_good++] = (struct pcpu_clean){value[i], state};
		else
			batch->bad[batch->nr_bad++] = value[i];
	}
	byte_unlock(turn);
	batch->nr = nr_good;
	return 0;
}

/* Sorted. Returns how many are busy. */
PCPU_REQUIRES_SHARED(PLAT_READER)
static uint32_t values_claim(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t *value,
			     uint32_t nr, struct pcpu_batch *batch)
{
	struct found found[PCPU_MAGAZINE_MAX];
	struct pcpu_run run;
	size_t granule;

	if (run_find(pcpu, front, value[0], &run, &granule) &&
	    (value[nr - 1] - run.value) >> run.shift < run.nr_granules)
		return run_claim(&run, value, nr, batch);
	batch_find(pcpu, front, value, nr, found);
	return batch_claim(value, nr, found, batch);
}

enum pcpu_claim pcpu_claim_one(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
			       uint8_t **state)
{
	struct pcpu_run run;
	size_t granule;
	bool claimed;

	if (!run_find(pcpu, front, value, &run, &granule))
		return PCPU_CLAIM_BAD;
	if (!byte_try_lock(run_turn(&run)))
		return PCPU_CLAIM_BUSY;
	*state = run.states + 2 * granule;
	claimed = state_claim(*state);
	byte_unlock(run_turn(&run));
	return claimed ? PCPU_CLAIM_MADE : PCPU_CLAIM_BAD;
}

void pcpu_batch_take(struct pcpu *pcpu, struct pcpu_front_cpu *front, uint32_t class,
		     struct pcpu_batch *batch)
{
	struct pcpu_magazine *magazine = front->magazine[class];
	uint32_t nr = magazine->limit - magazine->room, nr_bad = batch->nr_bad, nr_busy;
	uintptr_t *value = magazine->dirty + magazine->room;

	batch->class = class;
	batch->nr = 0;
	if (nr == 0)
		return;
	pcpu_values_sort(value, nr);
	plat_read_begin(pcpu->plat);
	nr_busy = values_claim(pcpu, front, value, nr, batch);
	plat_read_end(pcpu->plat);
	PCPU_DEBUG_ASSERT(batch->nr + batch->nr_bad + nr_busy == nr_bad + nr);
	for (uint32_t i = nr_busy; i-- > 0;)
		value[nr - nr_busy + i] = value[i];
	count_set(&magazine->room, magazine->limit - nr_busy);
	magazine->nr_verified += batch->nr;
}

void pcpu_batch_report(struct pcpu *pcpu, const struct pcpu_batch *batch)
{
	for (uint32_t i = 0; i < batch->nr_bad; i++) {
		struct pcpu_report report = {
			.id = PCPU_MISUSE_DOUBLE_FREE,
			.pointer = batch->bad[i],
			.chunk_id = PCPU_NO_CHUNK,
		};
		struct pcpu_place place;

		if (pcpu_lookup(pcpu, (struct pcpu_ptr){batch->bad[i]}, &place)) {
			report.chunk_id = place.chunk_id;
			report.offset = place.offset;
		}
		plat_panic(pcpu->plat, &report);
	}
}
