/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_block_maps.c - maps of blocks against the model in plain words: after each of many random
 * operations both have the same bits and records, and the answers are what the bits say. Compiled
 * for pages and, in programs of their own, for blocks of 4, 6 and 8 granules.
 */
#include "harness/test/core/blocks_model.h"
#include "harness/test/lib/test.h"

#include <pcpu/invariants.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = PCPU_BLOCK_GRANULES > 64 ? 1500 : 6000 };

static const struct pcpu_map_ops *const maps[] = {&pcpu_map_linux61, &pcpu_map_linux61_exact};

struct pair {
	struct blocks_model model;
	struct pcpu_map map;
	uint64_t *memory;
	uint64_t populated[PCPU_BITS_WORDS(2 * MODEL_BLOCKS)];
	uint32_t base_bytes;
	uint64_t random; /* state */
	char where[128];
};

static uint32_t random_below(struct pair *pair, uint32_t below)
{
	pair->random ^= pair->random << 13;
	pair->random ^= pair->random >> 7;
	pair->random ^= pair->random << 17;
	return (uint32_t)(pair->random >> 20) % below;
}

static uint32_t bytes_of(const struct pair *pair, int p)
{
	uint32_t bytes = pair->base_bytes + (uint32_t)p * 4;

	return bytes < pair->map.covered_bytes ? bytes : pair->map.covered_bytes;
}

static void pair_init(struct pair *pair, bool exact, uint32_t used_bytes, uint32_t covered_bytes,
		      uint64_t seed)
{
	const struct pcpu_map_ops *ops = maps[exact];
	uint32_t capacity = ops->capacity(covered_bytes, 2);
	size_t bytes = ops->memory(covered_bytes, capacity);

	memset(pair, 0, sizeof(*pair));
	model_init(&pair->model, exact, used_bytes, covered_bytes);
	pair->memory = calloc(1, bytes);
	pair->map.ops = ops;
	ops->init(&pair->map, pair->memory, capacity, used_bytes, covered_bytes);
	pair->base_bytes = used_bytes / PCPU_BLOCK_BYTES * PCPU_BLOCK_BYTES;
	pair->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (size_t i = 0; i < sizeof(pair->populated) / 8; i++)
		pair->populated[i] = UINT64_MAX;
}

#define EXPECT(pair, condition)                                             \
	do {                                                                \
		if (!(condition))                                           \
			FAIL("%s: not true: %s", (pair)->where, #condition); \
	} while (0)

/* The areas that the map shows are those of the model, the bytes before start being one. */
static void areas_compare(struct pair *pair)
{
	const struct blocks_model *m = &pair->model;
	struct pcpu_area area = {0};
	uint32_t free_bytes = 0, at = 0;
	int p = m->start;

	if (bytes_of(pair, m->start) > 0) {
		EXPECT(pair, pair->map.ops->next(&pair->map, &area));
		EXPECT(pair, area.used && area.offset == 0 &&
			     area.bytes == bytes_of(pair, m->start));
		at = area.bytes;
	}
	while (p < m->end) {
		int end = p + 1;

		while (end < m->end && m->used[end] == m->used[p] && !(m->used[p] && m->edge[end]))
			end++;
		EXPECT(pair, pair->map.ops->next(&pair->map, &area));
		EXPECT(pair, area.offset == at && area.bytes == bytes_of(pair, end) - at);
		EXPECT(pair, area.used == m->used[p]);
		free_bytes += area.used ? 0 : area.bytes;
		at += area.bytes;
		p = end;
	}
	EXPECT(pair, !pair->map.ops->next(&pair->map, &area));
	EXPECT(pair, pair->map.free_bytes == free_bytes);
	EXPECT(pair, pair->map.hint_bytes == 4 * (uint32_t)m->chunk.best_n);
}

/* The free run around [p, p + n), now free. */
static void fit_check(struct pair *pair, const struct pcpu_fit *fit, int p, int n,
		      const bool *used_before)
{
	int start = p, end = p + n;

	while (start > 0 && !used_before[start - 1])
		start--;
	while (end < pair->model.size && !used_before[end])
		end++;
	EXPECT(pair, fit->offset == bytes_of(pair, p));
	EXPECT(pair, fit->bytes == bytes_of(pair, p + n) - fit->offset);
	EXPECT(pair, fit->run_start == bytes_of(pair, start));
	EXPECT(pair, fit->run_end == bytes_of(pair, end));
}

static bool fits_anywhere(const struct blocks_model *m, const bool *used, int n, int a)
{
	for (int p = 0, run; p + n <= m->size; p += a) {
		for (run = 0; run < n && !used[p + run];)
			run++;
		if (run == n)
			return true;
	}
	return false;
}

static void step_alloc(struct pair *pair, uint32_t size, uint32_t align, bool with_pages,
		       bool only)
{
	struct pcpu_pages pages = {pair->populated, only};
	struct pcpu_fit fit = {0};
	enum pcpu_fit_result due, got;
	bool used[MODEL_GRANULES];
	int p, n = (int)((size + 3) / 4), a = align < 4 ? 1 : (int)(align / 4);

	snprintf(pair->where, sizeof(pair->where), "alloc %u/%u%s%s", size, align,
		 with_pages ? " pages" : "", only ? " only" : "");
	memcpy(used, pair->model.used, sizeof(used));
	due = model_alloc(&pair->model, n, a, with_pages ? pair->populated : NULL, only, &p);
	got = pair->map.ops->alloc(&pair->map, size, align, with_pages ? &pages : NULL, &fit);
	EXPECT(pair, got == due);
	if (got == PCPU_FIT_NONE) {
		EXPECT(pair, !pair->model.exact || only ||
			     !fits_anywhere(&pair->model, used, n, a));
		return;
	}
	EXPECT(pair, !only || got == PCPU_FIT_TAKEN);
	EXPECT(pair, p >= pair->model.start && p + n <= pair->model.end && p % a == 0);
	for (int i = p; i < p + n; i++)
		EXPECT(pair, !used[i]);
	fit_check(pair, &fit, p, n, used);
}

static void step_free(struct pair *pair, uint32_t offset)
{
	struct pcpu_fit fit = {0};
	bool used[MODEL_GRANULES], due, got;
	int p = (int)((offset - pair->base_bytes) / 4), n = 1;

	snprintf(pair->where, sizeof(pair->where), "free %u", offset);
	memcpy(used, pair->model.used, sizeof(used));
	due = offset >= pair->base_bytes && offset % 4 == 0 && model_free(&pair->model, p);
	got = pair->map.ops->free(&pair->map, offset, &fit);
	EXPECT(pair, got == due);
	if (!got)
		return;
	while (!pair->model.edge[p + n])
		n++;
	EXPECT(pair, used[p]);
	fit_check(pair, &fit, p, n, pair->model.used);
}

static void pair_check(struct pair *pair)
{
	uint32_t at;
	enum pcpu_invariant broken = pair->map.ops->check(&pair->map, &at);

	if (broken != PCPU_HOLDS)
		FAIL("%s: broken at %u: %s", pair->where, at, pcpu_invariant_text(broken));
	model_compare(&pair->model, &pair->map, pair->where);
	areas_compare(pair);
}

static uint32_t random_size(struct pair *pair)
{
	uint32_t most = (uint32_t)pair->model.size * 4;

	switch (random_below(pair, 4)) {
	case 0:
		return 1 + random_below(pair, 64);
	case 1:
		return 1 + random_below(pair, PCPU_BLOCK_BYTES);
	case 2:
		return (1 + random_below(pair, 8)) * PCPU_BLOCK_BYTES / 8;
	default:
		return 1 + random_below(pair, most / (1 + random_below(pair, 8)) + 4);
	}
}

static void step_random(struct pair *pair)
{
	uint32_t size, align = 1u << random_below(pair, 5), what = random_below(pair, 16);

	if (what < 8) {
		size = random_size(pair);
		if (random_below(pair, 8) == 0)
			align = 1u << random_below(pair, 13);
		if (align > PCPU_BLOCK_BYTES || pair->base_bytes % align)
			align = 4; /* Q2 refuses it before */
		step_alloc(pair, size, align, what < 4, what < 2);
	} else if (what < 9) {
		uint32_t page = (uint32_t)pair->model.page +
				random_below(pair, (uint32_t)pair->model.nr_blocks);

		pair->populated[page / 64] ^= UINT64_C(1) << page % 64;
	} else if (what < 10) {
		step_free(pair, random_below(pair, pair->map.covered_bytes + 8));
	} else {
		int p = pair->model.start +
			(int)random_below(pair, (uint32_t)(pair->model.end - pair->model.start));

		while (p > 0 && !(pair->model.used[p] && pair->model.edge[p]))
			p--;
		step_free(pair, pair->base_bytes + (uint32_t)p * 4);
	}
}

static void pair_run(bool exact, uint32_t used_bytes, uint32_t covered_bytes, uint64_t seed)
{
	struct pair pair;

	pair_init(&pair, exact, used_bytes, covered_bytes, seed);
	snprintf(pair.where, sizeof(pair.where), "init");
	pair_check(&pair);
	for (uint32_t i = 0; i < STEPS; i++) {
		step_random(&pair);
		pair_check(&pair);
	}
	free(pair.memory);
}

static void pairs_run(bool exact)
{
	enum { BYTES = PCPU_BLOCK_GRANULES * 4 };

	pair_run(exact, 0, BYTES, 1);
	pair_run(exact, 0, 3 * BYTES, 2);
	pair_run(exact, 4, 2 * BYTES, 3);
	pair_run(exact, BYTES, 4 * BYTES, 4);
	pair_run(exact, 2 * BYTES + 8, 5 * BYTES - 4, 5);
	pair_run(exact, BYTES + 5, 3 * BYTES - 7, 6); /* V4: neither is a multiple of 4 */
	if (PCPU_BLOCK_GRANULES < 64)
		for (uint64_t seed = 7; seed < 20; seed++)
			pair_run(exact, 0, (uint32_t)(seed * BYTES), seed);
}

TEST(linux61_does_what_its_rules_say)
{
	pairs_run(false);
}

TEST(linux61_exact_does_what_its_rules_say)
{
	pairs_run(true);
}
