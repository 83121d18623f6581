/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_calls.c - checks effects of calls other than their objects (SPEC.md 5, 11.9 and 14), from
 * visits of the chunks and from the model, never from the call's own results.
 *
 *	alloc, refused	no chunk or page was added or removed; atomic: no populated place is free
 *	alloc, granted	a new chunk has the next id
 *	free, wrong	the report names the mistake, and where it is
 */
#include <pcpu/bits.h>
#include "harness/check/oracle.h"
#include "harness/check/run/run_parts.h"
#include "harness/platform/lab_plat.h"

/* --- what there is --------------------------------------------------------------------------- */

static bool collect_chunk(void *context, const struct pcpu_chunk_view *view)
{
	struct run *run = context;
	struct run_chunks *chunks = &run->chunks;

	if (run->options->seen)
		run->options->seen(run->options->context, view);
	chunks->sum.used_bytes += view->map->covered_bytes - view->map->free_bytes;
	if (view->kind == PCPU_CHUNK_RESERVED)
		return true;
	chunks->sum.nr++;
	chunks->sum.nr_populated += view->nr_populated;
	if (view->id >= chunks->next_id)
		chunks->next_id = view->id + 1;
	return true;
}

void lab_run_collect(struct run *run)
{
	run->chunks.sum = (struct lab_chunks_seen){ 0 };
	pcpu_visit(run->pcpu, collect_chunk, run);
}

void lab_run_collect_first(struct run *run)
{
	const struct pcpu_stats *begun = &run->stats.begun;
	uint64_t nr_requests = 0;

	lab_model_stats_init(&run->stats, run->pcpu, run->options->counts);
	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++)
		nr_requests += begun->nr_failed[cause];
	nr_requests += begun->nr_allocs;
	run->is_fresh = nr_requests == 0;
	run->ids_are_known = begun->nr_chunks_created == 0;
	run->had_kick = lab_take_kick(run->plat);
	lab_run_collect(run);
}

/* --- allocations ----------------------------------------------------------------------------- */

/* Returns the part of a unit that objects of this kind of chunk may use. */
static void range_of(const struct pcpu *pcpu, enum pcpu_chunk_kind kind, uint32_t *from,
		     uint32_t *to)
{
	const struct pcpu_layout *l = pcpu_layout(pcpu);
	uint32_t static_end = pcpu_static_end(pcpu);

	*from = kind == PCPU_CHUNK_LATER    ? 0 :
		kind == PCPU_CHUNK_RESERVED ? static_end :
					      static_end + l->reserved_bytes;
	*to = kind == PCPU_CHUNK_LATER	  ? pcpu_layout_covers(l) :
	      kind == PCPU_CHUNK_RESERVED ? static_end + l->reserved_bytes :
					    l->size_sum_bytes;
}

/*
 * A place that the model knows to be free: not in an object, nor in a possible head or tail kept
 * behind one. The engine is trusted only when it reports that its map is full, and only if there
 * are enough objects for that.
 */
struct wanted {
	struct run *run;
	uint32_t size, align;
	bool reserved;
	bool found;
};

/* False: *next is where to continue, behind the page or the object in the way. */
static bool place_is_free(const struct wanted *wanted, const struct pcpu_chunk_view *view,
			  uint32_t start, uint32_t *next)
{
	struct lab_model *model = &wanted->run->model;
	uint32_t before = (uint32_t)pcpu_min64(start, LAB_KEPT_BYTES), end = start + wanted->size;
	uint32_t page = start / PCPU_PAGE_BYTES, other;
	struct lab_object place = {
		.chunk = wanted->reserved ? PCPU_NO_CHUNK : view->id,
		.offset = start - before, .size = before + wanted->size,
	};

	for (; page * PCPU_PAGE_BYTES < end; page++) {
		*next = (page + 1) * PCPU_PAGE_BYTES;
		if (!pcpu_bit_test(view->populated, page))
			return false;
	}
	other = lab_model_find_overlap(model, &place);
	if (other == LAB_NO_ID)
		return true;
	*next = model->object[other].offset + model->object[other].size + LAB_KEPT_BYTES;
	return false;
}

/* Objects, set-up, and a free area behind each: could so many use up all records that a map starts
   with? */
static bool may_be_full(const struct wanted *wanted, const struct pcpu_chunk_view *view)
{
	const struct lab_model *model = &wanted->run->model;
	uint32_t chunk = wanted->reserved ? PCPU_NO_CHUNK : view->id, nr_used = 1;
	uint32_t expected =
		view->kind == PCPU_CHUNK_LATER ? PCPU_DFL_MAP_ALLOC : PCPU_DYNAMIC_EARLY_SLOTS;
	uint32_t capacity = view->map->ops->capacity(view->map->covered_bytes, expected);

	for (uint32_t id = 0; id < model->nr_ids; id++)
		nr_used += model->object[id].pointer != 0 && model->object[id].chunk == chunk;
	return 2 * nr_used + PCPU_MAP_SPARE > capacity;
}

static bool find_place(void *context, const struct pcpu_chunk_view *view)
{
	struct wanted *wanted = context;
	uint32_t from, to, next;

	if (wanted->reserved != (view->kind == PCPU_CHUNK_RESERVED) ||
	    (view->map->ops->capacity_needed(view->map, PCPU_MAP_SPARE) &&
	     may_be_full(wanted, view)))
		return true;
	range_of(wanted->run->pcpu, view->kind, &from, &to);
	for (next = from ? from + LAB_KEPT_BYTES : 0; !wanted->found;) {
		uint64_t start = pcpu_align_up(next, wanted->align);

		if (start + wanted->size > to)
			break;
		wanted->found = place_is_free(wanted, view, (uint32_t)start, &next);
	}
	return !wanted->found;
}

bool lab_run_promised(const struct run *run, enum pcpu_promise promise)
{
	return pcpu_engine_keeps(pcpu_engine_of(run->pcpu), promise);
}

bool lab_run_is_legal(const struct run *run, const struct lab_op *op)
{
	return lab_model_is_legal(run->pcpu, op->size, op->align);
}

static bool check_atomic_refusal(struct run *run, const struct lab_op *op)
{
	struct wanted wanted = {
		.run = run, .size = op->size, .align = op->align,
		.reserved = op->flags & LAB_OP_RESERVED &&
			    pcpu_layout(run->pcpu)->reserved_bytes > 0,
	};

	if (!wanted.reserved && wanted.size < LAB_LEAST_FREE_BYTES)
		wanted.size = LAB_LEAST_FREE_BYTES; /* with less a chunk counts as full */
	if (!lab_run_is_legal(run, op))
		return true;
	if (run->model.start.nr_live > 0) /* the model does not know earlier objects */
		return true;
	pcpu_visit(run->pcpu, find_place, &wanted);
	return !wanted.found ||
	       lab_run_blame(run,
			     "an atomic request is refused only where no populated place is free",
			     op->id, PCPU_NO_CPU);
}

bool lab_run_check_refusal(struct run *run, const struct lab_op *op, bool is_atomic)
{
	struct run_chunks before = run->chunks;

	lab_run_collect(run);
	if (run->front) /* magazines and spans change the chunks, too */
		return true;
	if (!lab_run_promised(run, PCPU_PROMISE_UNDO))
		lab_model_stats_on_new_chunks(&run->stats, &run->chunks.sum);
	else if (before.sum.nr != run->chunks.sum.nr || before.next_id != run->chunks.next_id)
		return lab_run_blame(run, "a refused request leaves no chunk behind", op->id,
				     PCPU_NO_CPU);
	if (before.sum.nr_populated != run->chunks.sum.nr_populated)
		return lab_run_blame(run, "a refused request leaves pages as they were", op->id,
				     PCPU_NO_CPU);
	return !is_atomic || !lab_run_promised(run, PCPU_PROMISE_ATOMIC_FIT) ||
	       check_atomic_refusal(run, op);
}

bool lab_run_check_chunk_id(struct run *run, uint32_t id, uint32_t chunk_id)
{
	uint32_t next_id = run->chunks.next_id;

	if (run->front)
		return true;
	if (chunk_id == PCPU_NO_CHUNK || chunk_id < next_id)
		return true;
	run->chunks.next_id = chunk_id + 1;
	return !run->ids_are_known || chunk_id == next_id ||
	       lab_run_blame(run, "chunks are numbered without a gap", id, PCPU_NO_CPU);
}

/* --- wrong frees ----------------------------------------------------------------------------- */

struct culprit {
	const struct pcpu *pcpu;
	uintptr_t address; /* address of the pointer's copy in the base unit */
	struct pcpu_report due;
};

static bool find_culprit(void *context, const struct pcpu_chunk_view *view)
{
	struct culprit *culprit = context;
	uintptr_t offset = culprit->address - view->base;
	uint32_t from, to;

	range_of(culprit->pcpu, view->kind, &from, &to);
	if (offset < from || offset >= to)
		return true;
	culprit->due.id = PCPU_MISUSE_DOUBLE_FREE;
	culprit->due.chunk_id = view->kind == PCPU_CHUNK_RESERVED ? PCPU_NO_CHUNK : view->id;
	culprit->due.offset = (uint32_t)offset;
	return false;
}

/* The lowest CPU's unit starts at the base: chunks are found by the pointer's copy there. */
bool lab_run_check_report(struct run *run, uint32_t id, const struct pcpu_report *report)
{
	uint32_t cpu = pcpu_lowest_cpu(run->pcpu);
	struct culprit culprit = {
		.pcpu = run->pcpu,
		.address = report->pointer + pcpu_offsets(run->pcpu)[cpu],
		.due = { .id = PCPU_MISUSE_WILD_FREE, .chunk_id = PCPU_NO_CHUNK },
	};

	if (culprit.address - pcpu_base(run->pcpu) < pcpu_layout(run->pcpu)->static_bytes)
		culprit.due.id = PCPU_MISUSE_STATIC_FREE;
	else
		pcpu_visit(run->pcpu, find_culprit, &culprit);
	if (report->id != culprit.due.id)
		return lab_run_blame(run, "a report says which mistake it is", id, PCPU_NO_CPU);
	if (report->id == PCPU_MISUSE_DOUBLE_FREE && (report->chunk_id != culprit.due.chunk_id ||
						      report->offset != culprit.due.offset))
		return lab_run_blame(run, "a report says where the mistake is", id, PCPU_NO_CPU);
	return true;
}
