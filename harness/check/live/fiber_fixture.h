/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_fixture.h - a small allocator, objects that several fibers share, and steps that fibers do.
 *
 *	before (outside fibers) -> fibers run their programs -> everything is checked, freed,
 *	destroyed
 *
 * Frees and atomic allocations run in atomic context, where it is an error to sleep. The
 * first error is recorded with its step; later steps do nothing.
 *
 * R1  One fiber owns an object while it is allocated, written or freed; lookups and double frees
 *     ignore the owner.
 * R2  No allocation starts during a double free, and no double free during an allocation: otherwise
 *     the pointer could belong to a new object, and freeing it would be legal.
 */
#ifndef FIBER_FIXTURE_H
#define FIBER_FIXTURE_H

#include "harness/check/live/live.h"

enum step_kind {
	STEP_END, /* ends a program */
	STEP_ALLOC,
	STEP_ATOMIC, /* an allocation that must not sleep */
	STEP_FREE,
	STEP_BALANCE, /* whether requested or not */
	STEP_AGAIN,   /* a double free of the last object freed from this slot; or, with size: of a
			pointer so many bytes beyond it or beyond a live object */
	STEP_LOOKUP,  /* of a live object, which another fiber may free meanwhile */
	STEP_RESERVED,
	STEP_RESERVED_ATOMIC,
	STEP_WRITE,    /* a lookup, then new contents through every copy */
	STEP_FAIL,     /* the fallible call number `slot` from here fails */
	STEP_FAIL_ALL, /* that call and all later ones fail */
	STEP_CHECK,    /* checks everything, if no other fiber is inside a step */
	STEP_NR_KINDS
};

#define FIBER_FIXTURE_SLOTS  160u
#define FIBER_FIXTURE_FIBERS 4u

/* One step; slot: which shared object it allocates, frees or looks up. It does not allocate to a
   slot in use, nor free an empty one. */
struct step {
	enum step_kind kind;
	uint32_t slot;
	uint32_t size, align;
};

/* The machine, the allocator and the state before the first step. */
struct fiber_fixture_config {
	struct sim_config sim;
	struct pcpu_config pcpu; /* without plat */
	bool fill_first;	 /* an object takes all of the first chunk's dynamic space */
	bool honour_kicks;	 /* a fiber runs requested balance after its step */
};

struct fiber_fixture_slot {
	uint32_t id;		  /* index in live, when ready */
	bool ready;		  /* false: empty, or owned by a fiber */
	bool busy;		  /* owned by a fiber: being allocated or written */
	uint8_t nr_freeing, owed; /* frees of `dead` under way, and how many of them must succeed */
	struct pcpu_ptr dead;	  /* frees of `dead` in progress; how many of them must succeed */
};

struct fiber_fixture {
	struct plat *plat;
	struct pcpu *pcpu;
	struct live live;
	struct fiber_fixture_slot slot[FIBER_FIXTURE_SLOTS];
	uint32_t nr_slots; /* number of slot[] ever used */
	bool honour_kicks, may_fail;
	bool frozen; /* a check is in progress: choosers that test this do not switch */
	uint32_t nr_in_steps, nr_allocating;
	uint32_t nr_wrong_frees;		   /* in progress: more frees than objects */
	/* Steps in progress: by fiber, last outside fibers. */
	const struct step *step[FIBER_FIXTURE_FIBERS + 1];

	const char *map_wrong;			/* NULL, or which rule of a map was broken */
	const char *wrong;			/* NULL: nothing so far */
	const struct step *wrong_step;		/* NULL: none in particular, at the end */
	uint64_t hash;				/* hash of all results */
	uint64_t nr_refused, nr_refused_asleep; /* asleep: not atomic */
	uint64_t nr_atomic_taken;
	struct pcpu_stats stats; /* after the fibers ended */
};

/* Resets plat and creates a new fixture on it. Returns false when no allocator of this
   configuration can be created, which is an error only if ->wrong has a sentence. */
bool fiber_fixture_open(struct fiber_fixture *fixture, struct plat *plat,
			const struct fiber_fixture_config *config);
/* Does the same with a small machine of two CPUs and a hole. False: see ->wrong. */
bool fiber_fixture_begin(struct fiber_fixture *fixture, struct plat *plat, uint64_t address_seed);
void fiber_fixture_step(struct fiber_fixture *fixture, const struct step *step);
/* With a front: the fiber becomes a CPU, as far as there are; pcpu_cpu_leave() at its end. */
void fiber_fixture_enter(struct fiber_fixture *fixture);
void fiber_fixture_run(struct fiber_fixture *fixture, const struct step *program);
/* Checks everything, frees it, checks again, destroys; fixture->wrong is the first error. */
void fiber_fixture_end(struct fiber_fixture *fixture);
struct plat *fiber_fixture_plat(void);

/* Records an error, unless there was one before. */
void fiber_fixture_note(struct fiber_fixture *fixture, const char *sentence);
/* Checks the walker, contents, counts, faults. Call it when no other call is in progress. */
void fiber_fixture_check(struct fiber_fixture *fixture);

/* A program run by a fiber. */
struct fiber_program {
	struct fiber_fixture *fixture;
	const struct step *program;
};
void fiber_program_main(void *fiber);

#endif
