/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_generic.h - this CPU's copy on any machine: preemption off, a table look-up, plain C.
 *
 * For machines without percpu access of their own, and for x86-64 programs that define
 * PCPU_GENERIC_ACCESS before percpu.h (where the GS base cannot be set, or to compare the two).
 *
 * G1  this_cpu_* keeps preemption off around the access. An interrupt handler that uses the
 *     same variable may still come between load and store, unless the platform's
 *     plat_preempt_disable() masks interrupts.
 * G2  What the compiler refuses is the same as with percpu_x86.h where it has address spaces; see
 *     percpu.h.
 */
#ifndef PCPU_PERCPU_GENERIC_H
#define PCPU_PERCPU_GENERIC_H

#define PCPU_ALWAYS_INLINE static inline __attribute__((always_inline))

/* The caller's CPU, given by the platform; stays true while preemption is off. */
uint32_t plat_this_cpu(void);

PCPU_ALWAYS_INLINE uint32_t pcpu_this_id(void)
{
	return plat_this_cpu();
}

PCPU_ALWAYS_INLINE void *pcpu_this_address(uintptr_t pointer)
{
	__asm__("" : "+r"(pointer));
	return (void *)(pointer + pcpu_default_offsets[plat_this_cpu()]);
}

#include "percpu_plain.h"

/* --- G1 around the same ----------------------------------------------------------------------- */

static inline uint64_t pcpu_this_read(uintptr_t at, size_t bytes)
{
	uint64_t bits;

	plat_preempt_disable();
	bits = pcpu_raw_read(at, bytes);
	plat_preempt_enable();
	return bits;
}

#define PCPU_GENERIC_CHANGE(name) \
	static inline void pcpu_this_##name(uintptr_t at, uint64_t bits, size_t bytes) \
	{ \
		plat_preempt_disable(); \
		pcpu_raw_##name(at, bits, bytes); \
		plat_preempt_enable(); \
	}
PCPU_GENERIC_CHANGE(write)
PCPU_GENERIC_CHANGE(add)
PCPU_GENERIC_CHANGE(and)
PCPU_GENERIC_CHANGE(or)

static inline uint64_t pcpu_this_add_return(uintptr_t at, uint64_t bits, size_t bytes)
{
	plat_preempt_disable();
	bits = pcpu_raw_add_return(at, bits, bytes);
	plat_preempt_enable();
	return bits;
}

static inline uint64_t pcpu_this_xchg(uintptr_t at, uint64_t bits, size_t bytes)
{
	plat_preempt_disable();
	bits = pcpu_raw_xchg(at, bits, bytes);
	plat_preempt_enable();
	return bits;
}

static inline uint64_t pcpu_this_cmpxchg(uintptr_t at, uint64_t old, uint64_t bits, size_t bytes)
{
	plat_preempt_disable();
	old = pcpu_raw_cmpxchg(at, old, bits, bytes);
	plat_preempt_enable();
	return old;
}

static inline bool pcpu_this_cmpxchg_double(uintptr_t at, uint64_t old1, uint64_t old2,
					    uint64_t new1, uint64_t new2)
{
	bool same;

	plat_preempt_disable();
	same = pcpu_raw_cmpxchg_double(at, old1, old2, new1, new2);
	plat_preempt_enable();
	return same;
}

#endif
