/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * atomic.h - the core's atomics, all of them, each with its order and the reason for it. What a
 * lock guards needs none.
 */
#ifndef PCPU_ATOMIC_H
#define PCPU_ATOMIC_H

#include <pcpu/base.h>

/* ThreadSanitizer is to see atomic loads. Elsewhere two have a plain form, where that is the same
   access and fewer instructions (front/hit.c): of an atomic pointer load that is an acquire, which
   every load of x86-64 is, gcc makes three; of a byte's, clang makes two. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PCPU_TSAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define PCPU_TSAN 1
#endif
#if defined(__x86_64__) && !defined(PCPU_TSAN)
#define POINTER_FOLLOW_OWN(where) (*(void *volatile *)(void *)(where))
#else
#define POINTER_FOLLOW_OWN(where) pointer_follow((void *const *)(void *)(where))
#endif
#if defined(__clang__) && defined(__x86_64__) && !defined(PCPU_TSAN)
#define BYTE_LOAD(byte, order) (*(const volatile uint8_t *)(byte))
#else
#define BYTE_LOAD(byte, order) __atomic_load_n(byte, order)
#endif

/* The compiler takes the value for a new one here: what follows is not joined with what it made of
   the value before. No instruction. */
#define VALUE_ANEW(value) __asm__("" : "+r"(value))

/* A number that is written or read without the lock of its neighbours. A word: no counter needs an
   atomic of 64 bits, which small machines have not. Only the functions below touch the value. */
struct pcpu_counter {
	size_t value;
};
PCPU_STATIC_ASSERT(sizeof(struct pcpu_counter) == sizeof(void *), "a counter is one word");

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

/* --- the front (front/magazine.h): bytes and counts that their owner writes, and others read -- */

/* Relaxed: the byte alone matters. */
static inline uint8_t byte_read(const uint8_t *byte)
{
	return BYTE_LOAD(byte, __ATOMIC_RELAXED);
}

static inline void byte_write(uint8_t *byte, uint8_t value)
{
	__atomic_store_n(byte, value, __ATOMIC_RELAXED);
}

/* A byte that one has at a time. False: another has it. Acquire, for byte_unlock()'s release. */
static inline bool byte_try_lock(uint8_t *byte)
{
	return __atomic_exchange_n(byte, 1, __ATOMIC_ACQUIRE) == 0;
}

/* Release: who has it next sees what was written before. */
static inline void byte_unlock(uint8_t *byte)
{
	__atomic_store_n(byte, 0, __ATOMIC_RELEASE);
}

/* Acquire, for bytes_release(): the byte beside it is read as new as this one. */
static inline uint8_t byte_follow(const uint8_t *byte)
{
	return BYTE_LOAD(byte, __ATOMIC_ACQUIRE);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST_BYTE_SHIFT 0
#else
#define FIRST_BYTE_SHIFT 8
#endif

/* Two bytes that lie together: the first becomes this, the second 0, at once. Release, for
   byte_follow() of either. */
static inline void bytes_release(uint8_t *first, uint32_t value)
{
	uint16_t both = (uint16_t)(value << FIRST_BYTE_SHIFT);

	VALUE_ANEW(both);
	__atomic_store_n((uint16_t *)(void *)first, both, __ATOMIC_RELEASE);
}

/* Relaxed: a count that one thread writes and others read for statistics. */
static inline uint32_t count_read(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static inline void count_set(uint32_t *count, uint32_t value)
{
	__atomic_store_n(count, value, __ATOMIC_RELAXED);
}

/* Release and acquire: what belongs to the count is written before it, and read after it. */
static inline void count_publish(uint32_t *count, uint32_t value)
{
	__atomic_store_n(count, value, __ATOMIC_RELEASE);
}

static inline uint32_t count_follow(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* Relaxed, as counts. */
static inline void pointer_set(void **where, void *what)
{
	__atomic_store_n(where, what, __ATOMIC_RELAXED);
}

static inline void *pointer_read(void *const *where)
{
	return __atomic_load_n(where, __ATOMIC_RELAXED);
}

/* What the compiler may not move across; the processor may. */
static inline void compiler_fence(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
