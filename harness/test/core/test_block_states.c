/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_block_states.c - every operation in every state of a small map of blocks, against the model
 * in plain words. Compiled with blocks of 4, 6 and 8 granules.
 *
 *	exact	every pattern of used granules that check() accepts is a state: one step from
 *		each shows that all sequences of any length hold
 *	lazy	records depend on what happened before: the states that are reached in so many
 *		steps from a new map, each once
 */
#include "harness/test/core/blocks_model.h"
#include "harness/test/lib/test.h"

#include <pcpu/invariants.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { B = PCPU_BLOCK_GRANULES, MEMORY_WORDS = 64, MAX_SIZE = 24 };

struct state {
	uint64_t memory[MEMORY_WORDS];
};

struct fixture {
	struct blocks_model model;
	struct pcpu_map map;
	struct state now;
	uint32_t base; /* granules before the map's first */
	char where[64 + 2 * MAX_SIZE];
};

static bool full_run(void)
{
	return getenv("LAB_FULL") != NULL;
}

static void fixture_init(struct fixture *fixture, bool exact, int used, int nr_blocks)
{
	const struct pcpu_map_ops *ops = exact ? &pcpu_map_linux61_exact : &pcpu_map_linux61;
	uint32_t covered_bytes = (uint32_t)nr_blocks * PCPU_BLOCK_BYTES;

	memset(fixture, 0, sizeof(*fixture));
	CHECK(ops->memory(covered_bytes, 2) <= sizeof(fixture->now));
	fixture->map.ops = ops;
	ops->init(&fixture->map, fixture->now.memory, 2, (uint32_t)used * 4, covered_bytes);
	model_init(&fixture->model, exact, (uint32_t)used * 4, covered_bytes);
	fixture->base = (uint32_t)(fixture->model.page * B);
}

/* The counts that follow from the records. */
static void fixture_put(struct fixture *fixture, const struct state *state)
{
	struct pcpu_blocks blocks;

	fixture->now = *state;
	blocks = pcpu_blocks_of(&fixture->map);
	fixture->map.free_bytes = 4 * (blocks.size - pcpu_bits_count(blocks.used, 0, blocks.size));
	pcpu_blocks_publish(&fixture->map);
}

static struct model_record record_model(const struct pcpu_record *r)
{
	return (struct model_record){(int)r->best_start,   (int)r->best_length,
				     (int)r->second_start, (int)r->second_length,
				     (int)r->first,	   (int)r->left,
				     (int)r->right};
}

static void model_load(struct fixture *fixture)
{
	struct pcpu_blocks blocks = pcpu_blocks_of(&fixture->map);
	struct blocks_model *model = &fixture->model;

	for (uint32_t p = 0; p <= blocks.size; p++) {
		model->used[p] = p < blocks.size && pcpu_bit_test(blocks.used, p);
		model->edge[p] = pcpu_bit_test(blocks.edges, p);
	}
	model->chunk = record_model(&blocks.head->chunk);
	for (uint32_t i = 0; i < blocks.head->nr_blocks; i++) {
		struct pcpu_record record = pcpu_record_load(&blocks, i);

		model->block[i] = record_model(&record);
	}
}

/* What is before the operation, and the operation. */
static void where_write(struct fixture *fixture, const struct state *state, const char *name, int a,
			int b)
{
	int size = fixture->model.size;

	fixture_put(fixture, state);
	model_load(fixture);
	for (int p = 0; p < size; p++)
		fixture->where[p] = fixture->model.used[p] ? '#' : '.';
	snprintf(fixture->where + size, sizeof(fixture->where) - (size_t)size, " %s %d/%d", name, a,
		 b);
}

static void fixture_check(struct fixture *fixture)
{
	uint32_t at;
	enum pcpu_invariant broken = fixture->map.ops->check(&fixture->map, &at);

	if (broken != PCPU_HOLDS)
		FAIL("%s: broken at %u: %s", fixture->where, at, pcpu_invariant_text(broken));
	model_compare(&fixture->model, &fixture->map, fixture->where);
}

/* populated < 0: no pages are looked at; otherwise by X1. */
static enum pcpu_fit_result alloc_try(struct fixture *fixture, int n, int align, int populated)
{
	uint64_t pages_there = (uint64_t)populated << fixture->model.page;
	struct pcpu_pages pages = {&pages_there, true};
	struct pcpu_fit fit = {0};
	int p;
	enum pcpu_fit_result due = model_alloc(&fixture->model, n, align,
					       populated < 0 ? NULL : &pages_there, true, &p);
	enum pcpu_fit_result got =
		fixture->map.ops->alloc(&fixture->map, (uint32_t)n * 4, (uint32_t)align * 4,
					populated < 0 ? NULL : &pages, &fit);

	if (got != due || (got == PCPU_FIT_TAKEN && fit.offset / 4 != fixture->base + (uint32_t)p))
		FAIL("%s, pages %d: %d at %u, not %d at %d", fixture->where, populated, got,
		     fit.offset / 4 - fixture->base, due, p);
	return got;
}

static bool any_fits(const struct blocks_model *model, int n, int align)
{
	for (int p = 0, run = 0; p < model->size; p++) {
		run = model->used[p] || (run == 0 && p % align) ? 0 : run + 1;
		if (run == n)
			return true;
	}
	return false;
}

/* Each alloc and free from this state; what each leads to. */
typedef void each_step(struct fixture *fixture, void *context);

static void allocs_run(struct fixture *fixture, const struct state *state, each_step *each,
		       void *context)
{
	int size = fixture->model.size, nr_pages = fixture->model.nr_blocks;

	for (int n = 1; n <= size; n++)
		for (int align = 1; align <= 4; align *= 2)
			for (int populated = -1; populated < (1 << nr_pages) - 1; populated++) {
				bool fits;
				enum pcpu_fit_result got;

				if (fixture->base % (uint32_t)align)
					continue; /* blocks of 6 alone: Q2 refuses it */
				where_write(fixture, state, "alloc", n, align);
				fits = any_fits(&fixture->model, n, align);
				got = alloc_try(fixture, n, align, populated);
				if (fixture->model.exact && populated < 0)
					CHECK_EQ(got == PCPU_FIT_TAKEN, fits);
				if (got == PCPU_FIT_NONE) { /* and nothing changed */
					model_compare(&fixture->model, &fixture->map,
						      fixture->where);
					continue;
				}
				fixture_check(fixture);
				each(fixture, context);
			}
}

static void frees_run(struct fixture *fixture, const struct state *state, each_step *each,
		      void *context)
{
	int base = (int)fixture->base, size = fixture->model.size;
	struct pcpu_fit fit;

	for (int offset = 0; offset < 4 * (base + size) + 8; offset++) {
		bool due, got;

		if (offset % 4 > 1)
			continue;
		where_write(fixture, state, "free", offset, 4);
		due = offset % 4 == 0 && offset >= 4 * base &&
		      model_free(&fixture->model, offset / 4 - base);
		got = fixture->map.ops->free(&fixture->map, (uint32_t)offset, &fit);
		if (got != due)
			FAIL("%s: %d", fixture->where, got);
		if (offset % 4 == 0) {
			fixture_check(fixture);
			each(fixture, context);
		}
	}
}

/* --- exact ------------------------------------------------------------------------------------ */

static void nothing_more(struct fixture *fixture, void *context)
{
}

/* Bits into memory, records by the model's count. */
static void exact_build(struct fixture *fixture, uint32_t used, uint32_t edges,
			struct state *state)
{
	struct pcpu_blocks blocks;
	struct blocks_model *m = &fixture->model;

	blocks = pcpu_blocks_of(&fixture->map);
	blocks.used[0] = used;
	blocks.edges[0] = edges;
	for (int p = 0; p < m->size; p++)
		m->used[p] = used >> p & 1;
	model_recount(m);
	blocks.head->chunk = (struct pcpu_record){
		(uint32_t)m->chunk.best,     (uint32_t)m->chunk.best_n,
		(uint32_t)m->chunk.second,   (uint32_t)m->chunk.second_n,
		(uint32_t)m->chunk.first,    0, 0};
	for (int i = 0; i < m->nr_blocks; i++) {
		const struct model_record *r = &m->block[i];

		blocks.block[i] = (struct pcpu_block){
			(uint16_t)r->best,     (uint16_t)r->best_n, (uint16_t)r->second,
			(uint16_t)r->second_n, (uint16_t)r->first,  (uint16_t)r->left,
			(uint16_t)r->right};
	}
	*state = fixture->now;
}

/* Of all places where an edge may or may not be, `chosen`; where one must be, it is. */
static uint32_t edges_of(uint32_t used, int size, uint32_t chosen)
{
	uint32_t ends = used ^ used << 1; /* used and free meet */

	if (!(used >> (size - 1) & 1))
		ends &= ~(1u << size);
	return (ends | chosen) & ((2u << size) - 1);
}

static void exact_states_run(int nr_blocks, uint32_t nr_choices)
{
	struct fixture fixture;
	struct state state;
	int size = nr_blocks * B;

	fixture_init(&fixture, true, 0, nr_blocks);
	for (uint32_t used = 0; used < 1u << size; used++)
		for (uint32_t i = 0; i < nr_choices; i++) {
			uint32_t chosen = i == 0 ? UINT32_MAX : i == 1 ? 0 : used * (2 * i + 1);

			exact_build(&fixture, used, edges_of(used, size, chosen), &state);
			where_write(&fixture, &state, "built", 0, 0);
			fixture_check(&fixture);
			if (i == 0 || (i == 1 && full_run()))
				allocs_run(&fixture, &state, nothing_more, NULL);
			frees_run(&fixture, &state, nothing_more, NULL);
		}
}

TEST(every_exact_state_leads_to_exact_states)
{
	exact_states_run(B == 4 ? 3 : B == 6 ? 2 : 1, 2);
	if (full_run() && B == 8)
		exact_states_run(2, 4);
}

/* One field of one record off by one, one bit of those that matter turned over. */
TEST(the_check_of_an_exact_map_accepts_nothing_else)
{
	struct fixture fixture;
	struct state state;
	uint32_t at;
	int size = 2 * B;

	fixture_init(&fixture, true, 0, 2);
	for (uint32_t used = 0; used < 1u << size; used += 5) {
		struct pcpu_blocks blocks;

		exact_build(&fixture, used, edges_of(used, size, used * 7), &state);
		for (uint32_t i = 0; i < 2 * 7 * 2 + 5 * 2; i++) {
			int by = i % 2 ? 1 : -1;

			fixture_put(&fixture, &state);
			blocks = pcpu_blocks_of(&fixture.map);
			if (i < 28)
				((uint16_t *)blocks.block)[i / 2] += (uint16_t)by;
			else
				((uint32_t *)&blocks.head->chunk)[i / 2 - 14] += (uint32_t)by;
			CHECK(fixture.map.ops->check(&fixture.map, &at) != PCPU_HOLDS);
		}
		for (int p = 0; p < size; p++) {
			fixture_put(&fixture, &state);
			blocks.used[0] ^= UINT64_C(1) << p;
			CHECK(fixture.map.ops->check(&fixture.map, &at) != PCPU_HOLDS);
		}
	}
}

/* --- lazy ------------------------------------------------------------------------------------- */

/* States seen: open addressing, by content; those behind `nr_done` are to be gone through. */
struct states {
	struct state *list;
	uint32_t *table;
	uint32_t nr, nr_done, limit;
};

static uint64_t state_hash(const struct state *state)
{
	uint64_t hash = 0;

	for (int i = 0; i < MEMORY_WORDS; i++)
		hash = (hash ^ state->memory[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
	return hash ^ hash >> 32;
}

static void states_add(struct fixture *fixture, void *context)
{
	struct states *states = context;
	uint32_t mask = 4 * states->limit - 1;
	uint32_t at = (uint32_t)state_hash(&fixture->now) & mask;

	for (; states->table[at]; at = (at + 1) & mask)
		if (memcmp(&states->list[states->table[at] - 1], &fixture->now,
			   sizeof(fixture->now)) == 0)
			return;
	if (states->nr == states->limit)
		return;
	states->list[states->nr++] = fixture->now;
	states->table[at] = states->nr;
}

/* Returns the steps within which every state was gone through; limit, of states, is a power of
   two. */
static int lazy_states_run(int used, int nr_blocks, uint32_t limit)
{
	struct states states = {.limit = limit};
	struct fixture fixture;
	int nr_steps = 0;

	states.list = malloc(limit * sizeof(*states.list));
	states.table = calloc(4 * limit, sizeof(*states.table));
	fixture_init(&fixture, false, used, nr_blocks);
	states_add(&fixture, &states);
	while (states.nr_done < states.nr && states.nr < limit) {
		for (uint32_t end = states.nr; states.nr_done < end; states.nr_done++) {
			struct state from = states.list[states.nr_done];

			allocs_run(&fixture, &from, states_add, &states);
			frees_run(&fixture, &from, states_add, &states);
		}
		nr_steps += states.nr < limit;
	}
	free(states.list);
	free(states.table);
	return nr_steps;
}

TEST(every_state_that_linux61_reaches)
{
	uint32_t limit = full_run() ? 1 << 17 : 1 << 12;

	CHECK(lazy_states_run(0, 2, limit) >= (B == 8 ? 2 : 3));
	CHECK(lazy_states_run(B + 1, 3, limit) >= (B == 8 ? 2 : 3));
	CHECK(lazy_states_run(1, 3, limit) >= 2);
}
