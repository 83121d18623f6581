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
 * R2  A process that met something is started again; what it met goes through fuzz_found.h.
 * R3  What grows stays: the next run resumes from it.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include "fuzz/campaign/fuzz_slice.h"
#include "harness/cli/process.h"

/* For speed: stacks of allocations cost a third, fake stacks and a quarantine out of the cache a
   tenth each, names of frames a second a crash. The replay with sanitizers at their defaults tells
   all. */
#define FUZZ_ASAN_ENVIRONMENT                                                                      \
	"ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=0:detect_leaks=0:symbolize=0:"     \
	"detect_stack_use_after_return=0"

enum { FUZZ_MAX_ARGUMENTS = 32 };

struct fuzz_job {
	const struct fuzz_slice *slice;
	const struct fuzz_engine *engine;
	struct fuzz_numbers *sum; /* of its engine, in the slice */
	unsigned index;		  /* among its engine's jobs */
	char name[80];

	struct process process;
	struct process_job child;
	char *argv[FUZZ_MAX_ARGUMENTS], *log;
	unsigned nr_arguments;

	struct fuzz_numbers now;
	bool ready;		      /* this process has read its inputs */
	uint64_t nr_execs_before;     /* of this job's earlier processes */
	double rated_at; /* when fuzz_job_count() told execs_per_second, at which count */
	uint64_t rated_execs;

	/* AFL++'s */
	char *folder;
	unsigned next_id;   /* of its queue: those before are in the corpus */
	unsigned map_bytes; /* one an edge */
};

struct fuzz_engine {
	const char *name, *flavour;
	const char *const *programs; /* that it needs, NULL-terminated */
	const char *package;	     /* Debian's, that has them */
	bool ends_at_find;	     /* the process: it is started again */

	/* Fills in name, arguments and tool; slice, engine and index are set. */
	void (*prepare)(struct fuzz_job *job);
	/* These may be NULL. Before a start of a process; when one has ended: brings job->now up to
	   date. */
	void (*begin)(struct fuzz_job *job);
	void (*end)(struct fuzz_job *job);
	/* Never NULL. Brings what is new into the corpus and what broke something into the found of
	   paths, once it is written; counts the latter. */
	void (*collect)(struct fuzz_job *job);
};

extern const struct fuzz_engine fuzz_libfuzzer, fuzz_afl;
extern const struct fuzz_engine *const fuzz_engines[FUZZ_NR_ENGINES];

/* For engines: one more argument, printf-like; and a new count of a process's executions, from
   which their rate follows. */
void fuzz_job_argument(struct fuzz_job *job, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void fuzz_job_count(struct fuzz_job *job, uint64_t nr_execs);

#endif
