/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * span.h - the record of a span, for the files that cut it, take from it and check it.
 *
 *	span of 8 B	|8|.|.|8|.|.|.|.|	a piece: what an object of its own class takes
 *	lends 16 B	|8|.|.|8|1 6|1 6|	an object of k times its bytes takes k pieces
 *
 * States are those of granules (magazine.h), so hits do not know whether an object was lent.
 */
#ifndef PCPU_SPAN_H
#define PCPU_SPAN_H

#include "magazine.h"

#define PCPU_LINE_BYTES 64u /* of a cache: states of 32 granules */

struct pcpu_span {
	struct pcpu_list link PCPU_GUARDED_BY(PLAT_INNER); /* of its class */
	/* Of those of its class that lend: half of it was free when objects came back, and it has
	   not been found to have no place since. To itself: it does not. */
	struct pcpu_list sparse PCPU_GUARDED_BY(PLAT_INNER);
	struct pcpu_chunk *chunk;
	uint32_t offset; /* of its first byte in the unit */
	uint32_t class;
	uint32_t nr_pages, nr_pieces;
	uint32_t nr_free PCPU_GUARDED_BY(PLAT_INNER); /* pieces */
	uint32_t bytes;	 /* of this record with what follows */
	/* The number of the CPU that took from it last, + 1; 0: none did since it was empty. */
	uint32_t taker PCPU_GUARDED_BY(PLAT_INNER);
	uint8_t *states; /* two a granule, then the turn of who claims */
	uint64_t *free;	 /* [nr_pieces] bits */
	/* [nr_pieces] bits: free, and not known to be zero. It is cleared when it is taken. */
	uint64_t *dirty;
};

#define PCPU_SPAN_OF(l)	  PCPU_LIST_ENTRY(l, struct pcpu_span, link)
#define PCPU_LENDER_OF(l) PCPU_LIST_ENTRY(l, struct pcpu_span, sparse)

static inline uint32_t span_bytes_of(const struct pcpu_span *span)
{
	return span->nr_pages * PCPU_PAGE_BYTES;
}

static inline uintptr_t span_value(const struct pcpu *pcpu, const struct pcpu_span *span)
{
	return chunk_value(pcpu, span->chunk) + span->offset;
}

static inline uint8_t *span_turn(const struct pcpu_span *span)
{
	return span->states +
	       2 * (span_bytes_of(span) >> pcpu_classes[span->class].granule_shift);
}

static inline uint8_t *piece_state(const struct pcpu_span *span, uint32_t piece)
{
	const struct pcpu_class *class = &pcpu_classes[span->class];

	return span->states + 2 * ((size_t)piece * class->bytes >> class->granule_shift);
}

/* Pieces of an object of that class; 0: the span's class does not divide it. */
static inline uint32_t span_pieces_of(const struct pcpu_span *span, uint32_t class)
{
	uint32_t piece = pcpu_classes[span->class].bytes, bytes = pcpu_classes[class].bytes;

	return bytes % piece == 0 ? bytes / piece : 0;
}

/* Free ones, without its tail. */
PCPU_REQUIRES(PLAT_INNER)
static inline uint64_t span_spare_bytes(const struct pcpu_span *span)
{
	return (uint64_t)span->nr_free * pcpu_classes[span->class].bytes;
}

#endif
