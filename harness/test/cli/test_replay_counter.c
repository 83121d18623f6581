/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_replay_counter.c - the counter's arithmetic, on a pipe in place of the kernel's file. */
#include "harness/cli/replay/replay_instructions.h"
#include "harness/test/lib/test.h"

#include <unistd.h>

static void put(int file, uint64_t value)
{
	CHECK(write(file, &value, sizeof(value)) == (ssize_t)sizeof(value));
}

TEST(counter_adds_what_calls_take_without_its_own_price)
{
	struct replay_counter counter = {.cost = 50};
	int ends[2];

	CHECK(pipe(ends) == 0);
	counter.file = ends[0];
	put(ends[1], 1000);
	put(ends[1], 1350);
	put(ends[1], 2000);
	put(ends[1], 2049); /* less than the price: nothing */
	put(ends[1], 3000);
	put(ends[1], 3051);
	for (int i = 0; i < 6; i++)
		replay_counter_called(&counter, i % 2 == 0);
	CHECK_EQ(counter.sum, 301);
	CHECK(!counter.is_broken);
	close(ends[1]);
	replay_counter_called(&counter, true);
	CHECK(counter.is_broken);
	replay_counter_close(&counter);
	CHECK_EQ(counter.file, -1);
}

TEST(counter_is_had_or_there_is_a_reason)
{
	struct replay_counter counter;
	char why[160] = "";

	if (replay_counter_open(&counter, why, sizeof(why))) {
		CHECK(counter.cost > 0 && counter.sum == 0);
		replay_counter_close(&counter);
	} else {
		CHECK(why[0] != '\0');
	}
	CHECK_EQ(counter.file, -1);
}
