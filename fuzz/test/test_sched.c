/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_sched.c - cases on fibers (fuzz/targets/sched/sched_case.h): what a broken allocator comes
 * to, where a preemption puts the steps of others, and cases that fuzzing found, spelt out.
 */
#include "harness/check/live/guarded_map.h"
#include "fuzz/targets/sched/sched_case.h"
#include "fuzz/targets/sched/sched_decode.h"
#include "harness/test/lib/test.h"

#include <string.h>

static const uint16_t one_cpu[] = {0};
static const uint16_t one_node[] = {0};
static const struct pcpu_topology machine = {
	.nr_cpu_ids = 1, .nr_nodes = 1, .cpu_node = one_cpu, .node_id = one_node};

/* --- engines that are broken ------------------------------------------------------------------ */

static const struct pcpu_map_ops *whole;
static struct pcpu_map_ops broken;
static struct pcpu_engine broken_engine;
static uint32_t nr_calls;

static struct sched_case case_of(const struct sched_op *ops, size_t nr)
{
	whole = pcpu_engines[0].map;
	broken = *whole;
	broken_engine = pcpu_engines[0];
	broken_engine.map = &broken;
	nr_calls = 0;
	return (struct sched_case){
		.setup =
			{
				.sim = {.topology = &machine, .flush_needed = true},
				.pcpu =
					{
						.topology = &machine,
						.sizes = {.static_bytes = 4096, .atom_bytes = 4096},
						.static_start = 0x100000,
						.engine = &broken_engine,
					},
			},
		.nr_fibers = 2,
		.ops = ops,
		.nr_ops = nr,
	};
}

static const struct sched_op few_ops[] = {
	{{STEP_ALLOC, 0, 16, 4}, 0, 0, {{0}}},
	{{STEP_ALLOC, 1, 16, 4}, 1, 0, {{0}}},
	{{STEP_FREE, 0, 0, 0}, 0, 0, {{0}}},
};

static enum pcpu_fit_result alloc_the_same(struct pcpu_map *map, uint32_t size, uint32_t align,
					   const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	static struct pcpu_fit first;
	enum pcpu_fit_result result;

	if (nr_calls++ == 0) {
		result = whole->alloc(map, size, align, pages, fit);
		first = *fit;
		return result;
	}
	/* The counts are copied to a second map, so that the core accepts it. */
	result = whole->alloc(map, size, align, pages, fit);
	*fit = first;
	return result;
}

TEST(sched_reports_what_overlaps)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	CHECK(sched_case_run(&c, &outcome));
	broken.alloc = alloc_the_same;
	CHECK(!sched_case_run(&c, &outcome));
	CHECK_EQ(outcome.step, 1);
	CHECK_EQ(outcome.by, FINDING_MODEL);
	CHECK_STR(outcome.sentence, "a newborn overlaps a live object");
	CHECK_STR(outcome.place, "alloc");
	CHECK_STR(outcome.words, "step 1 (fiber 1: a 1 16 4 --): a newborn overlaps a live object");
}

static bool free_fails(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	PCPU_ASSERT(map == NULL);
	return false;
}

TEST(sched_reports_an_assertion_that_failed)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	broken.free = free_fails;
	for (int i = 0; i < 2; i++) {
		CHECK(!sched_case_run(&c, &outcome));
		CHECK_EQ(outcome.by, FINDING_ASSERTION);
		CHECK_STR(outcome.words, "step 2 (fiber 0: f 0): map == NULL");
	}
}

/* Records are never enough: the allocation makes room and searches again, for ever. */
static uint32_t never_enough(const struct pcpu_map *map, uint32_t spare)
{
	return map->capacity + 1;
}

static size_t memory_of_a_page(uint32_t covered_bytes, uint32_t capacity)
{
	return PCPU_PAGE_BYTES;
}

/* A run that would hang is reported. */
TEST(sched_reports_what_does_not_end)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	broken.capacity_needed = never_enough;
	broken.memory = memory_of_a_page;
	CHECK(!sched_case_run(&c, &outcome));
	CHECK_STR(outcome.words,
		  "step 0 (fiber 0: a 0 16 4 --): it ends within the bound of platform calls");
}

/* --- the schedule --------------------------------------------------------------------------- */

static char order[64]; /* the sizes of the requests to the engine, as letters */

static enum pcpu_fit_result note_order(struct pcpu_map *map, uint32_t size, uint32_t align,
				       const struct pcpu_pages *pages, struct pcpu_fit *fit)
{
	if (nr_calls + 1 < sizeof(order))
		order[nr_calls++] = (char)('A' + size / 4);
	return whole->alloc(map, size, align, pages, fit);
}

/* In which order four allocations of 4, 8, 12 and 16 bytes, on fibers 0, 1, 0, 1, reach the map. */
static const char *order_of(uint8_t after, uint8_t others)
{
	struct sched_op ops[] = {
		{{STEP_ALLOC, 0, 4, 4}, 0, others > 0, {{after, others}}},
		{{STEP_ATOMIC, 1, 8, 4}, 1, 0, {{0}}},
		{{STEP_ALLOC, 2, 12, 4}, 0, 0, {{0}}},
		{{STEP_ATOMIC, 3, 16, 4}, 1, 0, {{0}}},
	};
	struct sched_case c = case_of(ops, 4);
	struct fuzz_outcome outcome;

	broken.alloc = note_order;
	memset(order, 0, sizeof(order));
	if (!sched_case_run(&c, &outcome))
		FAIL("%s", outcome.words);
	CHECK_EQ(outcome.nr_ops, 4);
	return order;
}

TEST(sched_preemptions_let_steps_of_others_in)
{
	CHECK_STR(order_of(0, 0), "BCDE");
	CHECK_STR(order_of(0, 1), "CBDE"); /* stopped before it has the inner lock */
	CHECK_STR(order_of(0, 2), "CEBD");
	CHECK_STR(order_of(100, 2), "BCDE");		/* it has fewer chances than that */
	CHECK_STR(order_of(SCHED_DROP, 2), "BCED");	/* stopped after it had the inner lock */
	CHECK_STR(order_of(SCHED_DROP + 1, 2), "BCDE"); /* it takes it only once */
}

/* Returns how often the engine is called for an area that needs a new chunk: for its pages, and
   after they are populated. */
static uint32_t nr_tries(uint8_t others)
{
	struct sched_op ops[] = {
		{{STEP_ALLOC, 0, 16384, 4}, 0, 1, {{SCHED_DROP, others}}},
		{{STEP_CHECK, 0, 0, 0}, 1, 0, {{0}}},
	};
	struct sched_case c = case_of(ops, 2);
	struct fuzz_outcome outcome;

	broken.alloc = note_order;
	if (!sched_case_run(&c, &outcome))
		FAIL("%s", outcome.words);
	return nr_calls;
}

TEST(sched_memory_ends_when_a_step_goes_on)
{
	CHECK_EQ(nr_tries(1), 2);
	CHECK_EQ(nr_tries(SCHED_FAILS + 1), 0);
}

static struct pcpu_map *bent;

static bool free_bends(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	bent = map;
	whole->free(map, offset, fit);
	map->free_bytes += 4;
	return true;
}

static uint32_t capacity_wrong(const struct pcpu_map *map, uint32_t spare)
{
	if (bent)
		bent->free_bytes -= 4;
	bent = NULL;
	return whole->capacity_needed(map, spare);
}

/* A map that is broken during a free, and repaired by the next call. */
TEST(sched_walks_where_a_step_stops_without_a_lock)
{
	struct sched_op ops[] = {
		{{STEP_ALLOC, 0, 16, 4}, 0, 0, {{0}}},
		{{STEP_FREE, 0, 0, 0}, 0, 1, {{0, 1}}},
		{{STEP_ALLOC, 1, 16, 4}, 1, 0, {{0}}},
		{{STEP_ALLOC, 2, 16, 4}, 0, 0, {{0}}},
	};
	struct sched_case c = case_of(ops, 3);
	struct fuzz_outcome outcome;

	broken.free = free_bends;
	broken.capacity_needed = capacity_wrong;
	bent = NULL;
	ops[1].preempt[0].after = 2;
	CHECK(!sched_case_run(&c, &outcome));
	CHECK_EQ(outcome.step, 1);
	CHECK_EQ(outcome.by, FINDING_WALKER);
	CHECK_STR(outcome.sentence, "free_bytes is the sum of the free areas");
}

/* A file that was cut in the middle is a case still, and the same bytes are the same case. */
TEST(sched_decodes_any_bytes)
{
	uint8_t bytes[80];
	struct fuzz_outcome whole_outcome, again;
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((random = random * 1103515245 + 12345) >> 16);
	for (size_t nr = 0; nr <= sizeof(bytes); nr++) {
		const struct sched_decoded *decoded = sched_decode(bytes, nr);

		for (size_t i = decoded->nr_before; i < decoded->c.nr_ops; i++)
			CHECK(decoded->starts[i - decoded->nr_before] < nr);
		if (!sched_case_run(&decoded->c, &whole_outcome))
			FAIL("%zu bytes: %s", nr, whole_outcome.words);
		CHECK(sched_case_run(&sched_decode(bytes, nr)->c, &again));
		CHECK_EQ(again.hash, whole_outcome.hash);
	}
}

/* Three bytes are a case whose other bytes are drawn; spelt out it is the same. */
TEST(sched_spells_random_bytes)
{
	struct fuzz_outcome drawn, spelt;
	uint8_t to[128];

	for (uint32_t seed = 0; seed < 200; seed++) {
		uint8_t bytes[] = {(uint8_t)(seed % 64), (uint8_t)seed, 7, 1};
		size_t nr_bytes = 3 + seed % 2;
		size_t nr = sched_spell(bytes, nr_bytes, to, sizeof(to));

		CHECK_EQ(nr, nr_bytes + seed % 64);
		CHECK_EQ(sched_spell(to, nr, to, sizeof(to)), nr);
		if (!sched_case_run(&sched_decode(bytes, nr_bytes)->c, &drawn))
			FAIL("seed %u: %s", seed, drawn.words);
		CHECK(sched_case_run(&sched_decode(to, nr)->c, &spelt));
		CHECK_EQ(spelt.hash, drawn.hash);
		CHECK_EQ(spelt.nr_ops, drawn.nr_ops);
	}
}

/* --- who calls an engine ---------------------------------------------------------------------- */

TEST(guarded_map_minds_locks_and_the_question)
{
	struct plat *plat = sim_create(&(struct sim_config){.topology = &machine});
	static _Alignas(8) uint8_t memory[4096], more[8192];
	const struct pcpu_map_ops *ops;
	struct pcpu_fit fit;
	struct pcpu_map map = {0};
	const char *wrong;

	ops = guarded_map(&pcpu_engines[0], plat, &wrong)->map;
	ops->init(&map, memory, ops->capacity(32768, 16), 0, 32768);
	ops->capacity_needed(&map, PCPU_MAP_SPARE);
	CHECK_STR(wrong, "a map was used without the inner lock");
	ops = guarded_map(&pcpu_engines[0], plat, &wrong)->map;
	plat_lock(plat, PLAT_LOCK_INNER);
	CHECK_EQ(ops->capacity_needed(&map, PCPU_MAP_SPARE), 0);
	ops->alloc(&map, 16, 4, NULL, &fit);
	CHECK(wrong == NULL);
	plat_unlock(plat, PLAT_LOCK_INNER);
	plat_lock(plat, PLAT_LOCK_INNER);
	ops->alloc(&map, 16, 4, NULL, &fit);
	CHECK_STR(wrong, "an area was wanted of a map that was not asked for room since the lock "
			 "was taken");
	ops = guarded_map(&pcpu_engines[0], plat, &wrong)->map;
	ops->move(&map, more, map.capacity * 2);
	CHECK_STR(wrong, "a map was moved without the outer lock");
	sim_destroy(plat);
}

/* --- as fuzz_sched writes them ---------------------------------------------------------------- */

/* Memory ends for a chunk that the call itself made, in which another object lives by now: caught
   chunks that go nevertheless. */
TEST(preempted_failure_keeps_the_chunk)
{
	static const uint16_t cpu_node[] = {0};
	static const uint16_t node_id[] = {0};
	static const struct pcpu_topology topology = {
		.nr_cpu_ids = 1,
		.nr_nodes = 1,
		.cpu_node = cpu_node,
		.node_id = node_id,
	};
	/* {kind, slot, size, align}, fiber, preemptions {after so many chances, steps of others} */
	static const struct sched_op ops[] = {
		{{STEP_ALLOC, 0, 20000, 4096}, 0, 1, {{20, 2}}},
		{{STEP_ATOMIC, 1, 12000, 4096}, 1, 0, {{0}}},
		{{STEP_FAIL, 0, 0, 0}, 1, 0, {{0}}},
		{{STEP_CHECK, 0, 0, 0}, 1, 0, {{0}}},
		{{STEP_CHECK, 0, 0, 0}, 1, 0, {{0}}},
	};
	struct sched_case c = {
		.setup.sim =
			{
				.topology = &topology,
				.pages_per_node = 0,
				.address_seed = 0,
				.area_gap_bytes = 0,
				.backwards = 0,
				.flush_needed = 1,
			},
		.setup.pcpu =
			{
				.topology = &topology,
				.sizes =
					{
						.static_bytes = 4096,
						.reserved_bytes = 0,
						.dyn_bytes = 0,
						.atom_bytes = 4096,
						.unit_bytes = 0,
						.rule = 0,
						.stride = 0,
					},
				.choice = PCPU_CHOICE_AUTO,
				.auto_means_page = 0,
				.static_start = 1048576,
				.engine = pcpu_engine_find("area"),
				.space_bytes = 0,
				.backing = PCPU_BACKING_VM,
			},
		.setup.fill_first = 1,
		.setup.honour_kicks = 0,
		.nr_fibers = 2,
		.ops = ops,
		.nr_ops = 5,
	};
	struct fuzz_outcome outcome;

	if (!sched_case_run(&c, &outcome))
		FAIL("%s", outcome.words);
}
