/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_rcu.c - readers without a lock and frees after a grace period, by liburcu (memb flavour).
 *
 * A reader that is not registered is silently unprotected, so every thread registers itself on its
 * first use and unregisters when it ends. A fork takes the frees that are under way along.
 */
#include <urcu/urcu-memb.h>

#include "hosted_plat.h"

_Static_assert(sizeof(struct rcu_head) <= sizeof(((struct hosted_deferred *)0)->link),
	       "the grace period's link fits");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;
static __thread bool is_registered;

static void thread_unregister(void *unused)
{
	urcu_memb_unregister_thread();
	is_registered = false;
}

static void set_up(void)
{
	PCPU_ASSERT(pthread_key_create(&at_thread_end, thread_unregister) == 0);
	PCPU_ASSERT(pthread_atfork(urcu_memb_call_rcu_before_fork,
				   urcu_memb_call_rcu_after_fork_parent,
				   urcu_memb_call_rcu_after_fork_child) == 0);
}

static void thread_register(void)
{
	pthread_once(&once, set_up);
	urcu_memb_register_thread();
	is_registered = true;
	/* Any value but NULL makes the destructor run. */
	PCPU_ASSERT(pthread_setspecific(at_thread_end, &is_registered) == 0);
}

void hosted_read_begin(void)
{
	if (!is_registered)
		thread_register();
	urcu_memb_read_lock();
}

void hosted_read_end(void)
{
	urcu_memb_read_unlock();
}

/* The link is the first member, so its address is the deferred block's. */
static void release(struct rcu_head *link)
{
	struct hosted_deferred *deferred = (struct hosted_deferred *)(void *)link;

	deferred->release(deferred);
}

void hosted_defer(struct hosted_deferred *deferred, void (*then)(struct hosted_deferred *))
{
	if (!is_registered)
		thread_register();
	deferred->release = then;
	urcu_memb_call_rcu((struct rcu_head *)(void *)deferred->link, release);
}

void hosted_rcu_barrier(void)
{
	if (!is_registered)
		thread_register();
	urcu_memb_barrier();
}
