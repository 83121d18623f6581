/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * meta.c - memory for the core's own records, with its accounts. What is given back may still be
 * looked at by a reader without a lock, so it is always given back deferred (chunk.h, L2).
 */
#include "chunk.h"

/* Only the holder of the outer lock writes, pcpu_stats() reads without it. */
static void word_set(size_t *word, size_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

void *pcpu_meta_alloc(struct pcpu *pcpu, size_t bytes)
{
	void *memory = plat_meta_alloc(pcpu->plat, bytes);

	if (!memory)
		return NULL;
	word_set(&pcpu->metadata_bytes, pcpu->metadata_bytes + bytes);
	if (pcpu->metadata_bytes > pcpu->metadata_bytes_max)
		word_set(&pcpu->metadata_bytes_max, pcpu->metadata_bytes);
	return memory;
}

void pcpu_meta_free(struct pcpu *pcpu, void *memory, size_t bytes)
{
	word_set(&pcpu->metadata_bytes, pcpu->metadata_bytes - bytes);
	plat_meta_free_deferred(pcpu->plat, memory, bytes);
}
