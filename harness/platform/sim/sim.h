/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim.h - the simulated platform: fake addresses, NUMA tags, a ledger of every page and
 * metadata byte, failure of the k-th call, lock order checks, fibers that may switch at every
 * platform call.
 *
 * Deterministic: no clock, no thread, no random but the given seed. Several may exist at once.
 * A broken contract (double give, unmap of unmapped, zero of unbacked memory, lock order, sleep
 * under the inner lock ...) is recorded as a fault: sim_fault() returns the first. The whole list
 * is sim_faults.def.
 *
 * Percpu addresses are numbers below 2^47 that nothing may dereference; contents are kept page
 * by page and read with lab_read(). Contents that nobody wrote read as SIM_POISON_BYTE, never
 * as zero, so that forgotten zeroing shows. Metadata blocks are real memory of their exact size
 * (ASan sees overruns) and are poisoned when freed.
 *
 * Failures: every fallible call of plat.h counts as one, and each page of plat_pages_map() as
 * one, so that k also stops a call half-way.
 */
#ifndef SIM_H
#define SIM_H

#include <pcpu/plat.h>
#include "harness/platform/lab_plat.h"

#define SIM_POISON_BYTE	     0xa5u /* contents of percpu memory that nobody wrote */
#define SIM_META_POISON_BYTE 0xdbu /* contents of freed metadata */

struct sim_config {
	const struct pcpu_topology *topology; /* kept by reference: outlives the platform */
	uint64_t pages_per_node; /* memory of each node in pages; 0: unlimited. Others help out. */
	uint64_t address_seed;	 /* where areas land: 0 ascending; else a permutation (group order
				    need not be address order) */
	uint64_t area_gap_bytes; /* between areas: large ones make the span check fail */
	uint64_t
		space_stride_bytes; /* least distance of a space from the one before, while there is
				       room; with an address_seed it means nothing */
	bool backwards;		 /* areas descend in address */
	uint32_t ready_bytes; /* of each unit, kept when its CPU is made ready; 0: none */
	uintptr_t static_start; /* of the allocator, where ready_bytes is not 0 */
	bool page_nodes_unknown; /* plat_page_node() cannot tell */
	uint32_t guard_bytes; /* at the end of each unit (plat_guard_bytes) */
	void (*on_event)(void *context, const struct pcpu_event *event); /* NULL: only noted */
	void *event_context;
	bool pages_zeroed; /* pages of plat_pages_map() are zero (plat_pages_zeroed) */
	bool no_barrier;   /* CPUs cannot be stopped (plat_cpus_barrier) */
	bool flush_needed; /* true in tests: unmapped pages stay taken until the flush, and mapped
				    ones may not be used before theirs */
};

struct plat *sim_create(const struct sim_config *config);
/* Frees everything. Does not check: sim_lost() does. */
void sim_destroy(struct plat *plat);
/* Back to the state after sim_create, keeping memory for speed (fuzzers). */
void sim_reset(struct plat *plat, const struct sim_config *config);

/* What is taken and not given back. */
struct sim_ledger {
	uint64_t pages, area_pages, spaces, meta_blocks, meta_bytes;
	uint64_t pages_awaiting_flush; /* among pages */
	uint64_t nr_calls;	       /* fallible calls so far */
	uint64_t nr_failed;	       /* made to fail */
	uint64_t nr_refused;	       /* of them, for want of memory or address space too */
	uint64_t meta_bytes_max;       /* the most meta_bytes, without what is deferred */
	uint64_t zeroed_bytes;	       /* by plat_zero() */
	uint64_t nr_flushes, flushed_bytes, nr_kicks, nr_events[PCPU_NR_EVENTS];
	uint64_t nr_misuses; /* plat_panic() */
};
void sim_ledger(struct plat *plat, struct sim_ledger *ledger);
/* NULL when nothing is held (after pcpu_destroy), else what is lost: a constant sentence. */
const char *sim_lost(struct plat *plat);
/* After set-up, with ready_bytes: NULL, or what is wrong with when and how CPUs were made ready;
   offsets: pcpu_offsets(). */
const char *sim_ready_wrong(struct plat *plat, const uintptr_t *offsets);
/* NULL, or the first broken contract: a constant sentence. Kept until sim_reset. */
const char *sim_fault(struct plat *plat);

/* The last nr events (newest last), copied out; layouts and texts are not kept. At most
   SIM_EVENTS_KEPT. */
#define SIM_EVENTS_KEPT 64
uint32_t sim_events(struct plat *plat, struct pcpu_event *events, uint32_t capacity);

/* Is the lock held by anyone; and how often it was taken since sim_reset: a number for each
   hold. */
bool sim_lock_is_held(struct plat *plat, enum plat_lock lock);
uint64_t sim_lock_holds(struct plat *plat, enum plat_lock lock);
/* How often the running fiber took the inner lock. */
uint64_t sim_my_holds(struct plat *plat);

/* From now on the caller (this fiber) is in atomic context, or no more: calls that may sleep
   are faults. */
void sim_set_atomic(struct plat *plat, bool atomic);

/*
 * Runs a function and catches the first failed assertion in it, also in fibers that it runs:
 * returns its text, or NULL when none failed. What was called is left where it stood: afterwards
 * only sim_destroy() and sim_reset() are safe. Outside of this a failed assertion is printed and
 * abort()s. Does not nest.
 */
const char *sim_catch_assert(void (*run)(void *argument), void *argument);

/* Makes the nr-th platform call from now on a failed assertion, so that an endless loop is reported
   instead of waited for. 0: no bound. Lasts until sim_reset(). */
void sim_limit_calls(struct plat *plat, uint64_t nr);

/* --- fibers ------------------------------------------------------------------------------ */

/*
 * Runs functions as fibers (own stacks of 64 KiB, one thread): at each platform call the seed may
 *     switch to another runnable fiber; a fiber that wants a taken lock waits. Returns false on
 *     deadlock (all wait): then only sim_reset() and sim_destroy() are safe. Fiber i is CPU i.
 *     rate: a switch happens at one call in `rate` (1: at every one). When chooser is not NULL it
 *     decides instead, at every call: which of the nr runnable fibers goes on, counted in order of
 *     their numbers.
 */
typedef void (*sim_fiber_fn)(void *argument);
bool sim_run_fibers(struct plat *plat, uint32_t nr, sim_fiber_fn functions[], void *arguments[],
		    uint64_t seed, uint32_t rate,
		    uint32_t (*chooser)(void *context, uint32_t nr_runnable), void *context);
/* Number of the fiber that runs, SIM_NO_FIBER outside fibers (also when a chooser is asked for the
   first). */
#define SIM_NO_FIBER UINT32_MAX
uint32_t sim_current_fiber(struct plat *plat);
/* Could it go on now: neither at its end nor in want of a lock that is held? For choosers. */
bool sim_fiber_runnable(struct plat *plat, uint32_t fiber);
/* In which one the assertion failed that sim_catch_assert() caught; SIM_NO_FIBER: in none. */
uint32_t sim_failed_fiber(struct plat *plat);
/* A switch point of a fiber's own making (does nothing outside fibers). */
void sim_yield(struct plat *plat);
/* How each fiber of the last sim_run_fibers() stood at its end, one line each: for reports
   of deadlocks. */
const char *sim_fiber_report(struct plat *plat);
/* Hash of the switches of the last sim_run_fibers(): equal for equal schedules. And how many
   there were. */
uint64_t sim_schedule_hash(struct plat *plat, uint64_t *nr_switches);

#endif
