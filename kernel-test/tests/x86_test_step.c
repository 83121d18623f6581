/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_test_step.c - an NMI after each instruction of a call: its handler calls the allocator, too.
 *
 *	call 0  i i i i i i i i i		i: one instruction
 *	          ^ NMI: alloc, free
 *	call 1  i i i i i i i i i		until a call ends before its NMI is due
 *	            ^ NMI: alloc, free
 *
 * The debug exception of the k-th instruction sends this CPU an NMI, and waits for it: nothing
 * depends on time. No place of a short call is left out; of a longer one each n-th is looked at, so
 * that no machine has more than so many debug exceptions.
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include "kernel-test/common/console.h"
#include "kernel-test/tests/fronts.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_trap.h"

enum { STEP_BYTES = 24, STEP_BOUND = 200000, EXCEPTIONS_MAX = 300000 };

#define FLAGS_TRAP (UINT64_C(1) << 8)

void step_call(void (*call)(void));

/* The one call and its NMI. */
static struct {
	uint32_t nr_steps, at; /* instructions so far; when the NMI comes */
	uint32_t nr_nmis;
	struct pcpu *pcpu;
	struct plat *plat;
	void (*inside)(void); /* what the NMI's handler does */
} step;

static struct {
	struct pcpu_ptr object;	   /* of the interrupted call */
	struct pcpu_ptr own, kept; /* of the handler: taken, to be given back */
	uint32_t nr_granted, nr_refused;
} nmi;

static void step_debug(struct trap_frame *frame)
{
	if (step.nr_steps++ != step.at)
		return;
	x86_apic_send_nmi(smp_processor_id());
	while (!__atomic_load_n(&step.nr_nmis, __ATOMIC_ACQUIRE))
		cpu_pause();
	frame->flags &= ~FLAGS_TRAP; /* the rest runs */
}

static void step_nmi(struct trap_frame *frame)
{
	step.inside();
	__atomic_fetch_add(&step.nr_nmis, 1, __ATOMIC_RELEASE);
}

/* Returns whether the call was as long as that. */
static bool step_at(uint32_t at, void (*call)(void))
{
	step.nr_steps = step.nr_nmis = 0;
	step.at = at;
	step_call(call);
	return step.nr_nmis > 0;
}

/* --- what is interrupted, and by what --------------------------------------------------------- */

static void one_alloc(void)
{
	nmi.object = pcpu_alloc(step.pcpu, STEP_BYTES, 8, 0);
}

static void one_alloc_atomic(void)
{
	nmi.object = pcpu_alloc(step.pcpu, STEP_BYTES, 8, PCPU_ATOMIC);
}

static void one_free(void)
{
	pcpu_free(step.pcpu, nmi.object);
	nmi.object = (struct pcpu_ptr){0};
}

static void alloc_and_free(void)
{
	pcpu_free(step.pcpu, nmi.kept);
	nmi.kept = (struct pcpu_ptr){0};
	nmi.own = pcpu_alloc(step.pcpu, STEP_BYTES, 8, PCPU_ATOMIC);
	if (nmi.own.value)
		nmi.nr_granted++;
	else
		nmi.nr_refused++;
}

/* --- each place ------------------------------------------------------------------------------- */

static bool is_zero_everywhere(struct pcpu_ptr object)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (!plat_is_zero(step.plat, pcpu_address(step.pcpu, object, cpu), STEP_BYTES))
			return false;
	return true;
}

/* Writes what an owner would, so that a second owner or a missing zero is seen. */
static const char *own_object(struct pcpu_ptr object)
{
	CHECK(is_zero_everywhere(object));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		memset((void *)pcpu_address(step.pcpu, object, cpu), 0x5a, STEP_BYTES);
	return NULL;
}

static const char *objects_check(void)
{
	uint64_t flags = interrupts_save();

	interrupts_restore(flags);
	CHECK(interrupts_were_on(flags));
	if (nmi.own.value)
		CHECK_PASSES(own_object(nmi.own));
	if (nmi.object.value)
		CHECK_PASSES(own_object(nmi.object));
	pcpu_free(step.pcpu, nmi.own);
	nmi.own = (struct pcpu_ptr){0};
	return NULL;
}

static const char *one_place(uint32_t at, void (*call)(void), bool allocates, bool *inside)
{
	struct pcpu_stats before, after;

	pcpu_stats(step.pcpu, &before);
	nmi.kept = pcpu_alloc(step.pcpu, STEP_BYTES, 8, 0);
	CHECK(nmi.kept.value);
	if (!allocates)
		one_alloc();
	*inside = step_at(at, call);
	CHECK(!nmi.object.value == !allocates);
	CHECK_PASSES(objects_check());
	if (allocates)
		one_free();
	pcpu_free(step.pcpu, nmi.kept); /* no NMI came */
	pcpu_stats(step.pcpu, &after);
	CHECK(after.nr_live == before.nr_live);
	return NULL;
}

static const char *each_place(void (*call)(void), bool allocates)
{
	bool inside = false;
	uint32_t stride;

	nmi.nr_granted = nmi.nr_refused = 0;
	CHECK_PASSES(one_place(STEP_BOUND, call, allocates, &inside));
	CHECK(!inside);
	stride = 1 + (uint32_t)((uint64_t)step.nr_steps * step.nr_steps / 2 / EXCEPTIONS_MAX);
	inside = true;
	for (uint32_t at = 0; inside && at < STEP_BOUND; at += stride)
		CHECK_PASSES(one_place(at, call, allocates, &inside));
	CHECK(!inside);
	CHECK(nmi.nr_granted > 0);
	CHECK(nmi.nr_refused > 0 || pcpu_has_front(step.pcpu)); /* under the inner lock */
	CHECK_CLEAN(step.pcpu);
	return NULL;
}

static const char *each_call(void)
{
	CHECK_PASSES(each_place(one_alloc, true));
	CHECK_PASSES(each_place(one_alloc_atomic, true));
	return each_place(one_free, false);
}

const char *test_nmi_each_step(void)
{
	const char *wrong;

	step.pcpu = pcpu_default_instance;
	step.plat = default_plat;
	step.inside = alloc_and_free;
	trap_handle(VECTOR_DEBUG, step_debug);
	trap_handle(VECTOR_NMI, step_nmi);
	wrong = each_call();
	trap_handle(VECTOR_NMI, NULL);
	trap_handle(VECTOR_DEBUG, NULL);
	return wrong;
}

/* --- inside a hit of the front ---------------------------------------------------------------- */

/* A hit is shorter also where it is not optimised, or has the zoo's defects in it. */
enum { HIT_STEPS = 400, DRAIN_PAUSES = 1000 };

static struct {
	uint32_t nr_busy, nr_open; /* places where the mark was set, and where it was not */
	uint32_t nr_waited;	   /* calls without waiting that failed */
} hit;

/* The slow way serves it everywhere; without waiting, the magazines alone, where the mark is not
   set. */
static void inside_hit(void)
{
	bool busy = pcpu_here.owner == NULL;
	struct pcpu_ptr p = pcpu_alloc(step.pcpu, STEP_BYTES, 8, PCPU_NO_WAIT);

	hit.nr_busy += busy;
	hit.nr_open += !busy;
	hit.nr_waited += busy && !p.value;
	pcpu_free(step.pcpu, p);
	alloc_and_free();
}

/* So that the next call is a hit: an object in the clean magazine, and room in the dirty one. */
static void hit_prepare(void)
{
	for (uint32_t i = 0; i < 2; i++)
		pcpu_free(step.pcpu, pcpu_alloc(step.pcpu, STEP_BYTES, 8, 0));
}

static const char *hit_each_place(void (*call)(void), bool allocates)
{
	bool inside = true;
	uint32_t at;

	memset(&hit, 0, sizeof(hit));
	nmi.nr_refused = 0;
	for (at = 0; inside && at < STEP_BOUND; at++) {
		hit_prepare();
		CHECK_PASSES(one_place(at, call, allocates, &inside));
	}
	CHECK(at < HIT_STEPS);
	CHECK(nmi.nr_refused == 0);
	CHECK(hit.nr_busy > 4 && hit.nr_open > 4);
	CHECK(hit.nr_waited == hit.nr_busy);
	CHECK_CLEAN(step.pcpu);
	return NULL;
}

static const char *hit_calls(void)
{
	front_enter();
	CHECK(pcpu_here.owner == step.pcpu);
	CHECK_PASSES(hit_each_place(one_alloc, true));
	CHECK_PASSES(hit_each_place(one_free, false));
	front_leave();
	return NULL;
}

const char *test_nmi_hit_path(void)
{
	const char *wrong;

	CHECK_PASSES(front_create());
	step.pcpu = front_pcpu;
	step.plat = front_plat;
	step.inside = inside_hit;
	trap_handle(VECTOR_DEBUG, step_debug);
	trap_handle(VECTOR_NMI, step_nmi);
	wrong = hit_calls();
	trap_handle(VECTOR_NMI, NULL);
	trap_handle(VECTOR_DEBUG, NULL);
	CHECK_PASSES(wrong);
	return front_destroy();
}

/* --- a drain waits for a hit ------------------------------------------------------------------ */

static struct {
	uint32_t inside, begins, over; /* atomic */
	uint32_t round;		       /* drains due; atomic */
	uint32_t nr_busy;	       /* places with the mark */
} drain;

/* On the second CPU: interrupts are let in, so that barriers are answered here. */
static void drain_debug(struct trap_frame *frame)
{
	bool busy = pcpu_here.owner == NULL, over = false;

	if (step.nr_steps++ != step.at)
		return;
	frame->flags &= ~FLAGS_TRAP;
	step.nr_nmis = 1;
	__atomic_store_n(&drain.inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&drain.begins, __ATOMIC_ACQUIRE))
		cpu_pause();
	interrupts_on();
	for (uint32_t i = 0; i < DRAIN_PAUSES && !over; i++) {
		cpu_pause();
		over = __atomic_load_n(&drain.over, __ATOMIC_ACQUIRE);
	}
	interrupts_off();
	/* What the hit goes on with is not its own any more: nothing after it can be trusted. */
	if (busy && over)
		machine_stop("a drain was over although a CPU was inside a hit");
	drain.nr_busy += busy;
}

/* One call, and a drain from its at-th instruction on. Returns whether it was as long as that. */
static bool drained_call(uint32_t at, void (*call)(void))
{
	bool inside;

	__atomic_store_n(&drain.inside, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&drain.begins, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&drain.over, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&drain.round, 1, __ATOMIC_RELEASE);
	inside = step_at(at, call);
	__atomic_store_n(&drain.inside, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&drain.over, __ATOMIC_ACQUIRE))
		cpu_pause();
	return inside;
}

static const char *drained_places(void)
{
	bool inside = true;

	/* Each place of a hit as it is optimised; fewer where it is long. */
	for (uint32_t at = 0; inside && at < STEP_BOUND; at += 1 + at / 32) {
		hit_prepare();
		inside = drained_call(at, one_alloc);
		CHECK(nmi.object.value);
		CHECK_PASSES(own_object(nmi.object));
		inside &= drained_call(at, one_free);
	}
	return NULL;
}

static const char *drained_run(void)
{
	const char *wrong;

	front_enter();
	wrong = drained_places();
	front_leave();
	__atomic_store_n(&drain.round, UINT32_MAX, __ATOMIC_RELEASE);
	return wrong;
}

static const char *drain_rounds(void)
{
	uint32_t done = 0, round;

	while ((round = __atomic_load_n(&drain.round, __ATOMIC_ACQUIRE)) != UINT32_MAX) {
		if (round == done || !__atomic_load_n(&drain.inside, __ATOMIC_ACQUIRE)) {
			cpu_pause();
			continue;
		}
		done = round;
		__atomic_store_n(&drain.begins, 1, __ATOMIC_RELEASE);
		pcpu_drain(front_pcpu);
		__atomic_store_n(&drain.over, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static const char *drain_here(void)
{
	if (smp_processor_id() > 1)
		return NULL;
	return smp_processor_id() == 1 ? drained_run() : drain_rounds();
}

const char *test_drain_waits(void)
{
	const char *wrong;

	if (smp_nr_online() == 1)
		SKIP("one CPU has nobody to drain");
	CHECK_PASSES(front_create());
	memset(&drain, 0, sizeof(drain));
	step.pcpu = front_pcpu;
	step.plat = front_plat;
	trap_handle(VECTOR_DEBUG, drain_debug);
	wrong = on_each_cpu(drain_here);
	trap_handle(VECTOR_DEBUG, NULL);
	CHECK_PASSES(wrong);
	CHECK(drain.nr_busy > 8);
	return front_destroy();
}
