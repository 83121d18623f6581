/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_parts.h - shared by the files of the model. Positions and lengths are granules
 * of 4 bytes unless a name says bytes.
 *
 *	block 0		 block 1	  block 2
 *	[hidden|#..##...][####..#.#######][..##.....|hidden]	# used . free
 *	 position 0 = start of the page of the first managed byte
 */
#ifndef LAB_LINUX61_MODEL_PARTS_H
#define LAB_LINUX61_MODEL_PARTS_H

#include <pcpu/base.h>
#include "harness/check/linux61/linux61_model.h"

#define LAB_L61_GRANULE 4u
#define LAB_L61_BLOCK	(PCPU_PAGE_BYTES / LAB_L61_GRANULE) /* granules of a block: one page */
#define LAB_L61_NOWHERE UINT32_MAX

struct lab_l61_chunk {
	uint32_t id;	      /* or LAB_LINUX61_RESERVED */
	uint32_t start_bytes; /* unit offset of position 0 */
	uint32_t size;	      /* of the map, a multiple of LAB_L61_BLOCK */
	uint32_t nr_blocks;
	uint32_t from, to; /* managed: [from, to) of the map, the rest is hidden (M2) */
	uint32_t free_bytes;
	uint8_t *used;	    /* [size] */
	uint8_t *edge;	    /* [size + 1] */
	uint8_t *populated; /* [nr_blocks] */
	uint32_t *nr_used;  /* [nr_blocks] granules, recounted when a block is touched */
	uint32_t nr_empty;  /* populated pages without a used granule; recounted with nr_used */
	bool immutable;	    /* first and reserved: never depopulated */
	bool isolated;
	uint32_t list; /* LAB_L61_NOWHERE: on no list */
	struct lab_linux61_record record;
	struct lab_linux61_record *block; /* [nr_blocks] */
};

/* Chunks of one list, head first. */
struct lab_l61_list {
	struct lab_l61_chunk **at;
	uint32_t nr, capacity;
};

struct lab_linux61 {
	struct lab_linux61_config config;
	struct lab_l61_chunk *reserved; /* NULL: there is none */
	struct lab_l61_chunk **chunk;	/* [counts.nr_made] by id, NULL: destroyed */
	uint32_t capacity;
	struct lab_l61_list *list; /* [nr_lists] */
	uint32_t nr_lists;
	uint32_t v;	    /* slot(unit) */
	bool atomic_failed; /* the mark of K3 */
	bool balance_wanted;
	struct lab_linux61_counts counts;
};

/* A request in units of the map. */
struct lab_l61_request {
	uint32_t n, a;	     /* Q1, granules */
	uint32_t size_bytes; /* rounded */
	bool populated_only; /* X1 */
};

/* linux61_model_record.c: 15.3, 15.4 */
uint32_t lab_l61_tz(uint32_t x);
uint32_t lab_l61_pad(uint32_t x, uint32_t a);
uint32_t lab_l61_end(struct lab_linux61_stretch s);
bool lab_l61_meets(uint32_t a, uint32_t b, uint32_t x, uint32_t y); /* F2 */
struct lab_linux61_record lab_l61_record_free(uint32_t size);
void lab_l61_report(struct lab_linux61_record *r, uint32_t size, uint32_t s, uint32_t e);
void lab_l61_rescan_block(struct lab_l61_chunk *c, uint32_t block);
void lab_l61_rescan_chunk(struct lab_l61_chunk *c, bool full);

/* linux61_model_area.c: 15.5, 15.6; exact: H1 follows */
uint32_t lab_l61_next_free(const struct lab_l61_chunk *c, uint32_t from, uint32_t to);
void lab_l61_recount(struct lab_l61_chunk *c, uint32_t s, uint32_t e);
void lab_l61_take(struct lab_l61_chunk *c, uint32_t p, uint32_t n, bool exact);
void lab_l61_give(struct lab_l61_chunk *c, uint32_t p, uint32_t n, bool exact);

/* linux61_model_exact.c: 15.17 */
void lab_l61_make_exact(struct lab_l61_chunk *c, uint32_t s, uint32_t e);
bool lab_l61_first_fit(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t *p);

/* linux61_model_find.c: 15.7, 15.8, X1. find returns the start t; place the granule. Neither takes
   it. */
struct lab_l61_missed {
	uint32_t c, u; /* A2; c = u: none */
};
bool lab_l61_find(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t *t);
bool lab_l61_place(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t t,
		   uint32_t *p, struct lab_l61_missed *missed);
void lab_l61_report_missed(struct lab_l61_chunk *c, struct lab_l61_missed missed); /* A3 */

/* linux61_model_lists.c: 15.9, 15.11 and chunks as such */
uint32_t lab_l61_slot_of_bytes(uint32_t bytes);
uint32_t lab_l61_sidelined(const struct lab_linux61 *m);
uint32_t lab_l61_free_slot(const struct lab_linux61 *m);
uint32_t lab_l61_to_be_depopulated(const struct lab_linux61 *m);
uint32_t lab_l61_slot(const struct lab_linux61 *m, const struct lab_l61_chunk *c); /* S1 */
void lab_l61_move(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t list, bool to_head);
void lab_l61_after_change(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t before); /* S2 */
void lab_l61_reintegrate(struct lab_linux61 *m, struct lab_l61_chunk *c);		    /* N3 */
void lab_l61_populate(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t page);
void lab_l61_depopulate(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t page);
uint32_t lab_l61_total(const struct lab_linux61 *m); /* E1 */

/* linux61_model_chunk.c */
void *lab_l61_memory(size_t nr, size_t bytes);
struct lab_l61_chunk *lab_l61_chunk_create(const struct lab_linux61 *m, uint32_t from_bytes,
					   uint32_t bytes);
void lab_l61_chunk_destroy(struct lab_l61_chunk *c);
struct lab_l61_chunk *lab_l61_chunk_add(struct lab_linux61 *m, struct lab_l61_chunk *c);
struct lab_l61_chunk *lab_l61_chunk_make(struct lab_linux61 *m); /* a later one, S3 */
void lab_l61_chunk_remove(struct lab_linux61 *m, struct lab_l61_chunk *c);

/* linux61_model_balance.c: 15.13, one pass */
void lab_l61_balance(struct lab_linux61 *m);

#endif
