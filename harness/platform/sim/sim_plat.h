/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim_plat.h - the state of a simulated platform, and what its files call of each other.
 *
 *	plat calls -> sim_area.c sim_space.c sim_content.c	percpu memory
 *			  \	  |	   /
 *			   sim_extent.c  sim_place.c  sim_node.c	what lies where, on whom
 *		   -> sim_meta.c	metadata blocks, deferred frees
 *		   -> sim_lock.c	two locks, read sections, context rules
 *		   -> sim_event.c	events, misuse, kicks, assertions
 *		   -> sim_fiber.c	who runs next
 */
#ifndef SIM_PLAT_H
#define SIM_PLAT_H

#include <pcpu/bits.h>
#include <pcpu/front.h>
#include "harness/platform/sim/sim.h"

#include <sys/queue.h>

/* Percpu addresses are below this: the user half of an x86-64 address space. */
#define SIM_ADDRESS_END (UINT64_C(1) << 47)

enum sim_fault_id {
	SIM_NO_FAULT,
#define X(id, sentence) SIM_FAULT_##id,
#include "harness/platform/sim/sim_faults.def"
#undef X
	SIM_NR_FAULTS
};

/* --- percpu memory --- */

enum sim_page_state {
	SIM_PAGE_NONE,	 /* nothing is here: given back, or space not mapped yet */
	SIM_PAGE_AREA,	 /* part of an area */
	SIM_PAGE_FRESH,	 /* mapped into taken space, awaits the flush after which it may be used */
	SIM_PAGE_MAPPED, /* mapped into taken space, and flushed */
	SIM_PAGE_STALE,	 /* unmapped, awaits the flush that gives it back */
};

/* sim_page.content: two contents need no storage, the others are index + SIM_CONTENT_STORED. */
enum { SIM_CONTENT_POISON, SIM_CONTENT_ZERO, SIM_CONTENT_STORED };

struct sim_page {
	uint32_t content;
	uint32_t frame; /* physical page number */
	uint16_t node;	/* index */
	uint8_t state;	/* enum sim_page_state */
};

/* A contiguous taken range: an area, or one group's part of a taken space. */
struct sim_extent {
	uint64_t start, end; /* addresses */
	uint64_t space;	     /* which space it is part of, from 1; 0: an area */
	uint64_t nr_in_use;  /* pages that are not SIM_PAGE_NONE */
	struct sim_extent *next_free;
	uint32_t size_class; /* holds 2^size_class pages */
	struct sim_page page[];
};

#define SIM_SIZE_CLASSES 40

struct sim_extents {
	struct sim_extent **sorted; /* by address; they never overlap */
	size_t nr, capacity;
	struct sim_extent *last;		   /* the last one found */
	struct sim_extent *free[SIM_SIZE_CLASSES]; /* kept for speed */
};

struct sim_contents {
	uint8_t **blocks; /* storage, many pages a block */
	size_t nr_blocks, room_blocks;
	uint32_t nr_used; /* pages handed out since reset, free ones included */
	uint32_t *free;	  /* stack of given back indices */
	size_t nr_free, room_free;
};

struct sim_memory {
	struct sim_extents extents;
	struct sim_contents contents;
	uint64_t random;     /* state of the address choice */
	uint64_t area_next;  /* where the next area is tried */
	uint64_t space_next; /* where the next space is tried */
	uint64_t nr_spaces_ever;
	uint32_t next_frame;
	uint64_t *node_pages; /* [nr_nodes] in use */
	uint32_t nr_nodes;
	uint64_t *awaiting; /* addresses of fresh and stale pages: a flush is due */
	size_t nr_awaiting, room_awaiting;
};

/* --- metadata --- */

struct sim_block {
	TAILQ_ENTRY(sim_block) all; /* held, or among the deferred */
	struct sim_block *next; /* in its bucket, or among the spare */
	uint8_t *memory;
	size_t bytes;
	bool deferred;
};

TAILQ_HEAD(sim_blocks, sim_block);

struct sim_meta {
	struct sim_blocks held, deferred;
	struct sim_block **buckets;
	size_t nr_buckets; /* a power of two */
	struct sim_block *spare;
	uint32_t nr_readers;   /* read sections open now, over all agents */
	uint64_t bytes_in_use; /* of held blocks, without the deferred */
};

/* --- agents, locks, fibers --- */

/* Who calls: agent 0 is the program outside fibers, agent i + 1 is fiber i. */
struct sim_agent {
	uint32_t read_depth;
	bool atomic;
	bool waits;	   /* for wanted */
	bool yields;	   /* while another is picked */
	uint64_t nr_holds; /* of the inner lock so far */
	enum plat_lock wanted;
	/* Of fibers: */
	bool done;
	sim_fiber_fn function;
	void *argument;
	struct sim_stack *stack;
	struct pcpu_caller here; /* while another runs */
};

struct sim_lock {
	bool held;
	uint32_t owner; /* agent */
	uint64_t nr_holds;
};

#define SIM_REPORT_BYTES 4096

struct sim_fibers {
	struct sim_agent *agents; /* [1 + nr]; [0] always exists */
	uint32_t nr, capacity;	  /* fibers */
	uint32_t current;	  /* agent that runs */
	uint32_t failed;	  /* agent in which an assertion failed */
	bool running;
	uint64_t random;
	uint32_t rate;
	uint32_t (*chooser)(void *context, uint32_t nr_runnable);
	void *context;
	uint64_t nr_switches, hash;
	char report[SIM_REPORT_BYTES];
};

/* --- frees that were put off --- */

enum { SIM_FREES_LATER = 80 };

struct sim_later {
	struct pcpu *pcpu[SIM_FREES_LATER];
	uintptr_t pointer[SIM_FREES_LATER];
	uint32_t nr;
	bool runs;
};

/* --- the whole --- */

struct plat {
	struct sim_config config;
	struct sim_ledger ledger;
	enum sim_fault_id fault;
	struct sim_memory memory;
	struct sim_meta meta;
	struct sim_lock locks[2];
	struct sim_fibers fibers;
	struct sim_later later;

	/* which call is to fail */
	bool fail, fail_lasting;
	uint64_t fail_at; /* value of ledger.nr_calls */

	/* CPUs that were made ready, when that is watched */
	struct sim_ready *ready; /* [nr_ready], or NULL */
	uint32_t nr_ready;

	/* what was told */
	struct pcpu_event events[SIM_EVENTS_KEPT];
	uint64_t nr_events;
	bool kicked, misused;
	uint64_t calls_left; /* before an assertion fails; 0: no bound */
	struct pcpu_report misuse;
};

/* sim.c: notes the first broken contract; counts a fallible call and tells whether it is to
   fail. */
void sim_note(struct plat *plat, enum sim_fault_id fault);
bool sim_is_to_fail(struct plat *plat);
/* The simulation's own memory, without which there is no going on: NULL prints a line and
   aborts. */
void *sim_must(void *memory);
/* Room for at least one more than nr elements; moves the array when it is full. */
void *sim_grow(void *memory, size_t nr, size_t *capacity, size_t bytes_each);
/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t sim_random(uint64_t *state);

/* sim_lock.c: entry of a platform call, where a fiber may be switched; of one that may sleep. */
void sim_enter(struct plat *plat);
void sim_enter_sleeping(struct plat *plat);
struct sim_agent *sim_self(struct plat *plat);

/* sim_fiber.c: lets another fiber run (or not); waits until the lock is free. */
void sim_switch_point(struct plat *plat);
void sim_wait_lock(struct plat *plat, enum plat_lock lock);
void sim_fibers_init(struct plat *plat);
/* From inside a fiber, sim_run_fibers() comes to its end: no fiber of this thread goes on. Returns
   when none runs. */
void sim_fibers_abandon(void);
void sim_fibers_finish(struct plat *plat);

/* sim_stack.c: the machine's part of fibers. own: with memory of its own; else the one we
   are on. */
struct sim_stack *sim_stack_create(bool own);
void sim_stack_destroy(struct sim_stack *stack);
/* Makes the stack start with entry(argument), which never returns, when it is next switched to. */
void sim_stack_prepare(struct sim_stack *stack, void (*entry)(void *argument), void *argument);
/* Leaves `from`, goes on with `to`. ends: `from` is not switched to again before it is prepared. */
void sim_stack_switch(struct sim_stack *from, struct sim_stack *to, bool ends);

/* sim_event.c: goes on with what was caught while fibers ran, if anything. */
void sim_rethrow(void);

/* sim_meta.c */
void sim_meta_init(struct sim_meta *meta);
void sim_meta_reset(struct plat *plat);
void sim_meta_finish(struct plat *plat);
void sim_meta_release_deferred(struct plat *plat);

/* sim_extent.c: the table of taken ranges. A new one's pages are SIM_PAGE_NONE, and so must be
   those of one that is removed. */
struct sim_extent *sim_extent_add(struct plat *plat, uint64_t start, uint64_t end, uint64_t space);
void sim_extent_remove(struct plat *plat, struct sim_extent *extent);
struct sim_extent *sim_extent_at(struct plat *plat, uint64_t address);
/* The lowest extent that overlaps [start, end), or NULL. */
struct sim_extent *sim_extent_overlap(struct plat *plat, uint64_t start, uint64_t end);
/* The page behind an address, NULL outside all extents. */
struct sim_page *sim_page_at(struct plat *plat, uint64_t address);
void sim_extents_reset(struct plat *plat);
void sim_extents_finish(struct plat *plat);

/* sim_place.c: where taken ranges go. False: no room below SIM_ADDRESS_END. */
void sim_place_reset(struct plat *plat);
bool sim_place_area(struct plat *plat, uint64_t bytes, uint64_t align, uint64_t *start);
bool sim_place_space(struct plat *plat, const struct pcpu_layout *layout, uint64_t *base);

/* sim_node.c: whose memory it is. The node index for nr pages near cpu, PCPU_NO_NODE: none
   has so many. */
uint16_t sim_node_take(struct plat *plat, uint32_t cpu, uint64_t nr);
void sim_node_give(struct plat *plat, uint16_t node, uint64_t nr);
bool sim_cpu_possible(struct plat *plat, uint32_t cpu);
void sim_nodes_reset(struct plat *plat);

/* sim_ready.c: forgets which CPUs were made ready. */
void sim_ready_reset(struct plat *plat);

/* sim_content.c */
void sim_content_drop(struct plat *plat, struct sim_page *page); /* undefined from now on */
void sim_contents_reset(struct plat *plat);
void sim_contents_finish(struct plat *plat);

static inline bool sim_page_backed(const struct sim_page *page)
{
	return page && (page->state == SIM_PAGE_AREA || page->state == SIM_PAGE_FRESH ||
			page->state == SIM_PAGE_MAPPED);
}

/* Contents are about to be used: notes what is wrong with that. */
static inline void sim_page_use(struct plat *plat, const struct sim_page *page,
				enum sim_fault_id unbacked)
{
	if (!sim_page_backed(page))
		sim_note(plat, unbacked);
	else if (page->state == SIM_PAGE_FRESH)
		sim_note(plat, SIM_FAULT_USE_FRESH);
}

#endif
