/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * block_find.c - which granule a request gets: first the block, by the records alone, then the
 * place, by the bits (SPEC.md 15.7, 15.8).
 *
 *	records	|best 3|best 9, right 2|left 5, ...|	7 wanted:
 *			^ here		 or run of 2 + 5: whichever the walk meets first
 *	bits	       |#...#.........|
 *			     ^ first fit from the block's first, or from behind its second
 */
#include "blocks.h"

/* One walk over the blocks (L3). */
struct block_search {
	const struct pcpu_blocks *blocks;
	const struct pcpu_blocks_request *request;
	uint32_t block, o;	    /* the block at hand; places below o are passed over in it */
	bool open;		    /* a run is known up to the block at hand: */
	uint32_t run_start, length; /* where it starts, aligned, and its granules so far */
	uint32_t start, from_block; /* the fit: where looking starts, the first page looked at */
};

bool pcpu_blocks_request(const struct pcpu_blocks *blocks, uint32_t size, uint32_t align,
			 const struct pcpu_pages *pages, struct pcpu_blocks_request *request)
{
	PCPU_ASSERT(size > 0 && pcpu_is_pow2(align));
	align = (uint32_t)pcpu_max64(align, PCPU_GRANULE_BYTES);
	request->n = size / PCPU_GRANULE_BYTES + (size % PCPU_GRANULE_BYTES != 0);
	request->align = align / PCPU_GRANULE_BYTES;
	request->pages = pages;
	return blocks->head->base_bytes % align == 0 && request->n <= blocks->size;
}

static bool is_only(const struct pcpu_blocks_request *request)
{
	return request->pages && request->pages->only;
}

/* Does a stretch do that starts here, aligned (L1)? */
static bool stretch_fits(const struct pcpu_blocks_request *request, uint32_t start, uint32_t length)
{
	return pcpu_align_up(start, request->align) - start + request->n <= length;
}

/* L2 */
static uint32_t skip_rule(const struct pcpu_record *record, uint32_t n)
{
	if (record->second_length > 0 && record->second_start < record->best_start &&
	    n > record->second_length)
		return record->second_start + record->second_length;
	return record->first;
}

bool pcpu_blocks_best_fits(const struct pcpu_blocks *blocks,
			   const struct pcpu_blocks_request *request)
{
	const struct pcpu_record *chunk = &blocks->head->chunk;

	return stretch_fits(request, chunk->best_start, chunk->best_length);
}

static bool search_found(struct block_search *search, uint32_t start, uint32_t from_block)
{
	search->start = start;
	search->from_block = from_block;
	return true;
}

/* L3.1: does the open run, with this block's left, do? */
static bool search_open_run(struct block_search *search)
{
	uint32_t left = search->blocks->block[search->block].left;

	search->length += left;
	if (search->length >= search->request->n)
		return search_found(search, search->run_start, search->run_start / PCPU_BLOCK);
	search->open = left == PCPU_BLOCK;
	return false;
}

/* L3 in one block. */
static bool search_block(struct block_search *search)
{
	const struct pcpu_blocks_request *request = search->request;
	struct pcpu_record record = pcpu_record_load(search->blocks, search->block);
	uint32_t base = search->block * PCPU_BLOCK, end = base + PCPU_BLOCK;
	uint32_t z = (uint32_t)pcpu_align_up(end - record.right, request->align);

	if (search->open) {
		if (search_open_run(search))
			return true;
		if (search->open)
			return false;
	}
	if (record.best_length > 0 && record.best_start >= search->o &&
	    stretch_fits(request, base + record.best_start, record.best_length))
		return search_found(search, base + skip_rule(&record, request->n), search->block);
	if (z + request->n <= end)
		return search_found(search, z, search->block);
	search->open = z < end;
	search->run_start = z;
	search->length = end - z;
	return false;
}

/* X1: are the pages looked at, up to this block's, all populated? If not, the walk goes on at the
   first populated one behind the first that is not, or behind them all. */
static bool search_populated(struct block_search *search)
{
	const struct pcpu_blocks *blocks = search->blocks;
	uint32_t page0 = pcpu_blocks_page(blocks, 0), to = page0 + search->block + 1, page;
	const uint64_t *populated = search->request->pages->populated;

	page = pcpu_bits_find(populated, page0 + search->from_block, to, false);
	if (page == to)
		return true;
	search->block = pcpu_bits_find(populated, page, to, true) - page0;
	search->o = 0;
	search->open = false;
	return false;
}

bool pcpu_blocks_find(struct pcpu_map *map, const struct pcpu_blocks *blocks,
		      const struct pcpu_blocks_request *request, uint32_t *start)
{
	uint32_t q = skip_rule(&blocks->head->chunk, request->n);
	struct block_search search = {.blocks = blocks, .request = request};

	search.block = q / PCPU_BLOCK;
	search.o = q % PCPU_BLOCK;
	while (search.block < blocks->head->nr_blocks) {
		map->nr_probes++;
		if (!search_block(&search)) {
			search.block++;
			search.o = 0;
		} else if (!is_only(request) || search_populated(&search)) {
			*start = search.start;
			return true;
		}
	}
	return false; /* L4 */
}

uint32_t pcpu_blocks_limit(const struct pcpu_blocks *blocks,
			   const struct pcpu_blocks_request *request, uint32_t start)
{
	return (uint32_t)pcpu_min64(start + request->n + PCPU_BLOCK, blocks->size);
}

/* A2 */
static void missed_note(struct pcpu_missed *missed, uint32_t start, uint32_t length)
{
	if (length > missed->length ||
	    (length > 0 && length == missed->length &&
	     pcpu_alignment_bits(start) > pcpu_alignment_bits(missed->start)))
		*missed = (struct pcpu_missed){start, length};
}

bool pcpu_blocks_place(const struct pcpu_blocks *blocks, const struct pcpu_blocks_request *request,
		       uint32_t start, uint32_t limit, uint32_t *p, struct pcpu_missed *missed)
{
	*missed = (struct pcpu_missed){0};
	for (uint32_t used;; start = used + 1) {
		uint32_t c = pcpu_bits_find(blocks->used, start, blocks->size, false);

		c = (uint32_t)pcpu_align_up(c, request->align);
		if (c + request->n > limit)
			return false;
		used = pcpu_bits_find(blocks->used, c, c + request->n, true);
		if (used == c + request->n) {
			*p = c;
			return true;
		}
		missed_note(missed, c, used - c);
	}
}

bool pcpu_blocks_backed(const struct pcpu_blocks *blocks, const struct pcpu_pages *pages,
			uint32_t p, uint32_t n)
{
	uint32_t from = pcpu_blocks_page(blocks, p / PCPU_BLOCK);
	uint32_t to = pcpu_blocks_page(blocks, (p + n - 1) / PCPU_BLOCK) + 1;

	return !pages || pcpu_bits_find(pages->populated, from, to, false) == to;
}
