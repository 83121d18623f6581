/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model.h - predicts where Linux 6.1's allocator places each request: SPEC.md 15,
 * implemented a second time, slowly.
 *
 * A model to compare engines with. Each granule and each page is a byte, each rule of the text is
 * a few lines that cite its label, nothing is shared with core/ but the page size. It has no CPUs
 * and no memory, so its only errors can be misreadings of the text.
 *
 * Balance (15.13) runs inside, right after the operation that requested it. Every request for
 * memory succeeds (15.15's V1 and V2 never happen). Single-threaded; host only (calloc).
 */
#ifndef LAB_LINUX61_MODEL_H
#define LAB_LINUX61_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* What linux61_causes.def lists; in masks 1u << it. */
enum lab_linux61_cause {
#define X(id, sentence) LAB_LINUX61_##id,
#include "harness/check/linux61/linux61_causes.def"
#undef X
	LAB_LINUX61_NR_CAUSES
};

/* Chunk of a place: 0 the first, later ones 1, 2 ... in order of creation, or: */
#define LAB_LINUX61_RESERVED UINT32_MAX

struct lab_linux61_config {
	/* In bytes, as the layout has them: sums rounded as SPEC.md 2.1 says; unit a page multiple,
	   reserved a multiple of 4. */
	uint32_t unit_bytes, static_bytes, reserved_bytes, dyn_bytes;
	uint32_t align_max; /* 0: a page */
	bool honour_atomic; /* else atomic requests are ordinary ones (X4) */
	bool exact;	    /* exact hints, 15.17; else placement as in 6.1, with its defects */
	/* Causes that are repaired; 0: all is as in 6.1. With exact: of L2 and L3 alone. */
	uint32_t repaired;
	bool judged; /* each request is judged beforehand: linux61_judge.h. Takes 3 times as long */
};

struct lab_linux61_place {
	uint32_t chunk;
	uint32_t offset; /* bytes from the start of the unit */
};

/* Free granules [start, start + length). */
struct lab_linux61_stretch {
	uint32_t start, length;
};

/* 15.3: of a block in granules from its start, of a chunk in granules from position 0. */
struct lab_linux61_record {
	struct lab_linux61_stretch best, second;
	uint32_t first;
	uint32_t left, right; /* block only */
};

struct lab_linux61_counts {
	uint32_t nr_made;	 /* chunks created, including the first */
	uint32_t nr_chunks;	 /* chunks that exist now */
	uint32_t nr_chunks_most; /* the largest nr_chunks so far */
	uint32_t nr_pages;	 /* populated, of later chunks, now */
	uint32_t nr_pages_most;	 /* the largest nr_pages so far */
	uint32_t nr_balances;	 /* passes of balance */
	uint32_t nr_bad_frees;	 /* exact: frees where no live object starts (H4) */
	uint32_t nr_vain_pages;	 /* stocked in isolated chunks (B27) */
};

struct lab_linux61;

/* Returns NULL without memory. */
struct lab_linux61 *lab_linux61_create(const struct lab_linux61_config *config);
void lab_linux61_destroy(struct lab_linux61 *model); /* NULL is ignored */

/* Allocates size bytes at align. Returns false when refused. Aborts when the host has no memory
   left. */
bool lab_linux61_alloc(struct lab_linux61 *model, uint32_t size, uint32_t align, bool reserved,
		       bool atomic, struct lab_linux61_place *out);
/* Frees by place alone: any place in an existing chunk (V3). Does nothing when the chunk is
   gone. */
void lab_linux61_free(struct lab_linux61 *model, struct lab_linux61_place place);
/* Runs one pass of balance (15.13), which no operation requested. */
void lab_linux61_balance(struct lab_linux61 *model);

/* --- for tests ------------------------------------------------------------------------- */

/* For an existing chunk. block: from 0; < lab_linux61_nr_blocks(). */
const struct lab_linux61_record *lab_linux61_block(const struct lab_linux61 *model, uint32_t chunk,
						   uint32_t block);
const struct lab_linux61_record *lab_linux61_chunk(const struct lab_linux61 *model, uint32_t chunk);
bool lab_linux61_exists(const struct lab_linux61 *model, uint32_t chunk);
uint32_t lab_linux61_nr_blocks(const struct lab_linux61 *model, uint32_t chunk);
uint32_t lab_linux61_free_bytes(const struct lab_linux61 *model, uint32_t chunk);
/* Unit offset in bytes of position 0 (M1). */
uint32_t lab_linux61_start_bytes(const struct lab_linux61 *model, uint32_t chunk);
/* Returns a byte per granule of a chunk, 1: used or hidden. Valid until the next call that changes
   the chunk. */
const uint8_t *lab_linux61_used(const struct lab_linux61 *model, uint32_t chunk);
bool lab_linux61_is_populated(const struct lab_linux61 *model, uint32_t chunk, uint32_t block);
uint32_t lab_linux61_nr_populated(const struct lab_linux61 *model, uint32_t chunk);
bool lab_linux61_is_isolated(const struct lab_linux61 *model, uint32_t chunk);
/* S1's numbers: 0..v by hint, v + 1 sidelined, v + 2 free, v + 3 to be depopulated. */
uint32_t lab_linux61_list_of(const struct lab_linux61 *model, uint32_t chunk);
uint32_t lab_linux61_nr_lists(const struct lab_linux61 *model);
/* Stores the chunks of a list from its head: chunks[capacity]. Returns how many there are. */
uint32_t lab_linux61_list(const struct lab_linux61 *model, uint32_t list, uint32_t *chunks,
			  uint32_t capacity);
/* Returns the total of E1. */
uint32_t lab_linux61_nr_empty_pages(const struct lab_linux61 *model);
struct lab_linux61_counts lab_linux61_counts(const struct lab_linux61 *model);

#endif
