/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_plat.h - what the files of the hosted platform share.
 *
 *	struct plat
 *	  regions	every mapping, who backs which page	hosted_region.c, _area.c, _space.c
 *	  pages_*	how many, and how many there may be	hosted_limit.c, hosted_kept.c
 *	  outer, owner	the two locks				hosted_lock.c
 *	  meta_*	bytes and blocks held, their arenas	hosted_meta.c, hosted_arena.c
 *	  fail_*	which fallible call says no		hosted_fail.c
 *	  kick		the wish for balance, its worker	hosted_worker.c
 *	  report	the last misuse				hosted_report.c
 *	  cpu_taken	which virtual CPUs have a thread	hosted_cpu.c
 */
#ifndef HOSTED_PLAT_H
#define HOSTED_PLAT_H

#include <pthread.h>

#include "bits.h"
#include "hosted.h"

#define HOSTED_GUARD_BYTES (16 * PCPU_PAGE_BYTES) /* on either side of a mapping, at least */

/* Reserved addresses with a guard on either side (hosted_map.c). */
struct hosted_mapping {
	uintptr_t start; /* what may be opened */
	uint64_t bytes;
	uintptr_t low, high;	     /* with the guards: what is to be unmapped */
	struct hosted_mapping *next; /* while the kernel refuses that (hosted_kept.c) */
};

/* An area of the first chunk, or the reserved addresses of a later one. */
struct hosted_region {
	struct hosted_mapping mapping; /* first: it may outlive the rest */
	uint64_t *backed;   /* a bit a page: taken and reachable */
	uint64_t *awaiting; /* a bit a page: unmapped, given back by the flush that covers it */
	uint64_t *kept;	    /* a bit a page: given back by the core, refused by the kernel so far */
	uint64_t nr_held;   /* pages with one of the first two bits */
	uint64_t nr_awaiting, nr_kept;
	bool closes; /* what is given back is made inaccessible too */
};

/* Blocks of memory in mappings of their own (hosted_arena.c). */
#define HOSTED_ARENA_CLASSES 64
struct hosted_arena {
	struct hosted_extent *extents;	     /* where blocks are cut, the newest first */
	struct hosted_extent *large;	     /* one block each */
	void *free[HOSTED_ARENA_CLASSES];    /* by class, each block starts with its successor */
};

struct hosted_kick {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct pcpu *pcpu; /* whose balance is wished for */
	bool wished;
	bool busy; /* the worker is at it */
	bool stop;
	bool has_worker;
	pthread_t worker;
};

struct plat {
	struct hosted_config config;
	bool nodes_are_real; /* bind_memory, and all nodes of the topology are this machine's */

	pthread_mutex_t region_lock; /* the table and every region */
	struct hosted_region **regions; /* [nr_regions] by address */
	size_t nr_regions, regions_room;
	uint64_t pages_held;   /* by the core */
	uint64_t pages_booked; /* and those kept: what counts against the limit */
	uint64_t pages_kept;   /* atomic */
	bool limit_is_shared;  /* config.page_limit is that of all instances of the process */

	/* Places of chunks, under region_lock (hosted_place.c). */
	uintptr_t lowest;     /* of the first chunk's areas so far */
	uintptr_t anchor;     /* later chunks go below; 0: there are none yet */
	uintptr_t next_below; /* the next one too; 0: any place */
	uint64_t random;

	pthread_mutex_t outer;
	const void *owner[2]; /* by enum plat_lock: its thread's mark, NULL: free; atomic */

	struct hosted_kick kick;

	pthread_mutex_t meta_lock; /* the arena */
	struct hosted_arena arena;
	uint64_t meta_bytes, meta_blocks; /* atomic */
	uint64_t nr_fallible;		  /* calls so far; atomic */
	uint64_t fail_at;		  /* atomic; UINT64_MAX: never */
	bool fail_lasting;

	pthread_mutex_t report_lock;
	bool has_report;
	struct pcpu_report report;

	bool *cpu_taken; /* [nr_cpu_ids]; atomic */
};

/* --- hosted_region.c: all with region_lock held -------------------------------------------- */

/* The books of a mapping to be, of so many bytes, and room for them in the table, without which
   nothing is reserved. NULL: no memory. region_lock need not be held. */
struct hosted_region *hosted_region_create(uint64_t bytes);
/* Gives books and mapping back; where the kernel refuses, that is kept for later. mapping.low 0: there
   is no mapping. */
void hosted_region_destroy(struct hosted_region *region);
/* Enters a region with its mapping; false: no memory for the table. */
bool hosted_region_add(struct plat *plat, struct hosted_region *region);
void hosted_region_remove(struct plat *plat, struct hosted_region *region);
/* The region that holds all of [address, address + bytes), or NULL. */
struct hosted_region *hosted_region_find(struct plat *plat, uintptr_t address, uint64_t bytes);
/* Index of an address's page in its region. */
static inline uint32_t hosted_page(const struct hosted_region *region, uintptr_t address)
{
	return (uint32_t)((address - region->mapping.start) / PCPU_PAGE_BYTES);
}

/* --- hosted_map.c: false: the kernel refused, and nothing has changed ---------------------- */

/* Reserves addresses with guards around them and no access: aligned, where the kernel likes. At most
   2^62 bytes; *mapping was all zero. */
bool hosted_reserve(uint64_t bytes, uint64_t align, struct hosted_mapping *mapping);
/* The same from `start` on. Refused: mapping->low is 0, or there is a mapping to be destroyed. */
bool hosted_reserve_at(uintptr_t start, uint64_t bytes, struct hosted_mapping *mapping);
/* Unmaps it all, guards too. */
bool hosted_unreserve(const struct hosted_mapping *mapping);
/* Lets a part be read and written, or not. */
bool hosted_open(uintptr_t address, uint64_t bytes);
bool hosted_close(uintptr_t address, uint64_t bytes);
/* Puts memory behind every page now, so that a shortage shows here. Refused: some may be there. */
bool hosted_back(uintptr_t address, uint64_t bytes);
/* Gives the memory behind back; the addresses stay reserved. Locked memory too. Refused: some of it
   may be there. */
bool hosted_unback(uintptr_t address, uint64_t bytes);

/* --- hosted_kept.c ------------------------------------------------------------------------- */

/* Under region_lock: pages [from, to) of the region that the core has given back go to the kernel;
   booked and kept where it refuses. */
void hosted_pages_give(struct plat *plat, struct hosted_region *region, uint32_t from, uint32_t to);
/* Under region_lock: kept pages of [from, to) are so no longer. Still booked. */
void hosted_pages_unkeep(struct plat *plat, struct hosted_region *region, uint32_t from,
			 uint32_t to);
/* Under region_lock: offers kept pages again. */
void hosted_pages_retry(struct plat *plat);
/* A mapping that could not be unmapped; it is the first member of what malloc() gave. */
void hosted_keep(struct hosted_mapping *mapping);
/* Offers those again. Any thread. */
void hosted_kept_retry(void);

/* --- hosted_limit.c, hosted_cgroup.c ------------------------------------------------------- */

/* Finds the limit of an instance; root: a folder before /proc and its like, "" in earnest. False: it
   cannot be found out now. */
bool hosted_limit_init(struct plat *plat, const char *root);
/* Lowers *bytes to the least memory limit of this process's cgroups, if any. False: cannot be read. */
bool hosted_cgroup_limit(const char *root, uint64_t *bytes);
/* Under region_lock. False: over the limit. */
bool hosted_pages_book(struct plat *plat, uint64_t nr);
void hosted_pages_unbook(struct plat *plat, uint64_t nr);

/* --- hosted_place.c ------------------------------------------------------------------------ */

/* Seeds the places of a platform from config.seed, or from the kernel. */
void hosted_place_init(struct plat *plat);
/* Under region_lock: hosted_reserve() at the next place. *mapping was all zero. Refused: mapping->low
   is 0, or there is a mapping to be destroyed. */
bool hosted_place(struct plat *plat, uint64_t bytes, uint64_t align,
		  struct hosted_mapping *mapping);
/* The first chunk is complete: from now on places are random. */
void hosted_place_later(struct plat *plat);

/* --- hosted_arena.c: all under a lock of the caller's -------------------------------------- */

/* Zeroed, aligned to 64. NULL: none. */
void *hosted_arena_alloc(struct hosted_arena *arena, size_t bytes);
void hosted_arena_free(struct hosted_arena *arena, void *memory, size_t bytes);
/* Gives every block back. */
void hosted_arena_finish(struct hosted_arena *arena);
/* Visits the memory in which blocks are, used or not. */
void hosted_arena_visit(const struct hosted_arena *arena,
			void (*visit)(void *context, const void *memory, size_t bytes),
			void *context);

/* --- hosted_node.c --------------------------------------------------------------------------- */

/* Is every node of the topology a node of this machine? */
bool hosted_nodes_exist(const struct pcpu_topology *topology);
/* Asks for memory near cpu, before the first touch. */
void hosted_bind(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu);
/* Does all of it lie on cpu's node, as far as the kernel tells? */
bool hosted_is_local(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu);

/* --- hosted_fail.c --------------------------------------------------------------------------- */

/* Counts one fallible call (a page is one); true: it is to say no. */
bool hosted_is_to_fail(struct plat *plat);

/* --- hosted_worker.c -------------------------------------------------------------------------- */

/* False: no thread. */
bool hosted_worker_start(struct plat *plat);

/* --- hosted_rcu.c, or hosted_rcu_lock.c under ThreadSanitizer -------------------------------- */

/* What a deferred block starts with. */
struct hosted_deferred {
	void *link[2]; /* the grace period's own: at least a struct rcu_head */
	void (*release)(struct hosted_deferred *deferred);
};

void hosted_read_begin(void);
void hosted_read_end(void);
/* Calls deferred->release once the readers of now have left. */
void hosted_defer(struct hosted_deferred *deferred, void (*release)(struct hosted_deferred *));
/* All that was deferred before is released after this. */
void hosted_rcu_barrier(void);

/* --- hosted_gs_x86.c, hosted_gs_none.c ------------------------------------------------------- */

/* Sets this thread's GS base. Only where hosted_has_gs(). */
void hosted_set_gs(uintptr_t base);

#endif
