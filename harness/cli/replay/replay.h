/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* replay.h - the result of one engine on a trace, and its output. */
#ifndef REPLAY_H
#define REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "harness/cli/cmd.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/check/run/run.h"
#include "harness/cli/replay/replay_classes.h"

/* One engine's run. */
struct replay_column {
	const struct pcpu_engine *engine;
	struct lab_result result;
	struct hosted_placement placed; /* of pages that were backed at the trace's end */
	uint64_t instructions;		/* valid if replay.counted_by is not BY_NOTHING */
	struct replay_classes classes;
	bool is_judged; /* classes has counts */
	bool clean;
};

/* What counted the instructions (replay_instructions.h). */
enum replay_counted_by {
	BY_NOTHING,
	BY_COUNTER,
	BY_CALLGRIND,
};

/* A replay: the trace, its layout, one column per engine. */
struct replay {
	bool front; /* the fast front before each engine */
	const char *path;
	struct lab_trace trace;
	enum lab_check check;
	bool honour_atomic;
	enum pcpu_choice chosen;
	enum replay_counted_by counted_by;
	char not_counted[160]; /* why, if BY_NOTHING */
	/* Of the layout; the same for each engine. */
	uint32_t nr_cpus, nr_groups, unit_bytes, static_bytes, reserved_bytes, dyn_bytes;
	uint64_t atom_bytes;
	struct replay_column *column;
	uint32_t nr_columns;
};

/* Prints operation `step` of the trace: its number and its line; "at the end" after the last. */
void replay_put_step(FILE *out, const struct replay *replay, size_t step);
/* recorded_run.c: `--recorded`, with the layout that *replay has: compares, prints, and writes JSON
   (NULL: does not). Returns the status to exit with. */
int replay_recorded(const struct replay *replay, const char *json);
/* Prints what was replayed: trace, layout. */
void replay_print_head(FILE *out, const struct replay *replay);
/* Prints the readable form: figures with units, histograms, run hashes. */
void replay_print(FILE *out, const struct replay *replay);
/* Returns the same as JSON; a new reference. */
json_t *replay_json(const struct replay *replay);

#endif
