/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run.h - the runner: takes operations through one allocator on any platform, hashes where each object
 * landed, and (asked to) holds every step against the model and the walker.
 */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include "pcpu.h"
#include "trace.h"

enum lab_check {
	LAB_CHECK_NONE,
	LAB_CHECK_MODEL, /* model at every event; all invariants every 1,000 events and at the end */
	LAB_CHECK_ALL,	 /* all invariants after each event */
};

struct lab_run_options {
	enum lab_check check;
	bool honour_atomic;  /* else A is an ordinary allocation, so that placements are determined */
	bool inject_failures; /* honour `k`: needs a platform that can */
	/* Called after each `a` of the trace, in order; may be NULL. placed false: refused. */
	void (*placed)(void *context, uint32_t id, bool placed, const struct pcpu_place *place);
	/* Called now and then with the number of events done, for progress; may be NULL. */
	void (*progress)(void *context, size_t nr_done);
	void *context;
};

enum lab_verdict_kind {
	LAB_CLEAN,
	LAB_BROKEN_INVARIANT, /* invariant, where */
	LAB_BROKEN_MODEL,     /* sentence */
};

/* The first thing that was wrong, and at which event (index in ops; nr_ops: at the end). */
struct lab_verdict {
	enum lab_verdict_kind kind;
	size_t step;
	enum pcpu_invariant invariant;
	struct pcpu_broken where;
	const char *sentence; /* constant; also for invariants */
	uint32_t id;	      /* object, for models */
	uint32_t cpu;
};

#define LAB_NR_SIZE_CLASSES 17 /* 1, 2, 3-4, 5-8 .. 16385-32768, larger: by bit length of size - 1 */
#define LAB_NR_ALIGN_CLASSES 14 /* 1, 2, 4 .. 4096, other */

struct lab_result {
	struct lab_verdict verdict;
	uint64_t hash;	    /* FNV-1a over "ID CHUNK OFFSET\n" (SPEC.md 12); "ID - -\n" for a refused one */
	uint64_t nr_events, nr_allocs, nr_frees, nr_refused, nr_skipped;
	uint64_t alloc_ns, free_ns, balance_ns; /* 0 where the platform has no clock; the calls only */
	uint64_t sizes[LAB_NR_SIZE_CLASSES], aligns[LAB_NR_ALIGN_CLASSES];
	struct pcpu_stats at_peak, at_end;  /* statistics when the most bytes were live, and after the last event */
};

/* Bytes of zeroed scratch memory lab_run() needs for this trace and allocator. */
size_t lab_run_memory(const struct lab_trace *trace, const struct pcpu *pcpu,
		      const struct lab_run_options *options);

/*
 * Runs the trace on pcpu (fresh or used; plat is its platform). Balance work runs right after the operation that
 * asked for it. Objects still live at the end stay live. `scratch`: lab_run_memory() zeroed bytes, aligned
 * to 64. Returns true when clean.
 */
bool lab_run(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
	     const struct lab_run_options *options, void *scratch, struct lab_result *result);

#endif
