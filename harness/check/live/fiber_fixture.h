/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_fixture.h - a small allocator, objects that several fibers share, and steps that fibers do.
 *
 *	before (outside fibers) -> fibers run their programs -> all is checked, freed, destroyed
 *
 * Frees and atomic allocations run in atomic context, where a call that may sleep is a fault. The
 * first error is recorded with its step; later steps do nothing.
 *
 * R1  One fiber owns an object while it is made, written or freed; lookups and double frees ignore
 *     the owner.
 * R2  No allocation starts during a double free, and no double free during an allocation: else the
 *     pointer could belong to a new object, and its free would be legal.
 */
#ifndef FIBER_FIXTURE_H
#define FIBER_FIXTURE_H

#include "harness/check/live/live.h"

enum step_kind {
	STEP_END, /* of a program */
	STEP_ALLOC,
	STEP_ATOMIC, /* an allocation that must not sleep */
	STEP_FREE,
	STEP_BALANCE, /* whether it was asked for or not */
	STEP_AGAIN,   /* a double free of what was freed last from this slot; or, size: of so many
			bytes beyond that or beyond a live object */
	STEP_LOOKUP,  /* of a live object, which another fiber may free meanwhile */
	STEP_RESERVED,
	STEP_RESERVED_ATOMIC,
	STEP_WRITE,    /* a lookup, then new contents through every copy */
	STEP_FAIL,     /* the fallible call `slot`, counted from here, fails */
	STEP_FAIL_ALL, /* and all later ones */
	STEP_CHECK,    /* everything, if no other fiber is inside a step */
	STEP_NR_KINDS
};

#define FIBER_FIXTURE_SLOTS  160u
#define FIBER_FIXTURE_FIBERS 4u

/* One step; slot: which shared object it makes, frees or looks up. A slot in use is not allocated
   to, an empty one not freed. */
struct step {
	enum step_kind kind;
	uint32_t slot;
	uint32_t size, align;
};

/* The machine, the allocator and what there is before the first step. */
struct fiber_fixture_config {
	struct sim_config sim;
	struct pcpu_config pcpu; /* without plat */
	bool fill_first;	 /* an object takes all of the first chunk's dynamic space */
	bool honour_kicks;	 /* who is asked for balance does it after the step */
};

struct fiber_fixture_slot {
	uint32_t id;		  /* of live, when ready */
	bool ready;		  /* false: empty, or in some fiber's hands */
	bool busy;		  /* in some fiber's hands: being made or written */
	uint8_t nr_freeing, owed; /* frees of `dead` under way, and how many of them must succeed */
	struct pcpu_ptr dead;	  /* freed from here last */
};

struct fiber_fixture {
	struct plat *plat;
	struct pcpu *pcpu;
	struct live live;
	struct fiber_fixture_slot slot[FIBER_FIXTURE_SLOTS];
	uint32_t nr_slots; /* of slot[], that were ever used */
	bool honour_kicks, may_fail;
	bool frozen; /* a check is under way: choosers that know of it let nobody else run */
	uint32_t nr_in_steps, nr_allocating;
	uint32_t nr_wrong_frees;		   /* under way: more frees than objects */
	/* Under way: by fiber, last outside fibers. */
	const struct step *step[FIBER_FIXTURE_FIBERS + 1];

	const char *map_wrong;			/* NULL, or how a map was used that must not */
	const char *wrong;			/* NULL: nothing so far */
	const struct step *wrong_step;		/* NULL: none in particular, at the end */
	uint64_t hash;				/* of all that steps came to */
	uint64_t nr_refused, nr_refused_asleep; /* asleep: of those not atomic */
	uint64_t nr_atomic_taken;
	struct pcpu_stats stats; /* when the fibers had ended */
};

/* Resets plat and makes a fresh fixture on it. Returns false when no allocator can be made of this
   configuration, which is an error only if ->wrong has a sentence. */
bool fiber_fixture_open(struct fiber_fixture *fixture, struct plat *plat,
			const struct fiber_fixture_config *config);
/* The same with a small machine of two CPUs and a hole. False: a sentence is in wrong. */
bool fiber_fixture_begin(struct fiber_fixture *fixture, struct plat *plat, uint64_t address_seed);
void fiber_fixture_step(struct fiber_fixture *fixture, const struct step *step);
void fiber_fixture_run(struct fiber_fixture *fixture, const struct step *program);
/* Everything is checked, freed, checked again, destroyed; fixture->wrong is the first sentence. */
void fiber_fixture_end(struct fiber_fixture *fixture);
struct plat *fiber_fixture_plat(void);

/* Notes what is wrong, if nothing was before. */
void fiber_fixture_note(struct fiber_fixture *fixture, const char *sentence);
/* Walker, contents, counts, faults. No other call may be under way. */
void fiber_fixture_check(struct fiber_fixture *fixture);

/* A program as a fiber. */
struct fiber_program {
	struct fiber_fixture *fixture;
	const struct step *program;
};
void fiber_program_main(void *fiber);

#endif
