/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bigs.h - the largest objects there are (32 KiB, or a page of 64), so many that chunks after the
   first come and go. In test_bare_alloc.c. */
#ifndef BOOT_BIGS_H
#define BOOT_BIGS_H

#include <pcpu/pcpu.h>

/* At least four fill a unit of whatever layout. */
enum { NR_BIG = 72, NR_FEW = 4, BIG_BYTES = PCPU_MIN_UNIT_BYTES };

/* Memory that each CPU's copies of nr of them take. */
static inline uint64_t bigs_bytes(uint32_t nr)
{
	return (uint64_t)nr * BIG_BYTES;
}

extern struct pcpu_ptr big[NR_BIG];

/* The first nr of them, or all: several chunks. False when one was refused. */
bool bigs_alloc_some(struct pcpu *pcpu, uint32_t nr);
bool bigs_alloc(struct pcpu *pcpu);
/* All of them, NULL ones too; then balances. */
void bigs_free(struct pcpu *pcpu);

#endif
