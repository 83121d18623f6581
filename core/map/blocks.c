/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * blocks.c - the bits of a map of granules: what is used, and where areas start and end (M1-M3).
 *
 *	used	####..######....	one bit a granule
 *	edges	x...x.x..x..x...	areas of 4, 3 and 3; one too many in free granules does
 *					no harm, inside an area there is none
 *
 * R1  Wherever used and free granules meet there is an edge; where two areas meet too.
 */
#include "blocks.h"

static uint32_t blocks_count(uint32_t from_bytes, uint32_t covered_bytes)
{
	return (uint32_t)(pcpu_round_up(covered_bytes - from_bytes, PCPU_BLOCK_BYTES) /
			  PCPU_BLOCK_BYTES);
}

/* Block records; memory() is for a map that starts at byte 0. */
uint32_t pcpu_blocks_capacity(uint32_t covered_bytes, uint32_t wanted)
{
	return (uint32_t)pcpu_max64(blocks_count(0, covered_bytes), PCPU_MAP_SPARE);
}

size_t pcpu_blocks_memory(uint32_t covered_bytes, uint32_t capacity)
{
	size_t nr_blocks = blocks_count(0, covered_bytes), size = nr_blocks * PCPU_BLOCK;

	return sizeof(struct pcpu_blocks_head) + PCPU_BITS_BYTES(size) + PCPU_BITS_BYTES(size + 1) +
	       nr_blocks * sizeof(struct pcpu_block);
}

struct pcpu_blocks pcpu_blocks_of(const struct pcpu_map *map)
{
	struct pcpu_blocks_head *head = map->memory;
	struct pcpu_blocks blocks = {.head = head, .used = (uint64_t *)(head + 1)};

	blocks.size = head->size;
	blocks.edges = blocks.used + PCPU_BITS_WORDS(head->size);
	blocks.block = (struct pcpu_block *)(blocks.edges + PCPU_BITS_WORDS(head->size + 1));
	blocks.covered_bytes = map->covered_bytes;
	return blocks;
}

/* The records are as many as the map has blocks, from the start. */
uint32_t pcpu_blocks_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	return 0;
}

void pcpu_blocks_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	PCPU_DEBUG_ASSERT(memory != map->memory);
	memcpy(memory, map->memory, pcpu_blocks_memory(map->covered_bytes, capacity));
	map->memory = memory;
}

void pcpu_blocks_init(struct pcpu_map *map, void *memory, uint32_t used_bytes,
		      uint32_t covered_bytes)
{
	struct pcpu_blocks_head *head = memory;
	uint32_t start_bytes = (uint32_t)pcpu_round_up(used_bytes, PCPU_GRANULE_BYTES);
	struct pcpu_blocks blocks;
	struct pcpu_record record = pcpu_record_free(PCPU_BLOCK);

	PCPU_ASSERT(used_bytes <= covered_bytes && covered_bytes <= PCPU_MAX_UNIT_BYTES);
	*map = (struct pcpu_map){.ops = map->ops, .memory = memory};
	map->covered_bytes = covered_bytes;
	map->capacity = pcpu_blocks_capacity(covered_bytes, 0);
	start_bytes = (uint32_t)pcpu_min64(start_bytes, covered_bytes);
	map->free_bytes = covered_bytes - start_bytes;
	memset(memory, 0, pcpu_blocks_memory(covered_bytes, map->capacity));
	head->base_bytes = used_bytes / PCPU_BLOCK_BYTES * PCPU_BLOCK_BYTES;
	head->nr_blocks = blocks_count(head->base_bytes, covered_bytes);
	head->size = head->nr_blocks * PCPU_BLOCK;
	head->start = (start_bytes - head->base_bytes + PCPU_GRANULE_BYTES - 1) /
		      PCPU_GRANULE_BYTES;
	head->end = (covered_bytes - head->base_bytes + PCPU_GRANULE_BYTES - 1) /
		    PCPU_GRANULE_BYTES;
	head->chunk = pcpu_record_free(head->size);
	map->used = head->nr_blocks;
	blocks = pcpu_blocks_of(map);
	for (uint32_t i = 0; i < head->nr_blocks; i++)
		pcpu_record_store(&blocks, i, &record);
}

void pcpu_blocks_publish(struct pcpu_map *map)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);

	map->hint_bytes = blocks.head->chunk.best_length * PCPU_GRANULE_BYTES;
	map->skip_bytes = pcpu_blocks_byte(&blocks, blocks.head->chunk.first);
}

void pcpu_blocks_take(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n)
{
	struct pcpu_record *chunk = &blocks->head->chunk;

	PCPU_DEBUG_ASSERT(n > 0 && p + n <= blocks->size);
	PCPU_DEBUG_ASSERT(!pcpu_bit_test(blocks->used, p) &&
			  !pcpu_bit_test(blocks->used, p + n - 1));
	pcpu_bits_set(blocks->used, p, p + n);
	pcpu_bits_clear(blocks->edges, p + 1, p + n);
	pcpu_bit_set(blocks->edges, p);
	pcpu_bit_set(blocks->edges, p + n);
	if (p == chunk->first)
		chunk->first = pcpu_bits_find(blocks->used, p + n, blocks->size, false);
}

void pcpu_blocks_release(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n)
{
	struct pcpu_record *chunk = &blocks->head->chunk;

	PCPU_DEBUG_ASSERT(n > 0 && p + n <= blocks->size);
	pcpu_bits_clear(blocks->used, p, p + n);
	chunk->first = (uint32_t)pcpu_min64(chunk->first, p);
}

static uint32_t object_end(const struct pcpu_blocks *blocks, uint32_t p)
{
	return pcpu_bits_find(blocks->edges, p + 1, blocks->size + 1, true);
}

bool pcpu_blocks_object(const struct pcpu_blocks *blocks, uint32_t offset, uint32_t *p, uint32_t *n)
{
	const struct pcpu_blocks_head *head = blocks->head;

	if (offset < head->base_bytes || offset % PCPU_GRANULE_BYTES)
		return false;
	*p = (offset - head->base_bytes) / PCPU_GRANULE_BYTES;
	if (*p < head->start || *p >= head->end)
		return false;
	if (!pcpu_bit_test(blocks->used, *p) || !pcpu_bit_test(blocks->edges, *p))
		return false;
	*n = object_end(blocks, *p) - *p;
	PCPU_DEBUG_ASSERT(*n > 0 && *p + *n <= head->end);
	return true;
}

uint32_t pcpu_blocks_free_from(const struct pcpu_blocks *blocks, uint32_t from, uint32_t at)
{
	while (at > from) {
		uint32_t word_start = (at - 1) / 64 * 64;
		uint64_t word = blocks->used[word_start / 64] << (63 - (at - 1) % 64);

		if (word)
			return (uint32_t)pcpu_max64(from, at - (uint32_t)__builtin_clzll(word));
		at = word_start;
	}
	return from;
}

struct pcpu_fit pcpu_blocks_fit(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n)
{
	struct pcpu_fit fit = {.offset = pcpu_blocks_byte(blocks, p)};
	uint32_t end = pcpu_bits_find(blocks->used, p + n, blocks->size, true);

	fit.bytes = pcpu_blocks_byte(blocks, p + n) - fit.offset;
	fit.run_start = pcpu_blocks_byte(blocks, pcpu_blocks_free_from(blocks, 0, p));
	fit.run_end = pcpu_blocks_byte(blocks, end);
	return fit;
}

/* The bytes before the managed ones are one area, whatever of them the map covers. */
bool pcpu_blocks_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	uint32_t start = pcpu_blocks_byte(&blocks, blocks.head->start);
	uint32_t at = area->offset + area->bytes;
	uint32_t p, end;

	if (at >= map->covered_bytes)
		return false;
	area->offset = at;
	area->used = at < start;
	end = blocks.head->start;
	if (at >= start) {
		p = (at - blocks.head->base_bytes) / PCPU_GRANULE_BYTES;
		area->used = pcpu_bit_test(blocks.used, p);
		end = area->used ? object_end(&blocks, p) :
				   pcpu_bits_find(blocks.used, p, blocks.size, true);
	}
	area->bytes = pcpu_blocks_byte(&blocks, end) - at;
	return true;
}

/* Which granules of a word lie in [from, to). */
static uint64_t word_range(uint32_t word, uint32_t from, uint32_t to)
{
	uint32_t low = (uint32_t)pcpu_max64(from, 64 * word);
	uint32_t high = (uint32_t)pcpu_min64(to, 64 * word + 64);

	return low < high ? ~UINT64_C(0) >> (64 - (high - low)) << (low % 64) : 0;
}

/* Granules of a word that break R1, or are hidden and neither used nor apart from others (M2). */
static uint64_t word_broken(const struct pcpu_blocks *blocks, uint32_t word)
{
	const struct pcpu_blocks_head *head = blocks->head;
	uint64_t used = blocks->used[word], before = used << 1;
	uint64_t managed = word_range(word, head->start, head->end);
	uint64_t ends = word_range(word, head->end, head->end + 1);

	if (word > 0)
		before |= blocks->used[word - 1] >> 63;
	if (head->start > 0)
		ends |= word_range(word, head->start, head->start + 1);
	return (((used ^ before) | ends) & ~blocks->edges[word]) | (~used & ~managed);
}

/* The first granule that breaks them; size: none does. */
static uint32_t bits_broken(const struct pcpu_blocks *blocks)
{
	for (uint32_t word = 0; 64 * word < blocks->size; word++) {
		uint64_t broken = word_broken(blocks, word) & word_range(word, 0, blocks->size);

		if (broken)
			return 64 * word + (uint32_t)__builtin_ctzll(broken);
	}
	return blocks->size;
}

static enum pcpu_invariant granule_areas_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_area area = {0};
	bool was_free = false;
	uint32_t free_bytes = 0;

	while (map->ops->next(map, &area)) {
		*at = area.offset;
		if (area.bytes == 0)
			return PCPU_INV_MAP_ENTRY_ZERO;
		if (was_free && !area.used)
			return PCPU_INV_MAP_FREE_NEIGHBOURS;
		if (!area.used && area.offset < map->skip_bytes)
			return PCPU_INV_MAP_SKIP;
		was_free = !area.used;
		free_bytes += area.used ? 0 : area.bytes;
	}
	if (area.offset + area.bytes != map->covered_bytes)
		return PCPU_INV_MAP_SUM;
	return free_bytes == map->free_bytes ? PCPU_HOLDS : PCPU_INV_MAP_FREE_BYTES;
}

enum pcpu_invariant pcpu_blocks_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(map);
	const struct pcpu_record *chunk = &blocks.head->chunk;
	enum pcpu_invariant broken;
	uint32_t p;

	*at = 0;
	if (map->used != blocks.head->nr_blocks || map->used > map->capacity)
		return PCPU_INV_MAP_CAPACITY;
	p = bits_broken(&blocks);
	if (p < blocks.size) {
		*at = pcpu_blocks_byte(&blocks, p);
		return PCPU_INV_MAP_EDGES;
	}
	if (chunk->first != pcpu_bits_find(blocks.used, 0, blocks.size, false) ||
	    map->skip_bytes != pcpu_blocks_byte(&blocks, chunk->first) || map->skip_records)
		return PCPU_INV_MAP_SKIP;
	broken = granule_areas_check(map, at);
	if (broken != PCPU_HOLDS)
		return broken;
	return map->hint_bytes == chunk->best_length * PCPU_GRANULE_BYTES ? PCPU_HOLDS :
									    PCPU_INV_MAP_RECORD;
}
