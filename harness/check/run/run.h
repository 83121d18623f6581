/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run.h - the runner: runs operations on one allocator on any platform, hashes where each object is
 * placed, and (if requested) checks every step by the model and the walker.
 *
 * Balance runs right after the operation that requested it. `w` has an effect only with a model,
 * `s` only with fibers. `x` frees a wrong pointer and checks that it is reported.
 */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include <pcpu/pcpu.h>
#include "harness/text/trace.h"

struct lab_map_counts;

enum lab_check {
	LAB_CHECK_NONE,
	/* model at every event; all invariants every 1,000 events and at the end */
	LAB_CHECK_MODEL,
	LAB_CHECK_ALL,	 /* all invariants after each event */
};

struct lab_run_options {
	enum lab_check check;
	/* else A is an ordinary allocation, so that placements are reproducible */
	bool honour_atomic;
	bool inject_failures; /* honour `k`: the platform must support it */
	bool drains; /* lab_run_drain() follows: it checks contents, instead of the run's end */
	/* Called after each `a` of the trace, in order; may be NULL. placed false: refused. */
	void (*placed)(void *context, uint32_t id, bool placed, const struct pcpu_place *place);
	/* Called after each step without an error, with its index; may be NULL. */
	void (*stepped)(void *context, size_t step);
	/* With checks: gets all chunks after each `a`, `f` and balance; may be NULL. */
	void (*seen)(void *context, const struct pcpu_chunk_view *view);
	/* With checks: counts the maps of this allocator since its creation (map_counted.h), so
	   that every statistic can be checked independently; NULL: fewer are. */
	struct lab_map_counts *counts;
	/* With checks: returns whether a fallible call of the platform failed since the last call
	   of this. If none did, balance has to reach its marks. NULL: unknown. */
	bool (*was_refused)(void *context);
	/* Called right before (begins) and after each call of the allocator: alloc, free, balance.
	   For what counts instructions; times then have its time in them. NULL: none. */
	void (*called)(void *context, bool begins);
	/* Called periodically with the number of events done, for progress; may be NULL. */
	void (*progress)(void *context, size_t nr_done);
	void *context;
};

enum lab_verdict_kind {
	LAB_CLEAN,
	LAB_BROKEN_INVARIANT, /* invariant, where */
	LAB_BROKEN_MODEL,     /* sentence */
};

/* The first error, and at which event (index in ops; nr_ops: at the end). */
struct lab_verdict {
	enum lab_verdict_kind kind;
	size_t step;
	enum pcpu_invariant invariant;
	struct pcpu_broken where;
	const char *sentence; /* constant; also for invariants */
	uint32_t id;	      /* object, for models */
	uint32_t cpu;
};

/* 1, 2, 3-4, 5-8 .. 16385-32768, the rest (0 or larger): by bit length of size - 1. */
#define LAB_NR_SIZE_CLASSES 17
#define LAB_NR_ALIGN_CLASSES 14 /* 1, 2, 4 .. 4096, the rest */

struct lab_result {
	struct lab_verdict verdict;
	uint64_t hash; /* FNV-1a over "ID CHUNK OFFSET\n" (SPEC.md 12); "ID - -\n": refused */
	/* nr_events: operations begun. Of the `a` and `f` among them: granted, freed, refused, and
	   skipped (`f` of a refused or dead object, `a` of a live one, idle `w` and `x`). */
	uint64_t nr_events, nr_allocs, nr_frees, nr_refused, nr_skipped;
	/* In the calls alone, minus the cost of reading the clock; 0 where the platform has no
	   clock. */
	uint64_t alloc_ns, free_ns, balance_ns, nr_balances;
	/* Sizes and alignments of each `a` that was tried. */
	uint64_t sizes[LAB_NR_SIZE_CLASSES], aligns[LAB_NR_ALIGN_CLASSES];
	/* Statistics at the step at which, by the trace alone, the most bytes were live (if no
	   legal request was refused), and after the last event. */
	struct pcpu_stats at_peak, at_end;
	size_t peak_step;
};

/* Bytes of zeroed scratch memory, aligned to 64, that lab_run() needs for this trace and allocator.
   With LAB_CHECK_NONE 12 bytes an id; else about 60, and 4 an id and unit in the second form. */
size_t lab_run_memory(const struct lab_trace *trace, const struct pcpu *pcpu,
		      const struct lab_run_options *options);

/*
 * Runs the trace on pcpu (fresh or used; plat is its platform). Objects still live at the end stay
 * live. Stops at the first error; returns true when there was none.
 */
bool lab_run(struct plat *plat, struct pcpu *pcpu, const struct lab_trace *trace,
	     const struct lab_run_options *options, void *scratch, struct lab_result *result);

/*
 * Call it after a clean lab_run() with the same scratch; all arguments of lab_run() must still
 * exist. Frees all live objects, balances, and (when checking) checks what must hold for an
 * allocator without objects (SPEC.md 11.10): only the first chunk and at most one empty chunk, each
 * map a single free run. Returns true when clean, else the result has the verdict.
 */
bool lab_run_drain(void *scratch);

/* Returns the model's state. Call it after a clean lab_run() with checks, with its scratch
   unchanged. */
struct lab_model;
const struct lab_model *lab_run_model(const void *scratch);

/* Formats "ID CHUNK OFFSET" and a newline, as in --offsets and the run hash; place NULL:
   refused. */
struct lab_text;
void lab_put_place(struct lab_text *out, uint32_t id, const struct pcpu_place *place);

#endif
