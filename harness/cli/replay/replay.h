/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* replay.h - what one engine made of a trace, and how it is shown. */
#ifndef REPLAY_H
#define REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "harness/cli/cmd.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/check/run/run.h"
#include "harness/cli/layout/sizes.h"

/* One engine's run. */
struct replay_column {
	const struct pcpu_engine *engine;
	struct lab_result result;
	struct hosted_placement placed; /* of what the trace's end left backed */
	bool clean;
};

/* A replay: the trace, the layout that it ran on, one column an engine. */
struct replay {
	const char *path;
	struct lab_trace trace;
	enum lab_check check;
	bool honour_atomic;
	enum pcpu_choice chosen;
	/* Of the layout; the same for each engine. */
	uint32_t nr_cpus, nr_groups, unit_bytes, static_bytes, reserved_bytes, dyn_bytes;
	uint64_t atom_bytes;
	struct replay_column *column;
	uint32_t nr_columns;
};

/* replay_memory.c: may the first chunk take what it takes? CMD_USAGE after saying how much that is
   and how much there is; much is said, too. */
int replay_memory_check(const struct pcpu_topology *topology, const struct cmd_sizes *sizes);
/* Operation `step` of the trace in words: its number and its line; "at the end" behind the last. */
void replay_put_step(FILE *out, const struct replay *replay, size_t step);
/* The readable form: figures with units, histograms, run hashes. */
void replay_print(FILE *out, const struct replay *replay);
/* The same as JSON; a new reference. */
json_t *replay_json(const struct replay *replay);

#endif
