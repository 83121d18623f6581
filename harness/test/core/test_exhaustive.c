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

#include <pcpu/invariants.h>
#include "harness/check/map_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COVERED = 8192, MAX_LIVE = 512, MAX_DEPTH = 8, WORDS_BYTES = 1 << 16 };

struct request {
	uint32_t size, align;
};

struct world {
	const struct pcpu_map_ops *engine;
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

static void world_init(struct world *world, const struct pcpu_map_ops *engine,
		       uint32_t used_bytes, uint32_t covered_bytes)
{
	uint32_t capacity = engine->capacity(covered_bytes, covered_bytes + PCPU_MAP_SPARE);

	memset(world, 0, sizeof(*world));
	memset(world->offset, 0xff, sizeof(world->offset));
	world->engine = engine;
	world->covered_bytes = covered_bytes;
	world->used_bytes = used_bytes;
	world->memory_bytes = engine->memory(covered_bytes, capacity);
	world->memory = calloc(1, world->memory_bytes + 8);
	world->state_bytes = lab_map_bytes.memory(covered_bytes, covered_bytes);
	world->state = calloc(1, world->state_bytes);
	world->map.ops = engine;
	engine->init(&world->map, world->memory, capacity, used_bytes, covered_bytes);
	world->oracle.ops = &lab_map_bytes;
	lab_map_bytes.init(&world->oracle, world->state, covered_bytes, used_bytes, covered_bytes);
}

static void world_finish(struct world *world)
{
	free(world->memory);
	free(world->state);
}

#define EXPECT(world, condition)                                                                  \
	do {                                                                                      \
		if (!(condition))                                                                 \
			FAIL("engine %s, map [%u used of %u],%s: not true: %s",                   \
			     (world)->engine->name, (world)->used_bytes, (world)->covered_bytes,  \
			     (world)->path, #condition);                                          \
	} while (0)

/* Are both the same areas, and does the engine keep its own rules? */
static void compare(struct world *world)
{
	struct pcpu_area area = { 0 }, wanted = { 0 };
	uint32_t broken_at;
	enum pcpu_invariant broken = world->engine->check(&world->map, &broken_at);

	if (broken != PCPU_HOLDS)
		FAIL("engine %s,%s: broken at %u: %s", world->engine->name, world->path,
		     broken_at, pcpu_invariant_text(broken));
	while (world->engine->next(&world->map, &area)) {
		EXPECT(world, lab_map_bytes.next(&world->oracle, &wanted));
		EXPECT(world, area.offset == wanted.offset);
		EXPECT(world, area.bytes == wanted.bytes);
		EXPECT(world, area.used == wanted.used);
	}
	EXPECT(world, !lab_map_bytes.next(&world->oracle, &wanted));
	EXPECT(world, world->map.free_bytes == world->oracle.free_bytes);
	EXPECT(world, world->map.hint_bytes == world->oracle.hint_bytes);
	world->nr_steps++;
}

/* False: both refused. */
static bool step_alloc(struct world *world, uint32_t id, const struct request *request)
{
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	bool placed = lab_map_bytes.alloc(&world->oracle, request->size, request->align, NULL,
					  &wanted) == PCPU_FIT_TAKEN;
	enum pcpu_fit_result result = world->engine->alloc(&world->map, request->size,
							   request->align, NULL, &fit);

	EXPECT(world, result != PCPU_FIT_UNBACKED);
	EXPECT(world, (result == PCPU_FIT_TAKEN) == placed);
	if (placed) {
		EXPECT(world, memcmp(&fit, &wanted, sizeof(fit)) == 0);
		world->offset[id] = fit.offset;
	}
	compare(world);
	return placed;
}

static void step_free(struct world *world, uint32_t id)
{
	struct pcpu_fit fit = { 0 }, wanted = { 0 };
	uint32_t offset = world->offset[id];

	EXPECT(world, world->engine->free(&world->map, offset, &fit));
	EXPECT(world, lab_map_bytes.free(&world->oracle, offset, &wanted));
	EXPECT(world, memcmp(&fit, &wanted, sizeof(fit)) == 0);
	world->offset[id] = UINT32_MAX;
	compare(world);
}

/* A free of every offset where nothing starts must be refused and change nothing. */
static void step_wild(struct world *world)
{
	for (uint32_t offset = world->used_bytes; offset <= world->covered_bytes; offset++) {
		struct pcpu_fit fit;
		bool live = false;

		for (uint32_t id = 0; id < MAX_DEPTH; id++)
			live |= world->offset[id] == offset;
		if (!live)
			EXPECT(world, !world->engine->free(&world->map, offset, &fit));
	}
	compare(world);
}

/* --- every sequence ---------------------------------------------------------------------- */

struct saved {
	struct world world;
	uint64_t memory[WORDS_BYTES / 8];
	uint64_t state[8];
};

static void save(const struct world *world, struct saved *saved)
{
	CHECK(world->memory_bytes <= sizeof(saved->memory));
	CHECK(world->state_bytes <= sizeof(saved->state));
	saved->world = *world;
	memcpy(saved->memory, world->memory, world->memory_bytes);
	memcpy(saved->state, world->state, world->state_bytes);
}

static void restore(struct world *world, const struct saved *saved)
{
	uint64_t nr_steps = world->nr_steps;

	*world = saved->world;
	world->nr_steps = nr_steps;
	memcpy(world->memory, saved->memory, world->memory_bytes);
	memcpy(world->state, saved->state, world->state_bytes);
}

struct alphabet {
	const struct request *requests;
	uint32_t nr;
	uint32_t depth;
};

static void branch(struct world *world, const struct alphabet *alphabet, uint32_t depth)
{
	struct saved *saved;
	size_t path = strlen(world->path);

	if (depth == alphabet->depth) {
		step_wild(world);
		return;
	}
	saved = malloc(sizeof(*saved));
	save(world, saved);
	for (uint32_t i = 0; i < alphabet->nr; i++) {
		const struct request *r = &alphabet->requests[i];

		snprintf(world->path + path, sizeof(world->path) - path, " a(%u,%u)", r->size,
			 r->align);
		step_alloc(world, depth, r);
		branch(world, alphabet, depth + 1);
		restore(world, saved);
	}
	for (uint32_t id = 0; id < depth; id++) {
		if (world->offset[id] == UINT32_MAX)
			continue;
		snprintf(world->path + path, sizeof(world->path) - path, " f%u", id);
		step_free(world, id);
		branch(world, alphabet, depth + 1);
		restore(world, saved);
	}
	free(saved);
}

/* A request that an engine would round is no test of it: sizes and alignments must suit. */
static bool engine_takes(const struct pcpu_map_ops *engine, const struct alphabet *alphabet)
{
	for (uint32_t i = 0; i < alphabet->nr; i++) {
		if (alphabet->requests[i].size % engine->granule_bytes ||
		    alphabet->requests[i].align % engine->granule_bytes)
			return false;
	}
	return true;
}

static void every_sequence(const struct alphabet *alphabet, uint32_t used_bytes,
			   uint32_t covered_bytes, uint64_t least_steps)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		struct world world;

		if (!engine_takes(pcpu_engines[e], alphabet))
			continue;
		world_init(&world, pcpu_engines[e], used_bytes, covered_bytes);
		branch(&world, alphabet, 0);
		CHECK(world.nr_steps >= least_steps);
		world_finish(&world);
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

static void random_walk(const struct pcpu_map_ops *engine, uint64_t seed, uint32_t nr_steps)
{
	struct world world;

	world_init(&world, engine, 100, MAX_COVERED);
	snprintf(world.path, sizeof(world.path), " seed %llu", (unsigned long long)seed);
	for (uint32_t i = 0; i < nr_steps; i++) {
		uint32_t id = (uint32_t)(xorshift(&seed) % MAX_LIVE);
		struct request request = random_request(&seed, engine->granule_bytes);

		if (world.offset[id] != UINT32_MAX)
			step_free(&world, id);
		else
			step_alloc(&world, id, &request);
	}
	for (uint32_t id = 0; id < MAX_LIVE; id++) {
		if (world.offset[id] != UINT32_MAX)
			step_free(&world, id);
	}
	EXPECT(&world, world.map.free_bytes == MAX_COVERED - 100);
	world_finish(&world);
}

TEST(map_long_random_walks)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		for (uint64_t seed = 1; seed <= 12; seed++)
			random_walk(pcpu_engines[e], seed * 0x9e3779b97f4a7c15u, 1500);
	}
}
