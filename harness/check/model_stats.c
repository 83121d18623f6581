/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model_stats.c - see model_stats.h.
 *
 *	refused, sleeping	last answer of a map	cause
 *				FULL			MAP_MEMORY
 *				UNBACKED		POPULATE; of a map made in this call: its
 *							chunk came and went
 *				NONE, SILENT		CHUNK, or RESERVED_FULL
 */
#include "harness/check/model_stats.h"
#include <pcpu/bits.h>

/* --- what a visit shows --------------------------------------------------------------------- */

uint32_t lab_count_empty(const struct pcpu_chunk_view *view, uint32_t enough)
{
	struct pcpu_area area = pcpu_map_skip(view->map); /* the walker has verified it */
	uint32_t nr = 0;

	while (nr < enough && view->map->ops->next(view->map, &area)) {
		uint32_t page = (area.offset + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;

		for (; !area.used && page < (area.offset + area.bytes) / PCPU_PAGE_BYTES; page++)
			nr += pcpu_bit_test(view->populated, page);
	}
	return nr < enough ? nr : enough;
}

static uint32_t populated_bytes_of(const struct pcpu_chunk_view *view, const struct pcpu_area *area)
{
	uint32_t bytes = 0, end = area->offset + area->bytes, next;

	for (uint32_t at = area->offset; at < end; at = next) {
		next = (at / PCPU_PAGE_BYTES + 1) * PCPU_PAGE_BYTES;
		next = next < end ? next : end;
		if (pcpu_bit_test(view->populated, at / PCPU_PAGE_BYTES))
			bytes += next - at;
	}
	return bytes;
}

/* Pages behind populated ones, each of which is backed where copies may reach into it. */
static uint32_t count_edges(const struct pcpu_chunk_view *view)
{
	uint32_t nr_pages = view->map->covered_bytes / PCPU_PAGE_BYTES, nr = 0;
	bool before = false;

	for (uint32_t page = 0; page < nr_pages; page++) {
		bool populated = pcpu_bit_test(view->populated, page);

		nr += before && !populated;
		before = populated;
	}
	return nr + before;
}

/* What a visit adds up. */
struct seen_sum {
	bool is_skewed;
	struct pcpu_stats due;
};

static bool add_chunk(void *context, const struct pcpu_chunk_view *view)
{
	struct seen_sum *sum = context;
	struct pcpu_stats *due = &sum->due;
	struct pcpu_area area = { 0 };

	if (view->kind != PCPU_CHUNK_RESERVED) {
		due->nr_chunks++;
		due->nr_empty_pages += view->isolated ? 0 : lab_count_empty(view, UINT32_MAX);
		due->populated_bytes +=
			(uint64_t)PCPU_PAGE_BYTES *
			pcpu_bits_count(view->populated, 0,
					view->map->covered_bytes / PCPU_PAGE_BYTES);
		if (sum->is_skewed)
			due->populated_bytes += (uint64_t)PCPU_PAGE_BYTES * count_edges(view);
	}
	while (view->map->ops->next(view->map, &area)) {
		if (area.used) {
			due->live_bytes += area.bytes;
			continue;
		}
		due->free_bytes += area.bytes;
		due->stranded_bytes += populated_bytes_of(view, &area);
	}
	return true;
}

static bool stats_wrong(struct lab_fault *fault, const char *sentence)
{
	*fault = (struct lab_fault){ .sentence = sentence, .id = LAB_NO_ID, .cpu = PCPU_NO_CPU };
	return false;
}

/* --- calls ------------------------------------------------------------------------------------ */

static bool add_seen(void *context, const struct pcpu_chunk_view *view)
{
	struct lab_chunks_seen *seen = context;

	seen->used_bytes += view->map->covered_bytes - view->map->free_bytes;
	if (view->kind == PCPU_CHUNK_RESERVED)
		return true;
	seen->nr++;
	seen->nr_populated += view->nr_populated;
	return true;
}

void lab_model_stats_init(struct lab_model_stats *model, struct pcpu *pcpu,
			  struct lab_map_counts *counts)
{
	*model = (struct lab_model_stats){
		.pcpu = pcpu, .counts = counts, .nr_possible = pcpu_layout(pcpu)->nr_possible,
	};
	if (counts)
		model->start = *counts;
	pcpu_stats(pcpu, &model->begun);
	model->due = model->begun;
	pcpu_visit(pcpu, add_seen, &model->seen);
	model->set_up_bytes = model->seen.used_bytes - model->begun.live_bytes;
}

void lab_model_stats_begin(struct lab_model_stats *model)
{
	if (!model->counts)
		return;
	lab_map_counts_begin(model->counts);
	model->moves_before = model->counts->nr_moves;
}

/* Only searches of callers that may sleep restart. */
static void add_restarts(struct lab_model_stats *model)
{
	if (model->counts)
		model->due.nr_restarts += model->counts->nr_moves - model->moves_before;
}

static void raise_u32(uint32_t *max, uint32_t n)
{
	*max = n > *max ? n : *max;
}

void lab_model_stats_on_alloc(struct lab_model_stats *model, uint32_t size, bool is_atomic,
			      const struct lab_chunks_seen *seen)
{
	struct pcpu_stats *due = &model->due;

	due->nr_allocs++;
	due->nr_live++;
	due->nr_live_max = pcpu_max64(due->nr_live_max, due->nr_live);
	due->live_bytes_max =
		pcpu_max64(due->live_bytes_max, seen->used_bytes - model->set_up_bytes);
	due->nr_chunks_created += seen->nr - model->seen.nr;
	raise_u32(&due->nr_chunks_max, seen->nr);
	due->nr_pages_populated += seen->nr_populated - model->seen.nr_populated;
	if (!pcpu_engine_keeps(pcpu_engine_of(model->pcpu), PCPU_PROMISE_ALIGN))
		size = (uint32_t)pcpu_align_up(size, LAB_GRANULE_BYTES);
	due->zeroed_bytes += (uint64_t)size * model->nr_possible;
	model->seen = *seen;
	if (!is_atomic)
		add_restarts(model);
}

static enum pcpu_cause cause_of_sleeping(const struct lab_model_stats *model, bool is_reserved)
{
	switch (model->counts->last) {
	case LAB_MAP_FULL:
		return PCPU_CAUSE_MAP_MEMORY;
	case LAB_MAP_UNBACKED:
		return PCPU_CAUSE_POPULATE;
	default:
		return is_reserved ? PCPU_CAUSE_RESERVED_FULL : PCPU_CAUSE_CHUNK;
	}
}

void lab_model_stats_on_refusal(struct lab_model_stats *model, bool is_legal, bool is_atomic,
				bool is_reserved)
{
	struct pcpu_stats *due = &model->due;
	enum pcpu_cause cause = PCPU_CAUSE_ILLEGAL;

	if (is_legal && is_atomic)
		cause = is_reserved ? PCPU_CAUSE_RESERVED_FULL : PCPU_CAUSE_ATOMIC;
	else if (is_legal && model->counts)
		cause = cause_of_sleeping(model, is_reserved);
	else if (is_legal)
		cause = PCPU_CAUSE_CHUNK; /* one of several causes: their sum is compared */
	due->nr_failed[cause]++;
	if (!model->counts || !is_legal || is_atomic)
		return;
	add_restarts(model);
	if (cause != PCPU_CAUSE_POPULATE || model->counts->last_map != model->counts->newest)
		return;
	if (!pcpu_engine_keeps(pcpu_engine_of(model->pcpu), PCPU_PROMISE_UNDO))
		return;
	due->nr_chunks_created++;
	due->nr_chunks_destroyed++;
	raise_u32(&due->nr_chunks_max, model->seen.nr + 1);
}

void lab_model_stats_on_free(struct lab_model_stats *model)
{
	model->due.nr_frees++;
	model->due.nr_live--;
}

void lab_model_stats_on_balance(struct lab_model_stats *model, uint32_t nr_reclaimed,
				uint32_t nr_gone, uint32_t nr_given_back,
				const struct lab_chunks_seen *seen)
{
	struct pcpu_stats *due = &model->due;
	uint32_t nr_left = model->seen.nr_populated - nr_gone - nr_given_back;

	due->nr_chunks_destroyed += nr_reclaimed;
	due->nr_chunks_created += seen->nr - (model->seen.nr - nr_reclaimed);
	raise_u32(&due->nr_chunks_max, seen->nr);
	due->nr_pages_depopulated += nr_gone + nr_given_back;
	due->nr_pages_populated += seen->nr_populated - nr_left;
	model->seen = *seen;
}

void lab_model_stats_on_new_chunks(struct lab_model_stats *model,
				   const struct lab_chunks_seen *seen)
{
	model->due.nr_chunks_created += seen->nr - model->seen.nr;
	raise_u32(&model->due.nr_chunks_max, seen->nr);
	model->seen.nr = seen->nr;
}

bool lab_model_stats_on_other_balance(struct lab_model_stats *model,
				      const struct lab_chunks_seen *seen, struct lab_fault *fault)
{
	struct pcpu_stats *due = &model->due, now;
	uint64_t came, gone, backed, given_back;

	pcpu_stats(model->pcpu, &now);
	came = now.nr_chunks_created - due->nr_chunks_created;
	gone = now.nr_chunks_destroyed - due->nr_chunks_destroyed;
	backed = now.nr_pages_populated - due->nr_pages_populated;
	given_back = now.nr_pages_depopulated - due->nr_pages_depopulated;
	if (model->seen.nr + came - gone != seen->nr)
		return stats_wrong(fault, "chunks that balance makes and destroys are counted");
	if (model->seen.nr_populated + backed - given_back != seen->nr_populated)
		return stats_wrong(fault, "pages that balance backs and gives back are counted");
	if (now.nr_chunks_max < due->nr_chunks_max || now.nr_chunks_max > due->nr_chunks_max + came)
		return stats_wrong(fault, "the most chunks at once are counted");
	due->nr_chunks_created += came;
	due->nr_chunks_destroyed += gone;
	due->nr_chunks_max = now.nr_chunks_max;
	due->nr_pages_populated += backed;
	due->nr_pages_depopulated += given_back;
	model->seen = *seen;
	return true;
}

/* --- the comparison --------------------------------------------------------------------------- */

/* Sets the fields that a visit and the maps' counts show now. */
static void due_now(struct lab_model_stats *model)
{
	struct seen_sum sum = { .is_skewed = pcpu_layout(model->pcpu)->skew_bytes != 0 };

	pcpu_visit(model->pcpu, add_chunk, &sum);
	model->due.nr_chunks = sum.due.nr_chunks;
	model->due.populated_bytes = sum.due.populated_bytes;
	model->due.free_bytes = sum.due.free_bytes;
	model->due.stranded_bytes = sum.due.stranded_bytes;
	model->due.nr_empty_pages = sum.due.nr_empty_pages;
	model->due.live_bytes = sum.due.live_bytes - model->set_up_bytes;
}

static void due_of_maps(struct lab_model_stats *model)
{
	const struct pcpu_stats *begun = &model->begun;
	const struct lab_map_counts *now = model->counts, *start = &model->start;

	model->due.nr_probes = begun->nr_probes + now->nr_probes - start->nr_probes;
	model->due.nr_moved_bytes =
		begun->nr_moved_bytes + now->nr_moved_bytes - start->nr_moved_bytes;
	model->due.nr_extensions = begun->nr_extensions + now->nr_moves - start->nr_moves;
}

static bool failures_match(const struct lab_model_stats *model, const struct pcpu_stats *now)
{
	uint64_t due = 0, sum = 0;

	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++) {
		bool is_exact = model->counts || cause == PCPU_CAUSE_ILLEGAL ||
				cause == PCPU_CAUSE_ATOMIC;

		due += model->due.nr_failed[cause];
		sum += now->nr_failed[cause];
		if (is_exact && model->due.nr_failed[cause] != now->nr_failed[cause])
			return false;
	}
	return due == sum;
}

bool lab_model_stats_check(struct lab_model_stats *model, struct lab_fault *fault)
{
	const struct pcpu_stats *due = &model->due;
	struct pcpu_stats now;

	pcpu_stats(model->pcpu, &now);
	due_now(model);
	if (model->counts)
		due_of_maps(model);
#define X(field, sentence)                                                                         \
	if (due->field != now.field)                                                               \
		return stats_wrong(fault, sentence);
#define COUNTED(field, sentence)                                                                   \
	if (model->counts && due->field != now.field)                                              \
		return stats_wrong(fault, sentence);
#include "harness/check/model_stats.def"
#undef X
	if (!failures_match(model, &now))
		return stats_wrong(fault, "refusals are counted by their causes");
	return true;
}
