/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_sched.c - cases on fibers (fuzz/sched_case.h): what a broken allocator comes to, where a
 * preemption puts the steps of others, and cases that fuzzing found, spelt out.
 */
#include "sched_case.h"
#include "sched_decode.h"
#include "test.h"

#include <string.h>

static const uint16_t one_cpu[] = {0};
static const uint16_t one_node[] = {0};
static const struct pcpu_topology machine = {
	.nr_cpu_ids = 1, .nr_nodes = 1, .cpu_node = one_cpu, .node_id = one_node};

/* --- engines that are broken ------------------------------------------------------------------ */

static const struct pcpu_map_ops *whole;
static struct pcpu_map_ops broken;
static uint32_t nr_calls;

static struct sched_case case_of(const struct sched_op *ops, size_t nr)
{
	whole = pcpu_engines[0];
	broken = *whole;
	nr_calls = 0;
	return (struct sched_case){
		.world =
			{
				.sim = {.topology = &machine, .flush_needed = true},
				.pcpu =
					{
						.topology = &machine,
						.sizes = {.static_bytes = 4096, .atom_bytes = 4096},
						.static_start = 0x100000,
						.engine = &broken,
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

	if (nr_calls++ == 0) {
		enum pcpu_fit_result result = whole->alloc(map, size, align, pages, fit);

		first = *fit;
		return result;
	}
	*fit = first;
	return PCPU_FIT_TAKEN;
}

TEST(sched_tells_what_overlaps)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	CHECK(sched_case_run(&c, &outcome));
	broken.alloc = alloc_the_same;
	CHECK(!sched_case_run(&c, &outcome));
	CHECK_EQ(outcome.step, 1);
	CHECK_STR(outcome.sentence, "a newborn overlaps a live object");
	CHECK_STR(outcome.place, "alloc");
	CHECK_STR(outcome.words,
		  "step 1 (fiber 1: a 1 16 4 --): a newborn overlaps a live object");
}

static bool free_fails(struct pcpu_map *map, uint32_t offset, struct pcpu_fit *fit)
{
	PCPU_ASSERT(map == NULL);
	return false;
}

TEST(sched_tells_an_assertion_that_failed)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	broken.free = free_fails;
	for (int i = 0; i < 2; i++) {
		CHECK(!sched_case_run(&c, &outcome));
		CHECK_STR(outcome.words, "step 2 (fiber 0: f 0): map == NULL");
	}
}

/* Records are never enough: the allocation makes room and searches again, for ever. */
static uint32_t never_enough(const struct pcpu_map *map, uint32_t spare)
{
	return map->room + 1;
}

static size_t memory_of_a_page(uint32_t covered_bytes, uint32_t room)
{
	return PCPU_PAGE_BYTES;
}

/* What would hang is told. */
TEST(sched_tells_what_does_not_end)
{
	struct sched_case c = case_of(few_ops, 3);
	struct fuzz_outcome outcome;

	broken.full = never_enough;
	broken.memory = memory_of_a_page;
	CHECK(!sched_case_run(&c, &outcome));
	CHECK_STR(outcome.words,
		  "step 0 (fiber 0: a 0 16 4 --): it ends within the bound of platform calls");
}

/* --- the schedule --------------------------------------------------------------------------- */

static char order[64]; /* the sizes that the engine was asked for, in letters */

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
	CHECK_STR(order_of(200, 2), "BCDE"); /* it has fewer chances than that */
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
		.world.sim =
			{
				.topology = &topology,
				.pages_per_node = 0,
				.address_seed = 0,
				.area_gap_bytes = 0,
				.backwards = 0,
				.flush_needed = 1,
			},
		.world.pcpu =
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
		.world.fill_first = 1,
		.world.honour_kicks = 0,
		.nr_fibers = 2,
		.ops = ops,
		.nr_ops = 5,
	};
	struct fuzz_outcome outcome;

	if (!sched_case_run(&c, &outcome))
		FAIL("%s", outcome.words);
}
