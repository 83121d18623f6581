/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * block_record.c - what is known to be free in a block or in the whole chunk (SPEC.md 15.3).
 *
 *	##....##..########......##
 *	  |	|	  |
 *	  |	|	  best: the longest, among equals the best-aligned
 *	  first	second: none; the one at first is longer
 *
 * A length that becomes 0 leaves its start as it was (F1): later reports compare with it.
 */
#include "blocks.h"

struct pcpu_record pcpu_record_free(uint32_t size)
{
	return (struct pcpu_record){.best_length = size, .left = size, .right = size};
}

struct pcpu_record pcpu_record_load(const struct pcpu_blocks *blocks, uint32_t block)
{
	const struct pcpu_block *stored = &blocks->block[block];

	return (struct pcpu_record){stored->best_start, stored->best_length, stored->second_start,
				    stored->second_length, stored->first, stored->left,
				    stored->right};
}

void pcpu_record_store(const struct pcpu_blocks *blocks, uint32_t block,
		       const struct pcpu_record *record)
{
	PCPU_DEBUG_ASSERT(block < blocks->head->nr_blocks);
	PCPU_DEBUG_ASSERT(record->best_start + record->best_length <= PCPU_BLOCK);
	PCPU_DEBUG_ASSERT(record->second_start + record->second_length <= PCPU_BLOCK);
	blocks->block[block] = (struct pcpu_block){
		(uint16_t)record->best_start,	(uint16_t)record->best_length,
		(uint16_t)record->second_start, (uint16_t)record->second_length,
		(uint16_t)record->first,	(uint16_t)record->left,
		(uint16_t)record->right};
}

/* P1 */
static void report_edges(struct pcpu_record *record, uint32_t size, uint32_t s, uint32_t n)
{
	record->first = (uint32_t)pcpu_min64(record->first, s);
	if (s == 0)
		record->left = n;
	if (s + n == size)
		record->right = n;
}

/* P2: [s, s + n) is longer than best. */
static void report_longer(struct pcpu_record *record, uint32_t s, uint32_t n)
{
	if (s > record->best_start && record->best_length > record->second_length) {
		record->second_start = record->best_start;
		record->second_length = record->best_length;
	} else if (s <= record->best_start || s < record->second_start) {
		record->second_length = 0;
	}
	record->best_start = s;
	record->best_length = n;
}

/* P3: it is as long as best. */
static void report_equal(struct pcpu_record *record, uint32_t s, uint32_t n)
{
	if (record->best_start != 0 &&
	    pcpu_alignment_bits(s) > pcpu_alignment_bits(record->best_start)) {
		record->best_start = s;
		if (s < record->second_start && n > record->second_length)
			record->second_length = 0;
	} else if (s > record->second_start || n > record->second_length) {
		record->second_start = s;
		record->second_length = n;
	}
}

/* P4: it is shorter. */
static void report_shorter(struct pcpu_record *record, uint32_t s, uint32_t n)
{
	if (s < record->best_start &&
	    (n > record->second_length ||
	     (n == record->second_length && s > record->second_start))) {
		record->second_start = s;
		record->second_length = n;
	}
}

void pcpu_record_report(struct pcpu_record *record, uint32_t size, uint32_t s, uint32_t e)
{
	uint32_t n = e - s;

	PCPU_DEBUG_ASSERT(s < e && e <= size);
	report_edges(record, size, s, n);
	if (n > record->best_length)
		report_longer(record, s, n);
	else if (n == record->best_length)
		report_equal(record, s, n);
	else
		report_shorter(record, s, n);
}

struct pcpu_record pcpu_record_count(const struct pcpu_blocks *blocks, uint32_t from, uint32_t to)
{
	struct pcpu_record record = {.first = to - from};
	uint32_t longest_start = 0, longest = 0; /* so far, the last of equals */
	uint32_t end;

	for (uint32_t at = from;; at = end) {
		uint32_t s, n;

		at = pcpu_bits_find(blocks->used, at, to, false);
		if (at == to)
			return record;
		end = pcpu_bits_find(blocks->used, at, to, true);
		s = at - from;
		n = end - at;
		report_edges(&record, to - from, s, n);
		if (n > record.best_length ||
		    (n == record.best_length &&
		     pcpu_alignment_bits(s) > pcpu_alignment_bits(record.best_start))) {
			record.second_start = longest_start;
			record.second_length = longest;
			record.best_start = s;
			record.best_length = n;
		}
		if (n >= longest) {
			longest_start = s;
			longest = n;
		}
	}
}
