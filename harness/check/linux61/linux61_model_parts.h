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
#include "harness/check/linux61/linux61_judge.h"
#include "harness/check/linux61/linux61_model.h"

#define LAB_L61_GRANULE 4u
#define LAB_L61_BLOCK	(PCPU_PAGE_BYTES / LAB_L61_GRANULE) /* granules of a block: one page */
#define LAB_L61_NOWHERE UINT32_MAX

/* judged: the longest run of a block and those at its edges, from the bits. */
struct lab_l61_truth {
	uint32_t longest, left, right;
};

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
	uint32_t repaired; /* causes that its records, or a search in it, do not have */
	/* judged, else NULL. The records that this chunk would have with other causes repaired: its
	   bits are the chunk's, its records [nr_blocks] its own. */
	struct lab_l61_chunk *shadow; /* [nr_shadows] */
	uint32_t nr_shadows;
	struct lab_l61_truth *truth; /* [nr_blocks] */
	uint32_t longest;	     /* run of the chunk, from `truth` */
	bool is_tried;		     /* by the walk that is judged */
	bool shadow_parked;	     /* of a shadow: it would be on list 0 by S4 ... */
	uint32_t shadow_slot;	     /* ... and its number by S1 */
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
	struct lab_linux61_finding finding; /* of the latest request, if judged */
};

/* A request in units of the map. */
struct lab_l61_request {
	uint32_t n, a;	     /* Q1, granules */
	uint32_t size_bytes; /* rounded */
	bool populated_only; /* X1 */
};

static inline bool lab_l61_repairs(uint32_t repaired, enum lab_linux61_cause cause)
{
	return repaired >> cause & 1;
}

/* linux61_model_record.c: 15.3, 15.4 */
uint32_t lab_l61_tz(uint32_t x);
uint32_t lab_l61_pad(uint32_t x, uint32_t a);
uint32_t lab_l61_end(struct lab_linux61_stretch s);
bool lab_l61_meets(uint32_t a, uint32_t b, uint32_t x, uint32_t y); /* F2 */
struct lab_linux61_record lab_l61_record_free(uint32_t size);
void lab_l61_report(struct lab_linux61_record *r, uint32_t size, uint32_t s, uint32_t e);
/* The same with B25 repaired, if it is among them. */
void lab_l61_report_by(uint32_t repaired, struct lab_linux61_record *r, uint32_t size, uint32_t s,
		       uint32_t e);
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
/* Plain first fit from granule `from` on, by the bits alone. */
bool lab_l61_search(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t from,
		    uint32_t *p);
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

/* linux61_model.c. One chunk: L1 to 15.8 and, if exact, H3: the granule, and what was missed. */
enum lab_l61_answer { LAB_L61_FITS, LAB_L61_NOT_FOUND, LAB_L61_NOT_PLACED };
enum lab_l61_answer lab_l61_answer(const struct lab_linux61 *m, const struct lab_l61_chunk *c,
				   const struct lab_l61_request *q, uint32_t *p,
				   struct lab_l61_missed *missed);
/* The first list that holds chunks for this request (N2). */
uint32_t lab_l61_first_list(const struct lab_linux61 *m, const struct lab_l61_request *q);

/* linux61_judge_shadow.c: nothing unless judged */
void lab_l61_shadows_create(const struct lab_linux61 *m, struct lab_l61_chunk *c);
void lab_l61_shadows_destroy(struct lab_l61_chunk *c);
void lab_l61_truth_update(struct lab_l61_chunk *c, uint32_t s, uint32_t e);
void lab_l61_shadows_changed(const struct lab_linux61 *m, struct lab_l61_chunk *c);
#define LAB_L61_ALL_CAUSES ((1u << LAB_LINUX61_NR_CAUSES) - 1)
/* Those whose repair changes records; of the others, searches and lists. */
#define LAB_L61_RECORD_CAUSES                                                                      \
	(1u << LAB_LINUX61_B20 | 1u << LAB_LINUX61_B30 | 1u << LAB_LINUX61_B21 |                   \
	 1u << LAB_LINUX61_B25 | 1u << LAB_LINUX61_B31 | 1u << LAB_LINUX61_STALE |                 \
	 1u << LAB_LINUX61_R1)

/* linux61_judge.c: before the request is placed, into m->finding */
void lab_l61_judge(struct lab_linux61 *m, const struct lab_l61_request *q, bool reserved);

#endif
