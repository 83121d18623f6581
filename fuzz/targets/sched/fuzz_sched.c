/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_sched.c - steps of several virtual CPUs at once: the input is the schedule too.
 *
 *	bytes -> case (sched_decode.c) -> fibers of the simulated platform (sched_case.c)
 *					  all that live.h and the walker know, faults, ledger
 */
#include "fuzz/targets/sched/sched_decode.h"

static bool sched_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	return sched_case_run(&sched_decode(bytes, nr)->c, outcome);
}

static void fuzz_sched_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	sched_describe(&sched_decode(bytes, nr)->c, line);
}

static size_t sched_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	const struct sched_decoded *decoded = sched_decode(bytes, nr);
	size_t nr_pieces = pcpu_min64(decoded->nr_spelt, capacity);

	memcpy(starts, decoded->starts, nr_pieces * sizeof(*starts));
	return nr_pieces;
}

static void sched_render(const uint8_t *bytes, size_t nr, size_t steps,
			 void (*line)(const char *text))
{
	sched_case_render(&sched_decode(bytes, nr)->c, steps, line);
}

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	sched_case_write(&sched_decode(bytes, nr)->c, test_name, line);
}

const struct fuzz_target fuzz_sched = {
	.name = "fuzz_sched",
	.summary = "operations of several CPUs at once, by a schedule that is part of the input",
	.property = sched_property,
	.describe = fuzz_sched_describe,
	.pieces = sched_pieces,
	.spell = sched_spell,
	.render = sched_render,
	.write_test = write_test,
};
