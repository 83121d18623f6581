/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * front_alloc.c - allocations that no magazine served at once.
 *
 *	this CPU's magazine   dirty made clean, filled up from spans
 *	no CPU, interrupted   one object from a span, under the inner lock
 *	no free object        a new span; without memory the engine's own search, for this object
 *	that fails too        magazines and spans give back all they hold, and once more
 *
 * A caller with PCPU_NO_WAIT takes what needs no lock.
 */
#include "front_calls.h"

struct front_request {
	size_t size, align;
	unsigned flags;
	uint32_t class;
	bool share; /* spans with other CPUs rather than make one */
};

static bool request_sleeps(const struct front_request *request)
{
	return !(request->flags & (PCPU_ATOMIC | PCPU_NO_WAIT));
}

/* --- a CPU's own magazine --------------------------------------------------------------------- */

struct pcpu_front_cpu *pcpu_front_open(struct pcpu *pcpu)
{
	struct pcpu_front_cpu *front;

	if (pcpu_here.owner != pcpu)
		return NULL;
	front = here_open();
	if (front != &pcpu_no_cpu)
		return front;
	here_close(pcpu);
	return NULL;
}

/* Objects of spans become due, as far as the inner lock is to be had. None is clean. */
PCPU_EXCLUDES(PLAT_INNER)
static void magazine_fill(struct pcpu *pcpu, struct pcpu_magazine *magazine,
			  const struct front_request *request)
{
	struct pcpu_clean *object = magazine->clean + 1 + magazine->nr_due;
	uint64_t dirty;
	uint32_t nr;

	if (request->flags & PCPU_NO_WAIT)
		return;
	if (!plat_lock_atomic(pcpu->plat))
		return;
	nr = pcpu_spans_take(pcpu, request->class, request->share, object,
			     magazine->limit - magazine->nr_due, &dirty);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	pcpu_due_add(magazine, object, nr, dirty);
}

/* No clean object: a part of those that are due is cleared. Are there none, what this CPU freed
   comes first, then spans'. */
PCPU_EXCLUDES(PLAT_INNER)
static void magazine_serve(struct pcpu *pcpu, struct pcpu_front_cpu *front,
			   const struct front_request *request, struct pcpu_batch *batch)
{
	struct pcpu_magazine *magazine = front->magazine[request->class];

	magazine->nr_misses++;
	if (magazine->nr_due == 0) {
		pcpu_batch_take(pcpu, front, request->class, batch);
		pcpu_due_add(magazine, batch->object, batch->nr, UINT64_MAX);
		pcpu_magazine_grow(pcpu, magazine, request->class);
		if (magazine->nr_due < magazine->limit / 2)
			magazine_fill(pcpu, magazine, request);
	}
	if (magazine->nr_due > 0)
		pcpu_due_clear(pcpu, magazine, request->class);
}

/* Takes the last clean object out. */
static uintptr_t magazine_pop(struct pcpu_magazine *magazine, const struct front_request *request)
{
	struct pcpu_clean *object = magazine->top;

	magazine_top_set(magazine, object - 1);
	state_take(object->state, request->class);
	if (!(request->flags & PCPU_NO_ZERO)) { /* who needs no cleared object is not to hit one */
		magazine->align = request->align;
		magazine->flags = request->flags;
	}
	return object->value;
}

/* For a caller that writes every copy: what this CPU freed last, verified by itself, as it is. 0:
   there is none. */
PCPU_EXCLUDES(PLAT_INNER)
static uintptr_t dirty_take(struct pcpu *pcpu, struct pcpu_front_cpu *front,
			    const struct front_request *request, struct pcpu_batch *batch)
{
	struct pcpu_magazine *magazine = front->magazine[request->class];
	uintptr_t value = 0;
	uint8_t *state;

	plat_read_begin(pcpu->plat);
	while (!value && magazine->room < magazine->limit && batch->nr_bad < PCPU_MAGAZINE_MAX) {
		uintptr_t last = magazine->dirty[magazine->room];
		enum pcpu_claim claim = pcpu_claim_one(pcpu, front, last, &state);

		if (claim == PCPU_CLAIM_BUSY)
			break;
		count_set(&magazine->room, magazine->room + 1);
		if (claim == PCPU_CLAIM_BAD) {
			batch->bad[batch->nr_bad++] = last;
			continue;
		}
		magazine->nr_verified++;
		magazine->nr_loaded++;
		state_take(state, request->class);
		value = last;
	}
	plat_read_end(pcpu->plat);
	return value;
}

/* What an own magazine gives; 0: nothing. *made: is there a magazine for the class. */
PCPU_EXCLUDES(PLAT_INNER)
static uintptr_t own_alloc(struct pcpu *pcpu, const struct front_request *request, bool *own,
			   bool *made)
{
	struct pcpu_front_cpu *front = pcpu_front_open(pcpu);
	struct pcpu_magazine *magazine;
	struct pcpu_batch batch;
	uintptr_t value = 0;

	*own = front != NULL;
	if (!front)
		return 0;
	batch.nr_bad = 0;
	magazine = front->magazine[request->class];
	*made = magazine != &pcpu_no_magazine;
	if (*made && request->flags & PCPU_NO_ZERO)
		value = dirty_take(pcpu, front, request, &batch);
	if (*made && !value && magazine_nr(magazine) == 0)
		magazine_serve(pcpu, front, request, &batch);
	if (*made && !value && magazine_nr(magazine) > 0)
		value = magazine_pop(magazine, request);
	if (!*made)
		front->wanted |= UINT64_C(1) << request->class;
	here_close(pcpu);
	plat_free_now(pcpu->plat); /* a handler may have met a turn of this batch's */
	pcpu_batch_report(pcpu, &batch);
	return value;
}

/* --- no magazine ------------------------------------------------------------------------------ */

/* One object from a span; 0: none, or the lock was not to be had. */
PCPU_EXCLUDES(PLAT_INNER)
static uintptr_t central_alloc(struct pcpu *pcpu, const struct front_request *request)
{
	struct pcpu_clean object = {0, NULL};
	uint64_t dirty;

	if (request->flags & PCPU_NO_WAIT)
		return 0;
	if (!plat_lock_atomic(pcpu->plat))
		return 0;
	if (pcpu_spans_take(pcpu, request->class, true, &object, 1, &dirty) == 1) {
		pcpu->front->nr_taken[request->class]++;
		state_take(object.state, request->class);
	}
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
	if (!(request->flags & PCPU_NO_ZERO))
		pcpu_objects_clear(pcpu, &object, 1, dirty, pcpu_classes[request->class].bytes);
	return object.value;
}

/* From magazine or span, a new one if it may be made; 0: nothing to be had. */
PCPU_EXCLUDES(PLAT_INNER)
static uintptr_t object_alloc(struct pcpu *pcpu, struct front_request *request)
{
	bool own, made = true;
	uint32_t cpu = pcpu_here.cpu;

	for (;;) {
		uintptr_t value = own_alloc(pcpu, request, &own, &made);

		if (own && !made && request_sleeps(request) &&
		    pcpu_magazine_make(pcpu, cpu, request->class))
			continue;
		if (!value && (!own || !made))
			value = central_alloc(pcpu, request);
		if (value || !request_sleeps(request))
			return value;
		if (pcpu_span_make(pcpu, request->class))
			continue;
		if (request->share)
			return 0;
		request->share = true;
	}
}

PCPU_EXCLUDES(PLAT_OUTER, PLAT_INNER)
static void all_give_back(struct pcpu *pcpu)
{
	plat_lock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_front_empty(pcpu);
	plat_unlock(pcpu->plat, PLAT_LOCK_OUTER);
	pcpu_front_report(pcpu);
}

PCPU_EXCLUDES(PLAT_INNER)
static struct pcpu_ptr request_serve(struct pcpu *pcpu, struct front_request *request)
{
	struct pcpu_ptr pointer = {object_alloc(pcpu, request)};

	if (pointer.value)
		return pointer;
	if (request->flags & PCPU_NO_WAIT) {
		counter_add(&pcpu->nr_interrupted, 1);
		return pointer;
	}
	if (!request_sleeps(request)) {
		plat_kick(pcpu->plat, pcpu);
		return pcpu_engine_alloc(pcpu, request->size, request->align, request->flags,
					 false);
	}
	pointer = pcpu_engine_alloc(pcpu, request->size, request->align, request->flags, true);
	if (pointer.value)
		return pointer;
	all_give_back(pcpu);
	pointer.value = object_alloc(pcpu, request);
	if (pointer.value)
		return pointer;
	return pcpu_engine_alloc(pcpu, request->size, request->align, request->flags, false);
}

struct pcpu_ptr pcpu_front_alloc(struct pcpu *pcpu, size_t size, size_t align, unsigned flags)
{
	struct front_request request = {size, align, flags, 0, false};

	request.class = pcpu_request_class(pcpu, size, align, flags);
	if (request.class == 0)
		return pcpu_engine_alloc(pcpu, size, align, flags, false);
	request.share = !request_sleeps(&request);
	return request_serve(pcpu, &request);
}
