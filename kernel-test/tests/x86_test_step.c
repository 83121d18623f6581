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
 * depends on time. No place of a free is left out. Of an allocation, which is longer, each
 * STRIDE-th is looked at, from another first one on machines of another size.
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/bare.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/tap.h"
#include "kernel-test/common/vars.h"
#include "kernel-test/x86/x86_apic.h"
#include "kernel-test/x86/x86_trap.h"

enum { STEP_BYTES = 24, STEP_BOUND = 20000, STRIDE = 7 };

#define FLAGS_TRAP (UINT64_C(1) << 8)

void step_call(void (*call)(void));

/* The one call and its NMI. */
static struct {
	uint32_t nr_steps, at; /* instructions so far; when the NMI comes */
	uint32_t nr_nmis;
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
	nmi.object = pcpu_alloc(pcpu_default_instance, STEP_BYTES, 8, 0);
}

static void one_alloc_atomic(void)
{
	nmi.object = pcpu_alloc(pcpu_default_instance, STEP_BYTES, 8, PCPU_ATOMIC);
}

static void one_free(void)
{
	pcpu_free(pcpu_default_instance, nmi.object);
	nmi.object = (struct pcpu_ptr){0};
}

static void alloc_and_free(void)
{
	pcpu_free(pcpu_default_instance, nmi.kept);
	nmi.kept = (struct pcpu_ptr){0};
	nmi.own = pcpu_alloc(pcpu_default_instance, STEP_BYTES, 8, PCPU_ATOMIC);
	if (nmi.own.value)
		nmi.nr_granted++;
	else
		nmi.nr_refused++;
}

/* --- each place ------------------------------------------------------------------------------- */

static bool is_zero_everywhere(struct pcpu_ptr object)
{
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (!plat_is_zero(default_plat,
				  (uintptr_t)per_cpu_ptr((char __percpu *)object.value, cpu),
				  STEP_BYTES))
			return false;
	return true;
}

/* Writes what an owner would, so that a second owner or a missing zero is seen. */
static const char *own_object(struct pcpu_ptr object)
{
	CHECK(is_zero_everywhere(object));
	for (uint32_t cpu = 0; cpu < nr_cpu_ids; cpu++)
		memset(per_cpu_ptr((char __percpu *)object.value, cpu), 0x5a, STEP_BYTES);
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
	pcpu_free(pcpu_default_instance, nmi.own);
	nmi.own = (struct pcpu_ptr){0};
	return NULL;
}

static const char *one_place(uint32_t at, void (*call)(void), bool allocates, bool *inside)
{
	struct pcpu_stats before, after;

	pcpu_stats(pcpu_default_instance, &before);
	nmi.kept = pcpu_alloc(pcpu_default_instance, STEP_BYTES, 8, 0);
	CHECK(nmi.kept.value);
	if (!allocates)
		one_alloc();
	*inside = step_at(at, call);
	CHECK(!nmi.object.value == !allocates);
	CHECK_PASSES(objects_check());
	if (allocates)
		one_free();
	pcpu_free(pcpu_default_instance, nmi.kept); /* no NMI came */
	pcpu_stats(pcpu_default_instance, &after);
	CHECK(after.nr_live == before.nr_live);
	return NULL;
}

static const char *each_place(void (*call)(void), bool allocates)
{
	uint32_t stride = allocates ? STRIDE * (1 + nr_cpu_ids / 16) : 1; /* it zeroes for each */
	bool inside = true;

	nmi.nr_granted = nmi.nr_refused = 0;
	for (uint32_t at = nr_cpu_ids % stride; inside && at < STEP_BOUND; at += stride)
		CHECK_PASSES(one_place(at, call, allocates, &inside));
	CHECK(!inside);
	CHECK(nmi.nr_granted > 0 && nmi.nr_refused > 0); /* under the inner lock */
	CHECK_CLEAN(pcpu_default_instance);
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

	step.inside = alloc_and_free;
	trap_handle(VECTOR_DEBUG, step_debug);
	trap_handle(VECTOR_NMI, step_nmi);
	wrong = each_call();
	trap_handle(VECTOR_NMI, NULL);
	trap_handle(VECTOR_DEBUG, NULL);
	return wrong;
}
