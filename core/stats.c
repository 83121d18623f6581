/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* stats.c - a snapshot of the counters, with what is computed by a walk; and the visitor. */
#include "front/front_calls.h"

PCPU_REQUIRES(PLAT_INNER)
static void chunk_view(const struct pcpu_chunk *chunk, struct pcpu_chunk_view *view)
{
	*view = (struct pcpu_chunk_view){
		.kind = chunk->kind,
		.id = chunk->id,
		.base = chunk->base,
		.slot = chunk->slot,
		.isolated = chunk->isolated,
		.nr_populated = chunk->nr_populated,
		.nr_edges = chunk->nr_edges,
		.populated = chunk->populated,
		.map = &chunk->map,
	};
}

PCPU_REQUIRES(PLAT_INNER)
static void chunks_visit(struct pcpu *pcpu,
			 bool (*visit)(void *context, const struct pcpu_chunk_view *view),
			 void *context)
{
	struct pcpu_chunk_view view;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	if (pcpu_has_reserved(pcpu)) {
		chunk_view(&pcpu->reserved, &view);
		if (!visit(context, &view))
			return;
	}
	for (uint32_t slot = pcpu_slot_filled(pcpu, 0); slot < pcpu->nr_slots;
	     slot = pcpu_slot_filled(pcpu, slot + 1)) {
		struct pcpu_list *l, *next;

		PCPU_FOR_EACH_CHUNK(l, next, &pcpu->slots[slot]) {
			chunk_view(PCPU_CHUNK_OF(l), &view);
			if (!visit(context, &view))
				return;
		}
	}
}

void pcpu_visit(struct pcpu *pcpu, bool (*visit)(void *context, const struct pcpu_chunk_view *view),
		void *context)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	chunks_visit(pcpu, visit, context);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}

/* Bytes of the map's free areas that lie on populated pages: all but those of missing pages, each
   of which is free as a whole (chunk.h, L3). */
static uint64_t free_on_populated(const struct pcpu_chunk_view *view)
{
	uint32_t nr_pages = (view->map->covered_bytes + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES;

	PCPU_DEBUG_ASSERT(view->nr_populated <= nr_pages);
	return view->map->free_bytes - (uint64_t)(nr_pages - view->nr_populated) * PCPU_PAGE_BYTES;
}

static bool chunk_add_up(void *context, const struct pcpu_chunk_view *view)
{
	struct pcpu_stats *stats = context;

	if (view->kind != PCPU_CHUNK_RESERVED) /* the first chunk's pages, seen once */
		stats->populated_bytes +=
			(uint64_t)(view->nr_populated + view->nr_edges) * PCPU_PAGE_BYTES;
	stats->free_bytes += view->map->free_bytes;
	stats->stranded_bytes += free_on_populated(view);
	stats->nr_probes += view->map->nr_probes;
	stats->nr_moved_bytes += view->map->nr_moved_bytes;
	return true;
}

/* Metadata come and go without this lock: theirs are read as one word each. */
PCPU_REQUIRES(PLAT_INNER)
static void counters_read(const struct pcpu *pcpu, struct pcpu_stats *out)
{
	const struct pcpu_stats *in = &pcpu->stats;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_INNER);
	*out = (struct pcpu_stats){
		.nr_allocs = in->nr_allocs,
		.nr_frees = in->nr_frees,
		.nr_live = in->nr_live,
		.live_bytes = in->live_bytes,
		.nr_live_max = in->nr_live_max,
		.live_bytes_max = in->live_bytes_max,
		.nr_chunks = in->nr_chunks,
		.nr_chunks_max = in->nr_chunks_max,
		.metadata_bytes = counter_read(&pcpu->metadata_bytes),
		.metadata_bytes_max = counter_read(&pcpu->metadata_bytes_max),
		.nr_probes = in->nr_probes,
		.nr_moved_bytes = in->nr_moved_bytes,
		.nr_restarts = in->nr_restarts,
		.nr_extensions = in->nr_extensions,
		.nr_chunks_created = in->nr_chunks_created,
		.nr_chunks_destroyed = in->nr_chunks_destroyed,
		.nr_pages_populated = in->nr_pages_populated,
		.nr_pages_depopulated = in->nr_pages_depopulated,
		.zeroed_bytes = in->zeroed_bytes,
		.nr_empty_pages = pcpu->nr_empty_pages,
	};
	for (int cause = 0; cause < PCPU_NR_CAUSES; cause++)
		out->nr_failed[cause] = in->nr_failed[cause];
	out->nr_failed[PCPU_CAUSE_ILLEGAL] = counter_read(&pcpu->nr_illegal);
	out->nr_failed[PCPU_CAUSE_INTERRUPTED] = counter_read(&pcpu->nr_interrupted);
}

void pcpu_stats(struct pcpu *pcpu, struct pcpu_stats *out)
{
	plat_lock(pcpu->plat, PLAT_LOCK_INNER);
	counters_read(pcpu, out);
	chunks_visit(pcpu, chunk_add_up, out);
	pcpu_front_stats(pcpu, out);
	plat_unlock(pcpu->plat, PLAT_LOCK_INNER);
}
