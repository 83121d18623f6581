/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_area.c - map "area": signed run lengths in address order (SPEC.md 4).
 *
 *	bytes	|####|......|##|...|		# used, . free
 *	record	 -16    +24   -8 +12
 *	               ^ skip: all records before are used
 *
 * R1  No record is zero; absolute values add up to covered_bytes.
 * R2  Two free records are never neighbours: free merges, and alloc leaves no free neighbour of a
 *     free run's rest. So the record before a free one is used.
 * R3  The skip index only saves looking at records that an allocation would pass over anyway.
 *
 * Cost: alloc O(records behind skip), free O(records), both plus one shift of the records behind.
 */
#include <pcpu/bits.h>
#include <pcpu/map.h>

#define LEAST_SPLIT_BYTES 4u /* a smaller head or tail stays with its neighbour */
#define BLOCK_RECORDS	  8u /* that a free passes at once */

PCPU_STATIC_ASSERT(PCPU_MAX_UNIT_BYTES <= INT32_MAX, "a record holds a whole unit, negated too");
PCPU_STATIC_ASSERT(PCPU_DFL_MAP_ALLOC >= PCPU_MAP_SPARE, "a new map takes an object");

static uint32_t area_capacity(uint32_t covered_bytes, uint32_t wanted)
{
	return wanted;
}

static size_t area_memory(uint32_t covered_bytes, uint32_t capacity)
{
	return capacity * sizeof(int32_t);
}

static void area_init(struct pcpu_map *map, void *memory, uint32_t capacity, uint32_t used_bytes,
		      uint32_t covered_bytes)
{
	int32_t *record = memory;

	PCPU_ASSERT(used_bytes <= covered_bytes && covered_bytes <= PCPU_MAX_UNIT_BYTES);
	PCPU_ASSERT(capacity >= PCPU_MAP_SPARE);
	*map = (struct pcpu_map){.ops = map->ops, .memory = memory, .capacity = capacity};
	map->covered_bytes = covered_bytes;
	map->free_bytes = covered_bytes - used_bytes;
	map->hint_bytes = map->free_bytes;
	if (used_bytes)
		record[map->used++] = -(int32_t)used_bytes;
	if (map->free_bytes)
		record[map->used++] = (int32_t)map->free_bytes;
}

static uint32_t area_capacity_needed(const struct pcpu_map *map, uint32_t spare)
{
	uint32_t capacity = PCPU_DFL_MAP_ALLOC;

	if (map->capacity >= map->used + spare)
		return 0;
	while (capacity < map->used + spare)
		capacity *= 2;
	PCPU_DEBUG_ASSERT(capacity > map->capacity);
	return capacity;
}

static void area_move(struct pcpu_map *map, void *memory, uint32_t capacity)
{
	PCPU_ASSERT(capacity >= map->used);
	PCPU_DEBUG_ASSERT(memory != map->memory);
	memcpy(memory, map->memory, map->used * sizeof(int32_t));
	map->memory = memory;
	map->capacity = capacity;
}

/* Makes place for nr new records at index i, or (nr < 0) takes -nr records away there. */
static void records_shift(struct pcpu_map *map, uint32_t i, int32_t nr)
{
	int32_t *record = map->memory;
	uint32_t from = nr < 0 ? i + (uint32_t)-nr : i;
	size_t bytes = (map->used - from) * sizeof(int32_t);

	if (nr == 0)
		return;
	PCPU_DEBUG_ASSERT(from <= map->used);
	PCPU_DEBUG_ASSERT((int64_t)map->used + nr <= map->capacity);
	if (bytes)
		memmove(record + from + nr, record + from, bytes);
	map->used = (uint32_t)((int32_t)map->used + nr);
	map->nr_moved_bytes += bytes;
}

/* Lets the skip index pass the used records it stands at. */
static void skip_advance(struct pcpu_map *map)
{
	const int32_t *record = map->memory;
	uint32_t i = map->skip_records;

	for (; i < map->used && record[i] < 0; i++)
		map->skip_bytes += (uint32_t)-record[i];
	PCPU_DEBUG_ASSERT(map->skip_bytes <= map->covered_bytes);
	map->skip_records = i;
}

/* Are all pages of [start, start + size) populated? *hole: the first that is not. */
static bool pages_ready(const struct pcpu_pages *pages, uint32_t start, uint32_t size,
			uint32_t *hole)
{
	uint32_t end = (start + size - 1) / PCPU_PAGE_BYTES + 1;

	*hole = pcpu_bits_find(pages->populated, start / PCPU_PAGE_BYTES, end, false);
	return *hole == end;
}

/* Lowest start in the free run [run, end) that suits; beyond end - size when there is none. */
static uint32_t start_find(uint32_t run, uint32_t end, uint32_t size, uint32_t align,
			   const struct pcpu_pages *pages)
{
	uint32_t start = (uint32_t)pcpu_align_up(run, align);
	uint32_t last_page = (end - 1) / PCPU_PAGE_BYTES + 1;
	uint32_t hole;

	if (!pages || !pages->only)
		return start;
	while (start + size <= end && !pages_ready(pages, start, size, &hole)) {
		hole = pcpu_bits_find(pages->populated, hole, last_page, true);
		start = (uint32_t)pcpu_align_up((uint64_t)hole * PCPU_PAGE_BYTES, align);
	}
	return start;
}

/*
 * Carves [fit->offset, +fit->bytes) out of free record i. On return *fit holds the extent taken,
 * including a tail too small to split.
 *	before	|#####|........|###|	head: below 4 B the used area before grows
 *	after	|#####|h|##|..t|###|	tail: the rest, below 4 bytes it stays inside
 */
static void area_cut(struct pcpu_map *map, uint32_t i, uint32_t largest, struct pcpu_fit *fit)
{
	int32_t *record = map->memory;
	bool was_last = i + 1 == map->used;
	uint32_t start = fit->offset, size = fit->bytes, end = fit->run_end;
	uint32_t head = start - fit->run_start, tail = end - start - size;

	PCPU_DEBUG_ASSERT(record[i] == (int32_t)(end - fit->run_start));
	PCPU_DEBUG_ASSERT(fit->run_start <= start && start + size <= end);
	PCPU_DEBUG_ASSERT(end <= map->covered_bytes);
	PCPU_ASSERT(i == 0 || record[i - 1] < 0); /* R2; so a hint is never taken before a merge */
	if (tail < LEAST_SPLIT_BYTES)
		tail = 0;
	fit->bytes = end - start - tail;
	map->free_bytes -= fit->bytes;
	if (head > 0 && head < LEAST_SPLIT_BYTES) {
		PCPU_ASSERT(i > 0);
		record[i - 1] -= (int32_t)head;
		map->free_bytes -= head;
		head = 0;
	}
	if (i == map->skip_records && head == 0) {
		map->skip_records++;
		map->skip_bytes = start + fit->bytes;
	}
	records_shift(map, i + 1, (head > 0) + (tail > 0));
	if (head)
		record[i++] = (int32_t)head;
	record[i] = -(int32_t)fit->bytes;
	if (tail)
		record[i + 1] = (int32_t)tail;
	i += 1 + (tail > 0);
	PCPU_DEBUG_ASSERT(i == map->used || record[i] < 0); /* R2 */
	largest = (uint32_t)pcpu_max64(largest, pcpu_max64(head, tail));
	map->hint_bytes = was_last ? largest : (uint32_t)pcpu_max64(map->hint_bytes, largest);
	PCPU_DEBUG_ASSERT(map->hint_bytes >= largest && map->hint_bytes <= map->covered_bytes);
}

static enum pcpu_fit_result area_alloc(struct pcpu_map *map, uint32_t size, uint32_t align,
				       const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	const int32_t *record = map->memory;
	uint32_t from = map->skip_records, run, largest = 0, hole, i;

	PCPU_ASSERT(size > 0 && pcpu_is_pow2(align));
	PCPU_ASSERT(map->capacity >= map->used + PCPU_MAP_SPARE);
	skip_advance(map);
	run = map->skip_bytes;
	for (i = map->skip_records; i < map->used; i++) {
		uint32_t start, end;

		if (record[i] < 0) {
			run += (uint32_t)-record[i];
			continue;
		}
		end = run + (uint32_t)record[i];
		start = start_find(run, end, size, align, pages);
		if (start + size <= end) {
			map->nr_probes += i + 1 - from;
			*fit = (struct pcpu_fit){start, size, run, end};
			if (pages && !pages_ready(pages, start, size, &hole))
				return PCPU_FIT_UNBACKED;
			area_cut(map, i, largest, fit);
			return PCPU_FIT_TAKEN;
		}
		largest = (uint32_t)pcpu_max64(largest, (uint32_t)record[i]);
		run = end;
	}
	map->nr_probes += i - from;
	map->hint_bytes = largest;
	return PCPU_FIT_NONE;
}

static uint32_t block_bytes(const int32_t *record)
{
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < BLOCK_RECORDS; i++)
		bytes += (uint32_t)(record[i] < 0 ? -record[i] : record[i]);
	return bytes;
}

/* The used record that starts at offset; false when there is none. Blocks that end before it are
   passed whole, so that most records cost an addition and no question. */
static bool record_find(struct pcpu_map *map, uint32_t offset, uint32_t *found)
{
	const int32_t *record = map->memory;
	bool behind_skip = offset >= map->skip_bytes;
	uint32_t from = behind_skip ? map->skip_records : 0;
	uint32_t at = behind_skip ? map->skip_bytes : 0;
	uint32_t i = from, bytes;

	for (; i + BLOCK_RECORDS <= map->used; i += BLOCK_RECORDS, at += bytes) {
		bytes = block_bytes(record + i);
		if (at + bytes > offset)
			break;
	}
	for (; i < map->used && at < offset; i++)
		at += (uint32_t)(record[i] < 0 ? -record[i] : record[i]);
	map->nr_probes += i - from + 1;
	*found = i;
	return i < map->used && at == offset && record[i] < 0;
}

static bool area_free(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	int32_t *record = map->memory;
	uint32_t i, merged;
	bool left, right;

	if (!record_find(map, offset, &i))
		return false;
	record[i] = -record[i];
	fit->offset = offset;
	fit->bytes = (uint32_t)record[i];
	map->free_bytes += fit->bytes;
	left = i > 0 && record[i - 1] > 0;
	right = i + 1 < map->used && record[i + 1] > 0;
	merged = (uint32_t)(record[i] + (left ? record[i - 1] : 0) + (right ? record[i + 1] : 0));
	fit->run_start = offset - (left ? (uint32_t)record[i - 1] : 0);
	fit->run_end = fit->run_start + merged;
	i -= left;
	records_shift(map, i, -(int32_t)(left + right));
	PCPU_DEBUG_ASSERT(fit->run_end <= map->covered_bytes);
	PCPU_DEBUG_ASSERT(map->free_bytes <= map->covered_bytes);
	PCPU_DEBUG_ASSERT(i == 0 || record[i - 1] < 0);			     /* R2, on both sides */
	PCPU_DEBUG_ASSERT(i + 1 == map->used || record[i + 1] < 0);
	record[i] = (int32_t)merged;
	map->hint_bytes = (uint32_t)pcpu_max64(map->hint_bytes, merged);
	if (i < map->skip_records) {
		map->skip_records = i;
		map->skip_bytes = fit->run_start;
	}
	return true;
}

static bool area_next(const struct pcpu_map *map, struct pcpu_area *area)
{
	const int32_t *record = map->memory;
	uint32_t i = area->cursor;

	if (i >= map->used)
		return false;
	area->offset += area->bytes;
	area->used = record[i] < 0;
	area->bytes = (uint32_t)(area->used ? -record[i] : record[i]);
	area->cursor = i + 1;
	return true;
}

static enum pcpu_invariant area_check(const struct pcpu_map *map, uint32_t *at)
{
	const int32_t *record = map->memory;
	struct pcpu_area area = {0};
	uint32_t free_bytes = 0, largest = 0;

	*at = 0;
	if (map->used > map->capacity)
		return PCPU_INV_MAP_CAPACITY;
	while (area_next(map, &area)) {
		uint32_t i = area.cursor - 1;

		*at = area.offset;
		if (record[i] == 0)
			return PCPU_INV_MAP_ENTRY_ZERO;
		if (!area.used && i > 0 && record[i - 1] > 0)
			return PCPU_INV_MAP_FREE_NEIGHBOURS;
		if (i < map->skip_records && !area.used)
			return PCPU_INV_MAP_SKIP;
		if (i == map->skip_records && map->skip_bytes != area.offset)
			return PCPU_INV_MAP_SKIP;
		if (area.used)
			continue;
		free_bytes += area.bytes;
		largest = (uint32_t)pcpu_max64(largest, area.bytes);
	}
	if (area.offset + area.bytes != map->covered_bytes)
		return PCPU_INV_MAP_SUM;
	if (map->skip_records > map->used ||
	    (map->skip_records == map->used && map->skip_bytes != map->covered_bytes))
		return PCPU_INV_MAP_SKIP;
	if (free_bytes != map->free_bytes)
		return PCPU_INV_MAP_FREE_BYTES;
	return largest > map->hint_bytes ? PCPU_INV_MAP_HINT : PCPU_HOLDS;
}

extern const struct pcpu_map_ops pcpu_map_area;
const struct pcpu_map_ops pcpu_map_area = {
	.granule_bytes = 1,
	.capacity = area_capacity,
	.memory = area_memory,
	.init = area_init,
	.capacity_needed = area_capacity_needed,
	.move = area_move,
	.alloc = area_alloc,
	.free = area_free,
	.next = area_next,
	.free_pages = pcpu_free_pages_by_area,
	.check = area_check,
};
