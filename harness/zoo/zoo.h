/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo.h - the defect that the mutated core shows, one of defects.toml. The core proper knows
 * nothing of this: mutate.py writes the copies that do.
 *
 * In Magma's words (Hazimeh, Herrera, Payer 2020), of one input, or of a run of an engine:
 *	reached		the place that the defect changes was executed, with the defect in it
 *	triggered	and what the run did differs from the core's without a defect on the same
 *			input: its hash or its number of operations, or it was detected
 *	detected	something complained: walker, model, oracle, assertion, sanitizer, limit
 * Magma looks at the state behind a bug's place; defects that are statements have no such
 * condition, so that here a wrong state that leads to nothing else within the run is no trigger.
 */
#ifndef ZOO_H
#define ZOO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zoo_defect {
	uint32_t number; /* to choose it; 0: not built in (unit tests, or a later engine has it) */
	const char *name;
	const char *row; /* of SPEC.md 9 or 15.16, or "" */
	const char *says;
	const char *found_by; /* names of targets, a blank between them; the best one first */
	const char *unit;     /* "program:test" that finds it, when inputs do not */
	const char *why;      /* it is not looked for, or not by fuzzing */
	const char *control;  /* "fails": each input shows it; "passes": none can */
};

extern const struct zoo_defect zoo_defects[];
extern const size_t zoo_nr_defects;

extern uint32_t zoo_chosen; /* 0: none */
extern bool *zoo_reached;   /* becomes true where the chosen one is executed */

static inline bool zoo_is(uint32_t number)
{
	if (__builtin_expect(zoo_chosen != number, 1))
		return false;
	__atomic_store_n(zoo_reached, true, __ATOMIC_RELAXED);
	return true;
}

/* Chooses what LAB_DEFECT names, none when it is unset. An unknown name is reported and ends the
   program with status 2. */
void zoo_choose_from_environment(void);
const struct zoo_defect *zoo_find(const char *name);

#endif
