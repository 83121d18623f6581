/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_find.c - see recorded_find.h. From what is likely and cheap to what is neither. */
#include "harness/cli/replay/recorded_find.h"

#include <glib.h>

/*
 * Operations behind that must follow as well, as far as there are any: of several moves the one
 * counts from which more follows. How far back a swap may be that shows late; how late an event may
 * be recorded; and how many places are tried for one. What is not found by so many steps in a
 * chunk, and a few for each operation, is not explained.
 */
enum { MAX_FOLLOWING = 16, SWAP_WINDOW = 64, MAX_PASSED = RECORDED_WINDOW, MAX_TRIES = 64 };
enum { PAST_WINDOW = 32, LATER_WINDOW = 8 };
enum { MAX_STEPS = 1 << 19, MAX_STEPS_EACH = 16 };

/* May the operation at `from` have happened before that at `to` and all between? */
static bool may_move(const struct recorded_chunk *chunk, size_t from, size_t to)
{
	const struct lab_op *ops = chunk->trace->ops;

	for (size_t i = to; i < from; i++)
		if (ops[chunk->order[i]].id == ops[chunk->order[from]].id ||
		    (i > to && recorded_refusal(chunk, i) != RECORDED_NR_REASONS))
			return false;
	return recorded_refusal(chunk, from) == RECORDED_NR_REASONS;
}

/* Tries a move: *best becomes it if more follows from it than from the best so far. Operation `at`
   is the one that differs. The order stays as it is. */
static void move_try(struct recorded_chunk *chunk, size_t from, size_t to, size_t at,
		     struct recorded_move *best)
{
	size_t end = from > at ? at + 2 : at + 1, nr = 0;
	struct recorded_place place;

	if (to < recorded_chunk_oldest(chunk) || !may_move(chunk, from, to))
		return;
	recorded_chunk_move(chunk, from, to);
	if (recorded_chunk_run(chunk, to, end))
		for (nr = 1; nr <= MAX_FOLLOWING && chunk->at < chunk->nr &&
			     recorded_refusal(chunk, chunk->at) == RECORDED_NR_REASONS &&
			     recorded_chunk_step(chunk, &place);)
			nr++;
	recorded_chunk_move(chunk, to, from);
	if (nr > best->nr_following)
		*best = (struct recorded_move){ from, to, nr };
}

/* Swaps of neighbours, the nearest first: an earlier one may show late. */
static void find_swap(struct recorded_chunk *chunk, size_t at, struct recorded_move *best)
{
	size_t last = at + 1 < chunk->nr ? at + 1 : at;

	for (size_t from = last; from > 0 && from + SWAP_WINDOW > at; from--)
		move_try(chunk, from, from - 1, at, best);
}

/* Operation `at` was recorded late: of the places where it would be right those are tried from
   which the rest follows too, the nearest first. */
static void find_late(struct recorded_chunk *chunk, size_t at, struct recorded_move *best)
{
	size_t oldest = recorded_chunk_oldest(chunk), nr = 0;
	size_t *rights = g_new(size_t, at - oldest + 1);
	struct recorded_place place;

	recorded_chunk_run(chunk, oldest, oldest);
	while (chunk->at < at) {
		recorded_chunk_mark(chunk);
		if (chunk->at + MAX_PASSED >= at && recorded_chunk_is_right(chunk, at))
			rights[nr++] = chunk->at;
		recorded_chunk_back(chunk);
		recorded_chunk_step(chunk, &place);
	}
	for (int i = 0; i < MAX_TRIES && nr > 0 && best->nr_following <= MAX_FOLLOWING; i++)
		move_try(chunk, at, rights[--nr], at, best);
	g_free(rights);
}

/* An operation recorded before `at` was recorded late, and it is only here that it shows. */
static void find_past(struct recorded_chunk *chunk, size_t at, struct recorded_move *best)
{
	for (size_t from = at; from-- > 0 && from + PAST_WINDOW > at;)
		for (size_t to = from; to-- > 0 && to + PAST_WINDOW > from;)
			move_try(chunk, from, to, at, best);
}

/* An operation recorded behind `at` happened before that at `to`, which is `at` or before it. */
static void find_later(struct recorded_chunk *chunk, size_t at, size_t to,
		       struct recorded_move *best)
{
	size_t last = at + MAX_PASSED < chunk->nr ? at + MAX_PASSED : chunk->nr - 1, nr = 0;
	size_t *rights = g_new(size_t, MAX_PASSED);

	recorded_chunk_run(chunk, to, to);
	recorded_chunk_mark(chunk);
	for (size_t from = last; from > at; from--) {
		if (recorded_refusal(chunk, from) == RECORDED_NR_REASONS &&
		    recorded_chunk_is_right(chunk, from) &&
		    (to < at || recorded_chunk_is_right(chunk, at)))
			rights[nr++] = from;
		recorded_chunk_back(chunk);
	}
	for (int i = 0; i < MAX_TRIES && nr > 0 && best->nr_following <= MAX_FOLLOWING; i++)
		move_try(chunk, rights[--nr], to, at, best);
	g_free(rights);
}

struct recorded_move recorded_find(struct recorded_chunk *chunk, size_t at)
{
	struct recorded_move best = { 0, 0, 0 };
	size_t oldest = recorded_chunk_oldest(chunk);

	if (chunk->nr_steps > MAX_STEPS + (uint64_t)MAX_STEPS_EACH * chunk->nr)
		return best;
	find_swap(chunk, at, &best);
	if (best.nr_following > 0)
		return best;
	find_late(chunk, at, &best);
	find_later(chunk, at, at, &best);
	if (best.nr_following == 0)
		find_past(chunk, at, &best);
	for (size_t to = at; best.nr_following == 0 && to-- > oldest && to + LATER_WINDOW >= at;)
		find_later(chunk, at, to, &best);
	return best;
}
