/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_linux61_balance.c - SPEC.md 15.13 in states that no replay reaches, since balance runs
 * there right after each request: a live kernel's do.
 *
 *	first chunk: 3 empty pages, so K3 wants 1
 */
#include "harness/check/linux61/linux61_model_parts.h"
#include "harness/test/lib/test.h"

static struct lab_linux61 *model_create(void)
{
	struct lab_linux61_config config = {
		.unit_bytes = 65536, .static_bytes = 4096, .dyn_bytes = 12288,
	};
	struct lab_linux61 *model = lab_linux61_create(&config);

	CHECK(model);
	return model;
}

/* A later chunk that is isolated and waits to be depopulated, n granules of it used. */
static struct lab_l61_chunk *waiting_chunk(struct lab_linux61 *model, uint32_t n)
{
	struct lab_l61_chunk *c = lab_l61_chunk_make(model);

	if (n > 0)
		lab_l61_take(c, 0, n, false);
	c->free_bytes -= n * LAB_L61_GRANULE;
	c->isolated = true;
	lab_l61_move(model, c, lab_l61_to_be_depopulated(model), true);
	return c;
}

/* K2 brings a free chunk without pages before another: K4 takes the other one, if it has none. */
TEST(free_chunk_without_pages_goes_in_the_same_pass)
{
	for (uint32_t nr_pages = 0; nr_pages < 2; nr_pages++) {
		struct lab_linux61 *model = model_create();
		struct lab_l61_chunk *a = lab_l61_chunk_make(model);
		struct lab_l61_chunk *b = waiting_chunk(model, 0);

		if (nr_pages > 0)
			lab_l61_populate(model, a, 5);
		lab_l61_balance(model);
		CHECK_EQ(lab_linux61_exists(model, 1), nr_pages > 0);
		CHECK(!b->isolated);
		CHECK_EQ(b->list, lab_l61_free_slot(model));
		CHECK_EQ(b->nr_empty, 1 - nr_pages);
		lab_linux61_destroy(model);
	}
}

/* K2: below 4 empty pages a chunk is kept whole, but only one that has any. */
TEST(chunk_without_empty_pages_is_sidelined_whatever_the_total)
{
	struct lab_linux61 *model = model_create();
	struct lab_l61_chunk *with = waiting_chunk(model, 1), *without = waiting_chunk(model, 1);

	lab_l61_populate(model, with, 0);
	lab_l61_populate(model, with, 3);
	lab_l61_populate(model, without, 0);
	lab_l61_balance(model);
	CHECK(!with->isolated && with->populated[3]);
	CHECK_EQ(with->list, lab_l61_slot(model, with));
	CHECK(without->isolated);
	CHECK_EQ(without->list, lab_l61_sidelined(model));
	lab_linux61_destroy(model);
}

/* K3: the mark of a failed atomic request stands for 4 pages, once. */
TEST(failed_atomic_request_stocks_four_pages_once)
{
	struct lab_linux61 *model = model_create();

	lab_l61_chunk_make(model);
	model->atomic_failed = true;
	lab_l61_balance(model);
	CHECK_EQ(lab_linux61_nr_populated(model, 1), 4);
	lab_l61_balance(model);
	CHECK_EQ(lab_linux61_nr_populated(model, 1), 4);
	CHECK_EQ(lab_linux61_nr_empty_pages(model), 7);
	lab_linux61_destroy(model);
}
