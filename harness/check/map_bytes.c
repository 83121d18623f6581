/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_bytes.c - a map with a state for each byte.
 *
 *	byte	01234567...			two bits a byte:
 *	used	######..###.....		belongs to an area
 *	starts	x..x....x.......		an area starts here
 *
 *	before	x##.......x#		size 3 at align 8: head 1, tail 3
 *	after	x###x#####x#		a head or tail under 4 bytes stays with its neighbour
 *
 * R1  A byte is a record, and the records in use end where the last used area ends: the rest is one
 *     free run, which need not be read.
 */
#include "harness/check/map_bytes.h"
#include <pcpu/bits.h>

#define LEAST_SPLIT_BYTES 4u

static uint32_t bytes_capacity(uint32_t covered_bytes, uint32_t wanted)
{
	return covered_bytes;
}

static size_t bytes_memory(uint32_t covered_bytes, uint32_t capacity)
{
	return 2 * PCPU_BITS_BYTES(covered_bytes);
}

static uint64_t *used_bits(const struct pcpu_map *map)
{
	return map->memory;
}

static uint64_t *start_bits(const struct pcpu_map *map)
{
	return used_bits(map) + PCPU_BITS_WORDS(map->covered_bytes);
}

static bool is_used(const struct pcpu_map *map, uint32_t at)
{
	return pcpu_bit_test(used_bits(map), at);
}

static void word_set(uint64_t *word, uint32_t from, uint32_t nr, bool used)
{
	uint64_t bits = ~UINT64_C(0) >> (64 - nr) << from;

	*word = used ? *word | bits : *word & ~bits;
}

static void used_set(struct pcpu_map *map, uint32_t from, uint32_t to, bool used)
{
	uint64_t *word = used_bits(map) + from / 64;
	uint32_t in_word = from % 64, nr = to - from;

	if (in_word + nr <= 64) {
		word_set(word, in_word, nr, used);
		return;
	}
	word_set(word++, in_word, 64 - in_word, used);
	nr -= 64 - in_word;
	memset(word, used ? 0xff : 0, nr / 64 * sizeof(*word));
	if (nr % 64)
		word_set(word + nr / 64, 0, nr % 64, used);
}

/* Makes [from, to), free so far, one area. */
static void area_set(struct pcpu_map *map, uint32_t from, uint32_t to)
{
	if (from == to)
		return;
	used_set(map, from, to, true);
	pcpu_bit_set(start_bits(map), from);
	map->used = (uint32_t)pcpu_max64(map->used, to);
}

/* Returns the first of the words [at, end) in which a free run ends, or (flip: all ones) an area;
   or end. */
static uint32_t end_word(const struct pcpu_map *map, uint32_t at, uint32_t end, uint64_t flip)
{
	const uint64_t *used = used_bits(map), *starts = start_bits(map);
	uint64_t any = 0;

	for (; at + 8 <= end && !any; at += any ? 0 : 8) /* most runs are long */
		for (uint32_t i = at; i < at + 8; i++)
			any |= (used[i] ^ flip) | starts[i];
	while (at < end && !((used[at] ^ flip) | starts[at]))
		at++;
	return at;
}

/* Returns where the free run or the area that starts here ends. */
static uint32_t area_end(const struct pcpu_map *map, uint32_t at)
{
	const uint64_t *used = used_bits(map), *starts = start_bits(map);
	uint64_t flip = is_used(map, at) ? ~UINT64_C(0) : 0; /* free bytes end an area */
	uint32_t word = at / 64, end = (map->used + 63) / 64;
	uint64_t ends;

	if (at >= map->used)
		return map->covered_bytes;
	ends = ((used[word] ^ flip) | starts[word]) & ~UINT64_C(1) << at % 64;
	if (!ends) {
		word = end_word(map, word + 1, end, flip);
		if (word == end)
			return map->used;
		ends = (used[word] ^ flip) | starts[word];
	}
	return word * 64 + (uint32_t)__builtin_ctzll(ends);
}

/* Returns the start of the free run that contains this byte or ends before it. */
static uint32_t run_start(const struct pcpu_map *map, uint32_t at)
{
	const uint64_t *used = used_bits(map);

	for (; at > 0; at = (at - 1) / 64 * 64) {
		uint64_t before = used[(at - 1) / 64] << (63 - (at - 1) % 64);

		if (before)
			return at - (uint32_t)__builtin_clzll(before);
	}
	return 0;
}

static void bytes_init(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
		       uint32_t covered_bytes)
{
	*map = (struct pcpu_map){.ops = map->ops, .memory = memory, .capacity = capacity};
	map->covered_bytes = covered_bytes;
	map->free_bytes = covered_bytes - used_bytes;
	map->hint_bytes = map->free_bytes;
	memset(memory, 0, bytes_memory(covered_bytes, capacity));
	area_set(map, 0, used_bytes);
}

static uint32_t bytes_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	return 0;
}

static void bytes_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	memcpy(memory, map->memory, bytes_memory(map->covered_bytes, capacity));
	map->memory = memory;
}

static bool is_populated(const struct pcpu_pages *pages, uint32_t start, uint32_t size)
{
	for (uint32_t page = start / PCPU_PAGE_BYTES;
	     page <= (start + size - 1) / PCPU_PAGE_BYTES; page++)
		if (!pcpu_bit_test(pages->populated, page))
			return false;
	return true;
}

/* Returns the lowest suitable start in the free run [run, end), or one from which size does not
   fit. */
static uint32_t start_find(uint32_t run, uint32_t end, uint32_t size, uint32_t align,
			   const struct pcpu_pages *pages)
{
	uint32_t start = (run + align - 1) / align * align;

	while (pages && pages->only && start + size <= end && !is_populated(pages, start, size))
		start += align;
	return start;
}

/* Takes [start, start + size) of the free run [run, end); largest: of the runs before it. */
static void bytes_cut(struct pcpu_map *map, uint32_t run, uint32_t end, uint32_t start,
		      uint32_t size, uint32_t largest, struct pcpu_fit *fit)
{
	bool was_last = end == map->covered_bytes;
	uint32_t head = start - run, tail = end - start - size;

	*fit = (struct pcpu_fit){ start, size, run, end };
	if (tail < LEAST_SPLIT_BYTES) {
		fit->bytes += tail;
		tail = 0;
	}
	map->free_bytes -= fit->bytes;
	area_set(map, start, start + fit->bytes);
	if (head > 0 && head < LEAST_SPLIT_BYTES) {
		used_set(map, run, start, true);
		map->free_bytes -= head;
		head = 0;
	}
	largest = (uint32_t)pcpu_max64(largest, pcpu_max64(head, tail));
	map->hint_bytes = was_last ? largest : (uint32_t)pcpu_max64(map->hint_bytes, largest);
}

static enum pcpu_fit_result bytes_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	uint32_t largest = 0, end;

	for (uint32_t run = 0; run < map->covered_bytes; run = end) {
		uint32_t start;

		end = area_end(map, run);
		if (is_used(map, run))
			continue;
		start = start_find(run, end, size, align, pages);
		if (start + size <= end) {
			*fit = (struct pcpu_fit){ start, size, run, end };
			if (pages && !is_populated(pages, start, size))
				return PCPU_FIT_UNBACKED;
			bytes_cut(map, run, end, start, size, largest, fit);
			return PCPU_FIT_TAKEN;
		}
		largest = (uint32_t)pcpu_max64(largest, end - run);
	}
	map->hint_bytes = largest;
	return PCPU_FIT_NONE;
}

static bool bytes_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	uint32_t end;

	if (offset >= map->covered_bytes || !pcpu_bit_test(start_bits(map), offset))
		return false;
	end = area_end(map, offset);
	used_set(map, offset, end, false);
	pcpu_bit_clear(start_bits(map), offset);
	fit->offset = offset;
	fit->bytes = end - offset;
	map->free_bytes += fit->bytes;
	fit->run_start = run_start(map, offset);
	if (end == map->used)
		map->used = fit->run_start;
	fit->run_end = area_end(map, fit->run_start);
	map->hint_bytes = (uint32_t)pcpu_max64(map->hint_bytes, fit->run_end - fit->run_start);
	return true;
}

static bool bytes_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	if (area->cursor >= map->covered_bytes)
		return false;
	area->offset = area->cursor;
	area->cursor = area_end(map, area->offset);
	area->bytes = area->cursor - area->offset;
	area->used = is_used(map, area->offset);
	return true;
}

static enum pcpu_invariant bytes_check(const struct pcpu_map *map, uint32_t *at)
{
	struct pcpu_area area = { 0 };
	uint32_t free_bytes = 0, largest = 0;

	while (bytes_next(map, &area)) {
		*at = area.offset;
		if (area.used)
			continue;
		free_bytes += area.bytes;
		largest = (uint32_t)pcpu_max64(largest, area.bytes);
	}
	if (free_bytes != map->free_bytes)
		return PCPU_INV_MAP_FREE_BYTES;
	return largest > map->hint_bytes ? PCPU_INV_MAP_HINT : PCPU_HOLDS;
}

/* Counts pages that touch the area and lie completely in its run. */
static uint32_t whole_pages(const struct pcpu_fit *fit)
{
	uint32_t nr = 0;

	for (uint32_t page = fit->offset / PCPU_PAGE_BYTES;
	     page * PCPU_PAGE_BYTES < fit->offset + fit->bytes; page++)
		nr += fit->run_start <= page * PCPU_PAGE_BYTES &&
		      (page + 1) * PCPU_PAGE_BYTES <= fit->run_end;
	return nr;
}

bool lab_same_fit(const struct pcpu_map *map, const struct pcpu_fit *fit,
		  const struct pcpu_fit *due)
{
	if (fit->offset != due->offset || fit->bytes != due->bytes)
		return false;
	if (lab_keeps_runs(map))
		return fit->run_start == due->run_start && fit->run_end == due->run_end;
	return due->run_start <= fit->run_start && fit->run_start <= fit->offset &&
	       fit->offset + fit->bytes <= fit->run_end && fit->run_end <= due->run_end &&
	       whole_pages(fit) == whole_pages(due);
}

const struct pcpu_map_ops lab_map_bytes = {
	.granule_bytes = 1,
	.capacity = bytes_capacity,
	.memory = bytes_memory,
	.init = bytes_init,
	.capacity_needed = bytes_capacity_needed,
	.move = bytes_move,
	.alloc = bytes_alloc,
	.free = bytes_free,
	.next = bytes_next,
	.free_pages = pcpu_free_pages_by_area,
	.check = bytes_check,
};
