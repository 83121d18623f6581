/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * oracle.h - predicts where the reference places each object, to compare engines with.
 *
 * Maps of single bytes (map_bytes.h), and lists kept as arrays. Deliberately simple, and slow: it
 * shares nothing with the allocator but the specification (SPEC.md 4 and 5). It ignores pages,
 * locks, capacity for records and atomic requests, which do not affect where an ordinary allocation
 * is placed.
 */
#ifndef LAB_ORACLE_H
#define LAB_ORACLE_H

#include "harness/check/map_bytes.h"
#include <pcpu/pcpu.h>

/* --- a whole allocator --------------------------------------------------------------------- */

#define LAB_LEAST_FREE_BYTES 4u /* a chunk with less counts as full: SPEC.md 4.6 */
#define LAB_ORACLE_SLOTS 34u	/* slot(2^32 - 1) + 2, and some more */
#define LAB_ORACLE_RESERVED UINT32_MAX /* id of the reserved chunk, PCPU_NO_CHUNK */

struct lab_oracle_chunk {
	bool exists;
	uint32_t id;	      /* 0 the first, then in order of creation */
	uint32_t start_bytes; /* used by set-up; never freed */
	int slot;	      /* -1: on no list */
	struct pcpu_map map;  /* of lab_map_bytes */
};

struct lab_oracle {
	uint32_t unit_bytes, nr_slots, next_id, align_max;
	uint32_t capacity;		/* chunks that the memory suffices for */
	struct lab_oracle_chunk *chunk; /* [capacity], in no order */
	struct lab_oracle_chunk reserved, *first;
	/* list[slot * capacity ...]: numbers of chunks, head first. */
	uint32_t *list, nr_listed[LAB_ORACLE_SLOTS];
};

/* Returns the bytes of memory for at most nr_chunks chunks at a time, including the first and the
   reserved one. */
size_t lab_oracle_memory(const struct pcpu_layout *layout, uint32_t nr_chunks);
/* Sets the state that set-up leaves for this layout. memory: aligned to 8. */
void lab_oracle_init(struct lab_oracle *oracle, const struct pcpu_layout *layout,
		     uint32_t nr_chunks, void *memory);

/* Predicts an ordinary allocation that succeeds without a shortage of memory; flags: PCPU_RESERVED
   or 0. Returns false when refused. Asserts that nr_chunks suffice. */
bool lab_oracle_alloc(struct lab_oracle *oracle, uint32_t size, uint32_t align, unsigned flags,
		      struct pcpu_place *place);
/* Returns false when no object starts there, a mistake. *kicked: reclaim is due. */
bool lab_oracle_free(struct lab_oracle *oracle, const struct pcpu_place *place, bool *kicked);
/* Does to chunks what pcpu_balance() does: destroys all empty ones but the first. */
void lab_oracle_reclaim(struct lab_oracle *oracle);

/* Returns a chunk by its id, or NULL. */
struct lab_oracle_chunk *lab_oracle_find(struct lab_oracle *oracle, uint32_t id);

#endif
