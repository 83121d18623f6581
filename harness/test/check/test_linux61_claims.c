/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_claims.c - what SPEC.md 15 says of the model's own state, held over random traces:
 * how true each field of a record is (15.3), which list a chunk is on (15.9), what the totals are
 * (15.11), that exact hints refuse nothing that fits (15.17).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "harness/test/check/linux61_random.h"
#include "harness/test/check/linux61_replay.h"
#include "harness/test/lib/test.h"

#define BLOCK 1024u

/* What is true of some granules. */
struct truth {
	uint32_t longest, first, left, right, nr_used;
};

static struct truth truth_of(const uint8_t *used, uint32_t size)
{
	struct truth truth = { .first = size };
	uint32_t run = 0;
	bool at_left = true;

	for (uint32_t x = 0; x < size; x++) {
		if (used[x]) {
			truth.nr_used++;
			at_left = false;
			run = 0;
			continue;
		}
		run++;
		if (truth.first == size)
			truth.first = x;
		if (run > truth.longest)
			truth.longest = run;
		truth.left += at_left;
	}
	truth.right = run;
	return truth;
}

static bool is_free(const uint8_t *used, struct lab_linux61_stretch s)
{
	for (uint32_t x = s.start; x < s.start + s.length; x++)
		if (used[x])
			return false;
	return true;
}

/* How true 15.3 has it, or 15.17's H1. NULL: it holds. */
static const char *record_fault(const struct lab_linux61_record *r, const struct truth *truth,
				bool is_block, bool exact)
{
	if (exact ? r->best.length != truth->longest : r->best.length > truth->longest)
		return "best.length";
	if (exact || !is_block ? r->first != truth->first : r->first > truth->first)
		return "first";
	if (is_block && r->left != truth->left)
		return "left";
	if (is_block && (exact ? r->right != truth->right : r->right > truth->right))
		return "right";
	if (is_block && truth->nr_used == 0 && r->best.length != BLOCK) /* G3, G4 */
		return "best of a free block";
	return NULL;
}

static void check_record(const struct lab_linux61 *model, uint32_t chunk, uint32_t base,
			 uint32_t size, const struct lab_linux61_record *r, bool exact)
{
	const uint8_t *used = lab_linux61_used(model, chunk) + base;
	struct truth truth = truth_of(used, size);
	bool is_block = size == BLOCK && r != lab_linux61_chunk(model, chunk);
	const char *fault = record_fault(r, &truth, is_block, exact);

	if (!fault && !is_free(used, r->best))
		fault = "best is free";
	if (!fault && !is_free(used, r->second))
		fault = "second is free";
	if (fault)
		FAIL("chunk %u at %u: %s (best %u@%u second %u@%u first %u left %u right %u; "
		     "%u %u %u %u)",
		     chunk, base, fault, r->best.length, r->best.start, r->second.length,
		     r->second.start, r->first, r->left, r->right, truth.longest, truth.first,
		     truth.left, truth.right);
}

static void check_chunk(const struct lab_linux61 *model, uint32_t chunk, bool exact)
{
	uint32_t nr_blocks = lab_linux61_nr_blocks(model, chunk);

	check_record(model, chunk, 0, nr_blocks * BLOCK, lab_linux61_chunk(model, chunk), exact);
	for (uint32_t i = 0; i < nr_blocks; i++)
		check_record(model, chunk, i * BLOCK, BLOCK, lab_linux61_block(model, chunk, i),
			     exact);
}

/* E1 by a recount. */
static uint32_t count_empty_pages(const struct lab_linux61 *model)
{
	uint32_t nr = 0, nr_made = lab_linux61_counts(model).nr_made;

	for (uint32_t chunk = 0; chunk < nr_made; chunk++) {
		if (!lab_linux61_exists(model, chunk) || lab_linux61_is_isolated(model, chunk))
			continue;
		for (uint32_t i = 0; i < lab_linux61_nr_blocks(model, chunk); i++)
			nr += lab_linux61_is_populated(model, chunk, i) &&
			      is_free(lab_linux61_used(model, chunk),
				      (struct lab_linux61_stretch){ i * BLOCK, BLOCK });
	}
	return nr;
}

static void check_model(const struct lab_linux61 *model, bool exact)
{
	uint32_t nr_made = lab_linux61_counts(model).nr_made, nr = 0, nr_listed = 0;
	uint32_t nr_lists = lab_linux61_nr_lists(model);

	for (uint32_t chunk = 0; chunk < nr_made; chunk++)
		if (lab_linux61_exists(model, chunk)) {
			check_chunk(model, chunk, exact);
			nr++;
			/* K2 ran: nothing is left to be depopulated; what is isolated is aside */
			CHECK_EQ(lab_linux61_is_isolated(model, chunk),
				 lab_linux61_list_of(model, chunk) == nr_lists - 3);
			CHECK(lab_linux61_list_of(model, chunk) < nr_lists - 1);
		}
	if (lab_linux61_exists(model, LAB_LINUX61_RESERVED))
		check_chunk(model, LAB_LINUX61_RESERVED, exact);
	for (uint32_t list = 0; list < nr_lists; list++)
		nr_listed += lab_linux61_list(model, list, NULL, 0);
	CHECK_EQ(nr_listed, nr);
	CHECK_EQ(lab_linux61_counts(model).nr_chunks, nr);
	CHECK_EQ(lab_linux61_nr_empty_pages(model), count_empty_pages(model));
}

/* Does an aligned place for n granules exist in any chunk? */
static bool fits_anywhere(const struct lab_linux61 *model, uint32_t n, uint32_t a)
{
	for (uint32_t chunk = 0; chunk < lab_linux61_counts(model).nr_made; chunk++) {
		const uint8_t *used;
		uint32_t size;

		if (!lab_linux61_exists(model, chunk))
			continue;
		used = lab_linux61_used(model, chunk);
		size = lab_linux61_nr_blocks(model, chunk) * BLOCK;
		for (uint32_t at = 0; at + n <= size; at += a)
			if (is_free(used, (struct lab_linux61_stretch){ at, n }))
				return true;
	}
	return false;
}

/* Balance makes chunks as well, at the end of an operation: such an operation is not looked at. */
static void check_exact_alloc(struct linux61_replay *replay, const struct lab_op *op)
{
	uint32_t nr_made = lab_linux61_counts(replay->model).nr_made;
	uint32_t nr_balances = lab_linux61_counts(replay->model).nr_balances;
	bool is_legal = op->size > 0 && op->size <= 32768 && op->align <= 4096 &&
			(op->align & (op->align - 1)) == 0 && op->align >= 4;
	bool fits = is_legal && fits_anywhere(replay->model, (op->size + 3) / 4, op->align / 4);

	linux61_replay_step(replay, op);
	if (fits && nr_balances == lab_linux61_counts(replay->model).nr_balances)
		CHECK_EQ(lab_linux61_counts(replay->model).nr_made, nr_made);
}

static void hold_claims(uint64_t seed, const struct lab_linux61_config *config)
{
	uint8_t flags = config->exact ? 0 : LAB_OP_ATOMIC | LAB_OP_RESERVED;
	struct linux61_replay replay;
	struct run_trace random;

	linux61_random_trace(&random, seed, getenv("LAB_FULL") ? 2000 : 400, flags);
	linux61_replay_init(&replay, config, random.trace.nr_ids);
	for (size_t i = 0; i < random.trace.nr_ops; i++) {
		if (config->exact && random.ops[i].kind == LAB_OP_ALLOC)
			check_exact_alloc(&replay, &random.ops[i]);
		else
			linux61_replay_step(&replay, &random.ops[i]);
		if (i % 16 == 0)
			check_model(replay.model, config->exact);
	}
	linux61_replay_finish(&replay);
	run_trace_free(&random);
}

static const struct lab_linux61_config set_ups[] = {
	{ .unit_bytes = 32768, .static_bytes = 4096, .dyn_bytes = 16384 },
	{ .unit_bytes = 32768, .static_bytes = 4101, .reserved_bytes = 4096, .dyn_bytes = 13065 },
	{ .unit_bytes = 65536, .static_bytes = 20480, .reserved_bytes = 1000, .dyn_bytes = 12288 },
	{ .unit_bytes = 131072, .static_bytes = 1, .reserved_bytes = 8192, .dyn_bytes = 65536 },
};

static void hold_all(bool exact)
{
	for (uint64_t seed = 1; seed <= (getenv("LAB_FULL") ? 64 : 16); seed++) {
		struct lab_linux61_config config = set_ups[seed % 4];

		config.honour_atomic = seed / 4 % 2;
		config.exact = exact;
		hold_claims(seed, &config);
	}
}

TEST(records_are_as_true_as_the_text_says)
{
	hold_all(false);
}

TEST(exact_records_are_true_and_refuse_nothing_that_fits)
{
	hold_all(true);
}
