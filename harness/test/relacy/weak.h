/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak.h - the core's own objects under a weak memory model: three threads of Relacy, each a CPU.
 *
 *	the core, -fsanitize=thread	each access is a call of __tsan_*()
 *	weak_calls.c			those calls
 *	weak_memory.cc, weak_turns.h	accesses by Relacy: which thread goes on, which value an
 *					atomic load sees, whether two plain accesses are a race
 *	weak_plat.c			the platform: locks, barrier, memory in one arena
 *	weak_claims.c, weak_stops.c,	what the threads do, and what must hold (weak_fixture.h)
 *	weak_records.c
 *
 * W1  What is under test is core/ as it is: the compiler puts the calls in, with the orders that
 *     atomic.h gives. No sanitizer's run time is linked. The platform is a model.
 * W2  An iteration starts from a snapshot of the arena, taken after the case's set-up. Only what
 *     lies in the arena is looked at; constants and stacks are nobody else's.
 * W3  A plain access that is not ordered with another thread's by happens-before is reported as a
 *     race, so a plain load sees the last store always. A relaxed store may also come later than
 *     the plain accesses and loads behind it, until a fence, for the compiler too, or a store with
 *     release: else the barrier of M2 (magazine.h), which makes a processor only finish what it has
 *     begun, would do for the fence of the compiler.
 * W4  Two bytes stored at once are two stores that no other thread comes between; who sees one of
 *     them, with acquire, sees both. A load sees the last value of an atomic or one of the two
 *     before. Release sequences are those of C++20.
 * W5  A schedule is a random one: what breaks is found by chance, what holds is not proved. No load
 *     sees a store that its own thread makes later.
 *
 * A race is reported with its places in the code: addr2line -fie PROGRAM PLACE.
 */
#ifndef WEAK_H
#define WEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEAK_NR_THREADS 3

#ifdef __cplusplus
extern "C" {
#endif

/* --- a case ----------------------------------------------------------------------------------- */

struct weak_case {
	const char *name;
	const char *says;
	void (*set_up)(void);		      /* once; no thread runs, nothing is checked */
	void (*thread[WEAK_NR_THREADS])(void); /* NULL: this one does nothing */
	void (*after)(void);		      /* all threads have ended */
};

/* Runs it from schedule 1 (its random numbers' seed) to the last, or to the first that breaks.
   Returns NULL, or what broke, until the next call; *nr: schedules that were run. */
const char *weak_run(const struct weak_case *run, uint64_t last, uint64_t *nr);

/* --- for cases and the platform: what the running thread does --------------------------------- */

/* 0..WEAK_NR_THREADS-1; in set-up and after() what weak_thread_set() chose. */
uint32_t weak_thread(void);
void weak_thread_set(uint32_t thread);
/* A number below n, which the schedule chooses. */
uint32_t weak_choose(uint32_t n);
/* Ends this schedule, which has broken. Does not return while threads run. */
void weak_fail(const char *sentence);
/* Lets another thread go on. */
void weak_yield(void);
/* Plain accesses by code that no compiler has put calls into. */
void weak_read(const void *from, size_t bytes);
void weak_write(void *to, size_t bytes);

/* Two locks, numbered as enum plat_lock. */
void weak_lock(uint32_t lock);
void weak_unlock(uint32_t lock);
bool weak_lock_held(uint32_t lock);
/* Every thread executes a full memory barrier, one after the other. */
void weak_barrier_all(void);
/* What happened before a give is seen after a take: of read sections (plat.h). */
enum weak_order { WEAK_READERS_LEFT, WEAK_FREED, WEAK_NR_ORDERS };
void weak_order_give(enum weak_order order);
void weak_order_take(enum weak_order order);
/* weak_write() by somebody who has seen all that was given; the caller does not see it. */
void weak_write_after_all(void *to, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
