/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_linux61.c - engine "linux61": places every request where Linux 6.1 does (SPEC.md 15.2
 * to 15.8, 15.18). Lazy records say where to look; a refusal by them may be wrong.
 *
 *	request	-> block, by the records (find) -> granule, by the bits (place) -> records (hints)
 *
 * R1  hint_bytes is at most the largest free run, never more: the other way round than engine
 *     "area" has it.
 * R2  Only an allocation that takes changes anything.
 */
#include "blocks.h"

/* M2: what lies in the outer pages and is not managed starts as used. */
static void hidden_take(struct pcpu_map *map, uint32_t from, uint32_t to)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);

	if (from == to)
		return;
	pcpu_blocks_take(&blocks, from, to - from);
	pcpu_hints_take(map, &blocks, from, to - from);
}

static void linux61_init(struct pcpu_map *map, void *memory, uint32_t capacity,
			 uint32_t used_bytes, uint32_t covered_bytes)
{
	const struct pcpu_blocks_head *head = memory;

	pcpu_blocks_init(map, memory, used_bytes, covered_bytes);
	hidden_take(map, 0, head->start);
	hidden_take(map, head->end, head->size);
	map->nr_probes = 0;
	pcpu_blocks_publish(map);
}

static enum pcpu_fit_result linux61_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					  const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	struct pcpu_blocks_request request;
	struct pcpu_missed missed;
	uint32_t start, p;

	if (!pcpu_blocks_request(&blocks, size, align, pages, &request) ||
	    !pcpu_blocks_best_fits(&blocks, &request) ||
	    !pcpu_blocks_find(map, &blocks, &request, &start) ||
	    !pcpu_blocks_place(&blocks, &request, start,
			       pcpu_blocks_limit(&blocks, &request, start), &p, &missed))
		return PCPU_FIT_NONE;
	*fit = pcpu_blocks_fit(&blocks, p, request.n);
	if (!pcpu_blocks_backed(&blocks, pages, p, request.n)) {
		PCPU_ASSERT(!pages->only); /* X1 found populated pages */
		return PCPU_FIT_UNBACKED;
	}
	pcpu_hints_missed(&blocks, &missed); /* A3 */
	pcpu_blocks_take(&blocks, p, request.n);
	pcpu_hints_take(map, &blocks, p, request.n);
	map->free_bytes -= fit->bytes;
	pcpu_blocks_publish(map);
	return PCPU_FIT_TAKEN;
}

static bool linux61_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	uint32_t p, n;

	if (!pcpu_blocks_object(&blocks, offset, &p, &n))
		return false;
	pcpu_blocks_release(&blocks, p, n);
	pcpu_hints_release(map, &blocks, p, n);
	*fit = pcpu_blocks_fit(&blocks, p, n);
	map->free_bytes += fit->bytes;
	pcpu_blocks_publish(map);
	return true;
}

/* Are all of these n granules free? */
static bool granules_free(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n)
{
	return pcpu_bits_find(blocks->used, p, p + n, true) == p + n;
}

/* What a record promises of [from, to) (15.3). */
static bool record_holds(const struct pcpu_blocks *blocks, const struct pcpu_record *record,
			 uint32_t from, uint32_t to)
{
	uint32_t best = from + record->best_start, second = from + record->second_start;
	uint32_t first = pcpu_bits_find(blocks->used, from, to, false);

	return best + record->best_length <= to && second + record->second_length <= to &&
	       granules_free(blocks, best, record->best_length) &&
	       granules_free(blocks, second, record->second_length) &&
	       record->first <= first - from;
}

static bool edges_hold(const struct pcpu_blocks *blocks, const struct pcpu_record *record,
		       uint32_t from, uint32_t to)
{
	uint32_t first_used = pcpu_bits_find(blocks->used, from, to, true);

	return record->left == first_used - from && record->right <= PCPU_BLOCK &&
	       granules_free(blocks, to - record->right, record->right);
}

static enum pcpu_invariant linux61_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	enum pcpu_invariant broken = pcpu_blocks_check(map, at);

	if (broken != PCPU_HOLDS)
		return broken;
	*at = 0;
	if (!record_holds(&blocks, &blocks.head->chunk, 0, blocks.size))
		return PCPU_INV_MAP_RECORD;
	for (uint32_t i = 0; i < blocks.head->nr_blocks; i++) {
		struct pcpu_record record = pcpu_record_load(&blocks, i);
		uint32_t from = i * PCPU_BLOCK, to = from + PCPU_BLOCK;

		*at = pcpu_blocks_byte(&blocks, from);
		if (!record_holds(&blocks, &record, from, to) ||
		    !edges_hold(&blocks, &record, from, to))
			return PCPU_INV_MAP_RECORD;
	}
	return PCPU_HOLDS;
}

const struct pcpu_map_ops pcpu_map_linux61 = {
	.granule_bytes = PCPU_GRANULE_BYTES,
	.breaks = 1u << PCPU_PROMISE_HINT | 1u << PCPU_PROMISE_PLACES |
		  1u << PCPU_PROMISE_ATOMIC_FIT,
	.capacity = pcpu_blocks_capacity,
	.memory = pcpu_blocks_memory,
	.init = linux61_init,
	.capacity_needed = pcpu_blocks_capacity_needed,
	.move = pcpu_blocks_move,
	.alloc = linux61_alloc,
	.free = linux61_free,
	.next = pcpu_blocks_next,
	.free_pages = pcpu_free_pages_by_area,
	.check = linux61_check,
};
