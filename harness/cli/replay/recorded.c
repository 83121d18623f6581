/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * recorded.c - see recorded.h.
 *
 * R1  Each allocation of the trace is counted once: equal, swapped, late, unexplained, atomic, or
 *     left out for one reason.
 * R2  A chunk is followed up to the first place that is not explained: what its map looks like
 *     behind that is not known.
 */
#include "harness/cli/replay/recorded.h"
#include "harness/cli/replay/recorded_chunk.h"
#include "harness/cli/replay/recorded_find.h"

#include <pcpu/bits.h>
#include <string.h>

static const struct {
	const char *key, *words;
} reasons[RECORDED_NR_REASONS] = {
#define X(id, key, words) { key, words },
#include "harness/cli/replay/recorded_reasons.def"
#undef X
};

const char *recorded_reason_words(enum recorded_reason reason)
{
	return reasons[reason].words;
}

const char *recorded_reason_key(enum recorded_reason reason)
{
	return reasons[reason].key;
}

uint64_t recorded_nr_compared(const struct recorded *result)
{
	return result->nr_equal + result->nr_swapped + result->nr_late + result->nr_unexplained;
}

bool recorded_is_good(const struct recorded *result)
{
	uint64_t compared = recorded_nr_compared(result);

	return compared > 0 && result->nr_unexplained == 0 &&
	       result->nr_equal * 1000 >= compared * RECORDED_EQUAL_OF_1000;
}

/* --- what can be compared ------------------------------------------------------------------- */

/* Is this the place of an allocation? */
static bool has_place(const struct lab_op *op)
{
	return op->kind == LAB_OP_ALLOC && op->flags & LAB_OP_CHUNK && op->flags & LAB_OP_OFFSET;
}

static bool is_legal(const struct lab_op *op)
{
	return op->size > 0 && op->size <= PCPU_MIN_UNIT_BYTES && op->align <= PCPU_PAGE_BYTES &&
	       (op->align == 0 || pcpu_is_pow2(op->align));
}

size_t recorded_misfit(const struct lab_trace *trace, uint32_t unit_bytes)
{
	size_t i = 0;

	while (i < trace->nr_ops &&
	       (!has_place(&trace->ops[i]) ||
		(uint64_t)trace->ops[i].offset + trace->ops[i].size <= unit_bytes))
		i++;
	return i;
}

/* The operations of each chunk, in order. */
struct sorted {
	GHashTable *by_number; /* CHUNK -> GArray of size_t */
	GPtrArray *chunks;     /* the same arrays, by first appearance */
	size_t *alloc_of;      /* by id */
};

static GArray *sorted_chunk(struct sorted *sorted, uint32_t number)
{
	void *key = GUINT_TO_POINTER(number);
	GArray *ops = g_hash_table_lookup(sorted->by_number, key);

	if (!ops) {
		ops = g_array_new(FALSE, FALSE, sizeof(size_t));
		g_hash_table_insert(sorted->by_number, key, ops);
		g_ptr_array_add(sorted->chunks, ops);
	}
	return ops;
}

static void sort_ops(const struct lab_trace *trace, struct sorted *sorted)
{
	sorted->by_number = g_hash_table_new(NULL, NULL);
	sorted->chunks = g_ptr_array_new();
	sorted->alloc_of = g_new(size_t, trace->nr_ids + 1);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		const struct lab_op *op = &trace->ops[i];

		if (op->kind == LAB_OP_ALLOC)
			sorted->alloc_of[op->id] = i;
		op = &trace->ops[sorted->alloc_of[op->id]];
		if (op->flags & LAB_OP_CHUNK)
			g_array_append_val(sorted_chunk(sorted, op->chunk), i);
	}
}

static void sorted_free(struct sorted *sorted)
{
	for (guint i = 0; i < sorted->chunks->len; i++)
		g_array_free(sorted->chunks->pdata[i], TRUE);
	g_ptr_array_free(sorted->chunks, TRUE);
	g_hash_table_destroy(sorted->by_number);
	g_free(sorted->alloc_of);
}

/*
 * Is this a chunk that existed before, though no `u` says so? Traces that no recorder made may lack
 * it. A new chunk's first object lies at its start; in the first chunk, which has the static data
 * there, none lies in the first page.
 */
static bool seems_older(const struct recorded_chunk *chunk)
{
	for (size_t i = 0; i < chunk->nr; i++) {
		const struct lab_op *op = &chunk->trace->ops[chunk->order[i]];

		if (has_place(op) && op->offset < PCPU_PAGE_BYTES)
			return false;
	}
	return true;
}

enum recorded_reason recorded_refusal(const struct recorded_chunk *chunk, size_t at)
{
	const struct lab_op *op = &chunk->trace->ops[chunk->order[at]];

	if (op->kind == LAB_OP_FREE)
		return RECORDED_NR_REASONS;
	if (at == 0 && (op->flags & LAB_OP_UNKNOWN || seems_older(chunk)))
		return RECORDED_OLDER;
	if (op->flags & LAB_OP_UNKNOWN || !(op->flags & LAB_OP_OFFSET))
		return RECORDED_INCOMPLETE;
	return is_legal(op) ? RECORDED_NR_REASONS : RECORDED_ILLEGAL;
}

/* --- one chunk ------------------------------------------------------------------------------- */

static void add_difference(GArray *list, size_t op, const struct recorded_place *place)
{
	struct recorded_difference difference = {
		.op = op, .placed = place->placed, .offset = place->offset,
	};

	g_array_append_val(list, difference);
}

static void count_equal(struct recorded *result, const struct recorded_chunk *chunk, size_t at,
			const struct recorded_place *place)
{
	const struct lab_op *op = &chunk->trace->ops[chunk->order[at]];

	if (op->kind != LAB_OP_ALLOC)
		return;
	if (!(op->flags & LAB_OP_ATOMIC)) {
		result->nr_equal++;
		return;
	}
	result->nr_atomic++;
	result->nr_atomic_equal++;
	add_difference(result->atomic, chunk->order[at], place);
}

/* Operation `at` differs, and follows from the move: goes on behind it. */
static void take_move(struct recorded *result, struct recorded_chunk *chunk, size_t at,
		      const struct recorded_move *move, const struct recorded_place *place)
{
	size_t op = chunk->order[at], late = chunk->order[move->from];
	bool is_atomic = chunk->trace->ops[op].flags & LAB_OP_ATOMIC;
	GArray *list = is_atomic ? result->atomic : result->differences;
	struct recorded_place moved = { .placed = true };
	struct recorded_difference *difference;

	add_difference(list, op, place);
	difference = &g_array_index(list, struct recorded_difference, list->len - 1);
	difference->nr_passed = move->from - move->to;
	difference->early = chunk->order[move->to];
	difference->late = late;
	*(is_atomic		     ? &result->nr_atomic :
	  difference->nr_passed == 1 ? &result->nr_swapped :
				       &result->nr_late) += 1;
	recorded_chunk_move_for_good(chunk, move->from, move->to,
				     move->from > at ? at + 2 : at + 1);
	if (move->from > at) { /* it was not counted yet */
		moved.offset = chunk->trace->ops[late].offset;
		count_equal(result, chunk, move->to, &moved);
	}
}

/* The chunk is not followed from the operation at `from` on. */
static void leave_out(struct recorded *result, const struct recorded_chunk *chunk, size_t from,
		      enum recorded_reason reason)
{
	for (; from < chunk->nr; from++) {
		const struct lab_op *op = &chunk->trace->ops[chunk->order[from]];

		if (op->kind != LAB_OP_ALLOC)
			continue;
		if (op->flags & LAB_OP_OFFSET)
			result->nr_left_out[reason]++;
		else
			result->nr_left_out[RECORDED_NO_PLACE]++;
	}
}

static void take_unexplained(struct recorded *result, struct recorded_chunk *chunk, size_t at,
			     const struct recorded_place *place)
{
	size_t op = chunk->order[at];
	bool is_atomic = chunk->trace->ops[op].flags & LAB_OP_ATOMIC;

	add_difference(is_atomic ? result->atomic : result->differences, op, place);
	*(is_atomic ? &result->nr_atomic : &result->nr_unexplained) += 1;
	leave_out(result, chunk, at + 1, is_atomic ? RECORDED_BEHIND_ATOMIC : RECORDED_BEHIND);
}

static void chunk_follow(struct recorded *result, struct recorded_chunk *chunk)
{
	struct recorded_place place = { false, 0 };

	while (chunk->at < chunk->nr) {
		size_t at = chunk->at;
		struct recorded_move move;
		enum recorded_reason reason = recorded_refusal(chunk, at);

		recorded_chunk_save(chunk);
		if (reason != RECORDED_NR_REASONS) {
			leave_out(result, chunk, at, reason);
			return;
		}
		if (recorded_chunk_step(chunk, &place)) {
			count_equal(result, chunk, at, &place);
			continue;
		}
		move = recorded_find(chunk, at);
		if (move.nr_following == 0) {
			take_unexplained(result, chunk, at, &place);
			return;
		}
		take_move(result, chunk, at, &move, &place);
	}
}

static void compare_chunk(struct recorded *result, const struct sorted *sorted, GArray *ops)
{
	struct recorded_chunk chunk = {
		.ops = result->engine->map, .trace = result->trace, .alloc_of = sorted->alloc_of,
		.unit_bytes = result->unit_bytes,
		.order = (size_t *)(void *)ops->data, .nr = ops->len,
	};
	enum recorded_reason reason = recorded_refusal(&chunk, 0);

	result->nr_chunks++;
	if (reason != RECORDED_NR_REASONS) {
		leave_out(result, &chunk, 0, reason);
		return;
	}
	result->nr_compared_chunks++;
	recorded_chunk_init(&chunk);
	chunk_follow(result, &chunk);
	recorded_chunk_finish(&chunk);
}

void recorded_compare(const struct lab_trace *trace, const struct pcpu_engine *engine,
		      uint32_t unit_bytes, struct recorded *result)
{
	struct sorted sorted;

	*result = (struct recorded){ .trace = trace, .engine = engine, .unit_bytes = unit_bytes };
	result->differences = g_array_new(FALSE, FALSE, sizeof(struct recorded_difference));
	result->atomic = g_array_new(FALSE, FALSE, sizeof(struct recorded_difference));
	sort_ops(trace, &sorted);
	for (size_t i = 0; i < trace->nr_ops; i++)
		if (trace->ops[i].kind == LAB_OP_ALLOC && !(trace->ops[i].flags & LAB_OP_CHUNK))
			result->nr_left_out[RECORDED_NO_PLACE]++;
	for (guint i = 0; i < sorted.chunks->len; i++)
		compare_chunk(result, &sorted, sorted.chunks->pdata[i]);
	sorted_free(&sorted);
}

void recorded_free(struct recorded *result)
{
	if (result->differences)
		g_array_free(result->differences, TRUE);
	if (result->atomic)
		g_array_free(result->atomic, TRUE);
}
