/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_parts.h - what the files of the runner share; nobody else includes it. */
#ifndef LAB_RUN_PARTS_H
#define LAB_RUN_PARTS_H

#include "harness/check/model.h"
#include "harness/check/model_stats.h"
#include "harness/check/run/run.h"

struct run_chunks {
	struct lab_chunks_seen sum;
	uint32_t next_id; /* of the next chunk: above all that were seen so far */
};

struct run {
	struct plat *plat;
	struct pcpu *pcpu;
	const struct lab_trace *trace;
	const struct lab_run_options *options;
	struct lab_result *result;
	uintptr_t *pointer; /* [nr_ids] 0: not live */
	uint32_t *size;	    /* [nr_ids] for the peak, by the trace alone; 0: not live */
	struct lab_model model; /* in use unless options->check is LAB_CHECK_NONE */
	struct lab_model_stats stats; /* likewise */
	uint64_t clock_ns;  /* what reading the clock costs */
	size_t step;
	struct run_chunks chunks; /* when looked at last; in use as the model is */
	bool ids_are_known;	  /* no chunk came and went before the run */
	/* run_balance.c */
	bool is_fresh;		  /* nothing was requested of the allocator before the run */
	bool had_kick;		  /* before the run, and balance has not run since */
	bool atomic_used;	  /* a legal atomic request came */
	bool atomic_since;	  /* ... since the last balance */
	bool kick_is_due;	  /* by SPEC.md 14, after the step under way */
	/* the atomic request that the coming balance is for; or NULL */
	const struct lab_op *refused;
	/* chunk that an atomic caller left with few records, and so ... */
	uint32_t short_of_room;
	bool has_short;		  /* ... balance is to extend: valid */
};

/* run_check.c: each returns false and leaves the verdict when something is wrong. */
bool lab_run_blame(struct run *run, const char *sentence, uint32_t id, uint32_t cpu);
bool lab_run_blame_fault(struct run *run, const struct lab_fault *fault);
/* Everything there is to check: the walker, then all contents and counts. */
bool lab_run_check_all(struct run *run);
/* All of that but contents. */
bool lab_run_check_records(struct run *run);
/* After each event: what its number calls for. */
bool lab_run_check_step(struct run *run);
/* With all objects freed and balanced: nothing is left but the first and one empty chunk. */
bool lab_run_check_empty(struct run *run);

/* run_ops.c */
uint64_t lab_run_clock_cost_ns(void);
void lab_run_timed_balance(struct run *run);
bool lab_run_free(struct run *run, uint32_t id);
/* An operation, the balance work it asked for, and the checks that are due. */
bool lab_run_step(struct run *run, const struct lab_op *op);

/* run_calls.c: what calls owe beside their objects. False: the verdict says what is wrong. */
void lab_run_collect_first(struct run *run);
/* After each call that can change which chunks and pages there are. */
void lab_run_collect(struct run *run);
bool lab_run_check_refusal(struct run *run, const struct lab_op *op, bool is_atomic);
/* Object id was allocated in this chunk. */
bool lab_run_check_chunk_id(struct run *run, uint32_t id, uint32_t chunk_id);
/* Of a wrong free; the report names the pointer that was passed. */
bool lab_run_check_report(struct run *run, uint32_t id, const struct pcpu_report *report);
bool lab_run_is_legal(const struct run *run, const struct lab_op *op);
/* Does the engine under test promise that? */
bool lab_run_promised(const struct run *run, enum pcpu_promise promise);

/* run_balance.c: SPEC.md 14, Balance. The rules of a kick, after each call ... */
void lab_run_kick_begin(struct run *run);
void lab_run_kick_after_alloc(struct run *run, const struct lab_op *op, bool is_atomic,
			      bool is_granted);
void lab_run_kick_after_free(struct run *run, uint32_t id);
/* ... held against whether there was one. */
bool lab_run_check_kick(struct run *run, bool kicked);
/* pcpu_balance(), timed and (when checking) held against what it must do and leave. */
bool lab_run_balance(struct run *run);

/* run_peak.c: the step at which, by the trace alone, the most bytes are live. */
size_t lab_run_peak_step(struct run *run);

#endif
