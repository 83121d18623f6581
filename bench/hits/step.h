/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * step.h - one call, instruction by instruction: how many, which are locked, what they touch.
 *
 *	trap flag set	call *function	i i i i i ret	trap flag cleared
 *			SIGTRAP before each i: decoded, its addresses computed, noted
 *
 * In this process, without ptrace(2). Zydis decodes; what it cannot decode, or a wider address than
 * its registers give, ends the trace as `unknown`. x86-64 Linux.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stdint.h>

enum { STEP_INSTRUCTIONS_MAX = 256, STEP_TOUCHES_MAX = 1 << 15, STEP_LINE_BYTES = 64 };
enum { STEP_WATCHED_MAX = 4, STEP_MARKS_MAX = 256 };

/* Memory that one instruction reads or writes. */
struct step_touch {
	uintptr_t address;
	uint16_t bytes;
	bool reads, writes, locked;
	bool stack;	      /* through the stack pointer */
	uint32_t instruction; /* from 0 */
};

/* A call of a watched function. */
struct step_mark {
	uint32_t instruction; /* its first */
	uint32_t watched;     /* index */
	uintptr_t argument;   /* the second */
};

struct step_trace {
	/* Set by the caller, or {0}: functions whose calls are marked. */
	uintptr_t watched[STEP_WATCHED_MAX];
	uint32_t nr_watched;

	uint32_t nr_marks;
	struct step_mark mark[STEP_MARKS_MAX];
	uint32_t nr_instructions; /* of the whole call; the first are in at[] */
	uint32_t nr_locked;	  /* lock prefix, or an exchange with memory */
	uint32_t nr_touches;
	bool unknown,
		cut; /* an instruction was not decoded; there was no room for a touch or mark */
	uintptr_t at[STEP_INSTRUCTIONS_MAX];
	struct step_touch touch[STEP_TOUCHES_MAX];
};

/* Steps function(a, b, c, d) on the calling thread; returns what it returned. One thread at a time:
   two that step at once is the caller's mistake. */
uintptr_t step_call(struct step_trace *trace, uintptr_t function, uintptr_t a, uintptr_t b,
		    uintptr_t c, uintptr_t d);

/* The instruction there in words, and its length; 0: not decoded. */
uint32_t step_words(uintptr_t at, char *text, uint32_t bytes);

#endif
