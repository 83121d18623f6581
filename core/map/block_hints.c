/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * block_hints.c - lazy records through takes and frees, as Linux 6.1 keeps them (SPEC.md 15.4
 * to 15.6), its defects included: a record may know less than is free, never more.
 *
 *	before	|......########|		second 6, best behind it is taken from:
 *	after	|......##......|......##|	R1: second is best now, what lies behind is scanned,
 *		 |-----||----->			what lies before is not
 *
 * Positions are in granules; s and e are the blocks of the first and the last one of [p, p + n),
 * x the first one's place in s, y the place behind the last one in e.
 */
#include "blocks.h"

/* F2 */
static bool ranges_meet(uint32_t a, uint32_t b, uint32_t x, uint32_t y)
{
	return a < y && x < b;
}

static bool best_meets(const struct pcpu_record *record, uint32_t from, uint32_t to)
{
	return ranges_meet(record->best_start, record->best_start + record->best_length, from, to);
}

static void second_drop_met(struct pcpu_record *record, uint32_t from, uint32_t to)
{
	if (ranges_meet(record->second_start, record->second_start + record->second_length, from,
			to))
		record->second_length = 0;
}

/* R1: second is best now, if there is one. Where the scan starts. */
static uint32_t record_restart(struct pcpu_record *record)
{
	if (record->second_length == 0) {
		record->best_length = 0;
		return record->first;
	}
	record->best_start = record->second_start;
	record->best_length = record->second_length;
	record->second_length = 0;
	return record->best_start + record->best_length;
}

/* R1 for a block. What lies before the start is not scanned, so right may stay 0 (B21). */
static void block_rescan(const struct pcpu_blocks *blocks, uint32_t block,
			 struct pcpu_record *record)
{
	uint32_t base = block * PCPU_BLOCK, to = base + PCPU_BLOCK;
	uint32_t at = base + record_restart(record), end;

	record->right = 0;
	for (;; at = end) {
		at = pcpu_bits_find(blocks->used, at, to, false);
		if (at >= to)
			return;
		end = pcpu_bits_find(blocks->used, at, to, true);
		pcpu_record_report(record, PCPU_BLOCK, at - base, end - base);
	}
}

/* W1-W5: the next run that the records know at or behind *q, which moves on. */
static bool known_run_next(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t *q,
			   uint32_t *start, uint32_t *end)
{
	uint32_t o = *q % PCPU_BLOCK;
	bool open = false;

	for (uint32_t i = *q / PCPU_BLOCK; i < blocks->head->nr_blocks; i++, o = 0) {
		const struct pcpu_block *block = &blocks->block[i];
		uint32_t base = i * PCPU_BLOCK;
		uint32_t best_end = (uint32_t)block->best_start + block->best_length;

		map->nr_probes++;
		if (open && block->left == PCPU_BLOCK)
			continue;
		if (open) {
			*end = base + block->left;
			*q = *end + 1;
			return true;
		}
		if (block->best_length > 0 && block->best_start >= o && best_end < PCPU_BLOCK) {
			*start = base + block->best_start;
			*end = base + best_end;
			*q = *end + 1;
			return true;
		}
		open = block->right > 0;
		*start = base + PCPU_BLOCK - block->right;
	}
	*end = blocks->size;
	*q = *end;
	return open;
}

/* R3, from where R2 says. */
static void chunk_scan(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t q)
{
	uint32_t start, end;

	while (known_run_next(map, blocks, &q, &start, &end))
		pcpu_record_report(&blocks->head->chunk, blocks->size, start, end);
}

/* The next free place of a block at or behind a place, PCPU_BLOCK when none. */
static uint32_t place_next_free(const struct pcpu_blocks *blocks, uint32_t block, uint32_t place)
{
	uint32_t base = block * PCPU_BLOCK;

	return pcpu_bits_find(blocks->used, base + place, base + PCPU_BLOCK, false) - base;
}

/* T2: [x, y) of block s; y is PCPU_BLOCK where more is taken behind the block. */
static void block_take_from(const struct pcpu_blocks *blocks, uint32_t s, uint32_t x, uint32_t y,
			    bool goes_on)
{
	struct pcpu_record record = pcpu_record_load(blocks, s);

	if (x == record.first)
		record.first = place_next_free(blocks, s, y);
	second_drop_met(&record, x, y);
	if (best_meets(&record, x, y)) {
		if (x == 0)
			record.left = 0;
		block_rescan(blocks, s, &record);
	} else {
		record.left = (uint32_t)pcpu_min64(record.left, x);
		record.right =
			goes_on ? 0 : (uint32_t)pcpu_min64(record.right, PCPU_BLOCK - y);
	}
	pcpu_record_store(blocks, s, &record);
}

/* T4: nothing is free; starts and first stay. */
static void block_take_all(const struct pcpu_blocks *blocks, uint32_t block)
{
	struct pcpu_block *record = &blocks->block[block];

	record->best_length = record->second_length = record->left = record->right = 0;
}

/* T3: [0, y) of block e, behind others. */
static void block_take_to(const struct pcpu_blocks *blocks, uint32_t e, uint32_t y)
{
	struct pcpu_record record = pcpu_record_load(blocks, e);

	record.first = place_next_free(blocks, e, y);
	if (y == PCPU_BLOCK) {
		pcpu_record_store(blocks, e, &record);
		block_take_all(blocks, e);
		return;
	}
	if (y > record.second_start)
		record.second_length = 0;
	record.left = 0;
	if (y > record.best_start)
		block_rescan(blocks, e, &record);
	else
		record.right = (uint32_t)pcpu_min64(record.right, PCPU_BLOCK - y);
	pcpu_record_store(blocks, e, &record);
}

void pcpu_hints_take(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t p, uint32_t n)
{
	uint32_t s = p / PCPU_BLOCK, e = (p + n - 1) / PCPU_BLOCK, x = p % PCPU_BLOCK;
	uint32_t y = p + n - e * PCPU_BLOCK;
	struct pcpu_record *chunk = &blocks->head->chunk;

	block_take_from(blocks, s, x, s == e ? y : PCPU_BLOCK, s != e);
	for (uint32_t i = s + 1; i < e; i++)
		block_take_all(blocks, i);
	if (s != e)
		block_take_to(blocks, e, y);
	second_drop_met(chunk, p, p + n); /* T5 */
	if (best_meets(chunk, p, p + n))
		chunk_scan(map, blocks, record_restart(chunk));
}

/* G1: where the stretch around [p, p + n) starts and ends, not beyond the outer blocks. */
static uint32_t stretch_start(const struct pcpu_blocks *blocks, uint32_t p)
{
	uint32_t s = p / PCPU_BLOCK, base = s * PCPU_BLOCK;
	const struct pcpu_block *block = &blocks->block[s];

	if (p - base == (uint32_t)block->best_start + block->best_length)
		return base + block->best_start;
	return pcpu_blocks_free_from(blocks, base, p);
}

static uint32_t stretch_end(const struct pcpu_blocks *blocks, uint32_t end)
{
	uint32_t e = (end - 1) / PCPU_BLOCK, base = e * PCPU_BLOCK;
	const struct pcpu_block *block = &blocks->block[e];

	if (end - base == block->best_start)
		return end + block->best_length;
	return pcpu_bits_find(blocks->used, end, base + PCPU_BLOCK, true);
}

static void block_report(const struct pcpu_blocks *blocks, uint32_t block, uint32_t start,
			 uint32_t end)
{
	struct pcpu_record record = pcpu_record_load(blocks, block);

	pcpu_record_report(&record, PCPU_BLOCK, start, end);
	pcpu_record_store(blocks, block, &record);
}

/* G2; s and e differ. */
static void blocks_release(const struct pcpu_blocks *blocks, uint32_t start, uint32_t end)
{
	struct pcpu_record whole = pcpu_record_free(PCPU_BLOCK);
	uint32_t s = start / PCPU_BLOCK, e = (end - 1) / PCPU_BLOCK;

	block_report(blocks, s, start - s * PCPU_BLOCK, PCPU_BLOCK);
	block_report(blocks, e, 0, end - e * PCPU_BLOCK);
	for (uint32_t i = s + 1; i < e; i++) {
		whole.second_start = blocks->block[i].second_start; /* F1 */
		pcpu_record_store(blocks, i, &whole);
	}
}

/* G4: a full rescan (R2), whose second stays; of frees within a page only page 0's are known to the
   chunk (B20). */
static void chunk_release(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t start,
			  uint32_t end)
{
	struct pcpu_record *chunk = &blocks->head->chunk;
	uint32_t s = start / PCPU_BLOCK, e = (end - 1) / PCPU_BLOCK;

	if (s != e || blocks->block[s].best_length == PCPU_BLOCK) {
		chunk->best_length = 0;
		chunk_scan(map, blocks, chunk->first);
	} else if (s == 0) {
		pcpu_record_report(chunk, blocks->size, start, end);
	}
}

void pcpu_hints_release(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t p,
			uint32_t n)
{
	uint32_t start = stretch_start(blocks, p), end = stretch_end(blocks, p + n);
	uint32_t s = p / PCPU_BLOCK;

	PCPU_DEBUG_ASSERT(start <= p && p + n <= end);
	if (s == (end - 1) / PCPU_BLOCK)
		block_report(blocks, s, start - s * PCPU_BLOCK, end - s * PCPU_BLOCK);
	else
		blocks_release(blocks, start, end);
	chunk_release(map, blocks, start, end);
}

void pcpu_hints_missed(const struct pcpu_blocks *blocks, const struct pcpu_missed *missed)
{
	uint32_t block = missed->start / PCPU_BLOCK, base = block * PCPU_BLOCK;
	uint32_t end = missed->start + missed->length;

	if (missed->length == 0 || (end - 1) / PCPU_BLOCK != block)
		return;
	block_report(blocks, block, pcpu_blocks_free_from(blocks, base, missed->start) - base,
		     end - base);
}
