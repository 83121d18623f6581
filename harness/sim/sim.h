/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sim.h - the simulated platform: fake addresses, NUMA tags, a ledger of every page and metadata byte,
 * failure of the k-th call, lock order checks, fibers that may switch at every platform call.
 *
 * Deterministic: no clock, no thread, no random but the given seed. Several may exist at once.
 * A broken contract (double give, unmap of unmapped, zero of unbacked memory, lock order, sleep under the inner
 * lock ...) is noted as a fault: sim_fault() tells the first.
 */
#ifndef SIM_H
#define SIM_H

#include "plat.h"
#include "world.h"

struct sim_config {
	const struct pcpu_topology *topology; /* kept by reference: outlives the platform */
	uint64_t pages_per_node; /* memory of each node in pages; 0: unlimited. Other nodes help out. */
	uint64_t address_seed;	 /* where areas land: 0 ascending; else a permutation (group order need not
				    be address order) */
	uint64_t area_gap_bytes; /* between areas: large ones make the span check fail */
	bool backwards;	      /* areas descend in address */
	bool flush_needed;	/* default true in tests: unmapped pages stay taken until the flush */
};

struct plat *sim_create(const struct sim_config *config);
/* Frees everything. Does not check: sim_lost() does. */
void sim_destroy(struct plat *plat);
/* Back to the state after sim_create, keeping memory for speed (fuzzers). */
void sim_reset(struct plat *plat, const struct sim_config *config);

/* What is taken and not given back. */
struct sim_ledger {
	uint64_t pages, area_pages, spaces, meta_blocks, meta_bytes;
	uint64_t pages_awaiting_flush;
	uint64_t nr_calls;	     /* fallible calls so far */
	uint64_t nr_failed;	     /* made to fail */
	uint64_t nr_flushes, flushed_bytes, nr_kicks, nr_events[PCPU_NR_EVENTS];
};
void sim_ledger(struct plat *plat, struct sim_ledger *ledger);
/* NULL when nothing is held (after pcpu_destroy), else what is lost: a constant sentence. */
const char *sim_lost(struct plat *plat);
/* NULL, or the first broken contract: a constant sentence. Kept until sim_reset. */
const char *sim_fault(struct plat *plat);

/* The last nr events (newest last), copied out; layouts and texts are not kept. */
uint32_t sim_events(struct plat *plat, struct pcpu_event *events, uint32_t room);

/* --- fibers ------------------------------------------------------------------------------ */

/*
 * Runs functions as fibers (own stacks, one thread): at each platform call the seed may switch to another
 * runnable fiber; a fiber that wants a taken lock waits. Returns false on deadlock (all wait).
 * Fiber i is CPU i. rate: a switch happens at one call in `rate` (1: at every one).
 * When chooser is not NULL it decides instead: which of the nr runnable fibers goes on.
 */
typedef void (*sim_fiber_fn)(void *argument);
bool sim_run_fibers(struct plat *plat, uint32_t nr, sim_fiber_fn functions[], void *arguments[],
		    uint64_t seed, uint32_t rate,
		    uint32_t (*chooser)(void *context, uint32_t nr_runnable), void *context);
/* A switch point of a fiber's own making (does nothing outside fibers). */
void sim_yield(struct plat *plat);

#endif
