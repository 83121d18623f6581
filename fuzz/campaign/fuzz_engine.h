/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_engine.h - fuzzing in processes: a slice is one target for a while, a job is one process of
 * an engine in it.
 *
 *	          slice (fuzz_slice.c)
 *	  ┌─────────────┼──────────────┐
 *	libfuzzer-1   libfuzzer-2    afl-main		jobs, all at the same time
 *	  │  ▲          │  ▲           │  ▲
 *	  ▼  │ re-read  ▼  │           ▼  │ -F
 *	 build/fuzz-corpus/TARGET  <── TARGET.afl/NAME/queue	what AFL++ found is copied
 *
 * R1  Both engines feed one working corpus and read it again while they run.
 * R2  A process that found something is restarted; the finding is passed to fuzz_found.h.
 * R3  The working corpus is kept: the next run continues with it.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include "fuzz/campaign/fuzz_slice.h"
#include "harness/cli/process.h"

/* For speed: stacks of allocations cost a third, fake stacks and a quarantine out of the cache a
   tenth each, names of frames a second a crash. Findings are replayed with the sanitizers'
   defaults. */
#define FUZZ_ASAN_ENVIRONMENT                                                                      \
	"ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=0:detect_leaks=0:symbolize=0:"     \
	"detect_stack_use_after_return=0"

enum { FUZZ_MAX_ARGUMENTS = 32 };

struct fuzz_job {
	const struct fuzz_slice *slice;
	const struct fuzz_engine *engine;
	struct fuzz_numbers *sum; /* of its engine, in the slice */
	unsigned index;		  /* number among its engine's jobs */
	char name[80];

	struct process process;
	struct process_job child;
	char *argv[FUZZ_MAX_ARGUMENTS], *log;
	unsigned nr_arguments;

	struct fuzz_numbers now;
	bool ready;		      /* this process has read its inputs */
	uint64_t nr_execs_before;     /* of this job's earlier processes */
	double rated_at; /* when and at which count execs_per_second was updated last */
	uint64_t rated_execs;

	/* AFL++'s */
	char *folder;
	unsigned next_id;   /* in its queue: earlier ones are in the corpus */
	unsigned map_bytes; /* one per edge */
};

struct fuzz_engine {
	const char *name, *flavour;
	const char *const *programs; /* required programs, NULL-terminated */
	const char *package;	     /* the Debian package that has them */
	bool ends_at_find;	     /* the process ends after a finding, and is restarted */

	/* Fills in name, arguments and tool; slice, engine and index are set. */
	void (*prepare)(struct fuzz_job *job);
	/* These may be NULL. begin is called before a process starts; end when it has ended, to
	   update job->now. */
	void (*begin)(struct fuzz_job *job);
	void (*end)(struct fuzz_job *job);
	/* Never NULL. Copies new inputs into the corpus and complete findings into the found folder
	   of paths; counts the findings. */
	void (*collect)(struct fuzz_job *job);
};

extern const struct fuzz_engine fuzz_libfuzzer, fuzz_afl;
extern const struct fuzz_engine *const fuzz_engines[FUZZ_NR_ENGINES];

/* For engines: adds an argument, printf-like; and updates a process's executions, from which their
   rate is computed. */
void fuzz_job_argument(struct fuzz_job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fuzz_job_count(struct fuzz_job *job, uint64_t nr_execs);

#endif
