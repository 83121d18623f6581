/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_refusals.c - call k of the hosted platform to the C library, the kernel or hwloc is
 * refused, once or from then on: the platform refuses in turn (plat.h, R2), or does without, and
 * never ends the program. Then nothing is refused, and it works.
 *
 *	a child for each k:  create, allocate, be a CPU, balance, destroy	once more, unrefused
 *
 * The linker leads each call of hosted_calls.def here first (--wrap).
 */
#include <errno.h>
#include <hwloc.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- refusing --------------------------------------------------------------------------------- */

static struct {
	bool on, lasting;	/* atomic */
	uint32_t at, nr, nr_refused; /* atomic */
	uint32_t per_call[64];
} plan;

enum call {
#define REFUSED(name) CALL_##name,
#define SAFE(name)
#include "harness/test/hosted/hosted_calls.def"
#undef REFUSED
	NR_CALLS
};

typedef long word;

static const char *const call_names[] = {
#define REFUSED(name) #name,
#include "harness/test/hosted/hosted_calls.def"
#undef REFUSED
};

/* Beside the plan: one call alone is refused, each time. */
static struct {
	enum call call; /* NR_CALLS: none */
	word number, operation; /* of a system call, and its first argument; -1: any */
	int error;
} alone = {.call = NR_CALLS, .error = EPERM};

static bool is_alone(enum call call, word number, word operation)
{
	if (alone.call != call ||
	    (call == CALL_syscall && (alone.number != number ||
				      (alone.operation != -1 && alone.operation != operation))))
		return false;
	errno = alone.error;
	return true;
}

static bool refuse(enum call call)
{
	uint32_t nr;

	if (is_alone(call, 0, 0))
		return true;
	if (!__atomic_load_n(&plan.on, __ATOMIC_RELAXED))
		return false;
	__atomic_add_fetch(&plan.per_call[call], 1, __ATOMIC_RELAXED);
	nr = __atomic_fetch_add(&plan.nr, 1, __ATOMIC_RELAXED);
	if (nr != plan.at && !(nr > plan.at && plan.lasting))
		return false;
	__atomic_add_fetch(&plan.nr_refused, 1, __ATOMIC_RELAXED);
	errno = ENOMEM;
	return true;
}

/* Up to six arguments of a word each: all that these functions have. */
#define WRAP(name, refusal)                                                                       \
	word __real_##name(word a, word b, word c, word d, word e, word f);                       \
	word __wrap_##name(word a, word b, word c, word d, word e, word f);                       \
	word __wrap_##name(word a, word b, word c, word d, word e, word f)                        \
	{                                                                                         \
		return refuse(CALL_##name) ? (refusal) : __real_##name(a, b, c, d, e, f);          \
	}

WRAP(calloc, 0)
WRAP(fopen64, 0)
WRAP(getrandom, -1)
WRAP(hwloc_bitmap_alloc, 0)
WRAP(hwloc_get_cpubind, -1)
WRAP(hwloc_set_cpubind, -1)
WRAP(hwloc_topology_init, -1)
WRAP(hwloc_topology_load, -1)
WRAP(madvise, -1)
WRAP(malloc, 0)
WRAP(mbind, -1)
WRAP(mlock2, -1)
WRAP(mmap64, -1)
WRAP(move_pages, -1)
WRAP(mprotect, -1)
WRAP(munlock, -1)
WRAP(munmap, -1)
WRAP(open64, -1)
WRAP(pread64, -1)
WRAP(pthread_atfork, ENOMEM)
WRAP(pthread_key_create, EAGAIN)
WRAP(pthread_setspecific, ENOMEM)
WRAP(realloc, 0)
WRAP(sysconf, -1)

/* What the thread would have been given is noted. */
static void *thread_argument;

word __real_pthread_create(word thread, word attributes, word function, void *argument);
word __wrap_pthread_create(word thread, word attributes, word function, void *argument);
word __wrap_pthread_create(word thread, word attributes, word function, void *argument)
{
	thread_argument = argument;
	if (refuse(CALL_pthread_create))
		return EAGAIN;
	return __real_pthread_create(thread, attributes, function, argument);
}

/* What the kernel cannot refuse is not refused: a thread's id, a wake-up, an unlock by the
   owner. */
static bool is_sure(word number, word operation)
{
	int command = (int)operation & FUTEX_CMD_MASK;

	return number == SYS_gettid || number == SYS_tgkill ||
	       (number == SYS_futex && (command == FUTEX_WAKE || command == FUTEX_UNLOCK_PI));
}

static struct timespec futex_until; /* of the last wait for a lock that had an end */

word __real_syscall(word number, word a, word b, word c, word d, word e, word f);
word __wrap_syscall(word number, word a, word b, word c, word d, word e, word f);
word __wrap_syscall(word number, word a, word b, word c, word d, word e, word f)
{
	if (number == SYS_futex && ((int)b & FUTEX_CMD_MASK) == FUTEX_LOCK_PI && d)
		futex_until = *(const struct timespec *)d;
	if (is_alone(CALL_syscall, number, a) || (!is_sure(number, b) && refuse(CALL_syscall)))
		return -1;
	return __real_syscall(number, a, b, c, d, e, f);
}

/* --- a life ----------------------------------------------------------------------------------- */

static const uint16_t cpu_node[2] = {0, 0}, node_id[1] = {0};
static const struct pcpu_topology machine = {
	.nr_cpu_ids = 2, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id,
};

static void objects_use(struct plat *plat, struct pcpu *pcpu)
{
	struct pcpu_ptr p[5];

	for (uint32_t i = 0; i < 5; i++)
		p[i] = pcpu_alloc(pcpu, i < 3 ? PCPU_MIN_UNIT_BYTES : 40, 8,
				  i == 4 ? PCPU_ATOMIC : 0);
	if (hosted_enter_cpu(plat, pcpu, 1))
		hosted_leave_cpu(plat);
	(void)plat_phys(plat, pcpu_base(pcpu));
	for (uint32_t i = 0; i < 5; i++)
		pcpu_free(pcpu, p[i]);
	hosted_worker_wait(plat);
	pcpu_balance(pcpu);
}

/* False: something was refused on the way. */
static bool live(enum pcpu_choice choice)
{
	const struct hosted_config hosted = {
		.topology = &machine, .bind_memory = true, .worker = true};
	struct pcpu_config config = {
		.plat = hosted_create(&hosted),
		.topology = &machine,
		.sizes = {.static_bytes = 14000, .dyn_bytes = 20480, .atom_bytes = 65536},
		.choice = choice,
		.space_bytes = UINT64_C(1) << 45,
		.static_start = 0x1000000,
	};
	struct pcpu *pcpu = NULL;
	bool holds = true;

	if (!config.plat)
		return false;
	if (pcpu_create(&config, &pcpu) == PCPU_OK) {
		objects_use(config.plat, pcpu);
		hosted_worker_wait(config.plat);
		holds = pcpu_check(pcpu, NULL) == PCPU_HOLDS;
	}
	hosted_worker_stop(config.plat);
	pcpu_destroy(pcpu);
	hosted_destroy(config.plat);
	if (!holds)
		_exit(5);
	return pcpu != NULL;
}

enum { NOT_MET = 0, MET = 1, DOES_NOT_RECOVER = 4 };

struct trial {
	uint32_t at;
	bool lasting;
	enum pcpu_choice choice;
};

static void trial_run(void *argument)
{
	const struct trial *trial = argument;

	alarm(20);
	plan.at = trial->at;
	plan.lasting = trial->lasting;
	plan.on = true;
	(void)live(trial->choice);
	plan.on = false;
	if (!live(trial->choice))
		_exit(DOES_NOT_RECOVER);
	_exit(plan.nr_refused ? MET : NOT_MET);
}

static void sweep(enum pcpu_choice choice, bool lasting)
{
	bool all = getenv("LAB_FULL") != NULL;
	struct test_child child = {.status = MET};
	uint32_t nr = 0;

	/* Every k during set-up, then fewer: test_hosted_failures.c fails later calls by plan. */
	for (uint32_t k = 0; child.status == MET; k += all ? 1 : 1 + k / 24, nr++) {
		struct trial trial = {k, lasting, choice};

		test_child_run(trial_run, &trial, &child);
		if (child.signal || child.status > MET)
			FAIL("call %u refused %s: signal %d, status %d: %s", k,
			     lasting ? "from then on" : "once", child.signal, child.status,
			     child.text);
	}
	CHECK(nr > 30);
}

TEST(each_call_refused_once_embed)
{
	sweep(PCPU_CHOICE_EMBED, false);
}

TEST(each_call_refused_from_then_on_embed)
{
	sweep(PCPU_CHOICE_EMBED, true);
}

TEST(each_call_refused_from_then_on_page)
{
	sweep(PCPU_CHOICE_PAGE, true);
}

/* One function alone is refused, always: what it is for goes another way, or is refused. */
static void one_function_refused(void *argument)
{
	plan.lasting = true;
	plan.at = UINT32_MAX;
	plan.on = true;
	(void)live(PCPU_CHOICE_EMBED);
	for (int i = 0; i < NR_CALLS; i++)
		if (plan.per_call[i])
			fprintf(stderr, "%s ", call_names[i]);
}

/* The oracle: the calls that matter do come by here. */
TEST(calls_come_by)
{
	static const char *const wanted[] = {
		"calloc ", "hwloc_bitmap_alloc ", "hwloc_topology_load ", "madvise ", "mmap64 ",
		"mprotect ", "munmap ", "pthread_atfork ", "pthread_create ",
		"pthread_key_create ", "pthread_setspecific ", "syscall ",
	};
	struct test_child child;

	test_child_run(one_function_refused, NULL, &child);
	CHECK_EQ(child.signal, 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!strstr(child.text, wanted[i]))
			FAIL("no call of %sin: %s", wanted[i], child.text);
}

/* --- one kind of call refused, and what must come of it -------------------------------------- */

/* A fork, or the next platform at that address, would find it. */
static void create_without_worker(void *unused)
{
	struct hosted_config config = {.topology = &machine, .worker = true};

	alone.call = CALL_pthread_create;
	CHILD_CHECK(!hosted_create(&config));
	alone.call = NR_CALLS;
	for (uint64_t serial = 0; serial < 100; serial++)
		CHILD_CHECK(!hosted_plats_with(thread_argument, serial, NULL, 0));
}

TEST(a_platform_whose_worker_is_refused_is_on_no_list)
{
	test_child_passes(create_without_worker, NULL);
}

static void alone_is(enum call call, word number, word operation)
{
	alone.number = number;
	alone.operation = operation;
	alone.call = call;
}

#define SET_GS 0x1001 /* asm/prctl.h, ARCH_SET_GS */

/* Refused at one end or the other, the CPU is nobody's, and the thread is where it was. */
static void enter_refused(void *refused)
{
	cpu_set_t before, after;
	struct hosted_fixture fixture;

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &fixture);
	CHILD_CHECK(sched_getaffinity(0, sizeof(before), &before) == 0);
	alone_is(*(enum call *)refused, SYS_arch_prctl, SET_GS);
	CHILD_CHECK(!hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
	CHILD_CHECK(!hosted_am_cpu());
	alone.call = NR_CALLS;
	CHILD_CHECK(sched_getaffinity(0, sizeof(after), &after) == 0);
	CHILD_CHECK(CPU_EQUAL(&before, &after));
	CHILD_CHECK(hosted_enter_cpu(fixture.plat, fixture.pcpu, 5));
	hosted_leave_cpu(fixture.plat);
	hosted_fixture_destroy(&fixture);
}

TEST(a_thread_that_is_refused_a_cpu_is_as_before)
{
	static enum call calls[] = {CALL_hwloc_bitmap_alloc, CALL_hwloc_get_cpubind,
				    CALL_hwloc_set_cpubind, CALL_pthread_setspecific, CALL_syscall};
	size_t nr = sizeof(calls) / sizeof(calls[0]);

	for (size_t i = 0; i < (hosted_has_gs() ? nr : nr - 1); i++)
		test_child_passes(enter_refused, &calls[i]);
}

/* --- a wait with an end ---------------------------------------------------------------------- */

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

/* The kernel takes nanoseconds below a second only; it says at once that the time has come. */
static void wait_with_an_end(void *unused)
{
	static const uint32_t ends_ms[] = {0, 1, 10, 500, 999, 1000, 3456};
	struct hosted_lock lock = {.word = 1}; /* the first process's for ever */
	struct timespec before, after;

	alone.error = ETIMEDOUT;
	alone_is(CALL_syscall, SYS_futex, -1);
	for (size_t i = 0; i < sizeof(ends_ms) / sizeof(ends_ms[0]); i++) {
		uint64_t wait_ns = ends_ms[i] * UINT64_C(1000000);

		clock_gettime(CLOCK_REALTIME, &before);
		CHILD_CHECK(!hosted_lock_take_within(&lock, ends_ms[i]));
		clock_gettime(CLOCK_REALTIME, &after);
		CHILD_CHECK(futex_until.tv_nsec >= 0 && futex_until.tv_nsec < 1000000000);
		CHILD_CHECK(ns_of(&futex_until) >= ns_of(&before) + wait_ns);
		CHILD_CHECK(ns_of(&futex_until) <= ns_of(&after) + wait_ns);
		CHILD_CHECK(lock.word == 1 && hosted_thread.calls == 0);
	}
}

TEST(a_wait_ends_when_it_was_to_end)
{
	test_child_passes(wait_with_an_end, NULL);
}

/* --- no barrier to be had -------------------------------------------------------------------- */

static void blocks_defer(struct plat *plat, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		void *block = plat_meta_alloc(plat, 100);

		CHILD_CHECK(block);
		plat_meta_free_deferred(plat, block, 100);
	}
}

/* No word from the kernel, no epoch; what waits is not forgotten when it gives its word again. */
static void defer_without_barrier(void *unused)
{
	struct plat *plat = hosted_create(&(struct hosted_config){.topology = &machine});

	for (uint32_t nr = 1; nr <= 40; nr += 13) {
		alone_is(CALL_syscall, SYS_membarrier, -1);
		CHILD_CHECK(hosted_epoch_begin() == 0);
		blocks_defer(plat, nr);
		for (int i = 0; i < 3; i++)
			hosted_deferred_move(plat);
		CHILD_CHECK(plat->meta_blocks == nr);
		alone.call = NR_CALLS;
		for (int i = 0; i < 3; i++)
			hosted_deferred_move(plat);
		CHILD_CHECK(plat->meta_blocks == 0);
	}
	hosted_destroy(plat);
}

TEST(without_a_barrier_nothing_is_released_and_later_all)
{
	test_child_passes(defer_without_barrier, NULL);
}

/* A kernel without membarrier(2) from the start: readers are counted, and a child counts its own.
   No test of this file has a platform in the process that they all begin in. */
static void read_without_barrier(void *unused)
{
	struct plat *plat;
	int status;
	pid_t pid;

	alone_is(CALL_syscall, SYS_membarrier, -1);
	plat = hosted_create(&(struct hosted_config){.topology = &machine});
	CHILD_CHECK(hosted_epoch_is_past(hosted_epoch_begin()));
	plat_read_begin(plat);
	plat_read_begin(plat);
	plat_read_end(plat);
	CHILD_CHECK(!hosted_epoch_is_past(hosted_epoch_begin()));
	pid = fork();
	CHILD_CHECK(pid >= 0);
	CHILD_CHECK(!hosted_epoch_is_past(hosted_epoch_begin()));
	plat_read_end(plat);
	CHILD_CHECK(hosted_epoch_is_past(hosted_epoch_begin()));
	hosted_destroy(plat);
	if (pid > 0)
		CHILD_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(readers_are_counted_where_there_is_no_barrier)
{
	test_child_passes(read_without_barrier, NULL);
}
