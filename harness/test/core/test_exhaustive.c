/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_exhaustive.c - one bare map of every engine against the one of single bytes: every sequence
 * of a bounded length over small alphabets, then long random ones.
 *
 *	depth 0	            |................|
 *	depth 1	  a(1)  a(3)  a(12,16) ...		each branch: engine and oracle side by
 *	depth 2	  f(0) a(1) ...				side, compared byte by byte, then the
 *							state before is put back
 */
#include "harness/test/lib/test.h"

#include <pcpu/engine.h>
#include <pcpu/invariants.h>
#include "harness/check/map_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COVERED = 8192, MAX_LIVE = 512, MAX_DEPTH = 8, WORDS_BYTES = 1 << 16 };

struct request {
	uint32_t size, align;
};

struct fixture {
	const struct pcpu_engine *engine;
	struct pcpu_map map;
	struct pcpu_map oracle; /* of lab_map_bytes */
	uint64_t *memory;     /* the engine's records */
	size_t memory_bytes;
	uint64_t *state;      /* the oracle's records */
	size_t state_bytes;
	uint32_t offset[MAX_LIVE]; /* of live objects, UINT32_MAX: free */
	uint32_t covered_bytes, used_bytes;
	uint64_t nr_steps;
	char path[MAX_DEPTH * 24]; /* of the branch, for reports */
};

static void fixture_init(struct fixture *fixture, const struct pcpu_engine *engine,
			 uint32_t used_bytes, uint32_t covered_bytes)
{
	uint32_t capacity = engine->map->capacity(covered_bytes, covered_bytes + PCPU_MAP_SPARE);

	memset(fixture, 0, sizeof(*fixture));
	memset(fixture->offset, 0xff, sizeof(fixture->offset));
	fixture->engine = engine;
	fixture->covered_bytes = covered_bytes;
	fixture->used_bytes = used_bytes;
	fixture->memory_bytes = engine->map->memory(covered_bytes, capacity);
	fixture->memory = calloc(1, fixture->memory_bytes + 8);
	fixture->state_bytes = lab_map_bytes.memory(covered_bytes, covered_bytes);
	fixture->state = calloc(1, fixture->state_bytes);
	fixture->map.ops = engine->map;
	engine->map->init(&fixture->map, fixture->memory, capacity, used_bytes, covered_bytes);
	fixture->oracle.ops = &lab_map_bytes;
	lab_map_bytes.init(&fixture->oracle, fixture->state, covered_bytes, used_bytes,
			   covered_bytes);
}

static void fixture_finish(struct fixture *fixture)
{
	free(fixture->memory);
	free(fixture->state);
}

#define EXPECT(fixture, condition)                                                                 \
	do {                                                                                       \
		if (!(condition))                                                                  \
			FAIL("engine %s, map [%u used of %u],%s: not true: %s",                    \
			     (fixture)->engine->name, (fixture)->used_bytes,                       \
			     (fixture)->covered_bytes, (fixture)->path, #condition);               \
	} while (0)

/* Are both the same areas, and does the engine keep its own rules? */
static void compare(struct fixture *fixture)
{
	struct pcpu_area area = { 0 }, wanted = { 0 };
	uint32_t broken_at;
	enum pcpu_invariant broken = fixture->engine->map->check(&fixture->map, &broken_at);

	if (broken != PCPU_HOLDS)
		FAIL("engine %s,%s: broken at %u: %s", fixture->engine->name, fixture->path,
		     broken_at, pcpu_invariant_text(broken));
	while (fixture->engine->map->next(&fixture->map, &area)) {
		EXPECT(fixture, lab_map_bytes.next(&fixture->oracle, &wanted));
		EXPECT(fixture, area.offset == wanted.offset);
		EXPECT(fixture, area.bytes == wanted.bytes);
		EXPECT(fixture, area.used == wanted.used);
	}
	EXPECT(fixture, !lab_map_bytes.next(&fixture->oracle, &wanted));
	EXPECT(fixture, fixture->map.free_bytes == fixture->oracle.free_bytes);
	EXPECT(fixture, lab_same_hint(&fixture->map, &fixture->oracle));
	fixture->nr_steps++;
}

/* False: both refused. */
static bool step_alloc(struct fixture *fixture, uint32_t id, const struct request *request)
{
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	bool placed = lab_map_bytes.alloc(&fixture->oracle, request->size, request->align, NULL,
					  &wanted) == PCPU_FIT_TAKEN;
	enum pcpu_fit_result result = fixture->engine->map->alloc(
		&fixture->map, request->size, request->align, NULL, &fit);

	EXPECT(fixture, result != PCPU_FIT_UNBACKED);
	EXPECT(fixture, (result == PCPU_FIT_TAKEN) == placed);
	if (placed) {
		EXPECT(fixture, lab_same_fit(&fixture->map, &fit, &wanted));
		fixture->offset[id] = fit.offset;
	}
	compare(fixture);
	return placed;
}

static void step_free(struct fixture *fixture, uint32_t id)
{
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	uint32_t offset = fixture->offset[id];

	EXPECT(fixture, fixture->engine->map->free(&fixture->map, offset, &fit));
	EXPECT(fixture, lab_map_bytes.free(&fixture->oracle, offset, &wanted));
	EXPECT(fixture, lab_same_fit(&fixture->map, &fit, &wanted));
	fixture->offset[id] = UINT32_MAX;
	compare(fixture);
}

/* A free of every offset where nothing starts must be refused and change nothing. */
static void step_wild(struct fixture *fixture)
{
	for (uint32_t offset = fixture->used_bytes; offset <= fixture->covered_bytes; offset++) {
		struct pcpu_fit fit;
		bool live = false;

		for (uint32_t id = 0; id < MAX_DEPTH; id++)
			live |= fixture->offset[id] == offset;
		if (!live)
			EXPECT(fixture, !fixture->engine->map->free(&fixture->map, offset, &fit));
	}
	compare(fixture);
}

/* --- every sequence ---------------------------------------------------------------------- */

struct saved {
	struct fixture fixture;
	uint64_t memory[WORDS_BYTES / 8];
	uint64_t state[8];
};

static void save(const struct fixture *fixture, struct saved *saved)
{
	CHECK(fixture->memory_bytes <= sizeof(saved->memory));
	CHECK(fixture->state_bytes <= sizeof(saved->state));
	saved->fixture = *fixture;
	memcpy(saved->memory, fixture->memory, fixture->memory_bytes);
	memcpy(saved->state, fixture->state, fixture->state_bytes);
}

static void restore(struct fixture *fixture, const struct saved *saved)
{
	uint64_t nr_steps = fixture->nr_steps;

	*fixture = saved->fixture;
	fixture->nr_steps = nr_steps;
	memcpy(fixture->memory, saved->memory, fixture->memory_bytes);
	memcpy(fixture->state, saved->state, fixture->state_bytes);
}

struct alphabet {
	const struct request *requests;
	uint32_t nr;
	uint32_t depth;
};

static void branch(struct fixture *fixture, const struct alphabet *alphabet, uint32_t depth)
{
	struct saved *saved;
	size_t path = strlen(fixture->path);

	if (depth == alphabet->depth) {
		step_wild(fixture);
		return;
	}
	saved = malloc(sizeof(*saved));
	save(fixture, saved);
	for (uint32_t i = 0; i < alphabet->nr; i++) {
		const struct request *r = &alphabet->requests[i];

		snprintf(fixture->path + path, sizeof(fixture->path) - path, " a(%u,%u)", r->size,
			 r->align);
		step_alloc(fixture, depth, r);
		branch(fixture, alphabet, depth + 1);
		restore(fixture, saved);
	}
	for (uint32_t id = 0; id < depth; id++) {
		if (fixture->offset[id] == UINT32_MAX)
			continue;
		snprintf(fixture->path + path, sizeof(fixture->path) - path, " f%u", id);
		step_free(fixture, id);
		branch(fixture, alphabet, depth + 1);
		restore(fixture, saved);
	}
	free(saved);
}

/* Engines that place as the reference does; a request that one would round is no test of it. */
static bool engine_takes(const struct pcpu_engine *engine, const struct alphabet *alphabet)
{
	if (!pcpu_engine_keeps(engine, PCPU_PROMISE_PLACES))
		return false;
	for (uint32_t i = 0; i < alphabet->nr; i++) {
		if (alphabet->requests[i].size % engine->map->granule_bytes ||
		    alphabet->requests[i].align % engine->map->granule_bytes)
			return false;
	}
	return true;
}

static void every_sequence(const struct alphabet *alphabet, uint32_t used_bytes,
			   uint32_t covered_bytes, uint64_t least_steps)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		struct fixture fixture;

		if (!engine_takes(&pcpu_engines[e], alphabet))
			continue;
		fixture_init(&fixture, &pcpu_engines[e], used_bytes, covered_bytes);
		branch(&fixture, alphabet, 0);
		CHECK(fixture.nr_steps >= least_steps);
		fixture_finish(&fixture);
	}
}

/* Heads and tails on both sides of the 4 bytes that decide whether they are split off. */
TEST(map_every_sequence_of_small_sizes)
{
	static const struct request requests[] = {
		{ 1, 1 }, { 2, 2 }, { 3, 1 }, { 4, 4 }, { 8, 8 }, { 12, 16 },
	};
	const struct alphabet alphabet = { requests, 6, 6 };

	every_sequence(&alphabet, 0, 32, 10000);
	every_sequence(&alphabet, 5, 37, 10000); /* entry 0 used: heads have where to go */
}

/* Multiples of 4: what engines with a granule take as well. */
TEST(map_every_sequence_of_granules)
{
	static const struct request requests[] = { { 4, 4 }, { 8, 8 }, { 12, 4 }, { 16, 64 } };
	const struct alphabet alphabet = { requests, 4, 7 };

	every_sequence(&alphabet, 0, 64, 20000);
	every_sequence(&alphabet, 20, 132, 20000);
}

/* Maps that are full after two or three: refusals, hints of complete scans, frees that reopen. */
TEST(map_every_sequence_that_fills)
{
	static const struct request requests[] = { { 8, 4 }, { 12, 8 }, { 24, 32 } };
	const struct alphabet alphabet = { requests, 3, 7 };

	every_sequence(&alphabet, 0, 40, 20000);
	every_sequence(&alphabet, 8, 48, 20000);
}

/* --- long random ones ------------------------------------------------------------------------ */

static uint64_t xorshift(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct request random_request(uint64_t *seed, uint32_t granule)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 8, 12, 16, 24, 40, 64, 100, 256, 700 };
	struct request request;

	request.size = sizes[xorshift(seed) % (sizeof(sizes) / sizeof(sizes[0]))];
	request.align = 1u << xorshift(seed) % 7;
	if (xorshift(seed) % 32 == 0)
		request.align = 4096;
	request.size = (uint32_t)pcpu_round_up(request.size, granule);
	request.align = (uint32_t)pcpu_round_up(request.align, granule);
	return request;
}

static void random_walk(const struct pcpu_engine *engine, uint64_t seed, uint32_t nr_steps)
{
	struct fixture fixture;

	fixture_init(&fixture, engine, 100, MAX_COVERED);
	snprintf(fixture.path, sizeof(fixture.path), " seed %llu", (unsigned long long)seed);
	for (uint32_t i = 0; i < nr_steps; i++) {
		uint32_t id = (uint32_t)(xorshift(&seed) % MAX_LIVE);
		struct request request = random_request(&seed, engine->map->granule_bytes);

		if (fixture.offset[id] != UINT32_MAX)
			step_free(&fixture, id);
		else
			step_alloc(&fixture, id, &request);
	}
	for (uint32_t id = 0; id < MAX_LIVE; id++) {
		if (fixture.offset[id] != UINT32_MAX)
			step_free(&fixture, id);
	}
	EXPECT(&fixture, fixture.map.free_bytes == MAX_COVERED - 100);
	fixture_finish(&fixture);
}

TEST(map_long_random_walks)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		if (!pcpu_engine_keeps(&pcpu_engines[e], PCPU_PROMISE_PLACES))
			continue;
		for (uint64_t seed = 1; seed <= 12; seed++)
			random_walk(&pcpu_engines[e], seed * 0x9e3779b97f4a7c15u, 1500);
	}
}
