/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_plat.h - shared by the files of the hosted platform.
 *
 *	struct plat
 *	  regions	every mapping, which pages are backed	hosted_region.c, _area.c, _space.c
 *	  pages_*	how many, and how many there may be	hosted_limit.c, hosted_kept.c
 *	  lock		the core's two				hosted_lock.c
 *	  meta_*	bytes and blocks held, their arenas	hosted_meta.c, hosted_arena.c
 *	  deferral	blocks freed after a grace period		hosted_defer.c
 *	  fail_*	which fallible call fails		hosted_fail.c
 *	  kick		the request for balance, its worker	hosted_worker.c
 *	  report	the last misuse				hosted_report.c
 *	  cpu_taken	which virtual CPUs have a thread	hosted_cpu.c
 *
 * Locks, in order: while holding one, take only those below it
 *
 *	machine_lock	hwloc's topology of this machine	hosted_cpu.c
 *	list_lock	all platforms of the process		hosted_fork.c
 *	OUTER		the core's; event callbacks come under it
 *	revival		a child's new worker			hosted_worker.c
 *	region_lock	mappings and their pages
 *	deferral.lock	blocks that wait for readers		hosted_defer.c
 *	meta_lock	the arena
 *	report_lock	the last misuse; all signals are blocked
 *	INNER		the core's; do not sleep while holding it
 *
 * L1  All are hosted_lock.h's: they inherit priority, and a thread that holds one is not cancelled.
 * L2  A handler may call pcpu_free(), an atomic pcpu_alloc() and lookups, which take INNER and
 *     report_lock and nothing else. When its own thread holds INNER, the allocation is refused and
 *     the free is postponed (hosted_postpone.c). Blocking signals under INNER instead would cost
 *     two system calls each time, many times what an allocation takes.
 * L3  Data that a handler shares without a lock is atomic: kicks, readers' records, accounts.
 * L4  fork(2) takes all of them, in this order, and they are free in the child (hosted_fork.c): add
 *     each new lock of a platform there.
 * L5  Nothing waits for readers (hosted_defer.c).
 */
#ifndef HOSTED_PLAT_H
#define HOSTED_PLAT_H

#include <pthread.h>
#include <signal.h>

#include <pcpu/bits.h>
#include "harness/platform/hosted/hosted.h"
#include "harness/platform/hosted/threads/hosted_lock.h"

#define HOSTED_GUARD_BYTES (16 * PCPU_PAGE_BYTES) /* least size on either side of a mapping */

/* Reserved addresses with a guard on either side (hosted_map.c). */
struct hosted_mapping {
	uintptr_t start; /* of the part that may be opened */
	uint64_t bytes;
	uintptr_t low, high;	     /* with the guards: the range to unmap */
	struct hosted_mapping *next; /* list of mappings that the kernel keeps (hosted_kept.c) */
};

/* An area of the first chunk, or the reserved addresses of a later one. */
struct hosted_region {
	struct hosted_mapping mapping; /* first member: it may outlive the rest */
	uint64_t *backed;   /* a bit per page: taken and accessible */
	uint64_t *awaiting; /* a bit per page: unmapped; given back by the flush that covers it */
	uint64_t *kept;	    /* a bit per page: given back by the core, refused by the kernel */
	uint64_t nr_held;   /* pages with one of the first two bits */
	uint64_t nr_awaiting, nr_kept;
	bool closes; /* pages given back become inaccessible too */
};

/* Blocks of memory in mappings of their own (hosted_arena.c). */
#define HOSTED_ARENA_CLASSES 64
struct hosted_arena {
	struct hosted_extent *extents;	     /* blocks are cut from these, newest first */
	struct hosted_extent *large;	     /* one block each */
	void *free[HOSTED_ARENA_CLASSES];    /* by class; each block starts with the next pointer */
};

struct hosted_kick {
	struct pcpu *pcpu; /* atomic: the allocator to balance */
	uint32_t nr_kicks; /* atomic, a futex: kicks so far */
	uint32_t nr_done;  /* atomic, a futex: kicks that are done */
	uint32_t is_asleep; /* atomic: the worker sleeps, or is about to */
	bool stop;	    /* atomic */
	bool has_worker;    /* atomic */
	bool is_orphan;	    /* atomic: this is a child of fork(2) without a worker yet */
	struct hosted_lock revival; /* held while a child's worker is started */
	pthread_t worker;
};

/* Header of a deferred block. */
struct hosted_deferred {
	struct hosted_deferred *next;
	void (*release)(struct hosted_deferred *deferred);
};

struct hosted_deferral {
	struct hosted_lock lock;
	struct hosted_deferred *fresh, *waiting;
	uint32_t nr_fresh;
	uint64_t epoch; /* epoch that must be past for the waiting blocks; 0: none has begun */
};

struct plat {
	struct hosted_config config;
	bool nodes_are_real; /* bind_memory, and all nodes of the topology are this machine's */

	struct hosted_lock region_lock; /* for the table and every region */
	struct hosted_region **regions; /* [nr_regions] by address */
	size_t nr_regions, regions_room;
	uint64_t pages_held;   /* held by the core */
	uint64_t pages_booked; /* held or kept: these count against the limit */
	uint64_t pages_kept;   /* atomic */
	bool limit_is_shared;  /* config.page_limit is shared by all instances of the process */

	/* Places of chunks, under region_lock (hosted_place.c). */
	uintptr_t lowest;     /* lowest address of the first chunk's areas so far */
	uintptr_t anchor;     /* later chunks go below it; 0: there are none yet */
	uintptr_t next_below; /* the next chunk goes below it; 0: any place */
	uint64_t random;

	struct hosted_lock lock[2]; /* by enum plat_lock */
	struct hosted_deferral deferral;
	struct hosted_kick kick;

	struct hosted_lock meta_lock; /* the arena */
	struct hosted_arena arena;

	struct plat *next;  /* list of all platforms of this process */
	uint64_t serial;    /* unique among platforms */
	bool fork_stopped;  /* a fork in progress has stopped the CPUs of `fronted` */
	uint32_t fork_took; /* a bit for each lock that a fork in progress has taken */

	uint64_t meta_bytes, meta_blocks; /* atomic */
	uint64_t nr_fallible;		  /* atomic: calls so far */
	uint64_t fail_at;		  /* atomic; UINT64_MAX: never */
	bool fail_lasting;

	struct hosted_lock report_lock; /* take it with signals blocked */
	bool has_report;
	struct pcpu_report report;

	bool *cpu_taken; /* [nr_cpu_ids]; atomic */
	struct pcpu *fronted; /* the allocator, while it has a front; under OUTER */
};

/* --- hosted_region.c: all with region_lock held -------------------------------------------- */

/* Allocates the record of a mapping of so many bytes, and a place in the table, before anything is
   reserved. NULL without memory. region_lock need not be held. */
struct hosted_region *hosted_region_create(uint64_t bytes);
/* Frees the record and the mapping; keeps a mapping that the kernel refuses to take back.
   mapping.low 0: there is no mapping. */
void hosted_region_destroy(struct hosted_region *region);
/* Adds a region with its mapping. Returns false without memory for the table. */
bool hosted_region_add(struct plat *plat, struct hosted_region *region);
void hosted_region_remove(struct plat *plat, struct hosted_region *region);
/* Returns the region that contains all of [address, address + bytes), or NULL. */
struct hosted_region *hosted_region_find(struct plat *plat, uintptr_t address, uint64_t bytes);
/* Returns the index of an address's page in its region. */
static inline uint32_t hosted_page(const struct hosted_region *region, uintptr_t address)
{
	return (uint32_t)((address - region->mapping.start) / PCPU_PAGE_BYTES);
}

/* --- hosted_map.c: false: the kernel refused, and nothing has changed ---------------------- */

/* Reserves inaccessible, aligned addresses with guards around them; the kernel chooses the place.
   At most 2^62 bytes; zero *mapping before. */
bool hosted_reserve(uint64_t bytes, uint64_t align, struct hosted_mapping *mapping);
/* Does the same at `start`. Refused: mapping->low is 0, or there is a mapping to be destroyed. */
bool hosted_reserve_at(uintptr_t start, uint64_t bytes, struct hosted_mapping *mapping);
/* Unmaps all of it, including the guards. */
bool hosted_unreserve(const struct hosted_mapping *mapping);
/* Makes a part readable and writable. */
bool hosted_open(uintptr_t address, uint64_t bytes);
bool hosted_close(uintptr_t address, uint64_t bytes);
/* Populates every page now, so that a shortage shows here. Refused: some pages may be populated. */
bool hosted_back(uintptr_t address, uint64_t bytes);
/* Gives the memory back, also when locked; the addresses stay reserved. Refused: some of it may
   still be there. */
bool hosted_unback(uintptr_t address, uint64_t bytes);

/* --- hosted_kept.c ------------------------------------------------------------------------- */

/* Call it under region_lock. Gives pages [from, to) of the region, which the core has released, to
   the kernel; pages that it refuses stay booked and are kept. */
void hosted_pages_give(struct plat *plat, struct hosted_region *region, uint32_t from, uint32_t to);
/* Call it under region_lock. Clears the kept bits of [from, to). The pages stay booked. */
void hosted_pages_unkeep(struct plat *plat, struct hosted_region *region, uint32_t from,
			 uint32_t to);
/* Call it under region_lock. Offers kept pages to the kernel again. */
void hosted_pages_retry(struct plat *plat);
/* Keeps a mapping that could not be unmapped; it must be the first member of a malloc'ed object. */
void hosted_keep(struct hosted_mapping *mapping);
/* Tries to unmap these again. Any thread. */
void hosted_kept_retry(void);

/* --- hosted_limit.c, hosted_cgroup.c ------------------------------------------------------- */

/* Finds the limit of an instance; root: a prefix for /proc and similar paths, for tests; else "".
   False: it cannot be found now. */
bool hosted_limit_init(struct plat *plat, const char *root);
/* Lowers *bytes to the least memory limit of this process's cgroups, if any. False: it cannot be
   read. */
bool hosted_cgroup_limit(const char *root, uint64_t *bytes);
/* Returns how many pages the limit still allows. */
uint64_t hosted_limit_left(const struct plat *plat);
/* Call it under region_lock. Books nr pages. Returns false when that exceeds the limit. */
bool hosted_pages_book(struct plat *plat, uint64_t nr);
void hosted_pages_unbook(struct plat *plat, uint64_t nr);

/* --- hosted_place.c ------------------------------------------------------------------------ */

/* Seeds the places of a platform from config.seed, or from the kernel. */
void hosted_place_init(struct plat *plat);
/* Call it under region_lock. Does hosted_reserve() at the next place; zero *mapping before.
   Refused: mapping->low is 0, or there is a mapping to be destroyed. */
bool hosted_place(struct plat *plat, uint64_t bytes, uint64_t align,
		  struct hosted_mapping *mapping);
/* Call it when the first chunk is complete: later places are random. */
void hosted_place_later(struct plat *plat);

/* --- hosted_arena.c: all under a lock of the caller's -------------------------------------- */

/* Returns a zeroed block, aligned to 64; NULL without memory. */
void *hosted_arena_alloc(struct hosted_arena *arena, size_t bytes);
void hosted_arena_free(struct hosted_arena *arena, void *memory, size_t bytes);
/* Frees every block. */
void hosted_arena_finish(struct hosted_arena *arena);
/* Visits the memory that contains blocks, used or not. */
void hosted_arena_visit(const struct hosted_arena *arena,
			void (*visit)(void *context, const void *memory, size_t bytes),
			void *context);

/* --- hosted_node.c --------------------------------------------------------------------------- */

/* Returns whether every node of the topology is a node of this machine. */
bool hosted_nodes_exist(const struct pcpu_topology *topology);
/* Binds memory near cpu; call it before the first touch. */
void hosted_bind(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu);
/* Returns whether all of it lies on cpu's node, as far as the kernel reports. */
bool hosted_is_local(struct plat *plat, uintptr_t address, uint64_t bytes, uint32_t cpu);

/* --- hosted_fail.c --------------------------------------------------------------------------- */

/* Counts one fallible call (a page is one). Returns whether it has to fail. */
bool hosted_is_to_fail(struct plat *plat);

/* --- hosted_worker.c -------------------------------------------------------------------------- */

/* Returns false when no thread can be created. */
bool hosted_worker_start(struct plat *plat);
/* Starts the worker of a child of fork(2); without a thread the kick stays pending. May sleep. */
void hosted_worker_revive(struct plat *plat);
void hosted_worker_child(struct plat *plat);

/* --- hosted_postpone.c ------------------------------------------------------------------------ */

/* Frees what this thread's handlers could not. Call it after releasing an inner lock. */
void hosted_postponed_run(void);

/* --- hosted_readers.c: any context ------------------------------------------------------------ */

/* Begins an epoch and returns its number; 0: the kernel refused, try again later. */
uint64_t hosted_epoch_begin(void);
/* Returns whether every reader that began before the epoch has left. Never waits. */
bool hosted_epoch_is_past(uint64_t epoch);
void hosted_readers_set_up(void);
void hosted_readers_thread_ends(void);
void hosted_readers_child(void);

/* --- hosted_defer.c --------------------------------------------------------------------------- */

/* Calls release(deferred) after all current readers have left, during some later call. */
void hosted_defer(struct plat *plat, struct hosted_deferred *deferred,
		  void (*release)(struct hosted_deferred *));
/* Releases blocks whose readers have left. */
void hosted_deferred_move(struct plat *plat);
/* Releases all blocks. Call it when there are no readers. */
void hosted_deferred_release_all(struct plat *plat);

/* --- hosted_signal.c: any context ------------------------------------------------------------ */

/* Blocks all signals of this thread. */
void hosted_signals_block(sigset_t *before);
void hosted_signals_restore(const sigset_t *before);
/* Writes to stderr. */
void hosted_say(const char *text);

/* --- hosted_fork.c ---------------------------------------------------------------------------- */

/* Sets up what the process needs once: handlers of fork(2), a key, readers. Returns false when
   refused; try again. */
bool hosted_process_set_up(void);
void hosted_plats_add(struct plat *plat);
void hosted_plats_remove(struct plat *plat);
/* If that platform still exists, calls act (unless NULL) on it; it is not destroyed meanwhile.
   Returns whether it exists. */
bool hosted_plats_with(struct plat *plat, uint64_t serial, void (*act)(struct plat *, uint32_t),
		       uint32_t argument);

/* --- hosted_thread.c -------------------------------------------------------------------------- */

bool hosted_thread_end_set_up(void);
/* Makes a destructor release what this thread holds when it ends. Returns false without memory. */
bool hosted_at_thread_end(void);

/* --- hosted_cpu.c ----------------------------------------------------------------------------- */

extern struct hosted_lock hosted_machine_lock;
/* Returns whether this thread is a CPU of an existing platform. */
bool hosted_am_cpu(void);
void hosted_cpu_thread_ends(void);
void hosted_cpus_child(struct plat *plat);
/* hosted_barrier.c: registers the process, once. */
void hosted_barrier_set_up(void);

/* --- hosted_gs_x86.c, hosted_gs_none.c ------------------------------------------------------- */

/* Sets this thread's GS base. Call it only if hosted_has_gs(). Returns false when refused. */
bool hosted_set_gs(uintptr_t base);
uintptr_t hosted_get_gs(void);

/* hosted_cpu.c: returns whether this thread is a CPU of that platform. NULL: of none. */
bool hosted_is_cpu_of(const struct plat *plat);

#endif
