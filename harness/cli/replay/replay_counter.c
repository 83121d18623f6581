/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_counter.c - instructions of the allocator's calls by the processor's own counter, of this
 * thread in user space. Each reading takes a few instructions of its own, which are measured on
 * empty calls and taken off: a count is right to a few instructions a call.
 */
#include "harness/cli/replay/replay_instructions.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COST_TRIES 64

static bool counter_read(struct replay_counter *counter, uint64_t *value)
{
	return read(counter->file, value, sizeof(*value)) == (ssize_t)sizeof(*value);
}

void replay_counter_called(struct replay_counter *counter, bool begins)
{
	uint64_t now;

	if (!counter_read(counter, &now)) {
		counter->is_broken = true;
		return;
	}
	if (begins)
		counter->from = now;
	else if (now - counter->from > counter->cost)
		counter->sum += now - counter->from - counter->cost;
}

/* What two readings take. */
static void counter_calibrate(struct replay_counter *counter)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < COST_TRIES; i++) {
		uint64_t before = counter->sum;

		replay_counter_called(counter, true);
		replay_counter_called(counter, false);
		if (counter->sum - before < least)
			least = counter->sum - before;
	}
	counter->cost = least;
	counter->sum = 0;
}

bool replay_counter_open(struct replay_counter *counter, char *why, size_t capacity)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	*counter = (struct replay_counter){.file = -1};
	counter->file = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (counter->file < 0) {
		snprintf(why, capacity, "the processor's counter cannot be had: %s",
			 strerror(errno));
		return false;
	}
	counter_calibrate(counter);
	if (!counter->is_broken && counter->cost > 0)
		return true;
	snprintf(why, capacity, "the processor's counter does not count here");
	replay_counter_close(counter);
	return false;
}

void replay_counter_close(struct replay_counter *counter)
{
	if (counter->file >= 0)
		close(counter->file);
	counter->file = -1;
}
