/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_plat.h - what the files of the hosted platform share.
 *
 *	struct plat
 *	  regions	every mapping, who backs which page	hosted_region.c, _area.c, _space.c
 *	  pages_*	how many, and how many there may be	hosted_limit.c, hosted_kept.c
 *	  lock		the core's two				hosted_lock.c
 *	  meta_*	bytes and blocks held, their arenas	hosted_meta.c, hosted_arena.c
 *	  deferral	what is freed after its readers		hosted_defer.c
 *	  fail_*	which fallible call fails		hosted_fail.c
 *	  kick		the request for balance, its worker	hosted_worker.c
 *	  report	the last misuse				hosted_report.c
 *	  cpu_taken	which virtual CPUs have a thread	hosted_cpu.c
 *
 * Locks, in order: who holds one takes only those below it
 *
 *	machine_lock	hwloc's topology of this machine	hosted_cpu.c
 *	list_lock	all platforms of the process		hosted_fork.c
 *	OUTER		the core's; event callbacks come under it
 *	revival		a child's new worker			hosted_worker.c
 *	region_lock	mappings and their pages
 *	deferral.lock	what waits for its readers		hosted_defer.c
 *	meta_lock	the arena
 *	report_lock	the last misuse; all signals are blocked
 *	INNER		the core's; its holder never sleeps
 *
 * L1  All are of one kind (hosted_lock.h): they lend priority, and who holds one is not cancelled.
 * L2  A handler may call pcpu_free(), an atomic pcpu_alloc() and lookups, which take INNER and
 *     report_lock and nothing else. INNER may be its own thread's: then the allocation is refused
 *     and the free is postponed (hosted_postpone.c). Blocking signals under INNER instead would
 *     cost two system calls each time, many times what an allocation takes.
 * L3  What a handler shares without a lock are atomics: kicks, readers' records, accounts.
 * L4  fork(2) takes all of them, in this order, and its child finds all of them free
 *     (hosted_fork.c): a new lock of a platform needs a line there.
 * L5  Nothing waits for readers (hosted_defer.c).
 */
#ifndef HOSTED_PLAT_H
#define HOSTED_PLAT_H

#include <pthread.h>
#include <signal.h>

#include <pcpu/bits.h>
#include "harness/platform/hosted/hosted.h"
#include "harness/platform/hosted/threads/hosted_lock.h"

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
	struct pcpu *pcpu; /* atomic: whose balance is wanted */
	uint32_t nr_kicks; /* atomic, a futex */
	uint32_t nr_done;  /* atomic, a futex: the kicks that have been answered */
	uint32_t is_asleep; /* atomic: the worker, or about to be */
	bool stop;	    /* atomic */
	bool has_worker;    /* atomic */
	bool is_orphan;	    /* atomic: a child of fork(2), which has no worker yet */
	struct hosted_lock revival; /* whoever gives it one */
	pthread_t worker;
};

/* What a deferred block starts with. */
struct hosted_deferred {
	struct hosted_deferred *next;
	void (*release)(struct hosted_deferred *deferred);
};

struct hosted_deferral {
	struct hosted_lock lock;
	struct hosted_deferred *fresh, *waiting;
	uint32_t nr_fresh;
	uint64_t epoch; /* that must be past for those waiting; 0: none has begun */
};

struct plat {
	struct hosted_config config;
	bool nodes_are_real; /* bind_memory, and all nodes of the topology are this machine's */

	struct hosted_lock region_lock; /* the table and every region */
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

	struct hosted_lock lock[2]; /* by enum plat_lock */
	struct hosted_deferral deferral;
	struct hosted_kick kick;

	struct hosted_lock meta_lock; /* the arena */
	struct hosted_arena arena;

	struct plat *next;  /* of all of this process */
	uint64_t serial;    /* no two have the same */
	uint32_t fork_took; /* a bit for each lock that a fork under way has taken */

	uint64_t meta_bytes, meta_blocks; /* atomic */
	uint64_t nr_fallible;		  /* calls so far; atomic */
	uint64_t fail_at;		  /* atomic; UINT64_MAX: never */
	bool fail_lasting;

	struct hosted_lock report_lock; /* held with signals blocked */
	bool has_report;
	struct pcpu_report report;

	bool *cpu_taken; /* [nr_cpu_ids]; atomic */
};

/* --- hosted_region.c: all with region_lock held -------------------------------------------- */

/* The books of a mapping to be, of so many bytes, and room for them in the table, without which
   nothing is reserved. NULL: no memory. region_lock need not be held. */
struct hosted_region *hosted_region_create(uint64_t bytes);
/* Gives books and mapping back; where the kernel refuses, that is kept for later. mapping.low 0:
   there is no mapping. */
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

/* Reserves addresses with guards around them and no access: aligned, where the kernel likes. At
   most 2^62 bytes; *mapping was all zero. */
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

/* Finds the limit of an instance; root: a folder before /proc and its like, "" in earnest. False:
   it cannot be found out now. */
bool hosted_limit_init(struct plat *plat, const char *root);
/* Lowers *bytes to the least memory limit of this process's cgroups, if any. False: cannot be
   read. */
bool hosted_cgroup_limit(const char *root, uint64_t *bytes);
/* Pages that the limit leaves. */
uint64_t hosted_limit_left(const struct plat *plat);
/* Under region_lock. False: over the limit. */
bool hosted_pages_book(struct plat *plat, uint64_t nr);
void hosted_pages_unbook(struct plat *plat, uint64_t nr);

/* --- hosted_place.c ------------------------------------------------------------------------ */

/* Seeds the places of a platform from config.seed, or from the kernel. */
void hosted_place_init(struct plat *plat);
/* Under region_lock: hosted_reserve() at the next place. *mapping was all zero. Refused:
   mapping->low is 0, or there is a mapping to be destroyed. */
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
/* Gives a child of fork(2) its worker; without a thread the kick stays pending. May sleep. */
void hosted_worker_revive(struct plat *plat);
void hosted_worker_child(struct plat *plat);

/* --- hosted_postpone.c ------------------------------------------------------------------------ */

/* Frees what this thread's handlers could not. An inner lock was just given back. */
void hosted_postponed_run(void);

/* --- hosted_readers.c: any context ------------------------------------------------------------ */

/* Begins an epoch and returns its number; 0: the kernel refused, try again later. */
uint64_t hosted_epoch_begin(void);
/* Has every reader that began before the epoch left? Never waits. */
bool hosted_epoch_is_past(uint64_t epoch);
void hosted_readers_set_up(void);
void hosted_readers_thread_ends(void);
void hosted_readers_child(void);

/* --- hosted_defer.c --------------------------------------------------------------------------- */

/* Calls release(deferred) once the readers of now have left, from some later call. */
void hosted_defer(struct plat *plat, struct hosted_deferred *deferred,
		  void (*release)(struct hosted_deferred *));
/* Releases what may be released by now. */
void hosted_deferred_move(struct plat *plat);
/* Releases all: nobody reads. */
void hosted_deferred_release_all(struct plat *plat);

/* --- hosted_signal.c: any context ------------------------------------------------------------ */

/* Blocks all signals of this thread. */
void hosted_signals_block(sigset_t *before);
void hosted_signals_restore(const sigset_t *before);
/* Writes to stderr. */
void hosted_say(const char *text);

/* --- hosted_fork.c ---------------------------------------------------------------------------- */

/* What the process needs once: handlers of fork(2), a key, readers. False: refused; try again. */
bool hosted_process_set_up(void);
void hosted_plats_add(struct plat *plat);
void hosted_plats_remove(struct plat *plat);
/* Is there such a platform? Then it acts (NULL: does nothing) on it, and it stays meanwhile. */
bool hosted_plats_with(struct plat *plat, uint64_t serial, void (*act)(struct plat *, uint32_t),
		       uint32_t argument);

/* --- hosted_thread.c -------------------------------------------------------------------------- */

bool hosted_thread_end_set_up(void);
/* What this thread holds is given back when it ends; false: no memory to remember that. */
bool hosted_at_thread_end(void);

/* --- hosted_cpu.c ----------------------------------------------------------------------------- */

extern struct hosted_lock hosted_machine_lock;
/* Is this thread a CPU of a platform that is there? */
bool hosted_am_cpu(void);
void hosted_cpu_thread_ends(void);
void hosted_cpus_child(struct plat *plat);

/* --- hosted_gs_x86.c, hosted_gs_none.c ------------------------------------------------------- */

/* This thread's GS base. Only where hosted_has_gs(). False: refused. */
bool hosted_set_gs(uintptr_t base);
uintptr_t hosted_get_gs(void);

/* hosted_cpu.c: is this thread a CPU of that platform? NULL: of none. */
bool hosted_is_cpu_of(const struct plat *plat);

#endif
