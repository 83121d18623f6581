/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_torture.c - real threads on the hosted platform; also what the ThreadSanitizer flavour runs.
 *
 *	CPU threads	allocate, look for zeroes on every copy, write, verify, free
 *	readers		look up pointers without a lock while their chunks come and go
 *	worker		balances: destroys chunks and replaces maps under both
 *
 * Amounts of work are fixed, not time; the walker runs when all have ended.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

#define NR_CPU_THREADS 4
#define NR_READERS 2
#define NR_HELD 24 /* objects that one thread holds at most */
#define NR_STEPS 6000

struct object {
	struct pcpu_ptr pointer;
	uint32_t bytes;
	unsigned char mark;
};

struct torture {
	struct hosted_fixture fixture;
	bool atomic; /* half of the requests may not sleep */
	uintptr_t published[NR_CPU_THREADS]; /* atomic: each thread's last pointer, for readers */
	bool stop;			     /* atomic */
	const char *wrong;		     /* atomic: the first thing that was */
};

struct actor {
	struct torture *torture;
	uint32_t index, cpu;
	uint64_t random;
	struct object held[NR_HELD];
	uint64_t nr_lookups_hit;
};

/* Notes the first mistake; threads may not leave a test by themselves. */
static void note(struct torture *torture, const char *wrong)
{
	const char *none = NULL;

	__atomic_compare_exchange_n(&torture->wrong, &none, wrong, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
}

/* xorshift64 (Marsaglia, 2003) */
static uint64_t roll(struct actor *actor)
{
	actor->random ^= actor->random << 13;
	actor->random ^= actor->random >> 7;
	actor->random ^= actor->random << 17;
	return actor->random;
}

static unsigned char *copy_of(struct actor *actor, const struct object *object, uint32_t cpu)
{
	return (unsigned char *)pcpu_address(actor->torture->fixture.pcpu, object->pointer, cpu);
}

/* Does each CPU's copy hold this byte from end to end (first, last and a middle one)? */
static bool all_copies_are(struct actor *actor, const struct object *object, unsigned char mark)
{
	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++) {
		unsigned char *copy;

		if (cpu == 4)
			continue;
		copy = copy_of(actor, object, cpu);
		if (copy[0] != mark || copy[object->bytes / 2] != mark ||
		    copy[object->bytes - 1] != mark)
			return false;
	}
	return true;
}

static void object_make(struct actor *actor, struct object *object)
{
	struct torture *torture = actor->torture;
	uint64_t r = roll(actor);
	unsigned flags = torture->atomic && (r & 1) ? PCPU_ATOMIC : 0;

	object->bytes = r % 16 == 0 ? 30000 : 1 + (uint32_t)(r >> 8) % 600;
	object->pointer =
		pcpu_alloc(torture->fixture.pcpu, object->bytes, 1u << (r >> 32) % 7, flags);
	if (!object->pointer.value) {
		if (!flags)
			note(torture, "an allocation that may sleep was refused");
		return;
	}
	if (!all_copies_are(actor, object, 0))
		note(torture, "a new object is not zero on every CPU");
	object->mark = (unsigned char)(1 + r % 255);
	for (uint32_t cpu = 0; cpu < HOSTED_FIXTURE_CPUS; cpu++)
		if (cpu != 4)
			memset(copy_of(actor, object, cpu), object->mark, object->bytes);
	__atomic_store_n(&torture->published[actor->index], object->pointer.value,
			 __ATOMIC_RELAXED);
}

static void object_drop(struct actor *actor, struct object *object)
{
	struct pcpu_place place;

	if (!object->pointer.value)
		return;
	if (!pcpu_lookup(actor->torture->fixture.pcpu, object->pointer, &place))
		note(actor->torture, "a live object's pointer leads to no chunk");
	if (!all_copies_are(actor, object, object->mark))
		note(actor->torture, "a live object was written by somebody else");
	pcpu_free(actor->torture->fixture.pcpu, object->pointer);
	object->pointer.value = 0;
}

static void *cpu_thread(void *argument)
{
	struct actor *actor = argument;
	struct hosted_fixture *fixture = &actor->torture->fixture;

	if (!hosted_enter_cpu(fixture->plat, fixture->pcpu, actor->cpu)) {
		note(actor->torture, "a CPU cannot be entered");
		return NULL;
	}
	for (uint32_t step = 0; step < NR_STEPS; step++) {
		struct object *object = &actor->held[roll(actor) % NR_HELD];

		object_drop(actor, object);
		/* Now and then most are dropped, so that chunks become empty. */
		if (step % 512 < 384)
			object_make(actor, object);
	}
	for (uint32_t i = 0; i < NR_HELD; i++)
		object_drop(actor, &actor->held[i]);
	hosted_leave_cpu(fixture->plat);
	return NULL;
}

/* Any answer may be right by the time it is given; what it says must be possible. */
static void *reader_thread(void *argument)
{
	struct actor *actor = argument;
	struct torture *torture = actor->torture;
	uint32_t unit = pcpu_layout(torture->fixture.pcpu)->unit_bytes;

	while (!__atomic_load_n(&torture->stop, __ATOMIC_RELAXED)) {
		struct pcpu_ptr p = {__atomic_load_n(&torture->published[roll(actor) %
									 NR_CPU_THREADS],
						     __ATOMIC_RELAXED)};
		struct pcpu_place place;

		if (!p.value || !pcpu_lookup(torture->fixture.pcpu, p, &place))
			continue;
		actor->nr_lookups_hit++;
		if (place.offset >= unit || place.kind == PCPU_CHUNK_RESERVED)
			note(torture, "a lookup returns an impossible place");
	}
	return NULL;
}

/* True when it was no idle run: chunks came and went, and readers saw some of them. */
static bool torture_round(bool atomic)
{
	static const uint32_t cpus[NR_CPU_THREADS] = {0, 3, 5, 7};
	static struct torture torture;
	static struct actor actors[NR_CPU_THREADS + NR_READERS];
	pthread_t threads[NR_CPU_THREADS + NR_READERS];
	struct pcpu_stats stats;
	bool busy;

	memset(&torture, 0, sizeof(torture));
	memset(actors, 0, sizeof(actors));
	torture.atomic = atomic;
	hosted_fixture_create(&(struct hosted_fixture_options){.worker = true}, &torture.fixture);
	CHECK_EQ(torture.fixture.status, PCPU_OK);
	for (uint32_t i = 0; i < NR_CPU_THREADS + NR_READERS; i++) {
		bool reads = i >= NR_CPU_THREADS;

		actors[i].torture = &torture;
		actors[i].index = i;
		actors[i].cpu = reads ? 0 : cpus[i];
		actors[i].random = 0x9e3779b97f4a7c15 * (i + 1);
		CHECK_EQ(pthread_create(&threads[i], NULL, reads ? reader_thread : cpu_thread,
					&actors[i]), 0);
	}
	for (uint32_t i = 0; i < NR_CPU_THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&torture.stop, true, __ATOMIC_RELAXED);
	for (uint32_t i = NR_CPU_THREADS; i < NR_CPU_THREADS + NR_READERS; i++)
		pthread_join(threads[i], NULL);
	hosted_worker_wait(torture.fixture.plat);
	CHECK_STR(torture.wrong, (const char *)NULL);
	CHECK_EQ(pcpu_check(torture.fixture.pcpu, NULL), PCPU_HOLDS);
	pcpu_stats(torture.fixture.pcpu, &stats);
	CHECK_EQ(stats.nr_live, 0);
	CHECK_EQ(stats.nr_allocs, stats.nr_frees);
	busy = stats.nr_chunks_destroyed > 3 && actors[NR_CPU_THREADS].nr_lookups_hit > 100;
	hosted_fixture_destroy(&torture.fixture);
	return busy;
}

/* How much threads meet is the scheduler's choice: a loaded machine gets more rounds. */
static void torture_run(bool atomic)
{
	for (int round = 0; round < 30; round++)
		if (torture_round(atomic))
			return;
	FAIL("in 30 rounds no 4 chunks were reclaimed, or no 100 lookups met them");
}

TEST(torture_allocators_readers_and_worker)
{
	torture_run(false);
}

/* Atomic callers extend nothing themselves and meet chunks that are being destroyed. */
TEST(B22_atomic_callers_against_chunk_destruction)
{
	torture_run(true);
}

/* --- readers that end ------------------------------------------------------------------------ */

static void *visit_once(void *argument)
{
	struct hosted_fixture *fixture = argument;
	struct pcpu_place place;

	(void)pcpu_lookup(fixture->pcpu, (struct pcpu_ptr){0x1000000 + 20000}, &place);
	return NULL;
}

/* A reader thread that has ended must not hold up the frees of others. */
TEST(a_grace_period_does_not_wait_for_threads_that_ended)
{
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	for (int i = 0; i < 50; i++) {
		pthread_t thread;

		CHECK_EQ(pthread_create(&thread, NULL, visit_once, &fixture), 0);
		pthread_join(thread, NULL);
	}
	hosted_fixture_destroy(&fixture);
}

/* --- frees wait for readers ------------------------------------------------------------------ */

#define BLOCK_BYTES 900
#define LIMIT_BYTES 1000 /* room for one block, not for two */

struct patient {
	struct plat *plat;
	pthread_barrier_t inside, may_leave;
};

static void *read_patiently(void *argument)
{
	struct patient *patient = argument;

	plat_read_begin(patient->plat);
	pthread_barrier_wait(&patient->inside);
	pthread_barrier_wait(&patient->may_leave);
	plat_read_end(patient->plat);
	return NULL;
}

/* Tries until the block is given back; small deferred frees push the grace period on. */
static void *take_when_free(struct plat *plat)
{
	for (int i = 0; i < 5000; i++) {
		void *small = plat_meta_alloc(plat, 8), *block;

		plat_meta_free_deferred(plat, small, 8);
		block = plat_meta_alloc(plat, BLOCK_BYTES);
		if (block)
			return block;
		usleep(1000);
	}
	return NULL;
}

/* While a reader that began before is inside, the memory stays taken; the account tells. */
TEST(a_deferred_free_waits_for_the_readers_of_its_time)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology,
				       .meta_limit_bytes = LIMIT_BYTES};
	struct patient patient = {.plat = hosted_create(&config)};
	pthread_t thread;
	void *block, *again;

	CHECK(patient.plat);
	block = plat_meta_alloc(patient.plat, BLOCK_BYTES);
	CHECK(block && !plat_meta_alloc(patient.plat, BLOCK_BYTES));
	pthread_barrier_init(&patient.inside, NULL, 2);
	pthread_barrier_init(&patient.may_leave, NULL, 2);
	CHECK_EQ(pthread_create(&thread, NULL, read_patiently, &patient), 0);
	pthread_barrier_wait(&patient.inside);
	plat_meta_free_deferred(patient.plat, block, BLOCK_BYTES);
	usleep(20000); /* what is freed too early is freed by now */
	again = plat_meta_alloc(patient.plat, BLOCK_BYTES);
	pthread_barrier_wait(&patient.may_leave);
	pthread_join(thread, NULL);
	CHECK(!again);
	again = take_when_free(patient.plat);
	CHECK(again);
	plat_meta_free(patient.plat, again, BLOCK_BYTES);
	hosted_destroy(patient.plat);
}
