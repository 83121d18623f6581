/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_engine.h - one run of a fuzz engine over one target: libFuzzer or AFL++, told the same way.
 *
 *	corpus/TARGET/		committed seeds, read only
 *	build/fuzz-corpus/TARGET/	what grows while fuzzing; both engines share it
 *	reports/out/crashes/	TARGET-crash-...: inputs that broke something
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct fuzz_run {
	/* What is asked for. */
	const char *target;
	const char *engine; /* "libfuzzer" or "afl" */
	unsigned seconds, nr_jobs;

	/* Paths, absolute, owned by the caller. */
	char *program, *seeds, *corpus, *crashes, *log;

	/* What became of it; updated while it runs. */
	double elapsed;
	uint64_t nr_execs, execs_per_second, nr_edges, nr_corpus, nr_crashes;
	json_t *series; /* [[elapsed, executions, edges, corpus], ...] */
	time_t started;
};

/* Runs it to its end or to an interruption. False: the engine could not be run, after telling. */
bool fuzz_run_libfuzzer(struct fuzz_run *run);
bool fuzz_run_afl(struct fuzz_run *run);

/* Shows the numbers as they are now, and notes them in the series. */
void fuzz_run_show(struct fuzz_run *run, double elapsed);

/* Copies a folder's plain files (no *.md, no dot files) into another, each with a prefix, where there is
   none of that name; at most as long as an input. Returns how many. */
unsigned fuzz_copy_files(const char *from, const char *to, const char *prefix);

#endif
