/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * atomic.h - the core's atomics, all of them, each with its order and the reason for it. What a
 * lock guards needs none.
 */
#ifndef PCPU_ATOMIC_H
#define PCPU_ATOMIC_H

#include <pcpu/base.h>

/* A number that is written or read without the lock of its neighbours. A word: no counter needs an
   atomic of 64 bits, which small machines have not. Only the functions below touch the value. */
struct pcpu_counter {
	size_t value;
};

/* Adds and returns the sum. Relaxed: the number alone matters, nothing is published by it. */
static inline size_t counter_add(struct pcpu_counter *counter, size_t n)
{
	return __atomic_add_fetch(&counter->value, n, __ATOMIC_RELAXED);
}

/* Relaxed: a snapshot, which orders nothing. */
static inline size_t counter_read(const struct pcpu_counter *counter)
{
	return __atomic_load_n(&counter->value, __ATOMIC_RELAXED);
}

/* For a counter with one writer at a time (a lock's holder), or one that may lose an update.
   Relaxed, and atomic only so that a reader never sees half a word. */
static inline void counter_set(struct pcpu_counter *counter, size_t value)
{
	__atomic_store_n(&counter->value, value, __ATOMIC_RELAXED);
}

/* Lets readers without a lock reach `what`. Release: what it points to is written before. */
static inline void pointer_publish(void **where, void *what)
{
	__atomic_store_n(where, what, __ATOMIC_RELEASE);
}

/* What was published there last. Acquire, for pointer_publish()'s release: what it points to is
   read as it was written before. */
static inline void *pointer_follow(void *const *where)
{
	return __atomic_load_n(where, __ATOMIC_ACQUIRE);
}

#endif
