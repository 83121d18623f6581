/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * blocks.h - a map of granules of 4 bytes in blocks of one page, with a record of what is free in
 * each block and one for the whole chunk (SPEC.md 15.2, 15.3).
 *
 *	bytes	0	 base	used_bytes		  covered_bytes
 *		|........|######|............................|##|	# hidden, for ever used
 *	blocks		 |    0	    |	  1	|     2	     |
 *	granule		 0	start			     end  size
 *
 * The rules are cited by their labels there: M (coordinates), P (report), R (rescan), W (walk),
 * T (take), G (free), L (find), A (place), X (populated pages only), H (exact hints).
 *
 *	blocks.c	bits, runs, areas; what both maps on top of it are made of
 *	block_record.c	report a stretch to a record (15.4), count a record from the bits (H1)
 *	block_hints.c	keep lazy records through takes and frees (15.4-15.6)
 *	block_find.c	where to start and which granule (15.7, 15.8, X1)
 */
#ifndef PCPU_BLOCKS_H
#define PCPU_BLOCKS_H

#include <pcpu/bits.h>
#include <pcpu/map.h>

/* Granules of a block: a page. Any other number makes "page" mean a block, for exhaustive tests. */
#ifndef PCPU_BLOCK_GRANULES
#define PCPU_BLOCK_GRANULES (PCPU_PAGE_BYTES / 4)
#endif
#define PCPU_BLOCK	   ((uint32_t)(PCPU_BLOCK_GRANULES))
#define PCPU_GRANULE_BYTES 4u
#define PCPU_BLOCK_BYTES   (PCPU_BLOCK * PCPU_GRANULE_BYTES)

PCPU_STATIC_ASSERT(PCPU_BLOCK <= UINT16_MAX, "a place in a block, its end too, has 16 bits");

/* What is free in a block (positions from its start) or in the chunk (left, right unused). */
struct pcpu_record {
	uint32_t best_start, best_length;     /* the longest stretch */
	uint32_t second_start, second_length; /* one before it, or of its length */
	uint32_t first;			      /* nothing is free below */
	uint32_t left, right;		      /* free granules at the edges */
};

/* A block's record as it is stored. */
struct pcpu_block {
	uint16_t best_start, best_length, second_start, second_length, first, left, right;
};

/* In front of the map's memory; bits and block records follow. No pointers: it may be moved. */
struct pcpu_blocks_head {
	uint32_t base_bytes;	  /* of position 0 in the unit (M1) */
	uint32_t nr_blocks, size; /* size: granules in all blocks */
	uint32_t start, end;	  /* managed granules; the others are hidden (M2) */
	struct pcpu_record chunk;
};

PCPU_STATIC_ASSERT(sizeof(struct pcpu_blocks_head) % 8 == 0, "the bits behind it are aligned");

/* Where everything lies in one map's memory. */
struct pcpu_blocks {
	struct pcpu_blocks_head *head;
	uint64_t *used;		  /* granule is taken or hidden (M3) */
	uint64_t *edges;	  /* one bit more: an area starts or ended here */
	struct pcpu_block *block; /* head->nr_blocks */
	uint32_t size, covered_bytes;
};

/* The longest stretch that a placement passed by (A2); length 0: none. */
struct pcpu_missed {
	uint32_t start, length;
};

struct pcpu_blocks pcpu_blocks_of(const struct pcpu_map *map);

extern const struct pcpu_map_ops pcpu_map_linux61, pcpu_map_linux61_exact;

/* The map's operations that need no records, or are the same for all. */
uint32_t pcpu_blocks_capacity(uint32_t covered_bytes, uint32_t wanted);
size_t pcpu_blocks_memory(uint32_t covered_bytes, uint32_t capacity);
uint32_t pcpu_blocks_capacity_needed(const struct pcpu_map *map, uint32_t spare);
void pcpu_blocks_move(struct pcpu_map *map, void *memory, uint32_t capacity);
bool pcpu_blocks_next(const struct pcpu_map *map, struct pcpu_area *area);

/* The counts, and records of a map that is wholly free: the hidden parts are to be taken yet. */
void pcpu_blocks_init(struct pcpu_map *map, void *memory, uint32_t used_bytes,
		      uint32_t covered_bytes);

/* After each call that changed records: the counts that callers read. */
void pcpu_blocks_publish(struct pcpu_map *map);

/* Bits, edges and the chunk's first of [p, p + n) (M3; the first lines of 15.5 and 15.6). */
void pcpu_blocks_take(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n);
void pcpu_blocks_release(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n);

/* The object that starts at this byte of the unit: false where none does (B19). */
bool pcpu_blocks_object(const struct pcpu_blocks *blocks, uint32_t offset, uint32_t *p,
			uint32_t *n);

/* The lowest position in [from, at] from which all below `at` is free. */
uint32_t pcpu_blocks_free_from(const struct pcpu_blocks *blocks, uint32_t from, uint32_t at);

/* [p, p + n), and the free run around it, in bytes of the unit, without what is hidden. */
struct pcpu_fit pcpu_blocks_fit(const struct pcpu_blocks *blocks, uint32_t p, uint32_t n);

/* What every map of blocks holds, whatever its records are worth. */
enum pcpu_invariant pcpu_blocks_check(const struct pcpu_map *map, uint32_t *at);

/* The byte of the unit at a position; what lies half outside ends at covered_bytes (V4). */
static inline uint32_t pcpu_blocks_byte(const struct pcpu_blocks *blocks, uint32_t position)
{
	return (uint32_t)pcpu_min64(blocks->covered_bytes,
				    blocks->head->base_bytes +
					    (uint64_t)position * PCPU_GRANULE_BYTES);
}

/* The number in the unit of the page that a block is. */
static inline uint32_t pcpu_blocks_page(const struct pcpu_blocks *blocks, uint32_t block)
{
	return blocks->head->base_bytes / PCPU_BLOCK_BYTES + block;
}

/* --- block_record.c --------------------------------------------------------------------------- */

/* Trailing zero bits; position 0 is the best-aligned one. */
static inline uint32_t pcpu_alignment_bits(uint32_t position)
{
	return position ? (uint32_t)__builtin_ctz(position) : 32;
}

/* A record of so many free granules. */
struct pcpu_record pcpu_record_free(uint32_t size);

struct pcpu_record pcpu_record_load(const struct pcpu_blocks *blocks, uint32_t block);
void pcpu_record_store(const struct pcpu_blocks *blocks, uint32_t block,
		       const struct pcpu_record *record);

/* Reports the free stretch [s, e) to a record over `size` granules (P1-P4). */
void pcpu_record_report(struct pcpu_record *record, uint32_t size, uint32_t s, uint32_t e);

/* What is free in [from, to), counted from the bits, exactly (H1). */
struct pcpu_record pcpu_record_count(const struct pcpu_blocks *blocks, uint32_t from, uint32_t to);

/* --- block_hints.c ---------------------------------------------------------------------------- */

/* The records after [p, p + n) was taken (T2-T5) or released (G1-G4). */
void pcpu_hints_take(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t p,
		     uint32_t n);
void pcpu_hints_release(struct pcpu_map *map, const struct pcpu_blocks *blocks, uint32_t p,
			uint32_t n);

/* What a placement passed by, reported to its block (A3). Before the take. */
void pcpu_hints_missed(const struct pcpu_blocks *blocks, const struct pcpu_missed *missed);

/* --- block_find.c ----------------------------------------------------------------------------- */

/* A request in granules (Q1). */
struct pcpu_blocks_request {
	uint32_t n, align;
	const struct pcpu_pages *pages; /* NULL: all are there */
};

/* False where no alignment of the map can be one of the unit. */
bool pcpu_blocks_request(const struct pcpu_blocks *blocks, uint32_t size, uint32_t align,
			 const struct pcpu_pages *pages, struct pcpu_blocks_request *request);

/* Does the chunk's best do (L1)? */
bool pcpu_blocks_best_fits(const struct pcpu_blocks *blocks,
			   const struct pcpu_blocks_request *request);

/* Where to start (L2, L3, X1). False: no block has a fit. */
bool pcpu_blocks_find(struct pcpu_map *map, const struct pcpu_blocks *blocks,
		      const struct pcpu_blocks_request *request, uint32_t *start);

/* Which granule, from `start` and with its end at or below `limit` (A1, A2). */
bool pcpu_blocks_place(const struct pcpu_blocks *blocks, const struct pcpu_blocks_request *request,
		       uint32_t start, uint32_t limit, uint32_t *p, struct pcpu_missed *missed);

/* How far a placement goes that starts where find says (15.8). */
uint32_t pcpu_blocks_limit(const struct pcpu_blocks *blocks,
			   const struct pcpu_blocks_request *request, uint32_t start);

/* Are the pages of [p, p + n) there? */
bool pcpu_blocks_backed(const struct pcpu_blocks *blocks, const struct pcpu_pages *pages,
			uint32_t p, uint32_t n);

#endif
