/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_plat.h - what the files of the hosted platform share.
 *
 *	struct plat
 *	  regions	every mapping, who backs which page	hosted_region.c, _area.c, _space.c
 *	  outer, owner	the two locks				hosted_lock.c
 *	  meta_*	bytes and blocks held			hosted_meta.c
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

/* One mapping: an area of the first chunk, or the reserved addresses of a later one. */
struct hosted_region {
	uintptr_t start;
	uint64_t bytes;
	uint64_t *backed;   /* a bit a page: taken and reachable */
	uint64_t *awaiting; /* a bit a page: unmapped, given back by the flush that covers it */
	uint64_t nr_held;   /* pages with either bit */
	uint64_t nr_awaiting;
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
	uint64_t pages_held;

	pthread_mutex_t outer;
	const void *owner[2]; /* by enum plat_lock: its thread's mark, NULL: free; atomic */

	struct hosted_kick kick;

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

/* Books a mapping; NULL: no memory for the books. */
struct hosted_region *hosted_region_add(struct plat *plat, uintptr_t start, uint64_t bytes);
void hosted_region_remove(struct plat *plat, struct hosted_region *region);
/* The region that holds all of [address, address + bytes), or NULL. */
struct hosted_region *hosted_region_find(struct plat *plat, uintptr_t address, uint64_t bytes);
/* Index of an address's page in its region. */
static inline uint32_t hosted_page(const struct hosted_region *region, uintptr_t address)
{
	return (uint32_t)((address - region->start) / PCPU_PAGE_BYTES);
}

/* --- hosted_map.c ---------------------------------------------------------------------------- */

/* Reserves addresses, aligned, readable and writable but with nothing behind; 0: none. */
uintptr_t hosted_reserve(uint64_t bytes, uint64_t align);
void hosted_unreserve(uintptr_t address, uint64_t bytes);
/* Puts memory behind every page now, so that its lack shows here; all or nothing. */
bool hosted_back(uintptr_t address, uint64_t bytes);
/* Gives the memory behind back; the addresses stay reserved. */
void hosted_unback(uintptr_t address, uint64_t bytes);

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
