/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * meta.c - memory for the core's own records, with its accounts. What is given back may still be
 * looked at by a reader without a lock, so it is always given back deferred (chunk.h, L2).
 */
#include "chunk.h"

void *pcpu_meta_alloc(struct pcpu *pcpu, size_t bytes)
{
	void *memory = plat_meta_alloc(pcpu->plat, bytes);
	uint64_t now;

	if (!memory)
		return NULL;
	pcpu_count(&pcpu->stats.metadata_bytes, bytes);
	now = pcpu_counted(&pcpu->stats.metadata_bytes);
	if (now > pcpu_counted(&pcpu->stats.metadata_bytes_max))
		__atomic_store_n(&pcpu->stats.metadata_bytes_max, now, __ATOMIC_RELAXED);
	return memory;
}

void pcpu_meta_free(struct pcpu *pcpu, void *memory, size_t bytes)
{
	pcpu_count(&pcpu->stats.metadata_bytes, -(uint64_t)bytes);
	plat_meta_free_deferred(pcpu->plat, memory, bytes);
}
