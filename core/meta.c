/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * meta.c - memory for the core's own records, with its accounts. What is given back may still be
 * looked at by a reader without a lock, so it is always given back deferred (chunk.h, L2). Only the
 * holder of the outer lock writes the accounts; pcpu_stats() reads them without it.
 */
#include "chunk.h"

void *pcpu_meta_alloc(struct pcpu *pcpu, size_t bytes)
{
	void *memory;
	size_t now;

	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	memory = plat_meta_alloc(pcpu->plat, bytes);
	if (!memory)
		return NULL;
	PCPU_DEBUG_ASSERT((uintptr_t)memory % sizeof(uint64_t) == 0);
	now = counter_read(&pcpu->metadata_bytes) + bytes;
	counter_set(&pcpu->metadata_bytes, now);
	if (now > counter_read(&pcpu->metadata_bytes_max))
		counter_set(&pcpu->metadata_bytes_max, now);
	return memory;
}

void pcpu_meta_free(struct pcpu *pcpu, void *memory, size_t bytes)
{
	PCPU_ASSERT_HELD(pcpu, PLAT_LOCK_OUTER);
	PCPU_ASSERT_NOT_HELD(pcpu, PLAT_LOCK_INNER);
	PCPU_DEBUG_ASSERT(memory && bytes > 0 && bytes <= counter_read(&pcpu->metadata_bytes));
	counter_set(&pcpu->metadata_bytes, counter_read(&pcpu->metadata_bytes) - bytes);
	plat_meta_free_deferred(pcpu->plat, memory, bytes);
}
