/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_fork.c - makes fork(2) safe: in the child every lock is free and all data is consistent.
 *
 *	before	the list of platforms, then each platform's locks, in the order of hosted_plat.h
 *	parent	all released
 *	child	all free; readers, virtual CPUs and workers of other threads are removed
 *
 * R1  A lock that the forking thread holds already (in an event callback or a handler) stays held:
 *     in the child its owner is the thread's new id.
 * R2  When a lock is not acquired within WITHIN_MS, its owner may be waiting for one taken before:
 *     all are released, and taking starts again.
 * R3  No thread starts here: a child that calls exec at once does not need one.
 * R4  Between before and after, a handler on the forking thread finds locks that its own thread
 *     holds: its frees are postponed (hosted_postpone.c) and done at the end, in parent and child.
 */
#include <pthread.h>
#include <unistd.h>

#include "harness/platform/hosted/threads/hosted_futex.h"
#include "harness/platform/hosted/hosted_plat.h"

#define WITHIN_MS 10
#define NAP_NS	  50000

/* hosted_cpu.c's lock does not belong to a platform. */
static struct hosted_lock list_lock;
static struct plat *list; /* under list_lock */
static uint64_t nr_ever;  /* under list_lock: platforms so far */
static uint32_t nested;	  /* under list_lock: the handlers are registered twice, see set_up() */

/* --- the list --------------------------------------------------------------------------------- */

void hosted_plats_add(struct plat *plat)
{
	hosted_lock_take(&list_lock);
	plat->serial = ++nr_ever;
	plat->next = list;
	list = plat;
	hosted_lock_give(&list_lock);
}

void hosted_plats_remove(struct plat *plat)
{
	struct plat **at = &list;

	hosted_lock_take(&list_lock);
	while (*at != plat)
		at = &(*at)->next;
	*at = plat->next;
	hosted_lock_give(&list_lock);
}

bool hosted_plats_with(struct plat *plat, uint64_t serial, void (*act)(struct plat *, uint32_t),
		       uint32_t argument)
{
	struct plat *p;

	hosted_lock_take(&list_lock);
	for (p = list; p && (p != plat || p->serial != serial); p = p->next)
		;
	if (p && act)
		act(p, argument);
	hosted_lock_give(&list_lock);
	return p != NULL;
}

/* --- the locks -------------------------------------------------------------------------------- */

/* Returns lock i of a platform, in the order of taking; NULL: there are no more. */
static struct hosted_lock *lock_of(struct plat *plat, uint32_t i)
{
	struct hosted_lock *const locks[] = {
		&plat->lock[PLAT_LOCK_OUTER],
		&plat->kick.revival,
		&plat->region_lock,
		&plat->deferral.lock,
		&plat->meta_lock,
		&plat->report_lock,
		&plat->lock[PLAT_LOCK_INNER],
	};

	return i < sizeof(locks) / sizeof(locks[0]) ? locks[i] : NULL;
}

typedef void lock_function(struct hosted_lock *lock);

/* Calls act for each lock that take_all() took, or (taken false) that this thread held before. */
static void for_each(bool taken, lock_function *act)
{
	struct hosted_lock *lock;

	for (struct plat *plat = list; plat; plat = plat->next)
		for (uint32_t i = 0; (lock = lock_of(plat, i)) != NULL; i++)
			if ((plat->fork_took >> i & 1) == taken && hosted_lock_is_mine(lock))
				act(lock);
}

/* No CPU may be in the middle of a call on its magazines: in the child it would stay there. They
   are stopped behind the outer lock, before those that such a call may wait for. */
static void front_stop(struct plat *plat)
{
	plat->fork_stopped = plat->fronted && pcpu_cpus_stop(plat->fronted);
}

static void fronts_go(void)
{
	for (struct plat *plat = list; plat; plat = plat->next) {
		if (plat->fork_stopped)
			pcpu_cpus_go(plat->fronted);
		plat->fork_stopped = false;
	}
}

static bool plat_take(struct plat *plat)
{
	struct hosted_lock *lock;

	plat->fork_took = 0;
	for (uint32_t i = 0; (lock = lock_of(plat, i)) != NULL; i++) {
		if (i == 1)
			front_stop(plat);
		if (hosted_lock_is_mine(lock))
			continue;
		if (!hosted_lock_take_within(lock, WITHIN_MS))
			return false;
		plat->fork_took |= 1u << i;
	}
	return true;
}

static bool take_all(void)
{
	for (struct plat *plat = list; plat; plat = plat->next)
		plat->fork_took = 0;
	for (struct plat *plat = list; plat; plat = plat->next)
		if (!plat_take(plat))
			return false;
	return true;
}

/* --- the handlers ----------------------------------------------------------------------------- */

/* Other fork handlers may run while the locks are held, and may have cancellation points. */
static int cancel_state; /* of the forking thread, which holds list_lock */

static void before_fork(void)
{
	int state;

	if (hosted_lock_is_mine(&list_lock)) {
		nested++;
		return;
	}
	state = hosted_cancel_forbid();
	for (;;) {
		hosted_lock_take(&hosted_machine_lock);
		hosted_lock_take(&list_lock);
		if (take_all()) {
			cancel_state = state;
			return;
		}
		fronts_go();
		for_each(true, hosted_lock_give);
		hosted_lock_give(&list_lock);
		hosted_lock_give(&hosted_machine_lock);
		hosted_nap(NAP_NS);
	}
}

static void after_fork_parent(void)
{
	int state = cancel_state;

	if (nested) {
		nested--;
		return;
	}
	fronts_go();
	for_each(true, hosted_lock_give);
	hosted_lock_give(&list_lock);
	hosted_lock_give(&hosted_machine_lock);
	if (hosted_thread.has_postponed)
		hosted_postponed_run();
	hosted_cancel_restore(state);
}

static void lock_free(struct hosted_lock *lock)
{
	lock->word = 0;
	hosted_call_end();
}

static uint32_t child_id;

static void lock_adopt(struct hosted_lock *lock)
{
	lock->word = child_id;
}

/* Resets the old id last: it identifies the locks that this thread holds. */
static void after_fork_child(void)
{
	uint32_t old_id = hosted_thread.id;

	if (nested) {
		nested--;
		return;
	}
	hosted_thread.id = 0;
	child_id = hosted_thread_id();
	hosted_thread.id = old_id;
	for (struct plat *plat = list; plat; plat = plat->next)
		hosted_cpus_child(plat);
	fronts_go();
	for_each(false, lock_adopt);
	for_each(true, lock_free);
	lock_free(&list_lock);
	lock_free(&hosted_machine_lock);
	hosted_thread.id = child_id;
	hosted_readers_child();
	for (struct plat *plat = list; plat; plat = plat->next) {
		hosted_worker_child(plat);
	}
	if (hosted_thread.has_postponed)
		hosted_postponed_run();
	hosted_cancel_restore(cancel_state);
}

/* --- set-up ----------------------------------------------------------------------------------- */

/*
 * Runs once in a process, by the first platform; a step that was refused is tried again by the
 * next. The word is the id of the process that does it: a child forked meanwhile does not wait for
 * its parent, and may register the handlers twice.
 */
static bool set_up(void)
{
	static bool has_handlers;

	hosted_readers_set_up();
	hosted_barrier_set_up();
	if (!has_handlers)
		has_handlers = pthread_atfork(before_fork, after_fork_parent,
					      after_fork_child) == 0;
	return has_handlers && hosted_thread_end_set_up();
}

bool hosted_process_set_up(void)
{
	static uint32_t process;
	static bool is_done;
	uint32_t self = (uint32_t)getpid(), found;

	if (__atomic_load_n(&is_done, __ATOMIC_ACQUIRE))
		return true;
	found = 0;
	while (!__atomic_compare_exchange_n(&process, &found, self, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (found == self) {
			hosted_nap(NAP_NS);
			found = 0;
		}
	}
	__atomic_store_n(&is_done, set_up(), __ATOMIC_RELEASE);
	__atomic_store_n(&process, 0, __ATOMIC_RELEASE);
	return __atomic_load_n(&is_done, __ATOMIC_RELAXED);
}
