/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_lockstep.c - the oracle runs the same operations, and predicts each placement.
 *
 *	a	placement of the run ?= placement of the oracle
 *	f, b	freed there too, and reclaimed
 *	else	changes no placement
 *
 * Engines of Linux 6.1's design have an oracle of their own, which predicts more (alloc_linux61.h).
 *
 * R1  The oracle does not model shortage of memory, failures, atomic requests, and engines that do
 *     not promise the reference's places, or not for requests that are no multiple of their
 *     granule. Each of these ends the prediction for the rest of the run.
 */
#include "fuzz/targets/alloc/alloc_linux61.h"
#include "harness/check/linux61/linux61_model.h"
#include "harness/text/text.h"

/* Each object in a chunk of its own, and: the first, the reserved, an empty one, a new one. */
static uint32_t nr_chunks(const struct alloc_case *c)
{
	return c->trace.nr_ids + 4;
}

static size_t object_bytes(const struct alloc_case *c)
{
	return (size_t)pcpu_align_up(c->trace.nr_ids * sizeof(struct alloc_landing), 8);
}

size_t alloc_lockstep_memory(const struct alloc_case *c, const struct pcpu_layout *layout)
{
	return object_bytes(c) + lab_oracle_memory(layout, nr_chunks(c));
}

/* Does the engine place this where the reference does? */
static bool engine_suits(const struct alloc_case *c, uint64_t size, uint64_t align)
{
	const struct pcpu_engine *engine = c->setup.config.engine;

	return pcpu_engine_keeps(engine, PCPU_PROMISE_PLACES) &&
	       size % engine->map->granule_bytes == 0 && align % engine->map->granule_bytes == 0;
}

void alloc_lockstep_start(struct alloc_lockstep *lockstep, const struct alloc_case *c,
			  struct pcpu *pcpu, void *memory)
{
	const struct pcpu_layout *layout = pcpu_layout(pcpu);

	*lockstep = (struct alloc_lockstep){ .c = c, .pcpu = pcpu, .object = memory };
	memset(memory, 0, object_bytes(c));
	lockstep->linux61 = alloc_linux61_create(c, layout);
	if (lockstep->linux61)
		return;
	lab_oracle_init(&lockstep->oracle, layout, nr_chunks(c), (char *)memory + object_bytes(c));
	lockstep->over = !engine_suits(c, layout->static_bytes, layout->reserved_bytes);
}

void alloc_lockstep_finish(struct alloc_lockstep *lockstep)
{
	lab_linux61_destroy(lockstep->linux61);
	lockstep->linux61 = NULL;
}

void alloc_lockstep_landed(struct alloc_lockstep *lockstep, bool placed,
			   const struct pcpu_place *place)
{
	lockstep->now = (struct alloc_landing){ placed, *place };
	lockstep->has_landed = true;
}

/* --- words ----------------------------------------------------------------------------------- */

static void put_landing(struct lab_text *words, const char *who, const struct alloc_landing *at)
{
	lab_put(words, who);
	if (!at->placed) {
		lab_put(words, "refused");
		return;
	}
	lab_put(words, at->place.kind == PCPU_CHUNK_RESERVED ? "reserved" : "chunk ");
	if (at->place.kind != PCPU_CHUNK_RESERVED)
		lab_put_u64(words, at->place.chunk_id);
	lab_put(words, " offset ");
	lab_put_u64(words, at->place.offset);
}

static bool lockstep_blame(struct alloc_lockstep *lockstep, const struct alloc_landing *due)
{
	struct lab_text words;

	lab_text_init(&words, lockstep->words, sizeof(lockstep->words));
	put_landing(&words, "; engine: ", &lockstep->now);
	put_landing(&words, "; oracle: ", due);
	lockstep->sentence = "an object lands where the specification puts it";
	lockstep->over = true;
	return false;
}

static bool step_linux61(struct alloc_lockstep *lockstep, const struct lab_op *op)
{
	struct alloc_landing due = lockstep->now;
	const char *sentence = alloc_linux61_step(lockstep, op, &due);

	if (!sentence)
		return true;
	if (op->kind == LAB_OP_ALLOC)
		lockstep_blame(lockstep, &due);
	lockstep->sentence = sentence;
	lockstep->over = true;
	return false;
}

/* --- steps ----------------------------------------------------------------------------------- */

static bool same_landing(const struct alloc_landing *a, const struct alloc_landing *b)
{
	return a->placed == b->placed &&
	       (!a->placed ||
		(a->place.kind == b->place.kind && a->place.chunk_id == b->place.chunk_id &&
		 a->place.offset == b->place.offset));
}

/* Memory ended: the oracle cannot have known. */
static bool is_for_want_of_memory(const struct alloc_lockstep *lockstep,
				  const struct alloc_landing *due)
{
	return lockstep->c->setup.sim.pages_per_node != 0 && due->placed && !lockstep->now.placed;
}

static bool step_alloc(struct alloc_lockstep *lockstep, const struct lab_op *op)
{
	unsigned flags = op->flags & LAB_OP_RESERVED ? PCPU_RESERVED : 0;
	struct alloc_landing due = { 0 };

	if (!lockstep->has_landed)
		return true;
	lockstep->has_landed = false;
	if ((op->flags & LAB_OP_ATOMIC && lockstep->c->setup.run.honour_atomic) ||
	    !engine_suits(lockstep->c, op->size, op->align)) {
		lockstep->over = true;
		return true;
	}
	due.placed =
		lab_oracle_alloc(&lockstep->oracle, op->size, op->align, flags, &due.place);
	if (is_for_want_of_memory(lockstep, &due)) {
		lockstep->over = true;
		return true;
	}
	lockstep->object[op->id] = due;
	return same_landing(&lockstep->now, &due) || lockstep_blame(lockstep, &due);
}

static void step_free(struct alloc_lockstep *lockstep, const struct lab_op *op)
{
	struct alloc_landing *object = &lockstep->object[op->id];
	bool kicked, freed;

	if (!object->placed)
		return;
	freed = lab_oracle_free(&lockstep->oracle, &object->place, &kicked);
	PCPU_ASSERT(freed);
	object->placed = false;
	if (kicked)
		lab_oracle_reclaim(&lockstep->oracle);
}

bool alloc_lockstep_step(struct alloc_lockstep *lockstep, const struct lab_op *op)
{
	if (lockstep->over)
		return true;
	if (lockstep->linux61)
		return step_linux61(lockstep, op);
	switch ((enum lab_op_kind)op->kind) {
	case LAB_OP_ALLOC:
		return step_alloc(lockstep, op);
	case LAB_OP_FREE:
		step_free(lockstep, op);
		return true;
	case LAB_OP_BALANCE:
		lab_oracle_reclaim(&lockstep->oracle);
		return true;
	case LAB_OP_FAIL:
		lockstep->over = lockstep->c->setup.run.inject_failures;
		return true;
	default:
		return true;
	}
}
