/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_bytes.c - a map that says of each byte what it is.
 *
 *	state	SMMMMM......SM.........	S: an area starts here, M: it goes on, . free
 *
 *	before	SMM.......SM		size 3 at align 8: head 1, tail 3
 *	after	SMMMSMMMMMSM		a head or tail under 4 bytes stays with its neighbour
 *
 * R1  A byte is a record, and the records in use end where the last used area ends: what lies behind is
 *     one free run, which nobody has to read through.
 */
#include "map_bytes.h"
#include "bits.h"

#define LEAST_SPLIT_BYTES 4u

enum { FREE, START, MORE };

static uint32_t bytes_room(uint32_t covered_bytes, uint32_t wanted)
{
	return covered_bytes;
}

static size_t bytes_memory(uint32_t covered_bytes, uint32_t room)
{
	return covered_bytes;
}

/* [from, to) becomes one area, or free. */
static void area_set(struct pcpu_map *map, uint32_t from, uint32_t to, bool used)
{
	uint8_t *state = map->memory;

	memset(state + from, used ? MORE : FREE, to - from);
	if (!used || from == to)
		return;
	state[from] = START;
	map->used = (uint32_t)pcpu_max64(map->used, to);
}

/* Where the free run or the area that starts here ends. */
static uint32_t area_end(const struct pcpu_map *map, uint32_t at)
{
	const uint8_t *state = map->memory;
	uint8_t same = state[at] == FREE ? FREE : MORE;
	uint64_t eight, eight_same = UINT64_C(0x0101010101010101) * same;

	for (at++; at + 8 <= map->used; at += 8) { /* most runs are long */
		__builtin_memcpy(&eight, state + at, 8); /* a load: freestanding code would call */
		if (eight != eight_same)
			break;
	}
	while (at < map->used && state[at] == same)
		at++;
	return at >= map->used && same == FREE ? map->covered_bytes : at;
}

static void bytes_init(struct pcpu_map *map, void *memory, uint32_t room, uint32_t used_bytes,
		       uint32_t covered_bytes)
{
	*map = (struct pcpu_map){ .ops = map->ops, .memory = memory, .room = room };
	map->covered_bytes = covered_bytes;
	map->free_bytes = covered_bytes - used_bytes;
	map->hint_bytes = map->free_bytes;
	area_set(map, 0, used_bytes, true);
	area_set(map, used_bytes, covered_bytes, false);
}

static uint32_t bytes_full(const struct pcpu_map *map, uint32_t spare)
{
	return 0;
}

static void bytes_move(struct pcpu_map *map, void *memory, uint32_t room)
{
	memcpy(memory, map->memory, map->covered_bytes);
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

/* The lowest start in the free run [run, end) that suits, or one from which size does not fit. */
static uint32_t start_find(uint32_t run, uint32_t end, uint32_t size, uint32_t align,
			   const struct pcpu_pages *pages)
{
	uint32_t start = (run + align - 1) / align * align;

	while (pages && pages->only && start + size <= end && !is_populated(pages, start, size))
		start += align;
	return start;
}

/* Takes [start, start + size) of the free run [run, end); largest: of the runs before it. */
static void cut(struct pcpu_map *map, uint32_t run, uint32_t end, uint32_t start, uint32_t size,
		uint32_t largest, struct pcpu_fit *fit)
{
	bool was_last = end == map->covered_bytes;
	uint32_t head = start - run, tail = end - start - size;

	*fit = (struct pcpu_fit){ start, size, run, end };
	if (tail < LEAST_SPLIT_BYTES) {
		fit->bytes += tail;
		tail = 0;
	}
	map->free_bytes -= fit->bytes;
	area_set(map, start, start + fit->bytes, true);
	if (head > 0 && head < LEAST_SPLIT_BYTES) {
		memset((uint8_t *)map->memory + run, MORE, head);
		map->free_bytes -= head;
		head = 0;
	}
	largest = (uint32_t)pcpu_max64(largest, pcpu_max64(head, tail));
	map->hint_bytes = was_last ? largest : (uint32_t)pcpu_max64(map->hint_bytes, largest);
}

static enum pcpu_fit_result bytes_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
					const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	const uint8_t *state = map->memory;
	uint32_t largest = 0, end;

	for (uint32_t run = 0; run < map->covered_bytes; run = end) {
		uint32_t start;

		end = area_end(map, run);
		if (state[run] != FREE)
			continue;
		start = start_find(run, end, size, align, pages);
		if (start + size <= end) {
			*fit = (struct pcpu_fit){ start, size, run, end };
			if (pages && !is_populated(pages, start, size))
				return PCPU_FIT_UNBACKED;
			cut(map, run, end, start, size, largest, fit);
			return PCPU_FIT_TAKEN;
		}
		largest = (uint32_t)pcpu_max64(largest, end - run);
	}
	map->hint_bytes = largest;
	return PCPU_FIT_NONE;
}

static bool bytes_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	uint8_t *state = map->memory;
	uint32_t from = offset;

	if (offset >= map->covered_bytes || state[offset] != START)
		return false;
	fit->offset = offset;
	fit->bytes = area_end(map, offset) - offset;
	area_set(map, offset, offset + fit->bytes, false);
	map->free_bytes += fit->bytes;
	while (from > 0 && state[from - 1] == FREE)
		from--;
	if (offset + fit->bytes == map->used)
		map->used = from;
	fit->run_start = from;
	fit->run_end = area_end(map, from);
	map->hint_bytes = (uint32_t)pcpu_max64(map->hint_bytes, fit->run_end - fit->run_start);
	return true;
}

static bool bytes_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	const uint8_t *state = map->memory;

	if (area->cursor >= map->covered_bytes)
		return false;
	area->offset = area->cursor;
	area->cursor = area_end(map, area->offset);
	area->bytes = area->cursor - area->offset;
	area->used = state[area->offset] != FREE;
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

const struct pcpu_map_ops lab_map_bytes = {
	.name = "bytes",
	.granule_bytes = 1,
	.room = bytes_room,
	.memory = bytes_memory,
	.init = bytes_init,
	.full = bytes_full,
	.move = bytes_move,
	.alloc = bytes_alloc,
	.free = bytes_free,
	.next = bytes_next,
	.check = bytes_check,
};
