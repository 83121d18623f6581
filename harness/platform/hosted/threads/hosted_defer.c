/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_defer.c - frees blocks after their readers have left: two lists.
 *
 *	hosted_defer -> fresh --an epoch begins--> waiting --its readers have left--> released
 *
 * There is no extra thread and no waiting. The lists move on after every BATCH blocks, after each
 * balance of the worker, and on a shortage of memory; blocks that must wait longer are tried next
 * time. hosted_destroy() releases all at once, since no call may be under way then (pcpu.h).
 */
#include "harness/platform/hosted/hosted_plat.h"

#define BATCH 16u

/* Call it under the lock. Returns the blocks to release now; NULL: none. */
static struct hosted_deferred *lists_move(struct hosted_deferral *deferral)
{
	struct hosted_deferred *past = NULL;

	if (deferral->waiting && hosted_epoch_is_past(deferral->epoch)) {
		past = deferral->waiting;
		deferral->waiting = NULL;
	}
	if (!deferral->waiting && deferral->fresh) {
		deferral->waiting = deferral->fresh;
		deferral->fresh = NULL;
		deferral->nr_fresh = 0;
		deferral->epoch = hosted_epoch_begin();
	} else if (deferral->waiting && deferral->epoch == 0) {
		deferral->epoch = hosted_epoch_begin();
	}
	if (past || !deferral->waiting || !hosted_epoch_is_past(deferral->epoch))
		return past;
	past = deferral->waiting;
	deferral->waiting = NULL;
	return past;
}

/* Call it under the lock, so that a fork finds no block that is on no list and not yet freed. */
static void release_all(struct hosted_deferred *deferred)
{
	while (deferred) {
		struct hosted_deferred *next = deferred->next;

		deferred->release(deferred);
		deferred = next;
	}
}

void hosted_defer(struct plat *plat, struct hosted_deferred *deferred,
		  void (*release)(struct hosted_deferred *))
{
	struct hosted_deferral *deferral = &plat->deferral;
	struct hosted_deferred *past = NULL;

	deferred->release = release;
	hosted_lock_take(&deferral->lock);
	deferred->next = deferral->fresh;
	deferral->fresh = deferred;
	if (++deferral->nr_fresh >= BATCH)
		past = lists_move(deferral);
	release_all(past);
	hosted_lock_give(&deferral->lock);
}

void hosted_deferred_move(struct plat *plat)
{
	struct hosted_deferred *past;

	hosted_lock_take(&plat->deferral.lock);
	past = lists_move(&plat->deferral);
	release_all(past);
	hosted_lock_give(&plat->deferral.lock);
}

void hosted_deferred_release_all(struct plat *plat)
{
	release_all(plat->deferral.waiting);
	release_all(plat->deferral.fresh);
	plat->deferral.waiting = plat->deferral.fresh = NULL;
}
