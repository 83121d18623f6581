/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_readers.c - what a reader holds back, and no more: one that began before an epoch,
 * for as long as its outermost section lasts.
 *
 *	reader	----[ outer ... [ inner ] ... ]----	a thread that follows commands, step by step
 *	others	   e1		     e2		e3	past or not
 */
#include <pthread.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

/* --- a reader on another thread --------------------------------------------------------------- */

enum step { BEGIN, END, LEAVE };

struct reader {
	struct plat *plat;
	enum step step;
	pthread_barrier_t go, done;
	pthread_t thread;
};

static void *reader_run(void *argument)
{
	struct reader *reader = argument;

	for (;;) {
		pthread_barrier_wait(&reader->go);
		if (reader->step == LEAVE)
			return NULL;
		if (reader->step == BEGIN)
			plat_read_begin(reader->plat);
		else
			plat_read_end(reader->plat);
		pthread_barrier_wait(&reader->done);
	}
}

static void reader_start(struct reader *reader, struct plat *plat)
{
	reader->plat = plat;
	pthread_barrier_init(&reader->go, NULL, 2);
	pthread_barrier_init(&reader->done, NULL, 2);
	CHECK_EQ(pthread_create(&reader->thread, NULL, reader_run, reader), 0);
}

static void reader_step(struct reader *reader, enum step step)
{
	reader->step = step;
	pthread_barrier_wait(&reader->go);
	if (step == LEAVE)
		pthread_join(reader->thread, NULL);
	else
		pthread_barrier_wait(&reader->done);
}

static bool is_past_now(void)
{
	return hosted_epoch_is_past(hosted_epoch_begin());
}

/* --- epochs ----------------------------------------------------------------------------------- */

TEST(an_epoch_is_held_back_by_who_began_before_it)
{
	struct hosted_fixture fixture;
	struct reader reader;
	uint64_t epoch;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	reader_start(&reader, fixture.plat);
	CHECK(is_past_now());
	CHECK(!hosted_epoch_is_past(0));
	epoch = hosted_epoch_begin();
	reader_step(&reader, BEGIN);
	CHECK(hosted_epoch_is_past(epoch)); /* it began in it */
	CHECK(!is_past_now());
	CHECK(hosted_epoch_is_past(epoch));
	reader_step(&reader, END);
	CHECK(is_past_now());
	reader_step(&reader, LEAVE);
	hosted_fixture_destroy(&fixture);
}

/* A section inside another neither renews nor ends it. */
TEST(an_inner_section_leaves_the_outer_as_it_is)
{
	struct hosted_fixture fixture;
	struct reader reader;
	uint64_t epoch;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	reader_start(&reader, fixture.plat);
	reader_step(&reader, BEGIN);
	epoch = hosted_epoch_begin();
	reader_step(&reader, BEGIN);
	CHECK(!hosted_epoch_is_past(epoch));
	reader_step(&reader, END);
	CHECK(!hosted_epoch_is_past(epoch));
	reader_step(&reader, END);
	CHECK(hosted_epoch_is_past(epoch));
	reader_step(&reader, BEGIN); /* a new outermost one is of now */
	CHECK(hosted_epoch_is_past(epoch));
	reader_step(&reader, END);
	reader_step(&reader, LEAVE);
	hosted_fixture_destroy(&fixture);
}

/* Each reader counts, whichever of them began last. */
TEST(one_reader_of_many_is_enough)
{
	struct hosted_fixture fixture;
	struct reader readers[70]; /* more than one block of records */
	uint32_t nr = sizeof(readers) / sizeof(readers[0]);

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (uint32_t i = 0; i < nr; i++) {
		reader_start(&readers[i], fixture.plat);
		reader_step(&readers[i], BEGIN);
	}
	for (uint32_t i = 0; i < nr; i++) {
		CHECK(!is_past_now());
		reader_step(&readers[i], END);
	}
	CHECK(is_past_now());
	for (uint32_t i = 0; i < nr; i++) { /* alone, each with the record that it has */
		reader_step(&readers[i], BEGIN);
		CHECK(!is_past_now());
		reader_step(&readers[i], END);
		CHECK(is_past_now());
	}
	for (uint32_t i = 0; i < nr; i++)
		reader_step(&readers[i], LEAVE);
	hosted_fixture_destroy(&fixture);
}

/* --- what waits for them ---------------------------------------------------------------------- */

static void block_defer(struct plat *plat)
{
	void *block = plat_meta_alloc(plat, 100);

	CHECK(block);
	plat_meta_free_deferred(plat, block, 100);
}

/* Where there is no worker, each batch moves on the one before: what waits does not grow. */
TEST(what_waits_is_bounded_without_a_worker)
{
	struct hosted_fixture fixture;
	uint64_t before;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_deferred_move(fixture.plat);
	before = fixture.plat->meta_blocks;
	for (int i = 0; i < 200; i++) {
		block_defer(fixture.plat);
		CHECK(fixture.plat->meta_blocks <= before + 32);
	}
	hosted_fixture_destroy(&fixture);
}

/* The worker moves on what waits, though there is less of it than a batch. */
TEST(the_worker_releases_what_waits)
{
	struct hosted_fixture fixture;
	uint64_t before;

	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &fixture);
	hosted_deferred_move(fixture.plat);
	before = fixture.plat->meta_blocks;
	for (int turn = 0; turn < 3; turn++) {
		block_defer(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before + 1);
		plat_kick(fixture.plat, fixture.pcpu);
		hosted_worker_wait(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before);
	}
	hosted_fixture_destroy(&fixture);
}

/* Two in a row: the second waits for readers of its own time, not of the first one's. */
TEST(each_batch_waits_for_its_own_readers)
{
	struct hosted_fixture fixture;
	struct reader reader;
	uint64_t before;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	hosted_deferred_move(fixture.plat);
	hosted_deferred_move(fixture.plat);
	before = fixture.plat->meta_blocks;
	reader_start(&reader, fixture.plat);
	for (int turn = 0; turn < 3; turn++) {
		block_defer(fixture.plat);
		hosted_deferred_move(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before); /* nobody reads: at once */
		reader_step(&reader, BEGIN);
		block_defer(fixture.plat);
		hosted_deferred_move(fixture.plat);
		hosted_deferred_move(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before + 1);
		block_defer(fixture.plat);
		hosted_deferred_move(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before + 2);
		reader_step(&reader, END);
		hosted_deferred_move(fixture.plat);
		hosted_deferred_move(fixture.plat);
		CHECK_EQ(fixture.plat->meta_blocks, before);
	}
	reader_step(&reader, LEAVE);
	hosted_fixture_destroy(&fixture);
}
