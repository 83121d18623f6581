/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_states.c - states of chunks as coverage, after IJON (Aschermann et al. 2020): edges alone
 * do not distinguish a full chunk whose hint is stale from others, though defects depend on it.
 *
 *	state	who (first, reserved, later) | free bytes | hint | pages populated: none, some, all
 *		                               by bit length
 *
 * Without them a chunk without room was found in the wrong slot after 20,000 executions instead of
 * 10,000 (medians of four).
 */
#include "fuzz/targets/alloc/alloc_states.h"
#include <pcpu/bits.h>

enum { NR_WHO = 3, NR_LENGTHS = 20, NR_POPULATED = 3 };
#define NR_STATES (NR_WHO * NR_LENGTHS * NR_LENGTHS * NR_POPULATED)

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t states[NR_STATES];

static uint32_t length_of(uint32_t bytes)
{
	return (uint32_t)pcpu_min64(pcpu_bit_length(bytes), NR_LENGTHS - 1);
}

void alloc_states_note(void *context, const struct pcpu_chunk_view *view)
{
	uint32_t nr_pages = view->map->covered_bytes / PCPU_PAGE_BYTES;
	uint32_t populated = view->nr_populated == 0 ? 0 : view->nr_populated < nr_pages ? 1 : 2;
	uint32_t state = (uint32_t)view->kind;

	(void)context;
	state = state * NR_LENGTHS + length_of(view->map->free_bytes);
	state = state * NR_LENGTHS + length_of(view->map->hint_bytes);
	state = state * NR_POPULATED + populated;
	states[state] = 1;
}
