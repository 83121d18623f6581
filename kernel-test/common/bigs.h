/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bigs.h - objects of the maximal size (32 KiB, or a page of 64), so many that later chunks are
   created and destroyed. In test_bare_alloc.c. */
#ifndef BOOT_BIGS_H
#define BOOT_BIGS_H

#include <pcpu/pcpu.h>

/* At least four fill a unit of any layout. */
enum { NR_BIG = 72, NR_FEW = 4, BIG_BYTES = PCPU_MIN_UNIT_BYTES };

/* Returns the memory of each CPU's copies of nr objects. */
static inline uint64_t bigs_bytes(uint32_t nr)
{
	return (uint64_t)nr * BIG_BYTES;
}

extern struct pcpu_ptr big[NR_BIG];

/* Allocates the first nr of them, or all: several chunks. Returns false when one was refused. */
bool bigs_alloc_some(struct pcpu *pcpu, uint32_t nr);
bool bigs_alloc(struct pcpu *pcpu);
/* Frees all of them, also NULL ones; then gives back what is free (pcpu_drain()). */
void bigs_free(struct pcpu *pcpu);

#endif
