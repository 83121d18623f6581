/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fake_shim.c - shim.h for tests of workloads. */
#include "bench/test/fake_shim.h"

#include "harness/test/lib/test.h"

#include <stdio.h>
#include <string.h>

static size_t find_counter(const struct shim_state *state, const char *name)
{
	size_t i = 0;

	while (i < state->nr && strcmp(state->name[i], name))
		i++;
	return i;
}

void shim_counter(struct shim_state *state, const char *name, double value)
{
	size_t i = find_counter(state, name);

	CHECK(i < FAKE_COUNTERS);
	snprintf(state->name[i], sizeof(state->name[i]), "%s", name);
	state->value[i] = value;
	state->nr += i == state->nr;
}

double fake_counted(const struct shim_state *state, const char *name)
{
	size_t i = find_counter(state, name);

	return i < state->nr ? state->value[i] : -1;
}

uint64_t shim_begin(struct shim_state *state)
{
	return 1;
}

void shim_end(struct shim_state *state)
{
}

void shim_count(struct shim_state *state, bool on)
{
}

void shim_seconds(struct shim_state *state, double seconds)
{
	state->seconds = seconds;
}

void shim_label(struct shim_state *state, const char *text)
{
}

void shim_fail(struct shim_state *state, const char *reason)
{
	snprintf(state->error, sizeof(state->error), "%s", reason);
}

void shim_skip(struct shim_state *state, const char *reason)
{
	shim_fail(state, reason);
}
