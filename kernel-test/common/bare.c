/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bare.c - set-up, locks, events and lab_plat.h of the bare platform. */
#include "kernel-test/common/bare_plat.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"
#include "harness/text/layout_text.h"
#include "kernel-test/common/memory.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/vars.h"

enum { DRAIN_AT = 64 }; /* at this many deferred frees an unlock waits for a grace period */

struct plat *bare_create(const struct bare_config *config)
{
	struct plat *plat = heap_alloc(sizeof(*plat));

	if (plat)
		plat->config = *config;
	return plat;
}

bool bare_destroy(struct plat *plat)
{
	bool empty;

	bare_drain(plat);
	empty = !plat->ledger.pages && !plat->ledger.spaces && !plat->ledger.meta_blocks &&
		!plat->ledger.meta_bytes;
	heap_free(plat, sizeof(*plat));
	return empty;
}

void bare_ledger(struct plat *plat, struct bare_ledger *ledger)
{
	bare_drain(plat);
	*ledger = plat->ledger;
}

/* --- readers ---------------------------------------------------------------------------------- */

void plat_read_begin(struct plat *plat)
{
	uint64_t flags = interrupts_save();

	if (this_cpu_inc_return(reader_depth) == 1 || bare_defect == BARE_SECTION_FORGETS)
		this_cpu_write(reader_flags, flags);
}

void plat_read_end(struct plat *plat)
{
	uint64_t flags = this_cpu_read(reader_flags);

	if (bare_defect == BARE_FLAGS_TOO_LATE) {
		if (this_cpu_dec_return(reader_depth) == 0)
			interrupts_restore(this_cpu_read(reader_flags));
		return;
	}
	if (this_cpu_dec_return(reader_depth) == 0)
		interrupts_restore(flags);
}

/* An interrupt in between restores the depth, and this_cpu_inc() may itself disable preemption. */
void plat_preempt_disable(void)
{
	__this_cpu_inc(preempt_depth);
}

void plat_preempt_enable(void)
{
	__this_cpu_dec(preempt_depth);
}

/* --- locks ------------------------------------------------------------------------------------ */

/* Sequentially consistent also on failure: a waiter stores that it waits, and then reads the owner;
   an unlock stores the owner, and then reads the waiters. At least one of them sees the other's
   store. */
static bool outer_take(struct plat *plat)
{
	uint32_t none = 0, me = smp_processor_id() + 1;
	bool taken = __atomic_compare_exchange_n(&plat->outer_owner, &none, me, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);

	PCPU_ASSERT(taken || none != me);
	return taken;
}

/* A waiter halts: the unlocking CPU finds it and wakes it. */
static void outer_wait(struct plat *plat)
{
	uint32_t *waits = &plat->outer_waits[smp_processor_id()];

	for (;;) {
		interrupts_off();
		__atomic_store_n(waits, 1, __ATOMIC_SEQ_CST);
		if (outer_take(plat))
			break;
		interrupts_wait();
	}
	__atomic_store_n(waits, 0, __ATOMIC_RELAXED);
	interrupts_on();
}

/* Picks the next waiter after this CPU, so that each gets its turn. */
static void outer_wake(struct plat *plat)
{
	uint32_t me = smp_processor_id(), nr = smp_nr_online();

	for (uint32_t i = 1; i < nr; i++) {
		uint32_t cpu = (me + i) % nr;

		if (__atomic_load_n(&plat->outer_waits[cpu], __ATOMIC_SEQ_CST)) {
			arch_send(cpu, ARCH_WAKE);
			return;
		}
	}
}

/* A defect excludes no CPU, and gives others time to enter. */
static void inner_take(struct plat *plat, uint32_t cpu)
{
	if (bare_defect != BARE_NO_INNER_LOCK) {
		spin_enter(&plat->inner);
		return;
	}
	__atomic_store_n(&plat->inner_owner, cpu + 1, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < 256; i++)
		cpu_pause();
}

/* Frees what NMIs put off, with interrupts off; each free locks and unlocks, and gets here again.
   An NMI adds to the list while the last of it is looked at, and takes nothing off it. One that is
   put off again waits for the next time: an NMI may get here that has interrupted what it waits
   for. */
static void put_off_run(struct bare_nmi *nmi)
{
	uintptr_t last = 0;
	uint32_t nr;

	if (nmi->frees)
		return;
	nmi->frees = true;
	while ((nr = __atomic_load_n(&nmi->nr, __ATOMIC_RELAXED)) > 0 &&
	       nmi->pointer[nr - 1] != last) {
		uintptr_t pointer = nmi->pointer[nr - 1];

		if (!__atomic_compare_exchange_n(&nmi->nr, &nr, nr - 1, false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		last = pointer;
		pcpu_free(nmi->pcpu, (struct pcpu_ptr){pointer});
	}
	nmi->frees = false;
}

/* An NMI finds `inside` set wherever it would wait for the code that it interrupted. */
static void inner_lock(struct plat *plat)
{
	uint64_t flags = interrupts_save();
	uint32_t cpu = smp_processor_id();

	__atomic_store_n(&plat->nmi[cpu].inside, true, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	inner_take(plat, cpu);
	plat->inner_flags = flags;
	__atomic_store_n(&plat->inner_owner, cpu + 1, __ATOMIC_RELAXED);
}

static void inner_unlock(struct plat *plat)
{
	struct bare_nmi *nmi = &plat->nmi[smp_processor_id()];
	uint64_t flags = plat->inner_flags;

	__atomic_store_n(&plat->inner_owner, 0, __ATOMIC_RELAXED);
	if (bare_defect != BARE_NO_INNER_LOCK)
		spin_leave(&plat->inner);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&nmi->inside, false, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	put_off_run(nmi);
	interrupts_restore(flags);
}

void plat_lock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT_SAYS(!plat_lock_held(plat, PLAT_LOCK_INNER), PLAT_REENTRY_INNER);
	if (lock == PLAT_LOCK_OUTER) {
		PCPU_ASSERT_SAYS(!plat_lock_held(plat, PLAT_LOCK_OUTER), PLAT_REENTRY_OUTER);
		if (!outer_take(plat))
			outer_wait(plat);
		return;
	}
	inner_lock(plat);
}

void plat_unlock(struct plat *plat, enum plat_lock lock)
{
	PCPU_ASSERT(plat_lock_held(plat, lock));
	if (lock == PLAT_LOCK_INNER) {
		inner_unlock(plat);
		return;
	}
	__atomic_store_n(&plat->outer_owner, 0, __ATOMIC_SEQ_CST);
	outer_wake(plat);
	if (__atomic_load_n(&plat->nr_deferred, __ATOMIC_RELAXED) >= DRAIN_AT)
		bare_drain(plat);
}

/* Interrupts are off under the inner lock, so a handler that finds its CPU inside is an NMI's. */
bool plat_lock_atomic(struct plat *plat)
{
	if (__atomic_load_n(&plat->nmi[smp_processor_id()].inside, __ATOMIC_RELAXED))
		return false;
	plat_lock(plat, PLAT_LOCK_INNER);
	return true;
}

static void put_off_check(uint32_t nr)
{
	PCPU_ASSERT_SAYS(nr < NMI_FREES, "an NMI's handler frees more than 32 objects");
}

/* In an NMI: the interrupted code frees it (put_off_run). Elsewhere an NMI may add to the list in
   between, and takes nothing off it since `frees` is set; then this is done once more behind it. */
void plat_free_later(struct plat *plat, struct pcpu *pcpu, uintptr_t pointer)
{
	uint64_t flags = interrupts_save();
	struct bare_nmi *nmi = &plat->nmi[smp_processor_id()];
	uint32_t nr = __atomic_load_n(&nmi->nr, __ATOMIC_RELAXED);
	bool frees = nmi->frees;

	put_off_check(nr);
	nmi->frees = true;
	do {
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		put_off_check(nr);
		if (bare_defect == BARE_NMI_LOSES_FREE)
			break;
		nmi->pcpu = pcpu;
		nmi->pointer[nr] = pointer;
	} while (!__atomic_compare_exchange_n(&nmi->nr, &nr, nr + 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	nmi->frees = frees;
	interrupts_restore(flags);
}

void plat_free_now(struct plat *plat)
{
	uint64_t flags = interrupts_save();

	put_off_run(&plat->nmi[smp_processor_id()]);
	interrupts_restore(flags);
}

bool plat_lock_held(struct plat *plat, enum plat_lock lock)
{
	const uint32_t *owner = lock == PLAT_LOCK_OUTER ? &plat->outer_owner : &plat->inner_owner;

	return __atomic_load_n(owner, __ATOMIC_RELAXED) == smp_processor_id() + 1;
}

/* --- other CPUs ------------------------------------------------------------------------------- */

/* In an interrupt, whose entry is no barrier on every processor. */
static void barrier_here(void *unused)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	this_cpu_inc(nr_barriers);
}

/* CPUs come once (vars.c), and stay. */
void plat_front_is(struct plat *plat, struct pcpu *pcpu)
{
}

/* CPUs that start later cannot have begun anything. A CPU that waits for its turn has interrupts on
   and answers others (smp.c, R1). */
bool plat_cpus_barrier(struct plat *plat)
{
	PCPU_ASSERT(!plat_lock_held(plat, PLAT_LOCK_INNER));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (bare_defect != BARE_NO_BARRIER)
		smp_call_others(barrier_here, NULL);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}

/* Each CPU is one of its own; where an emulator has fewer, a pause lets another one run. */
void plat_relax(struct plat *plat)
{
	cpu_pause();
}

/* --- reports of the core ---------------------------------------------------------------------- */

void plat_kick(struct plat *plat, struct pcpu *pcpu)
{
	__atomic_store_n(&plat->kicked, true, __ATOMIC_RELAXED);
}

/* The boot CPU leaves the load image for its own unit; APs get theirs when they start. */
void plat_cpu_ready(struct plat *plat, uint32_t cpu, uintptr_t offset)
{
	if (plat->config.owns_base && cpu == 0)
		percpu_base_write(offset);
}

/* Events that tests cause often: the tests themselves check them. */
static bool is_routine(enum pcpu_event_id id)
{
	return id == PCPU_EV_CHUNK_CREATED || id == PCPU_EV_CHUNK_DESTROYED ||
	       id == PCPU_EV_MAP_EXTENDED || id == PCPU_EV_CREATE_FAILED ||
	       id == PCPU_EV_ALLOC_FAILED || id == PCPU_EV_ALLOC_FAILED_SILENT;
}

void plat_event(struct plat *plat, const struct pcpu_event *event)
{
	static char text_memory[1 << 16];
	static struct spin text_lock;
	struct lab_text text;
	uint64_t flags;

	plat->ledger.nr_fallbacks += event->id == PCPU_EV_FALLBACK;
	if (!plat->config.report_events || is_routine(event->id))
		return;
	flags = spin_lock(&text_lock);
	lab_text_init(&text, text_memory, sizeof(text_memory));
	if (event->id == PCPU_EV_LAYOUT)
		lab_put_layout(&text, event->layout);
	else
		lab_put_event(&text, event);
	console_put_lines("# ", text_memory);
	spin_unlock(&text_lock, flags);
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	LINE(text, 256);

	if (plat->config.record_misuse) {
		plat->misused = true;
		plat->report = *report;
		return;
	}
	lab_put_report(&text, report);
	machine_stop(text_text);
}

/* --- lab_plat.h ------------------------------------------------------------------------------- */

bool lab_take_kick(struct plat *plat)
{
	return __atomic_exchange_n(&plat->kicked, false, __ATOMIC_RELAXED);
}

bool lab_take_misuse(struct plat *plat, struct pcpu_report *report)
{
	bool was = plat->misused;

	plat->misused = false;
	*report = plat->report;
	return was;
}

uint64_t lab_clock_ns(void)
{
	return 0; /* the time-stamp counter's rate is unknown here */
}

uint64_t bare_page_calls(struct plat *plat)
{
	struct bare_ledger ledger;

	bare_ledger(plat, &ledger);
	return ledger.nr_page_calls;
}

bool lab_fail_at(struct plat *plat, uint64_t k, bool lasting)
{
	plat->fail_at = plat->ledger.nr_calls + k;
	plat->fail_lasting = lasting;
	plat->fail = true;
	return true;
}

void bare_fail_page(struct plat *plat, uint64_t k)
{
	plat->fail_page_at = plat->ledger.nr_page_calls + k;
	plat->fail_page = true;
}

void lab_fail_never(struct plat *plat)
{
	plat->fail = plat->fail_page = false;
}
