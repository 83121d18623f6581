/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_linux61.c - each step of a run, on the model of Linux 6.1's allocator as well.
 *
 *	op -> run   -> place, chunks: free bytes, hint, pages, place in their list \
 *	  \-> model -> the same						    > equal
 *
 * A kick needs no look of its own: balance follows it in run and model, and leaves its traces.
 */
#include "fuzz/targets/alloc/alloc_linux61.h"
#include "harness/check/linux61/linux61_model.h"

enum { MAX_LISTS = 64, MAX_CHUNKS = 256, GRANULE = 4 };

static const char places_differ[] = "an object lands where the specification puts it";

/* --- set-up ---------------------------------------------------------------------------------- */

static bool same_name(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

/* Is it one of the two engines that the model is of? *exact: which. */
static bool is_modelled(const struct pcpu_engine *engine, bool *exact)
{
	*exact = same_name(engine->name, "linux61-exact");
	return *exact || same_name(engine->name, "linux61");
}

struct lab_linux61 *alloc_linux61_create(const struct alloc_case *c,
					 const struct pcpu_layout *layout)
{
	struct lab_linux61_config config = {
		.unit_bytes = pcpu_layout_covers(layout),
		.static_bytes = layout->static_bytes,
		.reserved_bytes = layout->reserved_bytes,
		.dyn_bytes = layout->dyn_bytes,
		.align_max = pcpu_layout_align_max(layout),
		.honour_atomic = c->setup.run.honour_atomic,
	};

	if (!is_modelled(c->setup.config.engine, &config.exact) ||
	    c->setup.config.backing != PCPU_BACKING_VM || c->setup.sim.pages_per_node != 0)
		return NULL;
	return lab_linux61_create(&config);
}

/* --- operations ------------------------------------------------------------------------------ */

static struct lab_linux61_place place_of(const struct alloc_landing *landing)
{
	return (struct lab_linux61_place){
		landing->place.kind == PCPU_CHUNK_RESERVED ? LAB_LINUX61_RESERVED :
							     landing->place.chunk_id,
		landing->place.offset,
	};
}

static struct alloc_landing landing_of(bool placed, struct lab_linux61_place place)
{
	struct alloc_landing landing = {.placed = placed};

	if (!placed)
		return landing;
	landing.place.kind = place.chunk == LAB_LINUX61_RESERVED ? PCPU_CHUNK_RESERVED :
			     place.chunk == 0			 ? PCPU_CHUNK_FIRST :
								   PCPU_CHUNK_LATER;
	landing.place.chunk_id = place.chunk;
	landing.place.offset = place.offset;
	return landing;
}

static bool step_alloc(struct alloc_lockstep *lockstep, const struct lab_op *op,
		       struct alloc_landing *due)
{
	const struct alloc_landing *now = &lockstep->now;
	struct lab_linux61_place place = {0}, landed = place_of(now);
	bool placed;

	if (!lockstep->has_landed)
		return true;
	lockstep->has_landed = false;
	placed = lab_linux61_alloc(lockstep->linux61, op->size, op->align,
				   op->flags & LAB_OP_RESERVED, op->flags & LAB_OP_ATOMIC, &place);
	*due = landing_of(placed, place);
	lockstep->object[op->id] = *due;
	return placed == now->placed &&
	       (!placed || (place.chunk == landed.chunk && place.offset == landed.offset));
}

static void step_free(struct alloc_lockstep *lockstep, const struct lab_op *op)
{
	struct alloc_landing *object = &lockstep->object[op->id];

	if (!object->placed)
		return;
	object->placed = false;
	lab_linux61_free(lockstep->linux61, place_of(object));
}

/* --- chunks ---------------------------------------------------------------------------------- */

struct visit {
	const struct lab_linux61 *model;
	const char *differs;
	uint32_t nr_chunks;
	uint32_t nr_seen[MAX_LISTS]; /* of each list */
};

static const char *chunk_differs(struct visit *visit, const struct pcpu_chunk_view *view)
{
	const struct lab_linux61 *model = visit->model;
	uint32_t id = view->kind == PCPU_CHUNK_RESERVED ? LAB_LINUX61_RESERVED : view->id;
	uint32_t chunks[MAX_CHUNKS], list, nr;

	if (!lab_linux61_exists(model, id))
		return "a chunk is there that the model has";
	if (view->map->free_bytes != lab_linux61_free_bytes(model, id) ||
	    view->map->hint_bytes != GRANULE * lab_linux61_chunk(model, id)->best.length)
		return "free bytes and hint of a chunk are the model's";
	if (view->kind == PCPU_CHUNK_RESERVED)
		return NULL;
	visit->nr_chunks++;
	if (view->kind == PCPU_CHUNK_LATER &&
	    view->nr_populated != lab_linux61_nr_populated(model, id))
		return "populated pages of a chunk are the model's";
	list = (uint32_t)view->slot;
	if (list < MAX_LISTS && visit->nr_seen[list] >= MAX_CHUNKS)
		return NULL;
	nr = list < MAX_LISTS && list < lab_linux61_nr_lists(model) ?
		     lab_linux61_list(model, list, chunks, MAX_CHUNKS) : 0;
	if (list >= MAX_LISTS || visit->nr_seen[list] >= nr ||
	    chunks[visit->nr_seen[list]++] != id)
		return "a chunk is on the list, and at the place in it, where the model's is";
	return NULL;
}

static bool chunk_visit(void *context, const struct pcpu_chunk_view *view)
{
	struct visit *visit = context;

	visit->differs = chunk_differs(visit, view);
	return !visit->differs;
}

static const char *chunks_differ(struct alloc_lockstep *lockstep)
{
	struct visit visit = {.model = lockstep->linux61};

	pcpu_visit(lockstep->pcpu, chunk_visit, &visit);
	if (!visit.differs && visit.nr_chunks != lab_linux61_counts(visit.model).nr_chunks)
		return "a chunk is there that the model has";
	return visit.differs;
}

const char *alloc_linux61_step(struct alloc_lockstep *lockstep, const struct lab_op *op,
			       struct alloc_landing *due)
{
	switch ((enum lab_op_kind)op->kind) {
	case LAB_OP_ALLOC:
		if (!step_alloc(lockstep, op, due))
			return places_differ;
		break;
	case LAB_OP_FREE:
		step_free(lockstep, op);
		break;
	case LAB_OP_BALANCE:
		lab_linux61_balance(lockstep->linux61);
		break;
	case LAB_OP_FAIL:
		lockstep->over = lockstep->c->setup.run.inject_failures;
		break;
	default:
		return NULL;
	}
	return lockstep->over ? NULL : chunks_differ(lockstep);
}
