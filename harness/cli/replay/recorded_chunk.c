/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_chunk.c - see recorded_chunk.h. */
#include "harness/cli/replay/recorded_chunk.h"

#include <glib.h>
#include <pcpu/bits.h>
#include <string.h>

#define GRANULE 4u /* of the kernels that are recorded: sizes are rounded up to it (15.1, Q1) */

/* Most objects that are alive at once, whatever is moved. */
static uint32_t most_live(const struct recorded_chunk *chunk)
{
	uint32_t live = 0, most = 0;

	for (size_t i = 0; i < chunk->nr; i++) {
		if (chunk->trace->ops[chunk->order[i]].kind == LAB_OP_ALLOC)
			live++;
		else
			live--;
		most = live > most ? live : most;
	}
	return most + RECORDED_WINDOW; /* allocations moved before frees that the trace has first */
}

static void state_copy(const struct recorded_chunk *chunk, struct recorded_state *to)
{
	if (!to->memory)
		to->memory = g_malloc(chunk->memory_bytes);
	to->at = chunk->at;
	to->map = chunk->map;
	memcpy(to->memory, chunk->memory, chunk->memory_bytes);
}

static void state_save(struct recorded_chunk *chunk)
{
	struct recorded_state oldest = chunk->saved[0];

	if (chunk->nr_saved < RECORDED_NR_SAVED) {
		state_copy(chunk, &chunk->saved[chunk->nr_saved++]);
		return;
	}
	memmove(chunk->saved, chunk->saved + 1,
		(RECORDED_NR_SAVED - 1) * sizeof(chunk->saved[0]));
	state_copy(chunk, &oldest);
	chunk->saved[RECORDED_NR_SAVED - 1] = oldest;
}

static void state_restore(struct recorded_chunk *chunk, const struct recorded_state *state)
{
	chunk->at = state->at;
	chunk->map = state->map;
	memcpy(chunk->memory, state->memory, chunk->memory_bytes);
}

void recorded_chunk_init(struct recorded_chunk *chunk)
{
	uint32_t records = 2 * most_live(chunk) + 1 + PCPU_MAP_SPARE;
	uint32_t capacity = chunk->ops->capacity(chunk->unit_bytes, records);
	uint32_t pages = chunk->unit_bytes / PCPU_PAGE_BYTES;

	chunk->memory_bytes = chunk->ops->memory(chunk->unit_bytes, capacity);
	chunk->memory = g_malloc0(chunk->memory_bytes);
	chunk->populated = g_new0(uint64_t, PCPU_BITS_WORDS(pages));
	chunk->map = (struct pcpu_map){ .ops = chunk->ops };
	chunk->ops->init(&chunk->map, chunk->memory, capacity, 0, chunk->unit_bytes);
	chunk->at = 0;
	state_save(chunk);
}

void recorded_chunk_finish(struct recorded_chunk *chunk)
{
	g_free(chunk->memory);
	for (int i = 0; i < RECORDED_NR_SAVED; i++)
		g_free(chunk->saved[i].memory);
	g_free(chunk->mark.memory);
	g_free(chunk->populated);
}

static void pages_populate(struct recorded_chunk *chunk, const struct lab_op *op, bool on)
{
	uint32_t last = (uint32_t)((op->offset + (uint64_t)op->size - 1) / PCPU_PAGE_BYTES);

	for (uint32_t page = op->offset / PCPU_PAGE_BYTES; page <= last; page++) {
		if (on)
			pcpu_bit_set(chunk->populated, page);
		else
			pcpu_bit_clear(chunk->populated, page);
	}
}

/*
 * Whether an atomic request fits depends on which pages are populated, and the trace does not say.
 * The pages of its place were. With no other the search comes to no place before it that it would
 * have taken.
 */
static bool chunk_alloc(struct recorded_chunk *chunk, const struct lab_op *op,
			struct recorded_place *place)
{
	const struct pcpu_pages pages = { .populated = chunk->populated, .only = true };
	bool is_atomic = op->flags & LAB_OP_ATOMIC;
	struct pcpu_fit fit;

	*place = (struct recorded_place){ .placed = false };
	if (chunk->ops->capacity_needed(&chunk->map, PCPU_MAP_SPARE) > 0)
		return false;
	pages_populate(chunk, op, true);
	place->placed = chunk->ops->alloc(&chunk->map,
					  (uint32_t)pcpu_align_up(op->size, GRANULE),
					  op->align < GRANULE ? GRANULE : op->align,
					  is_atomic ? &pages : NULL, &fit) == PCPU_FIT_TAKEN;
	pages_populate(chunk, op, false);
	place->offset = place->placed ? fit.offset : 0;
	return place->placed && fit.offset == op->offset;
}

static bool chunk_run_op(struct recorded_chunk *chunk, size_t at, struct recorded_place *place)
{
	const struct lab_op *op = &chunk->trace->ops[chunk->order[at]];
	struct pcpu_fit fit;

	chunk->nr_steps++;
	if (op->kind == LAB_OP_ALLOC)
		return chunk_alloc(chunk, op, place);
	return chunk->ops->free(&chunk->map, chunk->trace->ops[chunk->alloc_of[op->id]].offset,
				&fit);
}

bool recorded_chunk_step(struct recorded_chunk *chunk, struct recorded_place *place)
{
	return chunk_run_op(chunk, chunk->at++, place);
}

bool recorded_chunk_is_right(struct recorded_chunk *chunk, size_t other)
{
	struct recorded_place place;

	return chunk_run_op(chunk, other, &place);
}

void recorded_chunk_mark(struct recorded_chunk *chunk)
{
	state_copy(chunk, &chunk->mark);
}

void recorded_chunk_back(struct recorded_chunk *chunk)
{
	state_restore(chunk, &chunk->mark);
}

void recorded_chunk_save(struct recorded_chunk *chunk)
{
	if (chunk->at >= chunk->saved[chunk->nr_saved - 1].at + RECORDED_STRIDE)
		state_save(chunk);
}

size_t recorded_chunk_oldest(const struct recorded_chunk *chunk)
{
	return chunk->saved[0].at;
}

bool recorded_chunk_run(struct recorded_chunk *chunk, size_t from, size_t to)
{
	uint32_t i = chunk->nr_saved - 1;
	struct recorded_place place;

	while (chunk->saved[i].at > from)
		i--;
	state_restore(chunk, &chunk->saved[i]);
	while (chunk->at < to)
		if (!recorded_chunk_step(chunk, &place))
			return false;
	return true;
}

void recorded_chunk_move(struct recorded_chunk *chunk, size_t from, size_t to)
{
	size_t op = chunk->order[from];

	if (to < from)
		memmove(chunk->order + to + 1, chunk->order + to, (from - to) * sizeof(op));
	else
		memmove(chunk->order + from, chunk->order + from + 1, (to - from) * sizeof(op));
	chunk->order[to] = op;
}

/* States behind `to` came about in the other order. The oldest is not one of them, or there would
   have been no way back. */
void recorded_chunk_move_for_good(struct recorded_chunk *chunk, size_t from, size_t to, size_t end)
{
	g_assert(chunk->saved[0].at <= to && to < from);
	recorded_chunk_move(chunk, from, to);
	while (chunk->saved[chunk->nr_saved - 1].at > to)
		chunk->nr_saved--;
	recorded_chunk_run(chunk, to, end);
}
