/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * oracle.c - the placement oracle: chunks on lists by slot, and in which order they are tried.
 *
 *	slot	0 []  1 [3]  2 []  ...  last [5 2]	numbers of chunks, head first
 *
 * Each rule is a sentence of SPEC.md 4.6 or 5, in its order, without optimisation.
 */
#include "harness/check/oracle.h"

static size_t map_bytes(uint32_t covered_bytes)
{
	return lab_map_bytes.memory(covered_bytes, covered_bytes);
}

static size_t list_bytes(uint32_t nr_chunks)
{
	return (size_t)pcpu_align_up((uint64_t)LAB_ORACLE_SLOTS * nr_chunks * sizeof(uint32_t), 8);
}

size_t lab_oracle_memory(const struct pcpu_layout *layout, uint32_t nr_chunks)
{
	return nr_chunks * (sizeof(struct lab_oracle_chunk) + map_bytes(layout->unit_bytes)) +
	       list_bytes(nr_chunks);
}

/* SPEC.md 4.6: 1-15 -> 1, 16-31 -> 2, 32-63 -> 3 ... */
static uint32_t slot_of_size(uint32_t size)
{
	uint32_t slot = 1;

	for (uint64_t end = 16; size >= end; end *= 2)
		slot++;
	return slot;
}

static bool is_wholly_free(const struct lab_oracle *oracle, const struct lab_oracle_chunk *chunk)
{
	return chunk->start_bytes == 0 && chunk->map.free_bytes == oracle->unit_bytes;
}

static uint32_t slot_of_chunk(const struct lab_oracle *oracle,
			      const struct lab_oracle_chunk *chunk)
{
	if (is_wholly_free(oracle, chunk))
		return oracle->nr_slots - 1;
	if (chunk->map.free_bytes < LAB_LEAST_FREE_BYTES ||
	    chunk->map.hint_bytes < LAB_LEAST_FREE_BYTES)
		return 0;
	return slot_of_size(chunk->map.free_bytes);
}

/* --- lists as arrays ------------------------------------------------------------------------- */

static uint32_t number_of(const struct lab_oracle *oracle, const struct lab_oracle_chunk *chunk)
{
	return (uint32_t)(chunk - oracle->chunk);
}

static void list_insert(struct lab_oracle *oracle, uint32_t slot, uint32_t at, uint32_t number)
{
	uint32_t *list = oracle->list + slot * oracle->capacity;

	for (uint32_t i = oracle->nr_listed[slot]++; i > at; i--)
		list[i] = list[i - 1];
	list[at] = number;
	oracle->chunk[number].slot = (int)slot;
}

static void list_remove(struct lab_oracle *oracle, uint32_t number)
{
	uint32_t slot = (uint32_t)oracle->chunk[number].slot;
	uint32_t *list = oracle->list + slot * oracle->capacity;
	uint32_t at = 0;

	while (list[at] != number)
		at++;
	oracle->nr_listed[slot]--;
	for (; at < oracle->nr_listed[slot]; at++)
		list[at] = list[at + 1];
	oracle->chunk[number].slot = -1;
}

static void oracle_relocate(struct lab_oracle *oracle, struct lab_oracle_chunk *chunk)
{
	uint32_t slot = slot_of_chunk(oracle, chunk);
	int before = chunk->slot;

	if (chunk == &oracle->reserved || before == (int)slot)
		return;
	list_remove(oracle, number_of(oracle, chunk));
	list_insert(oracle, slot, (int)slot > before ? 0 : oracle->nr_listed[slot],
		    number_of(oracle, chunk));
}

/* --- chunks ---------------------------------------------------------------------------------- */

static void map_init(struct lab_oracle_chunk *chunk, void *memory, uint32_t used_bytes,
		     uint32_t covered_bytes)
{
	chunk->map.ops = &lab_map_bytes;
	lab_map_bytes.init(&chunk->map, memory, covered_bytes, used_bytes, covered_bytes);
}

static struct lab_oracle_chunk *chunk_create(struct lab_oracle *oracle, uint32_t used_bytes,
					     uint32_t covered_bytes)
{
	struct lab_oracle_chunk *chunk = oracle->chunk;

	while (chunk->exists)
		chunk++;
	PCPU_ASSERT(number_of(oracle, chunk) < oracle->capacity);
	chunk->exists = true;
	chunk->id = oracle->next_id++;
	chunk->start_bytes = used_bytes;
	map_init(chunk, chunk->map.memory, used_bytes, covered_bytes);
	list_insert(oracle, slot_of_chunk(oracle, chunk), 0, number_of(oracle, chunk));
	return chunk;
}

void lab_oracle_init(struct lab_oracle *oracle, const struct pcpu_layout *layout,
		     uint32_t nr_chunks, void *memory)
{
	uint32_t kept = layout->static_bytes + layout->reserved_bytes;
	char *at = memory;

	PCPU_ASSERT(nr_chunks >= 2);
	*oracle = (struct lab_oracle){.unit_bytes = pcpu_layout_covers(layout),
				      .capacity = nr_chunks - 1,
				      .align_max = pcpu_layout_align_max(layout)};
	oracle->nr_slots = slot_of_size(oracle->unit_bytes) + 2;
	oracle->chunk = (struct lab_oracle_chunk *)(void *)at;
	memset(oracle->chunk, 0, nr_chunks * sizeof(*oracle->chunk));
	at += nr_chunks * sizeof(struct lab_oracle_chunk);
	oracle->list = (uint32_t *)(void *)at;
	at += list_bytes(nr_chunks);
	for (uint32_t i = 0; i < oracle->capacity; i++)
		oracle->chunk[i].map.memory = at + i * map_bytes(layout->unit_bytes);
	at += oracle->capacity * map_bytes(layout->unit_bytes);
	oracle->reserved = (struct lab_oracle_chunk){
		.exists = layout->reserved_bytes != 0, .id = LAB_ORACLE_RESERVED, .slot = -1,
		.start_bytes = layout->static_bytes,
	};
	if (oracle->reserved.exists)
		map_init(&oracle->reserved, at, layout->static_bytes, kept);
	oracle->first = chunk_create(oracle, kept, layout->size_sum_bytes);
}

/* --- allocate and free ----------------------------------------------------------------------- */

static bool try_chunk(struct lab_oracle *oracle, struct lab_oracle_chunk *chunk,
		      uint32_t size, uint32_t align, uint32_t *offset)
{
	struct pcpu_fit fit;
	bool placed;

	if (size > chunk->map.hint_bytes)
		return false;
	placed = lab_map_bytes.alloc(&chunk->map, size, align, NULL, &fit) == PCPU_FIT_TAKEN;
	*offset = placed ? fit.offset : 0;
	oracle_relocate(oracle, chunk);
	return placed;
}

/* "Slots from slot(size) up, each list in order": tries the chunks that a slot held when its turn
   came and that are still in it. */
static struct lab_oracle_chunk *try_slots(struct lab_oracle *oracle, uint32_t size,
					  uint32_t align, uint32_t *offset)
{
	for (uint32_t slot = slot_of_size(size); slot < oracle->nr_slots; slot++) {
		const uint32_t *list = oracle->list + slot * oracle->capacity;

		for (uint32_t i = 0; i < oracle->nr_listed[slot];) {
			struct lab_oracle_chunk *chunk = &oracle->chunk[list[i]];

			if (try_chunk(oracle, chunk, size, align, offset))
				return chunk;
			if (chunk->slot == (int)slot)
				i++;
		}
	}
	return NULL;
}

static void describe_place(const struct lab_oracle *oracle, const struct lab_oracle_chunk *chunk,
			   uint32_t offset, struct pcpu_place *place)
{
	place->kind = chunk == &oracle->reserved ? PCPU_CHUNK_RESERVED :
		      chunk == oracle->first	 ? PCPU_CHUNK_FIRST :
						   PCPU_CHUNK_LATER;
	place->chunk_id = chunk->id;
	place->offset = offset;
}

static bool is_legal(const struct lab_oracle *oracle, uint32_t size, uint32_t align)
{
	return size != 0 && size <= PCPU_MIN_UNIT_BYTES && align != 0 &&
	       align <= oracle->align_max && (align & (align - 1)) == 0;
}

bool lab_oracle_alloc(struct lab_oracle *oracle, uint32_t size, uint32_t align, unsigned flags,
		      struct pcpu_place *place)
{
	struct lab_oracle_chunk *chunk;
	uint32_t offset = 0;

	if (!is_legal(oracle, size, align))
		return false;
	if (flags & PCPU_RESERVED && oracle->reserved.exists) {
		chunk = &oracle->reserved;
		if (!try_chunk(oracle, chunk, size, align, &offset))
			return false;
	} else {
		chunk = try_slots(oracle, size, align, &offset);
		if (!chunk) {
			chunk_create(oracle, 0, oracle->unit_bytes);
			chunk = try_slots(oracle, size, align, &offset);
		}
		PCPU_ASSERT(chunk != NULL);
	}
	describe_place(oracle, chunk, offset, place);
	return true;
}

struct lab_oracle_chunk *lab_oracle_find(struct lab_oracle *oracle, uint32_t id)
{
	if (id == LAB_ORACLE_RESERVED)
		return oracle->reserved.exists ? &oracle->reserved : NULL;
	for (uint32_t i = 0; i < oracle->capacity; i++) {
		if (oracle->chunk[i].exists && oracle->chunk[i].id == id)
			return &oracle->chunk[i];
	}
	return NULL;
}

bool lab_oracle_free(struct lab_oracle *oracle, const struct pcpu_place *place, bool *kicked)
{
	uint32_t id = place->kind == PCPU_CHUNK_RESERVED ? LAB_ORACLE_RESERVED : place->chunk_id;
	struct lab_oracle_chunk *chunk = lab_oracle_find(oracle, id);
	struct pcpu_fit fit;

	*kicked = false;
	if (!chunk || place->offset < chunk->start_bytes ||
	    !lab_map_bytes.free(&chunk->map, place->offset, &fit))
		return false;
	oracle_relocate(oracle, chunk);
	*kicked = is_wholly_free(oracle, chunk) && oracle->nr_listed[oracle->nr_slots - 1] > 1;
	return true;
}

void lab_oracle_reclaim(struct lab_oracle *oracle)
{
	uint32_t last = oracle->nr_slots - 1;

	while (oracle->nr_listed[last] > 1) {
		uint32_t number = oracle->list[last * oracle->capacity + 1];

		list_remove(oracle, number);
		oracle->chunk[number].exists = false;
	}
}
