/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_free.c - frees that did not end in this CPU's dirty magazine at once.
 *
 *	another chunk than last time	the CPU remembers it, or does so now
 *	dirty magazine full		made clean: into the clean one; the rest into spans as it is
 *	no CPU, interrupted		one object into its span, under the inner lock
 *	not in a span			the engine's
 */
#include "front_calls.h"

/* How a free ended, or goes on. */
enum { TURN_TRIES = 64 };
enum free_end { FREE_DONE, FREE_BAD, FREE_LATER, FREE_ENGINE };

/* --- a CPU's own magazine --------------------------------------------------------------------- */

void pcpu_batch_put(struct pcpu *pcpu, const struct pcpu_batch *batch, uint32_t from, bool dirty)
{
	bool kick;

	if (from >= batch->nr)
		return;
	plat_read_begin(pcpu->plat);
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	kick = pcpu_spans_put(pcpu, batch->class, batch->object + from, batch->nr - from, dirty) &&
	       pcpu->front->nr_empty > PCPU_EMPTY_SPANS_KEPT;
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	plat_read_end(pcpu->plat);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
}

/* A full dirty magazine: the clean one takes what it has room for, due to be cleared; the rest goes
   to spans as it is. */
PCPU_EXCLUDES(PLAT_INNER)
static void magazine_drain(struct pcpu *pcpu, struct pcpu_front_cpu *front, uint32_t class,
			   struct pcpu_batch *batch)
{
	struct pcpu_magazine *magazine = front->magazine[class];
	uint32_t room = magazine->limit - magazine_nr_claimed(magazine), kept;

	magazine->nr_misses++;
	pcpu_batch_take(pcpu, front, class, batch);
	pcpu_magazine_grow(pcpu, magazine, class);
	kept = (uint32_t)pcpu_min64(room, batch->nr);
	pcpu_due_add(magazine, batch->object, kept, UINT64_MAX);
	pcpu_batch_put(pcpu, batch, kept, true);
}

/* --- the inner lock --------------------------------------------------------------------------- */

/* Who has a turn has it for a batch at most, unless it was interrupted, perhaps by the caller. */
static bool turn_try(uint8_t *turn)
{
	for (uint32_t i = 0; i < TURN_TRIES; i++)
		if (byte_try_lock(turn))
			return true;
	return false;
}

/* Frees and claims an object in its span's turn. */
PCPU_REQUIRES(PLAT_INNER)
static enum free_end live_claim(const struct pcpu_near *near, struct pcpu_clean *object,
				uint32_t *class)
{
	struct pcpu_run run;
	size_t granule;

	if (!pcpu_run_make(near, object->value, &run, &granule))
		return FREE_BAD;
	if (!turn_try(run_turn(&run)))
		return FREE_LATER;
	object->state = run.states + 2 * granule;
	*class = state_class(object->state);
	if (*class != 0) {
		state_free(object->state);
		PCPU_ASSERT(state_claim(object->state));
	}
	byte_unlock(run_turn(&run));
	return *class != 0 ? FREE_DONE : FREE_BAD;
}

/* One object into its span. FREE_BAD: it is free already, or another frees it. Who holds the inner
   lock, or has the turn, may be what this call interrupts: then it is freed later. */
PCPU_REQUIRES_SHARED(PLAT_READER) PCPU_EXCLUDES(PLAT_INNER)
static enum free_end central_free(struct pcpu *pcpu, const struct pcpu_near *near, uintptr_t value)
{
	struct pcpu_clean object = {value, NULL};
	enum free_end end = FREE_LATER;
	bool kick = false;

	if (plat_lock_atomic(pcpu->plat)) {
		uint32_t class = 0;

		end = live_claim(near, &object, &class);
		if (end == FREE_DONE) {
			pcpu->front->nr_freed[class]++;
			kick = pcpu_spans_put(pcpu, class, &object, 1, true) &&
			       pcpu->front->nr_empty > PCPU_EMPTY_SPANS_KEPT;
		}
		plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	}
	if (end == FREE_LATER)
		plat_free_later(pcpu->plat, pcpu, value);
	if (kick)
		plat_kick(pcpu->plat, pcpu);
	return end;
}

/* --- the call --------------------------------------------------------------------------------- */

/* The object into this CPU's magazine; false: it is not to be had. */
PCPU_EXCLUDES(PLAT_INNER)
static bool own_free(struct pcpu *pcpu, struct pcpu_front_cpu *front, uintptr_t value,
		     uint8_t *state, uint32_t class, struct pcpu_batch *batch)
{
	struct pcpu_magazine *magazine = front->magazine[class];

	if (magazine == &pcpu_no_magazine) {
		front->wanted |= UINT64_C(1) << class;
		plat_kick(pcpu->plat, pcpu);
		return false;
	}
	if (magazine->room == 0)
		magazine_drain(pcpu, front, class, batch);
	/* All in it are of busy spans; or another has freed this one meanwhile. */
	if (magazine->room == 0 || state_class(state) != class)
		return false;
	state_free(state);
	magazine->dirty[magazine->room - 1] = value;
	count_set(&magazine->room, magazine->room - 1);
	return true;
}

/* *batch: what the dirty magazine had, when it was made clean. */
PCPU_REQUIRES_SHARED(PLAT_READER) PCPU_EXCLUDES(PLAT_INNER)
static enum free_end object_free(struct pcpu *pcpu, uintptr_t value, struct pcpu_batch *batch)
{
	struct pcpu_front_cpu *front = pcpu_front_open(pcpu);
	struct pcpu_near near;
	uint8_t *state = NULL;
	uint32_t class = 0;
	bool found = front ? pcpu_near_recall(pcpu, front, value, &near) :
			     pcpu_near_find(pcpu, value, &near);
	bool done = false;

	if (found && near_state(&near, value, &state))
		class = state_class(state);
	if (front && class)
		front->near = near;
	if (front && class)
		done = own_free(pcpu, front, value, state, class, batch);
	if (front) {
		here_close(pcpu);
		plat_free_now(pcpu->plat); /* a handler may have met a turn of this batch's */
	}
	if (done)
		return FREE_DONE;
	if (class)
		return central_free(pcpu, &near, value);
	return found && near_page_is_span(&near, value) ? FREE_BAD : FREE_ENGINE;
}

/* Where a pointer leads that is no object's; reported without a lock. */
PCPU_EXCLUDES(PLAT_INNER)
static void free_report(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	struct pcpu_batch batch;

	batch.nr_bad = 1;
	batch.bad[0] = pointer.value;
	pcpu_batch_report(pcpu, &batch);
}

void pcpu_front_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	enum free_end end = FREE_ENGINE;
	struct pcpu_batch batch;

	if (pcpu_near_give(pcpu, pointer.value))
		return;
	batch.nr_bad = 0;
	if (pointer.value) {
		plat_read_begin(pcpu->plat);
		end = object_free(pcpu, pointer.value, &batch);
		plat_read_end(pcpu->plat);
	}
	if (end == FREE_ENGINE)
		pcpu_engine_free(pcpu, pointer);
	if (end == FREE_BAD)
		free_report(pcpu, pointer);
	pcpu_batch_report(pcpu, &batch);
}
