/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_arena.h - all memory that threads share: snapshots hold it, accesses to it are checked. */
#ifndef WEAK_ARENA_H
#define WEAK_ARENA_H

#include <pcpu/front.h>
#include "harness/test/relacy/weak.h"

#define WEAK_NR_CPUS	3u
#define WEAK_META_BYTES (72u << 10)
#define WEAK_NR_PAGES	99u

struct plat {
	uint32_t nr_readers, nr_deferred;
	struct {
		void *memory;
		size_t bytes;
	} deferred[16];
	size_t meta_used;
	uint32_t pages_used, pages_taken; /* ever; now */
	uint8_t taken[WEAK_NR_PAGES];
	bool kicked, frees_later;
	uint32_t nr_later;
	struct pcpu *later_pcpu;
	uintptr_t later[8]; /* frees that were put off */
};

struct weak_arena {
	/* Checked by words of 4 bytes: percpu memory. Aligned so that the base units of three
	   chunks are in one node of the index; of larger ones the third is in another. */
	uint8_t pages[WEAK_NR_PAGES][PCPU_PAGE_BYTES] __attribute__((aligned(1 << 18)));
	/* Checked byte by byte. */
	uint8_t meta[WEAK_META_BYTES] __attribute__((aligned(64)));
	struct pcpu_caller here[WEAK_NR_THREADS]; /* pcpu_here of each thread */
	uint64_t shared[8];			  /* of the case's own */
	/* Not checked: the platform's own. */
	struct plat plat;
	uint32_t nr_misuses[PCPU_NR_MISUSES];
};

#ifdef __cplusplus
extern "C"
#else
extern
#endif
	struct weak_arena weak_arena;

#endif
