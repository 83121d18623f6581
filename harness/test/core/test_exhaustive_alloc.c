/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_exhaustive_alloc.c - a whole allocator of every engine against the placement oracle, on the
 * simulated platform with small units, so that chunks fill, open, move between slots and go.
 *
 *	operations -> allocator: chunk, offset, lists	must be equal after each step, and the
 *	          \-> oracle:    chunk, offset, lists	walker must be content
 */
#include "harness/test/lib/test.h"

#include "harness/check/oracle.h"
#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NR_CHUNKS = 24, MAX_LIVE = 64, MAX_DEPTH = 6, NR_CPUS = 2 };

struct request {
	uint32_t size, align;
	unsigned flags;
};

struct fixture {
	const struct pcpu_engine *engine;
	struct plat *plat;
	struct pcpu *pcpu;
	struct lab_oracle oracle;
	void *oracle_memory;
	size_t oracle_bytes;
	struct pcpu_ptr pointer[MAX_LIVE];
	struct pcpu_place place[MAX_LIVE];
	struct pcpu_config config;
	struct sim_config sim;
	bool walk; /* the walker after each step */
	uint64_t nr_steps;
	char path[64 + MAX_DEPTH * 24];
};

#define EXPECT(fixture, condition)                                                                 \
	do {                                                                                       \
		if (!(condition))                                                                  \
			FAIL("engine %s,%s: not true: %s", (fixture)->engine->name,                \
			     (fixture)->path, #condition);                                         \
	} while (0)

static const uint16_t cpu_node[NR_CPUS] = { 0, 0 };
static const uint16_t node_id[1] = { 0 };
static const struct pcpu_topology topology = {
	.nr_cpu_ids = NR_CPUS, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id,
};

static void fixture_init(struct fixture *fixture, const struct pcpu_engine *engine,
			 uint64_t unit_bytes, uint64_t reserved_bytes)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->engine = engine;
	fixture->sim = (struct sim_config){ .topology = &topology, .flush_needed = true };
	fixture->plat = sim_create(&fixture->sim);
	fixture->config = (struct pcpu_config){
		.plat = fixture->plat, .topology = &topology, .engine = engine,
		.static_start = 0x10000,
		.sizes = { .static_bytes = pcpu_round_up(4090, engine->map->granule_bytes),
			   .reserved_bytes = reserved_bytes,
			   .atom_bytes = 65536, .unit_bytes = unit_bytes },
	};
}

static void fixture_finish(struct fixture *fixture)
{
	sim_destroy(fixture->plat);
	free(fixture->oracle_memory);
}

/* A fresh allocator, and an oracle of its layout. */
static void start(struct fixture *fixture)
{
	sim_reset(fixture->plat, &fixture->sim);
	memset(fixture->pointer, 0, sizeof(fixture->pointer));
	CHECK_EQ(pcpu_create(&fixture->config, &fixture->pcpu), PCPU_OK);
	if (!fixture->oracle_memory) {
		fixture->oracle_bytes = lab_oracle_memory(pcpu_layout(fixture->pcpu), NR_CHUNKS);
		fixture->oracle_memory = calloc(1, fixture->oracle_bytes);
	}
	memset(fixture->oracle_memory, 0, NR_CHUNKS * sizeof(struct lab_oracle_chunk));
	lab_oracle_init(&fixture->oracle, pcpu_layout(fixture->pcpu), NR_CHUNKS,
			fixture->oracle_memory);
}

static void stop(struct fixture *fixture)
{
	pcpu_destroy(fixture->pcpu);
	EXPECT(fixture, !sim_lost(fixture->plat));
	EXPECT(fixture, !sim_fault(fixture->plat));
}

/* --- comparing ----------------------------------------------------------------------------- */

struct visit {
	struct fixture *fixture;
	uint32_t nr_seen[LAB_ORACLE_SLOTS]; /* chunks of each slot's list so far */
	const char *wrong;
};

static const char *compare_chunk(struct visit *visit, const struct pcpu_chunk_view *view)
{
	struct lab_oracle *oracle = &visit->fixture->oracle;
	const struct lab_oracle_chunk *chunk = lab_oracle_find(oracle, view->id);

	if (!chunk)
		return "a chunk that the oracle does not know";
	if (chunk->slot != view->slot)
		return "a chunk is on another slot's list";
	if (view->slot >= 0) {
		uint32_t i = visit->nr_seen[view->slot]++;
		const uint32_t *list = oracle->list + (uint32_t)view->slot * oracle->capacity;

		if (i >= oracle->nr_listed[view->slot] || &oracle->chunk[list[i]] != chunk)
			return "a list's chunks are in another order";
	}
	if (view->map->free_bytes != chunk->map.free_bytes)
		return "free bytes differ";
	return lab_same_hint(view->map, &chunk->map) ? NULL : "hints differ";
}

static bool visit_chunk(void *context, const struct pcpu_chunk_view *view)
{
	struct visit *visit = context;

	visit->wrong = compare_chunk(visit, view);
	return !visit->wrong;
}

static void compare(struct fixture *fixture)
{
	struct visit visit = { .fixture = fixture };
	enum pcpu_invariant broken;

	fixture->nr_steps++;
	pcpu_visit(fixture->pcpu, visit_chunk, &visit);
	if (visit.wrong)
		FAIL("engine %s,%s: %s", fixture->engine->name, fixture->path, visit.wrong);
	for (uint32_t slot = 0; slot < fixture->oracle.nr_slots; slot++)
		EXPECT(fixture, visit.nr_seen[slot] == fixture->oracle.nr_listed[slot]);
	if (!fixture->walk)
		return;
	broken = pcpu_check(fixture->pcpu, NULL);
	if (broken != PCPU_HOLDS)
		FAIL("engine %s,%s: broken: %s", fixture->engine->name, fixture->path,
		     pcpu_invariant_text(broken));
}

static void step_alloc(struct fixture *fixture, uint32_t id, const struct request *r)
{
	struct pcpu_place wanted = { 0 }, *got = &fixture->place[id];
	bool placed = lab_oracle_alloc(&fixture->oracle, r->size, r->align, r->flags, &wanted);
	struct pcpu_ptr pointer = pcpu_alloc(fixture->pcpu, r->size, r->align, r->flags);

	fixture->pointer[id] = pointer;
	EXPECT(fixture, placed == (pointer.value != 0));
	if (placed) {
		EXPECT(fixture, pcpu_lookup(fixture->pcpu, pointer, got));
		EXPECT(fixture, got->kind == wanted.kind);
		EXPECT(fixture, got->chunk_id == wanted.chunk_id);
		EXPECT(fixture, got->offset == wanted.offset);
	}
	compare(fixture);
}

static void step_free(struct fixture *fixture, uint32_t id)
{
	bool kicked, reclaim;

	pcpu_free(fixture->pcpu, fixture->pointer[id]);
	fixture->pointer[id].value = 0;
	EXPECT(fixture, lab_oracle_free(&fixture->oracle, &fixture->place[id], &reclaim));
	kicked = lab_take_kick(fixture->plat);
	EXPECT(fixture, kicked || !reclaim);
	if (kicked)
		pcpu_balance(fixture->pcpu);
	if (reclaim)
		lab_oracle_reclaim(&fixture->oracle);
	compare(fixture);
}

/* --- every sequence -------------------------------------------------------------------------- */

struct alphabet {
	const struct request *requests;
	uint32_t nr, depth;
};

/*
 * Letter c < nr: that request; nr + i: free of the object of step i. False where there is no such
 * object (then no longer sequence with this prefix exists either).
 */
static bool play(struct fixture *fixture, const struct alphabet *alphabet, const uint8_t *letters,
		 uint32_t nr_letters, uint32_t *bad_step)
{
	start(fixture);
	fixture->path[0] = 0;
	for (uint32_t i = 0; i < nr_letters; i++) {
		size_t path = strlen(fixture->path);

		fixture->walk = i + 1 == nr_letters;
		if (letters[i] < alphabet->nr) {
			const struct request *r = &alphabet->requests[letters[i]];

			snprintf(fixture->path + path, sizeof(fixture->path) - path, " a(%u,%u%s)",
				 r->size, r->align, r->flags ? ",R" : "");
			step_alloc(fixture, i, r);
			continue;
		}
		*bad_step = i;
		if (!fixture->pointer[letters[i] - alphabet->nr].value)
			break;
		snprintf(fixture->path + path, sizeof(fixture->path) - path, " f%u",
			 letters[i] - alphabet->nr);
		step_free(fixture, letters[i] - alphabet->nr);
		*bad_step = nr_letters;
	}
	stop(fixture);
	return *bad_step == nr_letters;
}

/* Counts through all words of exactly `depth` letters; the prefixes are walked on the way. */
static void every_word(struct fixture *fixture, const struct alphabet *alphabet)
{
	uint8_t letters[MAX_DEPTH] = { 0 };
	uint32_t i;

	do {
		uint32_t bad_step = alphabet->depth;

		if (!play(fixture, alphabet, letters, alphabet->depth, &bad_step))
			memset(letters + bad_step + 1, UINT8_MAX,
			       alphabet->depth - bad_step - 1); /* none with this prefix */
		i = alphabet->depth;
		while (i > 0) {
			i--;
			if (letters[i] != UINT8_MAX && ++letters[i] < alphabet->nr + i)
				break;
			letters[i] = 0;
			if (i == 0)
				return;
		}
	} while (true);
}

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

static void every_sequence(const struct alphabet *alphabet, uint64_t unit_bytes,
			   uint64_t reserved_bytes, uint64_t least_steps)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		struct fixture fixture;

		if (!engine_takes(&pcpu_engines[e], alphabet))
			continue;
		fixture_init(&fixture, &pcpu_engines[e], unit_bytes, reserved_bytes);
		every_word(&fixture, alphabet);
		CHECK(fixture.nr_steps >= least_steps);
		fixture_finish(&fixture);
	}
}

/* Half and whole units: chunks open, fill, empty in any order, and go when a second one is
   empty. */
TEST(alloc_every_sequence_of_chunks)
{
	static const struct request requests[] = {
		{ 32768, 4, 0 }, { 16384, 4096, 0 }, { 12000, 64, 0 },
	};
	const struct alphabet alphabet = { requests, 3, 6 };

	every_sequence(&alphabet, 32768, 0, 20000);
}

/* Odd sizes and the reserved chunk, whose refusals never spill over. */
TEST(alloc_every_sequence_with_reserved)
{
	static const struct request requests[] = {
		{ 3, 1, 0 }, { 12, 64, 0 }, { 16380, 16, 0 }, { 2500, 4, PCPU_RESERVED },
		{ 7, 8, PCPU_RESERVED }, { 32768, 1, 0 },
	};
	const struct alphabet alphabet = { requests, 6, 4 };

	every_sequence(&alphabet, 32768, 4096, 5000);
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
	static const uint32_t sizes[] = { 1, 3, 4, 8, 20, 64, 500, 2000, 4096, 9000, 16384, 32768 };
	struct request request = { 0 };

	request.size = sizes[xorshift(seed) % 12];
	request.align = 1u << xorshift(seed) % 13;
	request.size = (uint32_t)pcpu_round_up(request.size, granule);
	request.align = (uint32_t)pcpu_round_up(request.align, granule);
	if (xorshift(seed) % 8 == 0)
		request.flags = PCPU_RESERVED;
	if (xorshift(seed) % 64 == 0)
		request.align = 48; /* refused by both */
	return request;
}

static void random_walk(struct fixture *fixture, uint64_t seed, uint32_t nr_steps)
{
	start(fixture);
	snprintf(fixture->path, sizeof(fixture->path), " seed %llu", (unsigned long long)seed);
	for (uint32_t i = 0; i < nr_steps; i++) {
		/* Few live objects, then many, then few: chunks come and go. */
		uint32_t nr_ids = i / 64 % 2 ? MAX_LIVE : MAX_LIVE / 8;
		uint32_t id = (uint32_t)(xorshift(&seed) % MAX_LIVE);
		struct request request = random_request(&seed, fixture->engine->map->granule_bytes);

		fixture->walk = i % 16 == 0;
		if (fixture->pointer[id].value)
			step_free(fixture, id);
		else if (id < nr_ids)
			step_alloc(fixture, id, &request);
	}
	stop(fixture);
}

TEST(alloc_long_random_walks)
{
	for (uint32_t e = 0; e < pcpu_nr_engines; e++) {
		struct fixture fixture;

		if (!pcpu_engine_keeps(&pcpu_engines[e], PCPU_PROMISE_PLACES))
			continue;
		fixture_init(&fixture, &pcpu_engines[e], 65536, 8192);
		for (uint64_t seed = 1; seed <= 6; seed++)
			random_walk(&fixture, seed * 0x9e3779b97f4a7c15u, 600);
		fixture_finish(&fixture);
	}
}

/* The oracle by itself: what it refuses, and when balance is due. */
TEST(alloc_oracle_refuses_and_wants_balance)
{
	static const struct request illegal[] = {
		{ 8, 0, 0 }, { 8, 3, 0 }, { 8, 2 * PCPU_PAGE_BYTES, 0 }, { 0, 8, 0 },
		{ PCPU_MIN_UNIT_BYTES + 1, 8, 0 },
	};
	struct pcpu_place first = { .kind = PCPU_CHUNK_FIRST }, p[6];
	struct fixture fixture;
	bool kicked;

	fixture_init(&fixture, &pcpu_engines[0], 65536, 8192);
	start(&fixture);
	for (size_t i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		EXPECT(&fixture, !lab_oracle_alloc(&fixture.oracle, illegal[i].size,
						   illegal[i].align, 0, &p[0]));
	/* The static part begins with an area that nobody may free. */
	EXPECT(&fixture, !lab_oracle_free(&fixture.oracle, &first, &kicked));
	for (int i = 0; i < 6; i++) /* two each in chunks 1, 2, 3 */
		EXPECT(&fixture, lab_oracle_alloc(&fixture.oracle, 32768, 4, 0, &p[i]));
	for (int i = 0; i < 4; i++) {
		EXPECT(&fixture, lab_oracle_free(&fixture.oracle, &p[i], &kicked));
		EXPECT(&fixture, kicked == (i == 3));
	}
	pcpu_destroy(fixture.pcpu);
	fixture_finish(&fixture);
}
