/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_readers.c - lock-free readers, and waiting until earlier ones have left: epochs (Fraser,
 * "Practical lock-freedom", 2004), with the readers' barrier moved to the rare side by
 * membarrier(2).
 *
 *	thread's record  [ epoch at the outermost begin | how deep ]  [ times claimed | thread ]
 *	wait for epoch e: each record is outside, or began at e or later
 *
 * Why no library: liburcu (its README) wants all readers of the memb flavour unregistered before a
 * fork(2), allows none in a handler on a thread that is not registered, and ends the process
 * without memory or a thread; all three happen here.
 *
 * R1  A record belongs to one thread, and outlives it: no memory of the thread is read. It is
 *     claimed by a compare-and-exchange, so a handler may be the first reader of its thread. Claims
 *     are counted: when two threads find the record of an ended thread whose id one of them has
 *     now, only one gets it.
 * R2  begin and end are one store each: a handler in between finds a consistent state, and restores
 *     the depth that it found.
 * R3  A thread without a record uses one shared counter, which is slower. So do all threads if the
 *     kernel has no membarrier(2).
 * R4  No call waits: deferred frees check again later (hosted_defer.c).
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"

#define DEPTH_BITS 16
#define DEPTH_MASK ((UINT64_C(1) << DEPTH_BITS) - 1)
#define CLAIM	   (UINT64_C(1) << 32) /* above a thread's id */

struct record {
	uint64_t state; /* atomic: epoch << DEPTH_BITS | depth; written by its thread alone */
	uint64_t owner; /* atomic: claims so far << 32 | the owner's thread id; 0: unowned */
} __attribute__((aligned(64)));

#define NR_RECORDS 63

struct block {
	struct block *next; /* atomic; blocks are only added */
	struct record record[NR_RECORDS];
};

static struct block first_block;
static uint64_t epoch = 1;	   /* atomic */
static uint64_t nr_without_record; /* atomic: current readers without a record (R3) */
static bool has_membarrier;	   /* atomic */

static __thread struct record *mine __attribute__((tls_model("initial-exec")));
static __thread uint32_t my_counted; /* how often this thread counts in nr_without_record */

static bool is_alive(uint32_t thread)
{
	int saved = errno;
	bool alive = syscall(SYS_tgkill, getpid(), thread, 0) == 0 || errno != ESRCH;

	errno = saved;
	return alive;
}

/* --- records ---------------------------------------------------------------------------------- */

static uint32_t thread_of(uint64_t owner)
{
	return (uint32_t)owner;
}

/* Returns the same claims without an owner. */
static uint64_t owner_none(uint64_t owner)
{
	return owner - thread_of(owner);
}

static bool record_claim(struct record *record, uint64_t from)
{
	return __atomic_compare_exchange_n(&record->owner, &from,
					   (owner_none(from) + CLAIM) | hosted_thread_id(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Returns an unowned record or (of_the_dead) one whose thread has ended; one with this thread's id
   belongs to an earlier thread of that id. */
static struct record *record_find(bool of_the_dead)
{
	for (struct block *b = &first_block; b; b = __atomic_load_n(&b->next, __ATOMIC_ACQUIRE))
		for (uint32_t i = 0; i < NR_RECORDS; i++) {
			struct record *record = &b->record[i];
			uint64_t owner = __atomic_load_n(&record->owner, __ATOMIC_RELAXED);
			uint32_t of = thread_of(owner);

			if (of && of != hosted_thread_id() && (!of_the_dead || is_alive(of)))
				continue;
			if (record_claim(record, owner))
				return record;
		}
	return NULL;
}

/* Adds a block and takes its first record; NULL without memory. */
static struct record *block_add(void)
{
	struct block *block = mmap(NULL, sizeof(*block), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (block == MAP_FAILED)
		return NULL;
	(void)record_claim(&block->record[0], 0);
	block->next = __atomic_load_n(&first_block.next, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&first_block.next, &block->next, block, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return &block->record[0];
}

/* Call it with signals blocked, so that a handler does not take a second record. */
static __attribute__((noinline)) void record_take(void)
{
	sigset_t before;

	if (!__atomic_load_n(&has_membarrier, __ATOMIC_RELAXED))
		return;
	hosted_signals_block(&before);
	if (!mine)
		mine = record_find(false);
	if (!mine)
		mine = record_find(true);
	if (!mine)
		mine = block_add();
	if (mine)
		__atomic_store_n(&mine->state, 0, __ATOMIC_RELAXED);
	hosted_signals_restore(&before);
}

/* Call it with signals blocked, so that a handler does not find a record with this thread's id. */
void hosted_readers_thread_ends(void)
{
	struct record *record;
	sigset_t before;

	hosted_signals_block(&before);
	record = mine;
	mine = NULL;
	if (record) {
		__atomic_store_n(&record->state, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&record->owner, owner_none(record->owner), __ATOMIC_RELEASE);
	}
	hosted_signals_restore(&before);
}

/* --- readers ---------------------------------------------------------------------------------- */

static __attribute__((noinline)) void begin_without_record(void)
{
	my_counted++;
	__atomic_add_fetch(&nr_without_record, 1, __ATOMIC_SEQ_CST);
}

static __attribute__((noinline)) void end_without_record(void)
{
	PCPU_ASSERT(my_counted > 0);
	my_counted--;
	__atomic_sub_fetch(&nr_without_record, 1, __ATOMIC_SEQ_CST);
}

void plat_read_begin(struct plat *plat)
{
	uint64_t state;

	if (!mine)
		record_take();
	if (!mine) {
		begin_without_record();
		return;
	}
	state = __atomic_load_n(&mine->state, __ATOMIC_RELAXED);
	state = state & DEPTH_MASK ?
			state + 1 :
			__atomic_load_n(&epoch, __ATOMIC_ACQUIRE) << DEPTH_BITS | 1;
	__atomic_store_n(&mine->state, state, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* pairs with barrier_all() */
}

/* Ends the innermost section first: a section with a record began after one without. */
void plat_read_end(struct plat *plat)
{
	uint64_t state = mine ? __atomic_load_n(&mine->state, __ATOMIC_RELAXED) : 0;

	if (state & DEPTH_MASK)
		__atomic_store_n(&mine->state, state - 1, __ATOMIC_RELEASE);
	else
		end_without_record();
}

/* --- epochs ----------------------------------------------------------------------------------- */

/* Makes every thread of the process execute a full barrier. False: the kernel refused. */
static bool barrier_all(void)
{
	int saved = errno;
	bool done = !__atomic_load_n(&has_membarrier, __ATOMIC_RELAXED) ||
		    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;

	errno = saved;
	return done;
}

uint64_t hosted_epoch_begin(void)
{
	uint64_t now = __atomic_add_fetch(&epoch, 1, __ATOMIC_SEQ_CST);

	return barrier_all() ? now : 0;
}

/* Returns whether a reader of an earlier epoch is inside. A thread that has ended is not. */
static bool is_inside(struct record *record, uint64_t since)
{
	uint64_t state = __atomic_load_n(&record->state, __ATOMIC_ACQUIRE);
	uint32_t thread = thread_of(__atomic_load_n(&record->owner, __ATOMIC_RELAXED));

	return state & DEPTH_MASK && state >> DEPTH_BITS < since && thread && is_alive(thread);
}

/* Reads the counter by adding 0: a reader that counts itself later sees all earlier stores. */
bool hosted_epoch_is_past(uint64_t since)
{
	if (since == 0 || __atomic_fetch_add(&nr_without_record, 0, __ATOMIC_SEQ_CST) != 0)
		return false;
	for (struct block *b = &first_block; b; b = __atomic_load_n(&b->next, __ATOMIC_ACQUIRE))
		for (uint32_t i = 0; i < NR_RECORDS; i++)
			if (is_inside(&b->record[i], since))
				return false;
	return true;
}

/* --- the process ----------------------------------------------------------------------------- */

/* has_membarrier never becomes false again: readers with a record rely on it. */
void hosted_readers_set_up(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
		__atomic_store_n(&has_membarrier, true, __ATOMIC_RELAXED);
}

/* In the child the other threads' records have no threads. */
void hosted_readers_child(void)
{
	for (struct block *b = &first_block; b; b = b->next)
		for (uint32_t i = 0; i < NR_RECORDS; i++) {
			struct record *record = &b->record[i];

			if (record == mine)
				record->owner = owner_none(record->owner) | hosted_thread_id();
			else
				*record = (struct record){0};
		}
	nr_without_record = my_counted;
	hosted_readers_set_up();
}
