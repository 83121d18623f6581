/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_lockstep.h - the placement oracle beside a run: where does an object land elsewhere than
 * the specification puts it?
 *
 *	start -> (landed -> step) -> (landed -> step) ... until a step is wrong, or disturbs the
 *	oracle
 */
#ifndef FUZZ_ALLOC_LOCKSTEP_H
#define FUZZ_ALLOC_LOCKSTEP_H

#include "fuzz/targets/alloc/alloc_case.h"
#include "harness/check/oracle.h"

/* Where an allocation landed. */
struct alloc_landing {
	bool placed; /* else refused */
	struct pcpu_place place;
};

struct alloc_lockstep {
	const struct alloc_case *c;
	struct pcpu *pcpu;
	struct lab_oracle oracle;
	struct lab_linux61 *linux61; /* predicts instead (alloc_linux61.h); NULL: the oracle does */
	struct alloc_landing *object; /* [nr_ids] of the case's trace; placed: it lives */
	struct alloc_landing now;     /* of the step under way */
	bool has_landed;	      /* `now` is of this step */
	bool over;		      /* disturbed, or wrong: nothing is predicted any more */
	const char *sentence;	      /* what is wrong; NULL: nothing so far */
	char words[96];		      /* where each of the two put it */
};

/* Bytes of memory, aligned to 64, for a case and the layout that its set-up made. */
size_t alloc_lockstep_memory(const struct alloc_case *c, const struct pcpu_layout *layout);
void alloc_lockstep_start(struct alloc_lockstep *lockstep, const struct alloc_case *c,
			  struct pcpu *pcpu, void *memory);
/* Frees what start made; what is wrong stays. */
void alloc_lockstep_finish(struct alloc_lockstep *lockstep);

/* An `a` of the step under way was tried: lab_run_options.placed has the arguments. */
void alloc_lockstep_landed(struct alloc_lockstep *lockstep, bool placed,
			   const struct pcpu_place *place);
/* The step was clean. False: it was not as predicted, see sentence and words. */
bool alloc_lockstep_step(struct alloc_lockstep *lockstep, const struct lab_op *op);

#endif
