/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_boot_locks.c - the boot image's locks and read sections on CPUs that run in turns: which CPU
 * is woken, with what flags, and when deferred blocks are freed.
 */
#include "kernel-test/host/test/test_boot_cpu.h"

#include <stdlib.h>
#include <string.h>

#define PCPU_PERCPU_H /* per-CPU variables are arrays here */
#define BOOT_VARS_H

enum { NR_CPUS = 6 };
#define FREES_OF ((struct pcpu *)&nr_online)

static uint32_t here, nr_online;
static uint32_t reader_depth[NR_CPUS], preempt_depth[NR_CPUS];
static uint64_t reader_flags[NR_CPUS], nr_barriers[NR_CPUS];

#define smp_processor_id()	  current_cpu()
#define pcpu_free(pcpu, pointer)  object_free(pcpu, pointer)
#define this_cpu_inc(var)	  ((var)[here]++)
#define this_cpu_inc_return(var)  (++(var)[here])
#define this_cpu_dec_return(var)  (--(var)[here])
#define this_cpu_read(var)	  ((var)[here])
#define this_cpu_write(var, value) ((var)[here] = (value))
#define __this_cpu_inc(var)	  ((var)[here]++)
#define __this_cpu_dec(var)	  ((var)[here]--)

void plat_preempt_disable(void);
void plat_preempt_enable(void);

static uint32_t current_cpu(void);
static void interrupts_wait(void);

static void interrupts_on(void)
{
	cpu_masked = false;
}

static void interrupts_off(void)
{
	cpu_masked = true;
}

static uintptr_t base_written;

static void percpu_base_write(uintptr_t base)
{
	base_written = base;
}

#include "kernel-test/common/bare.c"

enum bare_defect bare_defect;
static struct plat plat;
static struct {
	uint32_t nr_sent, sent_to, nr_waits, nr_drains;
	enum arch_signal signal;
	bool drained_unlocked;
	uint32_t nr_calls, nr_freed;
	uintptr_t freed[64];
	uintptr_t later; /* what an NMI frees during the first free */
} seen;

/* A CPU that tries to lock with interrupts off is about to halt: it must be among the waiters, or
   an unlock at this moment would wake no CPU. */
static bool waiters_are_watched;

static uint32_t current_cpu(void)
{
	CHECK(!waiters_are_watched || !cpu_masked || plat.outer_waits[here]);
	return here;
}

uint32_t smp_nr_online(void)
{
	return nr_online;
}

void arch_send(uint32_t cpu, enum arch_signal signal)
{
	seen.nr_sent++;
	seen.sent_to = cpu;
	seen.signal = signal;
}

void bare_drain(struct plat *drained)
{
	seen.nr_drains++;
	seen.drained_unlocked = !plat_lock_held(drained, PLAT_LOCK_OUTER) && !cpu_masked;
	drained->nr_deferred = 0;
}

/* In an interrupt on each of the other CPUs. */
void smp_call_others(void (*function)(void *argument), void *argument)
{
	uint32_t me = here;

	CHECK(!cpu_masked); /* else two callers wait for each other */
	seen.nr_calls++;
	for (here = 0; here < nr_online; here++)
		if (here != me)
			function(argument);
	here = me;
}

/* The lock is free for it, and interrupts are off still. One at a time: stacks are small. */
void object_free(struct pcpu *pcpu, struct pcpu_ptr pointer)
{
	static uint32_t depth;

	CHECK_EQ(depth++, 0);
	CHECK(pcpu == FREES_OF && cpu_masked && !plat_lock_held(&plat, PLAT_LOCK_INNER));
	CHECK(plat_lock_atomic(&plat));
	if (seen.later)
		plat_free_later(&plat, pcpu, seen.later);
	seen.later = 0;
	seen.freed[seen.nr_freed++] = pointer.value;
	plat_unlock(&plat, PLAT_LOCK_INNER);
	CHECK(cpu_masked);
	depth--;
}

void *heap_alloc(size_t bytes)
{
	return calloc(1, bytes);
}

void heap_free(void *memory, size_t bytes)
{
	free(memory);
}

void console_put_lines(const char *prefix, const char *text)
{
}

void machine_stop(const char *why)
{
	test_fail(__FILE__, __LINE__, "stopped: %s", why);
}

static void begin(uint32_t nr)
{
	memset(&plat, 0, sizeof(plat));
	memset(&seen, 0, sizeof(seen));
	memset(reader_depth, 0, sizeof(reader_depth));
	memset(preempt_depth, 0, sizeof(preempt_depth));
	memset(nr_barriers, 0, sizeof(nr_barriers));
	nr_online = nr;
	here = 0;
	cpu_masked = false;
}

/* --- the outer lock --------------------------------------------------------------------------- */

/* The next waiter after the unlocking CPU by number, then those before it. */
TEST(the_next_waiter_is_woken)
{
	for (uint32_t nr = 1; nr <= NR_CPUS; nr++) {
		for (uint32_t waiting = 0; waiting < 1u << nr; waiting++) {
			uint32_t owner = waiting % nr, due = NR_CPUS;

			begin(nr);
			here = owner;
			plat_lock(&plat, PLAT_LOCK_OUTER);
			CHECK(plat_lock_held(&plat, PLAT_LOCK_OUTER) && !cpu_masked);
			for (uint32_t i = nr - 1; i > 0; i--)
				if (waiting >> (owner + i) % nr & 1) {
					due = (owner + i) % nr;
					plat.outer_waits[due] = 1;
				}
			plat_unlock(&plat, PLAT_LOCK_OUTER);
			CHECK_EQ(seen.nr_sent, due != NR_CPUS);
			if (due != NR_CPUS)
				CHECK(seen.sent_to == due && seen.signal == ARCH_WAKE);
			CHECK(!plat_lock_held(&plat, PLAT_LOCK_OUTER) && !cpu_masked);
			CHECK_EQ(plat.outer_owner, 0);
		}
	}
}

/* A CPU halts; meanwhile the lock's owner unlocks, the second time with a waiter. */
static void interrupts_wait(void)
{
	CHECK(cpu_masked); /* else a wake-up before the halt is lost */
	CHECK_EQ(plat.outer_waits[here], 1);
	seen.nr_waits++;
	cpu_masked = false;
	if (seen.nr_waits == 2) {
		here = 1;
		plat_unlock(&plat, PLAT_LOCK_OUTER);
		here = 3;
		CHECK_EQ(seen.sent_to, 3);
	}
}

TEST(who_waits_halts_until_woken)
{
	begin(4);
	here = 1;
	plat_lock(&plat, PLAT_LOCK_OUTER);
	here = 3;
	waiters_are_watched = true;
	plat_lock(&plat, PLAT_LOCK_OUTER);
	waiters_are_watched = false;
	CHECK_EQ(seen.nr_waits, 2);
	CHECK(plat_lock_held(&plat, PLAT_LOCK_OUTER) && !cpu_masked);
	CHECK_EQ(plat.outer_waits[3], 0);
	here = 1;
	CHECK(!plat_lock_held(&plat, PLAT_LOCK_OUTER));
	here = 3;
	seen.nr_sent = 0;
	plat_unlock(&plat, PLAT_LOCK_OUTER);
	CHECK_EQ(seen.nr_sent, 0);
}

static bool is_refused(void (*call)(struct plat *plat, enum plat_lock lock), enum plat_lock lock)
{
	assert_is_due = true;
	if (!setjmp(asserted))
		call(&plat, lock);
	return !assert_is_due;
}

/* Nor is one released by another CPU. */
TEST(no_lock_is_taken_twice)
{
	for (int lock = PLAT_LOCK_OUTER; lock <= PLAT_LOCK_INNER; lock++) {
		begin(2);
		plat_lock(&plat, (enum plat_lock)lock);
		CHECK(is_refused(plat_lock, (enum plat_lock)lock));
		here = 1;
		CHECK(is_refused(plat_unlock, (enum plat_lock)lock));
	}
}

/* Frees happen after the unlock, with interrupts on: at so many, and not before. */
TEST(what_was_put_off_is_freed_when_there_is_much)
{
	begin(2);
	for (uint64_t nr = 0; nr <= 64; nr++) {
		plat.nr_deferred = nr;
		plat_lock(&plat, PLAT_LOCK_OUTER);
		plat_unlock(&plat, PLAT_LOCK_OUTER);
		CHECK_EQ(seen.nr_drains, nr == 64);
		plat.nr_deferred = 1000;
		plat_lock(&plat, PLAT_LOCK_INNER); /* its holder must not wait */
		plat_unlock(&plat, PLAT_LOCK_INNER);
		CHECK_EQ(seen.nr_drains, nr == 64);
	}
	CHECK(seen.drained_unlocked);
}

/* --- the inner lock --------------------------------------------------------------------------- */

/* Interrupts are off inside, and as they were behind it. */
TEST(the_inner_lock_restores_the_flags)
{
	begin(2);
	for (int masked = 0; masked < 2; masked++) {
		cpu_masked = masked;
		if (masked)
			CHECK(plat_lock_atomic(&plat));
		else
			plat_lock(&plat, PLAT_LOCK_INNER);
		CHECK(cpu_masked && plat_lock_held(&plat, PLAT_LOCK_INNER));
		CHECK(!plat_lock_held(&plat, PLAT_LOCK_OUTER));
		here = 1;
		CHECK(!plat_lock_held(&plat, PLAT_LOCK_INNER));
		here = 0;
		plat_unlock(&plat, PLAT_LOCK_INNER);
		CHECK_EQ(cpu_masked, masked);
		CHECK(!plat_lock_held(&plat, PLAT_LOCK_INNER));
	}
	cpu_masked = false;
	plat_lock(&plat, PLAT_LOCK_OUTER); /* both, the inner one within */
	plat_lock(&plat, PLAT_LOCK_INNER);
	plat_unlock(&plat, PLAT_LOCK_INNER);
	CHECK(!cpu_masked && plat_lock_held(&plat, PLAT_LOCK_OUTER));
	plat_unlock(&plat, PLAT_LOCK_OUTER);
}

/* --- an NMI, which interrupts off do not keep out --------------------------------------------- */

static void free_later(uintptr_t pointer)
{
	CHECK(!plat_lock_atomic(&plat));
	plat_free_later(&plat, FREES_OF, pointer);
	CHECK_EQ(seen.nr_freed, 0);
}

TEST(an_nmi_under_the_inner_lock_puts_frees_off)
{
	for (uint32_t nr = 0; nr <= 32; nr++) {
		begin(2);
		here = 1;
		plat_lock(&plat, PLAT_LOCK_INNER);
		for (uint32_t i = 0; i < nr; i++)
			free_later(100 + i);
		seen.later = nr ? 200 : 0;
		plat_unlock(&plat, PLAT_LOCK_INNER);
		CHECK(!cpu_masked);
		CHECK_EQ(seen.nr_freed, nr ? nr + 1 : 0); /* each once, whatever the order */
		for (uint32_t i = 0; i < nr; i++) {
			uint32_t times = 0;

			for (uint32_t j = 0; j < seen.nr_freed; j++)
				times += seen.freed[j] == 100 + i;
			CHECK_EQ(times, 1);
		}
		CHECK_EQ(nr ? seen.freed[1] : 200, 200);
		CHECK(plat_lock_atomic(&plat)); /* not inside any more */
		plat_unlock(&plat, PLAT_LOCK_INNER);
	}
}

TEST(more_than_32_frees_of_nmis_are_refused)
{
	begin(1);
	plat_lock(&plat, PLAT_LOCK_INNER);
	for (uint32_t i = 0; i < 32; i++)
		free_later(100 + i);
	assert_is_due = true;
	if (!setjmp(asserted))
		plat_free_later(&plat, FREES_OF, 7);
	CHECK(!assert_is_due);
	plat_unlock(&plat, PLAT_LOCK_INNER);
	CHECK_EQ(seen.nr_freed, 32);
}

/* A CPU that waits has its ticket: what it would wait for in an NMI comes behind itself. */
static uint32_t nr_nmis_waiting;

static void nmi_while_waiting(void)
{
	CHECK(!plat_lock_atomic(&plat));
	nr_nmis_waiting++;
	spin_leave(&plat.inner); /* the other CPU lets go */
}

TEST(an_nmi_on_a_cpu_that_waits_does_not_wait)
{
	begin(2);
	spin_enter(&plat.inner);
	nr_nmis_waiting = 0;
	cpu_waits = nmi_while_waiting;
	plat_lock(&plat, PLAT_LOCK_INNER);
	cpu_waits = NULL;
	CHECK_EQ(nr_nmis_waiting, 1);
	plat_unlock(&plat, PLAT_LOCK_INNER);
}

/* --- barriers --------------------------------------------------------------------------------- */

TEST(a_barrier_reaches_all_others)
{
	for (uint32_t nr = 1; nr <= NR_CPUS; nr++) {
		begin(nr);
		here = nr - 1;
		plat_lock(&plat, PLAT_LOCK_OUTER);
		CHECK(plat_cpus_barrier(&plat));
		plat_unlock(&plat, PLAT_LOCK_OUTER);
		CHECK_EQ(seen.nr_calls, 1);
		for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++)
			CHECK_EQ(nr_barriers[cpu], cpu < nr - 1);
	}
	plat_lock(&plat, PLAT_LOCK_INNER); /* its holder waits for nobody */
	assert_is_due = true;
	if (!setjmp(asserted))
		(void)plat_cpus_barrier(&plat);
	CHECK(!assert_is_due);
	plat_unlock(&plat, PLAT_LOCK_INNER);
}

/* --- readers ---------------------------------------------------------------------------------- */

/* Only the end of the outermost section restores the flags. */
TEST(read_sections_nest)
{
	begin(2);
	for (int masked = 0; masked < 2; masked++) {
		cpu_masked = masked;
		for (int depth = 0; depth < 3; depth++) {
			plat_read_begin(&plat);
			CHECK(cpu_masked);
		}
		for (int depth = 2; depth >= 0; depth--) {
			CHECK(cpu_masked);
			plat_read_end(&plat);
			CHECK_EQ(cpu_masked, depth > 0 || masked);
		}
		CHECK_EQ(reader_depth[0], 0);
	}
	plat_preempt_disable();
	plat_preempt_disable();
	plat_preempt_enable();
	CHECK_EQ(preempt_depth[0], 1);
	plat_preempt_enable();
	CHECK_EQ(preempt_depth[0], 0);
}

/* --- the rest --------------------------------------------------------------------------------- */

TEST(a_platform_that_holds_something_is_not_empty)
{
	for (int what = 0; what < 5; what++) {
		struct plat *made = bare_create(&(const struct bare_config){ .fail_area = 7 });
		struct bare_ledger ledger;

		begin(1);
		CHECK(made && made->config.fail_area == 7);
		bare_ledger(made, &ledger);
		CHECK_EQ(seen.nr_drains, 1);
		made->ledger.pages = what == 1;
		made->ledger.spaces = what == 2;
		made->ledger.meta_blocks = what == 3;
		made->ledger.meta_bytes = what == 4;
		CHECK_EQ(bare_destroy(made), what == 0);
		CHECK_EQ(seen.nr_drains, 2);
	}
}

/* Only the boot CPU's base changes, and only for the instance that owns it. */
TEST(the_base_moves_for_the_boot_cpu_alone)
{
	begin(2);
	base_written = 5;
	plat_cpu_ready(&plat, 0, 100);
	CHECK_EQ(base_written, 5);
	plat.config.owns_base = true;
	plat_cpu_ready(&plat, 1, 200);
	CHECK_EQ(base_written, 5);
	plat_cpu_ready(&plat, 0, 300);
	CHECK_EQ(base_written, 300);
}

TEST(kicks_misuse_and_faults_are_reported_once)
{
	struct pcpu_report report = {.pointer = 77}, reported;

	begin(1);
	CHECK(!lab_take_kick(&plat));
	plat_kick(&plat, NULL);
	plat_kick(&plat, NULL);
	CHECK(lab_take_kick(&plat) && !lab_take_kick(&plat));
	plat.config.record_misuse = true;
	CHECK(!lab_take_misuse(&plat, &reported));
	plat_panic(&plat, &report);
	CHECK(lab_take_misuse(&plat, &reported) && reported.pointer == 77);
	CHECK(!lab_take_misuse(&plat, &reported));
	plat.ledger.nr_calls = 10;
	plat.ledger.nr_page_calls = 20;
	CHECK(lab_fail_at(&plat, 3, true));
	CHECK(plat.fail && plat.fail_lasting && plat.fail_at == 13);
	bare_fail_page(&plat, 2);
	CHECK(plat.fail_page && plat.fail_page_at == 22);
	lab_fail_never(&plat);
	CHECK(!plat.fail && !plat.fail_page);
}
