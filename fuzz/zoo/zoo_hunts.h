/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_hunts.h - `lab zoo` in parts: the list of defects (zoo_list.c), one hunt for one of them
 * from an empty corpus (zoo_hunt.c), many hunts at once (zoo_pool.c), what they come to
 * (zoo_table.c).
 */
#ifndef ZOO_HUNTS_H
#define ZOO_HUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/targets/fuzz.h"
#include "fuzz/zoo/zoo_counts.h"
#include "harness/cli/process.h"

/* --- zoo_list.c: the defects, as pcpu-zoo --list has them: without the two canaries --------- */

struct zoo_defect_row {
	char *line; /* cut into these: */
	char *name, *row, *found_by, *unit, *why, *says;
	bool is_built_in;
	bool is_hunted;	 /* built in, and some target reaches it */
	char target[48]; /* that reaches it best */
};

struct zoo_list {
	struct zoo_defect_row *defects;
	size_t nr;
};

/* Returns false when harness/zoo/defects.toml has no such defect: a check before anything is built.
   Returns true when the file cannot be read; zoo_list_load() decides then. */
bool zoo_list_may_have(const char *name);
/* Asks the program, which is built first when it has to be. False after printing a diagnostic. */
bool zoo_list_load(struct zoo_list *list);
const struct zoo_defect_row *zoo_list_find(const struct zoo_list *list, const char *name);
void zoo_list_free(struct zoo_list *list);

/* --- zoo_reach.c: what inputs show of a defect ---------------------------------------------- */

/* A line of pcpu-zoo --findings or --reach (zoo_findings.h). */
struct zoo_finding {
	char defect[64], target[48];
	struct zoo_counts counts;
	bool by[FINDING_NR_BY]; /* which detectors saw it in an input */
};

/* False after printing a line that is none. */
bool zoo_finding_parse(const char *line, struct zoo_finding *finding);
/* Replays the inputs of a target below `path`. False after printing a diagnostic. */
bool zoo_reach_measure(const char *defect, const char *target, const char *path,
		       struct zoo_counts *counts);

/* --- zoo_hunt.c ----------------------------------------------------------------------------- */

enum zoo_end {
	ZOO_MISSED,	 /* the time was up */
	ZOO_FOUND,	 /* an input that breaks something is there, or one that never ends */
	ZOO_INTERRUPTED, /* by a signal to us */
	ZOO_BROKEN,	 /* the engine could not be run; it was printed */
};

/* One hunt; do not move it while it runs. The engine's output and its findings are in
   build/zoo/ENGINE/DEFECT-SEED/. */
struct zoo_hunt {
	/* The request. */
	const char *defect, *target;
	const char *engine; /* "libfuzzer" or "afl" */
	unsigned seed, seconds;

	/* The result. */
	enum zoo_end end;
	bool reached, triggered; /* zoo.h: by a find, or by an input that the engine kept */
	double cpu_seconds;	 /* of the engine, start-up included: on one core */
	uint64_t nr_execs;

	struct process_job job;
	struct zoo_hunt_parts *parts; /* inside of zoo_hunt.c */
};

/* Starts the engine. False: broken or interrupted, see `end`. */
bool zoo_hunt_start(struct zoo_hunt *hunt);
/* To be called once job.running is false. */
void zoo_hunt_finish(struct zoo_hunt *hunt);

/* --- zoo_pool.c ----------------------------------------------------------------------------- */

/*
 * Runs all hunts, nr_jobs at a time, in their order; done() is called for each that ended. Stops at
 * an interruption, or when one could not be run (false): the rest are ZOO_INTERRUPTED.
 */
bool zoo_pool_run(struct zoo_hunt *hunts, size_t nr, unsigned nr_jobs,
		  void (*done)(void *context, const struct zoo_hunt *hunt), void *context);

/* --- zoo_table.c ---------------------------------------------------------------------------- */

/* The results of all hunts of one defect by one engine; interrupted hunts do not count. */
struct zoo_row {
	const struct zoo_defect_row *defect;
	const char *engine;
	size_t nr_seeds, nr_reached, nr_triggered, nr_found;
	bool found;			/* by most seeds */
	double cpu_seconds, executions; /* medians, when found */
	/* [{"seed", "reached", "triggered", "found", "cpu_seconds", "executions"}];
	   zoo_rows_free() */
	json_t *hunts;
};

struct zoo_row zoo_row_of(const struct zoo_defect_row *defect, const struct zoo_hunt *hunts,
			  size_t nr);
void zoo_rows_free(struct zoo_row *rows, size_t nr);
void zoo_row_print(const struct zoo_row *row, unsigned limit_seconds);
/* Prints found and missed, median of medians, the slowest, how many were reached and triggered.
   Returns how many were missed. */
size_t zoo_rows_print_sum(const struct zoo_row *rows, size_t nr, const char *engine,
			  unsigned limit_seconds);
/* Rows and what is not hunted with its reason. */
json_t *zoo_json(const struct zoo_list *list, const struct zoo_row *rows, size_t nr,
		 unsigned limit_seconds);

#endif
