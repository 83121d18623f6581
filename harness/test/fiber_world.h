/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fiber_world.h - a small allocator, objects that several fibers share, and short programs for
 *fibers.
 *
 *	before (outside fibers) -> fibers run their programs -> all is checked, freed, destroyed
 *
 * Frees and atomic allocations run in atomic context, where a call that may sleep is a fault.
 */
#ifndef FIBER_WORLD_H
#define FIBER_WORLD_H

#include "live.h"

enum step_kind {
	STEP_END, /* of a program */
	STEP_ALLOC,
	STEP_ATOMIC, /* an allocation that must not sleep */
	STEP_FREE,
	STEP_BALANCE, /* whether it was asked for or not */
	STEP_AGAIN,   /* a double free: of the object that was freed last from this slot */
	STEP_LOOKUP,  /* of a live object, which another fiber may free meanwhile */
};

#define WORLD_SLOTS  160u
#define WORLD_FIBERS 4u

/* One step; slot: which shared object it makes, frees or looks up. A slot in use is not allocated
   to, an empty one not freed. */
struct step {
	enum step_kind kind;
	uint32_t slot;
	uint32_t size, align;
};

struct world {
	struct plat *plat;
	struct pcpu *pcpu;
	struct live live;
	struct {
		uint32_t id;	      /* of live, when ready */
		bool ready;	      /* false: empty, or in some fiber's hands */
		bool busy;	      /* being made */
		struct pcpu_ptr dead; /* freed from here last */
	} slot[WORLD_SLOTS];
	const char *wrong;			/* NULL: nothing so far */
	uint64_t nr_refused, nr_refused_asleep; /* asleep: of those not atomic */
	uint64_t nr_atomic_taken;
	struct pcpu_stats stats; /* when the fibers had ended */
};

/* A fresh world on plat, which is reset. False: a sentence is in wrong. */
bool world_begin(struct world *world, struct plat *plat, uint64_t address_seed);
void world_step(struct world *world, const struct step *step);
void world_run(struct world *world, const struct step *program);
/* Everything is checked, freed, checked again, destroyed; *world->wrong is the first sentence. */
void world_end(struct world *world);
struct plat *world_plat(void);

/* A program as a fiber. */
struct world_fiber {
	struct world *world;
	const struct step *program;
};
void world_fiber_main(void *fiber);

#endif
