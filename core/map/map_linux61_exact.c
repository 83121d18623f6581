/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_linux61_exact.c - engine "linux61_exact": the search of "linux61" over records that are
 * always true (SPEC.md 15.17). It refuses a caller that may sleep exactly what does not fit.
 *
 *	blocks	|..####..|########|####....|..####..|
 *	runs	 2    2		       6	 2	a block's last run goes on in the next one
 *
 * The chunk's record is counted from those of the blocks; a few blocks' bits are read for second.
 *
 * R1  Each record equals one counted from the bits (H1).
 */
#include "blocks.h"

/* Runs from the last block to the first, each seen in the block that it starts in. Of one that goes
   over several blocks its parts are seen before: the whole is longer and takes their place. */
struct run_scan {
	const struct pcpu_blocks *blocks;
	uint32_t block;	 /* at hand */
	uint32_t behind; /* granules that are free from its end on */
};

/* The run that starts in the block, or before it, and reaches its end; false: there is none. */
static bool scan_last_run(const struct run_scan *scan, uint32_t *start, uint32_t *length)
{
	uint32_t right = scan->blocks->block[scan->block].right;

	*start = (scan->block + 1) * PCPU_BLOCK - right;
	*length = right + scan->behind;
	return right > 0;
}

static void scan_step_down(struct run_scan *scan)
{
	uint32_t left = scan->blocks->block[scan->block].left;

	scan->behind = left == PCPU_BLOCK ? PCPU_BLOCK + scan->behind : left;
}

/* The longest, the best-aligned of those, the lowest of those. */
static void best_offer(struct pcpu_record *chunk, uint32_t start, uint32_t length)
{
	uint32_t bits = pcpu_alignment_bits(start);
	uint32_t best_bits = pcpu_alignment_bits(chunk->best_start);

	if (length > chunk->best_length ||
	    (length == chunk->best_length &&
	     (bits > best_bits || (bits == best_bits && start < chunk->best_start)))) {
		chunk->best_start = start;
		chunk->best_length = length;
	}
}

/* The longest before best, the last of equals. */
static void second_offer(struct pcpu_record *chunk, uint32_t start, uint32_t length)
{
	if (start < chunk->best_start &&
	    (length > chunk->second_length ||
	     (length == chunk->second_length && start > chunk->second_start))) {
		chunk->second_start = start;
		chunk->second_length = length;
	}
}

typedef void run_offer(struct pcpu_record *chunk, uint32_t start, uint32_t length);

/* Each run that ends in the block, from the bits. */
static void block_runs_offer(const struct pcpu_blocks *blocks, uint32_t block,
			     struct pcpu_record *chunk, run_offer *offer)
{
	uint32_t at = block * PCPU_BLOCK, to = at + PCPU_BLOCK, end;

	for (;; at = end) {
		at = pcpu_bits_find(blocks->used, at, to, false);
		if (at == to)
			return;
		end = pcpu_bits_find(blocks->used, at, to, true);
		if (end < to)
			offer(chunk, at, end - at);
	}
}

/* Of a block's runs its own best can be the chunk's alone, or it is part of a longer one, which
   starts or ends in another block. Places in a block are as well aligned as in the chunk, but
   where blocks are no power of two (tests). */
static void block_best_offer(const struct pcpu_blocks *blocks, uint32_t block,
			     struct pcpu_record *chunk)
{
	const struct pcpu_block *record = &blocks->block[block];

	if (record->best_length == 0 || record->best_length < chunk->best_length)
		return;
	if (!pcpu_is_pow2(PCPU_BLOCK))
		block_runs_offer(blocks, block, chunk, best_offer);
	else if (record->best_start + record->best_length < PCPU_BLOCK)
		best_offer(chunk, block * PCPU_BLOCK + record->best_start, record->best_length);
}

static void chunk_count_best(const struct pcpu_blocks *blocks, struct pcpu_record *chunk)
{
	struct run_scan scan = {.blocks = blocks};
	uint32_t start, length;

	for (scan.block = blocks->head->nr_blocks; scan.block-- > 0; scan_step_down(&scan)) {
		if (scan_last_run(&scan, &start, &length))
			best_offer(chunk, start, length);
		block_best_offer(blocks, scan.block, chunk);
	}
}

/* Downwards, so a block whose longest is no longer than what is known already has nothing better:
   few blocks' bits are read. */
static void chunk_count_second(const struct pcpu_blocks *blocks, struct pcpu_record *chunk)
{
	struct run_scan scan = {.blocks = blocks};
	uint32_t start, length;

	for (scan.block = blocks->head->nr_blocks; scan.block-- > 0; scan_step_down(&scan)) {
		const struct pcpu_block *record = &blocks->block[scan.block];

		if (scan_last_run(&scan, &start, &length))
			second_offer(chunk, start, length);
		if (record->best_length > chunk->second_length && record->left < PCPU_BLOCK &&
		    scan.block * PCPU_BLOCK < chunk->best_start)
			block_runs_offer(blocks, scan.block, chunk, second_offer);
	}
}

/* H1 for the blocks of [from, to) and the chunk, whose first is exact already. */
static void records_count(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t from,
			  uint32_t to)
{
	struct pcpu_record chunk = {.first = blocks->head->chunk.first};

	for (uint32_t i = from / PCPU_BLOCK; i * PCPU_BLOCK < to; i++) {
		struct pcpu_record record = pcpu_record_count(blocks, i * PCPU_BLOCK,
							      (i + 1) * PCPU_BLOCK);

		pcpu_record_store(blocks, i, &record);
		map->nr_probes++;
	}
	chunk_count_best(blocks, &chunk);
	chunk_count_second(blocks, &chunk);
	blocks->head->chunk = chunk;
	pcpu_blocks_publish(map);
}

static void exact_init(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
		       uint32_t covered_bytes)
{
	struct pcpu_blocks_head *head = memory;
	struct pcpu_blocks blocks;

	pcpu_blocks_init(map, memory, used_bytes, covered_bytes);
	blocks = pcpu_blocks_of(map);
	if (head->start > 0)
		pcpu_blocks_take(&blocks, 0, head->start);
	if (head->end < head->size)
		pcpu_blocks_take(&blocks, head->end, head->size - head->end);
	records_count(map, &blocks, 0, head->size);
	map->nr_probes = 0;
}

/* H3 */
static bool exact_find(struct pcpu_map *map, const struct pcpu_blocks *blocks,
		       const struct pcpu_blocks_request *request, uint32_t *p)
{
	struct pcpu_missed missed;
	uint32_t start;

	if (request->n > blocks->head->chunk.best_length)
		return false;
	if (pcpu_blocks_best_fits(blocks, request) &&
	    pcpu_blocks_find(map, blocks, request, &start) &&
	    pcpu_blocks_place(blocks, request, start, pcpu_blocks_limit(blocks, request, start), p,
			      &missed))
		return true;
	if (request->pages && request->pages->only)
		return false;
	return pcpu_blocks_place(blocks, request, blocks->head->chunk.first, blocks->size, p,
				 &missed);
}

static enum pcpu_fit_result exact_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	struct pcpu_blocks_request request;
	uint32_t p;

	if (!pcpu_blocks_request(&blocks, size, align, pages, &request) ||
	    !exact_find(map, &blocks, &request, &p))
		return PCPU_FIT_NONE;
	*fit = pcpu_blocks_fit(&blocks, p, request.n);
	if (!pcpu_blocks_backed(&blocks, pages, p, request.n)) {
		PCPU_ASSERT(!pages->only); /* X1 found populated pages */
		return PCPU_FIT_UNBACKED;
	}
	pcpu_blocks_take(&blocks, p, request.n);
	map->free_bytes -= fit->bytes;
	records_count(map, &blocks, p, p + request.n);
	return PCPU_FIT_TAKEN;
}

static bool exact_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	uint32_t p, n;

	if (!pcpu_blocks_object(&blocks, offset, &p, &n))
		return false;
	pcpu_blocks_release(&blocks, p, n);
	*fit = pcpu_blocks_fit(&blocks, p, n);
	map->free_bytes += fit->bytes;
	records_count(map, &blocks, p, p + n);
	return true;
}

static bool records_equal(const struct pcpu_record *a, const struct pcpu_record *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static enum pcpu_invariant exact_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	enum pcpu_invariant broken = pcpu_blocks_check(map, at);
	struct pcpu_record counted = pcpu_record_count(&blocks, 0, blocks.size);

	if (broken != PCPU_HOLDS)
		return broken;
	*at = 0;
	counted.left = counted.right = 0; /* mean nothing there */
	if (!records_equal(&counted, &blocks.head->chunk))
		return PCPU_INV_MAP_RECORD;
	for (uint32_t i = 0; i < blocks.head->nr_blocks; i++) {
		struct pcpu_record record = pcpu_record_load(&blocks, i);

		counted = pcpu_record_count(&blocks, i * PCPU_BLOCK, (i + 1) * PCPU_BLOCK);
		*at = pcpu_blocks_byte(&blocks, i * PCPU_BLOCK);
		if (!records_equal(&counted, &record))
			return PCPU_INV_MAP_RECORD;
	}
	return PCPU_HOLDS;
}

const struct pcpu_map_ops pcpu_map_linux61_exact = {
	.granule_bytes = PCPU_GRANULE_BYTES,
	.breaks = 1u << PCPU_PROMISE_PLACES | 1u << PCPU_PROMISE_ATOMIC_FIT,
	.capacity = pcpu_blocks_capacity,
	.memory = pcpu_blocks_memory,
	.init = exact_init,
	.capacity_needed = pcpu_blocks_capacity_needed,
	.move = pcpu_blocks_move,
	.alloc = exact_alloc,
	.free = exact_free,
	.next = pcpu_blocks_next,
	.free_pages = pcpu_free_pages_by_area,
	.check = exact_check,
};
