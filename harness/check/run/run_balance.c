/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_balance.c - checks when balance is due, and the state after it (SPEC.md 14, Balance), from
 * visits of the chunks and the run's requests, never from the allocator's own marks.
 *
 *	op -> visit -> due? -> kicked?
 *	visit -> expected chunks and pages -> pcpu_balance() -> visit: compare
 */
#include <pcpu/bits.h>
#include "harness/check/run/run_parts.h"
#include "harness/platform/lab_plat.h"

#define EMPTY_PAGES_LOW	 2u
#define EMPTY_PAGES_HIGH 4u
#define ROOM_AHEAD	 34u /* spare records after balance where an atomic caller found few */
#define ROOM_FEW	 17u

static uint32_t pages_of(const struct pcpu_chunk_view *view)
{
	return view->map->covered_bytes / PCPU_PAGE_BYTES;
}

static bool is_wholly_free(const struct pcpu_chunk_view *view)
{
	return view->kind == PCPU_CHUNK_LATER && view->map->free_bytes == view->map->covered_bytes;
}

static uint32_t id_of(const struct pcpu_chunk_view *view)
{
	return view->kind == PCPU_CHUNK_RESERVED ? PCPU_NO_CHUNK : view->id;
}

/* Returns whether at least a quarter of its pages are empty, and they could be given back. */
static bool is_mostly_empty(const struct run *run, const struct pcpu_chunk_view *view)
{
	uint32_t quarter = (pages_of(view) + 3) / 4;

	return view->kind == PCPU_CHUNK_LATER && pcpu_backing_of(run->pcpu) == PCPU_BACKING_VM &&
	       view->nr_populated >= quarter && lab_count_empty(view, quarter) == quarter;
}

/* Counts free pages of a later chunk that are not populated: balance may populate them. */
static uint32_t count_stockable(const struct pcpu_chunk_view *view)
{
	struct pcpu_area area = { 0 };
	uint32_t nr = 0;

	while (view->kind == PCPU_CHUNK_LATER && view->map->ops->next(view->map, &area)) {
		uint32_t page = (area.offset + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;

		for (; !area.used && page < (area.offset + area.bytes) / PCPU_PAGE_BYTES; page++)
			nr += !pcpu_bit_test(view->populated, page);
	}
	return nr;
}

/* --- empty pages of all chunks --------------------------------------------------------------- */

struct empties {
	uint32_t nr, enough;
};

static bool add_empties(void *context, const struct pcpu_chunk_view *view)
{
	struct empties *empties = context;

	if (view->kind != PCPU_CHUNK_RESERVED && view->nr_populated > 0)
		empties->nr += lab_count_empty(view, empties->enough - empties->nr);
	return empties->nr < empties->enough;
}

/* Returns whether there are so many empty populated pages. */
static bool has_empties(struct run *run, uint32_t enough)
{
	struct empties empties = { .enough = enough };

	pcpu_visit(run->pcpu, add_empties, &empties);
	return empties.nr >= enough;
}

/* --- a kick ---------------------------------------------------------------------------------- */

struct kick {
	struct run *run;
	uint32_t chunk;		/* of the object */
	uint32_t nr_wholly_free;
	bool is_free, is_mostly_empty, is_short; /* that chunk */
};

static bool visit_freed(void *context, const struct pcpu_chunk_view *view)
{
	struct kick *kick = context;

	kick->nr_wholly_free += is_wholly_free(view);
	if (id_of(view) == kick->chunk) {
		kick->is_free = is_wholly_free(view);
		kick->is_mostly_empty = is_mostly_empty(kick->run, view);
	}
	return true;
}

static bool visit_taken(void *context, const struct pcpu_chunk_view *view)
{
	struct kick *kick = context;

	if (id_of(view) != kick->chunk)
		return true;
	kick->is_short = view->map->ops->capacity_needed(view->map, ROOM_FEW) != 0;
	return false;
}

void lab_run_kick_begin(struct run *run)
{
	run->kick_is_due = false;
	run->refused = NULL;
}

void lab_run_kick_after_free(struct run *run, uint32_t id)
{
	struct kick kick = { .run = run, .chunk = run->model.object[id].chunk };

	/* the first and the reserved one stay */
	if (kick.chunk == 0 || kick.chunk == PCPU_NO_CHUNK)
		return;
	pcpu_visit(run->pcpu, visit_freed, &kick);
	if ((kick.is_free && kick.nr_wholly_free > 1) ||
	    (kick.is_mostly_empty && has_empties(run, EMPTY_PAGES_HIGH + 1)))
		run->kick_is_due = true;
}

void lab_run_kick_after_alloc(struct run *run, const struct lab_op *op, bool is_atomic,
			      bool is_granted)
{
	struct kick kick = { .run = run };

	if (!is_atomic || !lab_run_is_legal(run, op))
		return;
	run->atomic_used = run->atomic_since = true;
	if (!is_granted) {
		run->kick_is_due = true;
		run->refused = op;
		return;
	}
	kick.chunk = run->model.object[op->id].chunk;
	pcpu_visit(run->pcpu, visit_taken, &kick);
	if (kick.is_short) {
		run->has_short = true;
		run->short_of_room = kick.chunk;
	}
	if (kick.is_short || !has_empties(run, EMPTY_PAGES_LOW))
		run->kick_is_due = true;
}

bool lab_run_check_kick(struct run *run, bool kicked)
{
	if (run->options->check == LAB_CHECK_NONE || run->front ||
	    !lab_run_promised(run, PCPU_PROMISE_BALANCE))
		return true;
	if (run->kick_is_due && !kicked)
		return lab_run_blame(run, "balance is wanted where its rules are met", LAB_NO_ID,
				     PCPU_NO_CPU);
	return run->kick_is_due || !kicked ||
	       lab_run_blame(run, "balance is wanted only where its rules are met", LAB_NO_ID,
			     PCPU_NO_CPU);
}

/* --- balance --------------------------------------------------------------------------------- */

/* The state before balance, and the expected state after it. */
struct plan {
	struct run *run;
	uint32_t nr_wholly_free;
	uint32_t nr_reclaimed, nr_gone; /* chunks to be destroyed, and their pages */
	/* pages of chunks that stay; of the mostly empty among them */
	uint32_t nr_empty, nr_mostly;
	uint32_t nr_kept;		/* of nr_empty, after depopulation */
	uint32_t nr_stockable;		/* pages of chunks that stay */
	uint64_t nr_moves;
};

/* Of several empty chunks the first on their list stays. */
static bool visit_before(void *context, const struct pcpu_chunk_view *view)
{
	struct plan *plan = context;
	uint32_t nr_empty;

	if (view->kind == PCPU_CHUNK_RESERVED)
		return true;
	if (is_wholly_free(view) && plan->nr_wholly_free++ > 0) {
		plan->nr_reclaimed++;
		plan->nr_gone += view->nr_populated;
		return true;
	}
	nr_empty = lab_count_empty(view, UINT32_MAX);
	plan->nr_empty += nr_empty;
	plan->nr_stockable += count_stockable(view);
	if (is_mostly_empty(plan->run, view))
		plan->nr_mostly += nr_empty;
	return true;
}

static void plan_make(struct run *run, struct plan *plan)
{
	*plan = (struct plan){ .run = run };
	pcpu_visit(run->pcpu, visit_before, plan);
	plan->nr_kept = plan->nr_empty;
	if (plan->nr_empty > EMPTY_PAGES_HIGH)
		plan->nr_kept = (uint32_t)pcpu_max64(plan->nr_empty - plan->nr_mostly,
						     EMPTY_PAGES_HIGH);
	if (run->options->counts)
		plan->nr_moves = run->options->counts->nr_moves;
}

/* A chunk may be created for atomic callers when those that stay cannot hold the reserve, and none
   of them is empty: a second empty chunk would be reclaimed by the next balance. */
static bool needs_chunk(const struct plan *plan)
{
	return plan->nr_kept < EMPTY_PAGES_LOW && plan->nr_wholly_free == 0 &&
	       plan->nr_kept + plan->nr_stockable < EMPTY_PAGES_HIGH;
}

/* Returns how many empty pages there are after filling the reserve, if that starts. */
static uint32_t stock_of(const struct plan *plan)
{
	uint32_t nr = plan->nr_kept + plan->nr_stockable;

	if (needs_chunk(plan))
		nr += pcpu_layout_covers(plan->run->model.layout) / PCPU_PAGE_BYTES;
	if (pcpu_backing_of(plan->run->pcpu) == PCPU_BACKING_KM) /* populated as a whole */
		return nr;
	return (uint32_t)pcpu_min64(nr, EMPTY_PAGES_HIGH);
}

struct outcome {
	struct run *run;
	uint32_t nr_empty;
	bool is_short; /* a map to be extended has few records left */
};

/* The list that a search for so many bytes starts with (SPEC.md 4.6). */
static int first_slot_of(uint32_t size_bytes)
{
	return (int)pcpu_max64(pcpu_bit_length(size_bytes), 4) - 3;
}

/* Returns whether a search for the refused request would have reached this chunk and found its map
   full. A chunk with little free is on a lower list, whatever its hint says. */
static bool was_met_full(const struct run *run, const struct pcpu_chunk_view *view)
{
	const struct lab_op *op = run->refused;
	bool reserved;

	if (!op)
		return false;
	reserved = op->flags & LAB_OP_RESERVED && run->model.layout->reserved_bytes > 0;
	return reserved == (view->kind == PCPU_CHUNK_RESERVED) &&
	       (reserved || view->slot >= first_slot_of(op->size)) &&
	       op->size <= view->map->hint_bytes &&
	       view->map->ops->capacity_needed(view->map, PCPU_MAP_SPARE) != 0;
}

static bool visit_after(void *context, const struct pcpu_chunk_view *view)
{
	struct outcome *outcome = context;
	const struct run *run = outcome->run;

	if (run->has_short && id_of(view) == run->short_of_room)
		outcome->is_short |= view->map->ops->capacity_needed(view->map, ROOM_AHEAD) != 0;
	outcome->is_short |= was_met_full(run, view);
	if (view->kind != PCPU_CHUNK_RESERVED)
		outcome->nr_empty += lab_count_empty(view, UINT32_MAX);
	return true;
}

/* Checks pages: those to be given back are gone, and no others changed. */
static bool check_kept(struct run *run, const struct plan *plan, const struct outcome *after)
{
	if (after->nr_empty > plan->nr_kept)
		return lab_run_blame(run, "balance leaves no chunk with pages to spare", LAB_NO_ID,
				     PCPU_NO_CPU);
	if (after->nr_empty < plan->nr_kept)
		return lab_run_blame(run, "balance gives back no more pages than are to spare",
				     LAB_NO_ID, PCPU_NO_CPU);
	return true;
}

/* Below the mark for atomic callers, balance fills up to the high mark, or as far as one empty
   chunk reaches. */
static bool check_stock(struct run *run, const struct plan *plan, const struct outcome *after,
			bool memory_was_there)
{
	uint32_t high = stock_of(plan);

	if (after->nr_empty > high || after->nr_empty < plan->nr_kept)
		return lab_run_blame(run, "balance fills up to the high mark and no further",
				     LAB_NO_ID, PCPU_NO_CPU);
	if (memory_was_there && after->nr_empty < high)
		return lab_run_blame(run, "balance fills up to the high mark where memory is there",
				     LAB_NO_ID, PCPU_NO_CPU);
	return true;
}

static bool check_pages(struct run *run, const struct plan *plan, const struct outcome *after,
			bool memory_was_there)
{
	bool is_low = plan->nr_kept < EMPTY_PAGES_LOW;

	if (is_low && run->atomic_used)
		return check_stock(run, plan, after, memory_was_there);
	if (is_low && !run->is_fresh) /* an atomic request may have come before the run */
		return true;
	return check_kept(run, plan, after);
}

static bool check_chunks(struct run *run, const struct plan *plan)
{
	uint32_t stay = run->stats.seen.nr - plan->nr_reclaimed;
	bool may_make = needs_chunk(plan) && (run->atomic_used || !run->is_fresh);

	if (run->chunks.sum.nr < stay)
		return lab_run_blame(run, "balance keeps the first empty chunk, and those in use",
				     LAB_NO_ID, PCPU_NO_CPU);
	if (run->chunks.sum.nr > stay + may_make)
		return lab_run_blame(run, "balance leaves one empty chunk", LAB_NO_ID, PCPU_NO_CPU);
	return true;
}

static bool check_room(struct run *run, const struct plan *plan, const struct outcome *after,
		       bool memory_was_there)
{
	bool may_move = run->atomic_since || !run->is_fresh;

	if (memory_was_there && after->is_short)
		return lab_run_blame(run, "balance extends the maps that atomic callers found full",
				     LAB_NO_ID, PCPU_NO_CPU);
	if (run->options->counts && !may_move && run->options->counts->nr_moves != plan->nr_moves)
		return lab_run_blame(run, "balance extends maps for atomic callers only", LAB_NO_ID,
				     PCPU_NO_CPU);
	return true;
}

static bool check_balance(struct run *run, const struct plan *plan, bool memory_was_there)
{
	struct outcome after = { .run = run };

	pcpu_visit(run->pcpu, visit_after, &after);
	lab_run_collect(run); /* it may have created a chunk */
	if (!check_chunks(run, plan) ||
	    !check_pages(run, plan, &after, memory_was_there) ||
	    !check_room(run, plan, &after, memory_was_there))
		return false;
	lab_model_stats_on_balance(&run->stats, plan->nr_reclaimed, plan->nr_gone,
				   plan->nr_empty - plan->nr_kept, &run->chunks.sum);
	return true;
}

static bool memory_was_there(const struct run *run)
{
	return run->options->was_refused && !run->options->was_refused(run->options->context);
}

/* For other policies only general rules apply: the counts must agree with a visit. */
static bool balance_otherwise(struct run *run)
{
	struct lab_fault fault;

	lab_run_timed_balance(run);
	lab_run_collect(run);
	run->had_kick = false;
	return lab_model_stats_on_other_balance(&run->stats, &run->chunks.sum, &fault) ||
	       lab_run_blame_fault(run, &fault);
}

bool lab_run_balance(struct run *run)
{
	struct plan plan;
	bool is_right;

	if (run->options->check == LAB_CHECK_NONE || run->front) {
		lab_run_timed_balance(run);
		run->had_kick = false;
		return true;
	}
	if (!lab_run_promised(run, PCPU_PROMISE_BALANCE))
		return balance_otherwise(run);
	plan_make(run, &plan);
	(void)memory_was_there(run);
	lab_run_timed_balance(run);
	is_right = check_balance(run, &plan, memory_was_there(run));
	run->had_kick = run->has_short = run->atomic_since = false;
	return is_right;
}
