/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* set_cache.h - the cache whose sets are looked at: the first level for data of CPU 0. */
#ifndef SET_CACHE_H
#define SET_CACHE_H

#include <stdbool.h>
#include <stdint.h>

struct set_cache {
	uint32_t line_bytes, nr_sets, nr_ways; /* line and sets: powers of two */
	bool assumed;			       /* this machine does not say: 64 x 64 x 8 */
};

/* Reads it below ROOT/sys; ROOT "" is this machine. */
struct set_cache set_cache_find(const char *root);
/* "SETS,WAYS" or "SETS,WAYS,LINE" to *cache. False: it is none. */
bool set_cache_parse(const char *text, struct set_cache *cache);

static inline uint32_t set_cache_index(const struct set_cache *cache, uint64_t address)
{
	return (uint32_t)(address / cache->line_bytes) & (cache->nr_sets - 1);
}

#endif
