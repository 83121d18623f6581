/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_parts.h - shared by the files of the runner; do not include it elsewhere. */
#ifndef LAB_RUN_PARTS_H
#define LAB_RUN_PARTS_H

#include "harness/check/model.h"
#include "harness/check/model_stats.h"
#include "harness/check/run/run.h"

struct run_chunks {
	struct lab_chunks_seen sum;
	uint32_t next_id; /* of the next chunk: above all ids seen so far */
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
	struct run_chunks chunks; /* at the last visit; used if the model is */
	bool front;		  /* small objects are the front's: maps hold spans */
	bool ids_are_known;	  /* no chunk was created or destroyed before the run */
	/* run_balance.c */
	bool is_fresh;		  /* the allocator had no request before the run */
	bool had_kick;		  /* a kick came before the run, and balance has not run since */
	bool atomic_used;	  /* a legal atomic request came */
	bool atomic_since;	  /* ... since the last balance */
	bool kick_is_due;	  /* by SPEC.md 14, after the current step */
	/* the atomic request that caused the next balance; or NULL */
	const struct lab_op *refused;
	/* chunk that an atomic caller left with few records, which ... */
	uint32_t short_of_room;
	bool has_short;		  /* ... balance must extend: valid */
};

/* run_check.c: each returns false and sets the verdict on an error. */
bool lab_run_blame(struct run *run, const char *sentence, uint32_t id, uint32_t cpu);
bool lab_run_blame_fault(struct run *run, const struct lab_fault *fault);
/* Checks everything: the walker, then all contents and counts. */
bool lab_run_check_all(struct run *run);
/* Checks everything but contents. */
bool lab_run_check_records(struct run *run);
/* Call it after each event: runs the checks that its number requires. */
bool lab_run_check_step(struct run *run);
/* Call it with all objects freed and after balance: only the first and one empty chunk may be
   left. */
bool lab_run_check_empty(struct run *run);

/* run_ops.c */
uint64_t lab_run_clock_cost_ns(void);
void lab_run_timed_balance(struct run *run);
bool lab_run_free(struct run *run, uint32_t id);
/* Runs an operation, the balance that it requested, and the checks that are due. */
bool lab_run_step(struct run *run, const struct lab_op *op);

/* run_calls.c: checks effects of calls other than their objects. False: see the verdict. */
void lab_run_collect_first(struct run *run);
/* Call it after each call that can change chunks or pages. */
void lab_run_collect(struct run *run);
bool lab_run_check_refusal(struct run *run, const struct lab_op *op, bool is_atomic);
/* Checks the chunk in which object id was allocated. */
bool lab_run_check_chunk_id(struct run *run, uint32_t id, uint32_t chunk_id);
/* Checks the report of a wrong free, which must name the pointer that was passed. */
bool lab_run_check_report(struct run *run, uint32_t id, const struct pcpu_report *report);
bool lab_run_is_legal(const struct run *run, const struct lab_op *op);
/* Returns whether the engine under test makes that promise. */
bool lab_run_promised(const struct run *run, enum pcpu_promise promise);

/* run_balance.c: SPEC.md 14, Balance. The rules of a kick, after each call ... */
void lab_run_kick_begin(struct run *run);
void lab_run_kick_after_alloc(struct run *run, const struct lab_op *op, bool is_atomic,
			      bool is_granted);
void lab_run_kick_after_free(struct run *run, uint32_t id);
/* ... compared with whether there was one. */
bool lab_run_check_kick(struct run *run, bool kicked);
/* Runs pcpu_balance(), timed and (with checks) compared with what it must do and leave. */
bool lab_run_balance(struct run *run);

/* run_front.c: an allocator with a front. The thread becomes the CPU that this operation runs
   on. */
void lab_run_cpu_enter(struct run *run, const struct lab_op *op);
/* Statistics that count objects, whoever places them. */
bool lab_run_check_front_stats(struct run *run);

/* run_peak.c: returns the step at which, by the trace alone, the most bytes are live. */
size_t lab_run_peak_step(struct run *run);

#endif
