/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sched_case.h - steps on several fibers and their schedule. fuzz_sched decodes a case from bytes;
 * a test made from a crash spells it out.
 *
 * Steps start in the order in which they are listed, each on its fiber, unless a preemption says
 * otherwise. Without preemptions a case is a plain sequence of steps.
 *
 *	step 3, fiber 0	 --after--|						|-------
 *	step 4, fiber 1		  |------- whole ------|				|
 *	step 6, fiber 1					|--after--|		  |
 *	step 5, fiber 2						    |--- whole ---|
 *
 * A preemption {after, others}: at the after-th chance (platform calls at which another fiber could
 * run, since the step began or continued) the fiber stops until `others` steps of other fibers have
 * ended; {SCHED_DROP + n, others}: at the first chance after it dropped the inner lock for the n-th
 * time, counted from 0: where a search must discard earlier results. {after, SCHED_FAILS + n}: when
 * it continues, the next fallible call fails. When no other fiber can run it continues earlier, and
 * no call fails. While a fiber waits for a lock the one with the earliest step runs.
 *
 * Whenever a fiber stops while no lock is held, the walker must find all invariants true.
 */
#ifndef FUZZ_SCHED_CASE_H
#define FUZZ_SCHED_CASE_H

#include "harness/check/live/fiber_fixture.h"
#include "fuzz/targets/fuzz.h"

#define SCHED_MAX_OPS	   256u
#define SCHED_MAX_PREEMPTS 3u
#define SCHED_DROP	   128u		    /* added to a preemption's `after` */
#define SCHED_FAILS	   128u		    /* added to a preemption's `others` */
#define SCHED_BEFORE	   255u		    /* no fiber: done before they start; comes first */
#define SCHED_MAX_CALLS	   UINT64_C(200000) /* of the platform: what needs more does not end */

struct sched_op {
	struct step step;
	uint8_t fiber; /* < nr_fibers, or SCHED_BEFORE */
	uint8_t nr_preempts;
	struct {
		uint8_t after, others;
	} preempt[SCHED_MAX_PREEMPTS];
};

struct sched_case {
	struct fiber_fixture_config setup;
	uint32_t nr_fibers; /* 1..FIBER_FIXTURE_FIBERS */
	const struct sched_op *ops;
	size_t nr_ops; /* <= SCHED_MAX_OPS */
};

/* Returns true when there was no error; else outcome has it. */
bool sched_case_run(const struct sched_case *c, struct fuzz_outcome *outcome);

/* Fills in an outcome's place and words from its step and sentence. report: how the fibers stand,
   or NULL. */
void sched_report(const struct sched_case *c, const char *report, struct fuzz_outcome *outcome);

/* The case as a trace with `s FIBER` lines; preemptions as comments. */
void sched_describe(const struct sched_case *c, void (*line)(const char *text));

/* The case as a test of its own (fuzz.h). */
void sched_case_write(const struct sched_case *c, const char *test_name,
		      void (*line)(const char *text));

/* Renders the chunks after the first nr steps, before pending balance. */
void sched_case_render(const struct sched_case *c, size_t nr, void (*line)(const char *text));

#endif
