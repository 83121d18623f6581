/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_arm64.h - this CPU's copy on AArch64 in kernel mode: TPIDR_EL1 and one atomic access.
 *
 *	TPIDR_EL1 + pointer,  TPIDR_EL1 = per_cpu_offset(this CPU)
 *
 * For programs that run at EL1 and define PCPU_EL1_ACCESS before percpu.h; the register cannot be
 * read at EL0 (Arm ARM DDI 0487, TPIDR_EL1), so that others take percpu_generic.h.
 *
 * A1  No instruction adds TPIDR_EL1 to an address, so a move to another CPU could come between
 *     reading it and the access: this_cpu_* keeps preemption off around the two.
 * A2  The access itself is one relaxed atomic, so that an interrupt on this CPU falls before or
 *     after it without being masked: one instruction with FEAT_LSE (LDADD, SWP, CAS ...), else a
 *     loop of load-exclusive and store-exclusive (LDXR, STXR). The return from an interrupt in
 *     between clears the local monitor (ERET; AArch64.ExceptionReturn: ClearExclusiveLocal), the
 *     store fails and the loop runs again. It is atomic against other CPUs too, which nobody may
 *     rely on.
 * A3  -march decides which; calls to the compiler's run time must be off (-mno-outline-atomics).
 */
#ifndef PCPU_PERCPU_ARM64_H
#define PCPU_PERCPU_ARM64_H

#define PCPU_ALWAYS_INLINE static inline __attribute__((always_inline))

/* volatile: the value may be another one after each point where the caller can be moved. */
PCPU_ALWAYS_INLINE void *pcpu_this_address(uintptr_t pointer)
{
	uintptr_t base;

	__asm__ volatile("mrs %0, tpidr_el1" : "=r"(base));
	__asm__("" : "+r"(pointer));
	return (void *)(base + pointer);
}

#include "percpu_plain.h"

PCPU_ALWAYS_INLINE uint32_t pcpu_this_id(void)
{
	return (uint32_t)pcpu_raw_read((uintptr_t)&cpu_number, sizeof(uint32_t));
}

/* --- A2: each returns what was there before --------------------------------------------------- */

#define PCPU_ARM64_FETCH(name, fetch) \
	PCPU_ALWAYS_INLINE uint64_t pcpu_fetch_##name(void *copy, uint64_t bits, size_t bytes) \
	{ \
		switch (bytes) { \
		case 1: \
			return fetch((pcpu_bits8 *)copy, (uint8_t)bits, __ATOMIC_RELAXED); \
		case 2: \
			return fetch((pcpu_bits16 *)copy, (uint16_t)bits, __ATOMIC_RELAXED); \
		case 4: \
			return fetch((pcpu_bits32 *)copy, (uint32_t)bits, __ATOMIC_RELAXED); \
		default: \
			return fetch((pcpu_bits64 *)copy, bits, __ATOMIC_RELAXED); \
		} \
	}
PCPU_ARM64_FETCH(add, __atomic_fetch_add)
PCPU_ARM64_FETCH(and, __atomic_fetch_and)
PCPU_ARM64_FETCH(or, __atomic_fetch_or)
PCPU_ARM64_FETCH(xchg, __atomic_exchange_n)

#define PCPU_ARM64_COMPARE(bits, copy, old, new) \
	__extension__({ \
		uint##bits##_t seen_ = (uint##bits##_t)(old); \
		__atomic_compare_exchange_n((pcpu_bits##bits *)(copy), &seen_, \
					    (uint##bits##_t)(new), false, __ATOMIC_RELAXED, \
					    __ATOMIC_RELAXED); \
		seen_; \
	})

PCPU_ALWAYS_INLINE uint64_t pcpu_fetch_cmpxchg(void *copy, uint64_t old, uint64_t bits,
					       size_t bytes)
{
	switch (bytes) {
	case 1:
		return PCPU_ARM64_COMPARE(8, copy, old, bits);
	case 2:
		return PCPU_ARM64_COMPARE(16, copy, old, bits);
	case 4:
		return PCPU_ARM64_COMPARE(32, copy, old, bits);
	default:
		return PCPU_ARM64_COMPARE(64, copy, old, bits);
	}
}

struct pcpu_bits128 {
	uint64_t low, high;
} __attribute__((may_alias, aligned(16)));

/* Both words as one; by hand, since not every compiler has it without its run time. */
PCPU_ALWAYS_INLINE bool pcpu_change_double(void *copy, uint64_t old1, uint64_t old2, uint64_t new1,
					   uint64_t new2)
{
	uint64_t seen1, seen2;
	uint32_t failed;

	__asm__ volatile("1:	ldxp %0, %1, %3\n"
			 "	cmp %0, %4\n"
			 "	ccmp %1, %5, #0, eq\n"
			 "	b.ne 2f\n"
			 "	stxp %w2, %6, %7, %3\n"
			 "	cbnz %w2, 1b\n"
			 "2:"
			 : "=&r"(seen1), "=&r"(seen2), "=&r"(failed),
			   "+Q"(*(struct pcpu_bits128 *)copy)
			 : "r"(old1), "r"(old2), "r"(new1), "r"(new2)
			 : "cc");
	return seen1 == old1 && seen2 == old2;
}

/* --- A1 around the same ----------------------------------------------------------------------- */

PCPU_ALWAYS_INLINE uint64_t pcpu_this_read(uintptr_t at, size_t bytes)
{
	uint64_t bits;

	plat_preempt_disable();
	bits = pcpu_raw_read(at, bytes);
	plat_preempt_enable();
	return bits;
}

PCPU_ALWAYS_INLINE void pcpu_this_write(uintptr_t at, uint64_t bits, size_t bytes)
{
	plat_preempt_disable();
	pcpu_raw_write(at, bits, bytes);
	plat_preempt_enable();
}

#define PCPU_ARM64_THIS(name) \
	PCPU_ALWAYS_INLINE uint64_t pcpu_this_fetch_##name(uintptr_t at, uint64_t bits, \
							   size_t bytes) \
	{ \
		plat_preempt_disable(); \
		bits = pcpu_fetch_##name(pcpu_this_address(at), bits, bytes); \
		plat_preempt_enable(); \
		return bits; \
	}
PCPU_ARM64_THIS(add)
PCPU_ARM64_THIS(and)
PCPU_ARM64_THIS(or)
PCPU_ARM64_THIS(xchg)

#define pcpu_this_xchg pcpu_this_fetch_xchg

PCPU_ALWAYS_INLINE uint64_t pcpu_this_add_return(uintptr_t at, uint64_t bits, size_t bytes)
{
	return pcpu_this_fetch_add(at, bits, bytes) + bits;
}

PCPU_ALWAYS_INLINE void pcpu_this_add(uintptr_t at, uint64_t bits, size_t bytes)
{
	(void)pcpu_this_fetch_add(at, bits, bytes);
}

PCPU_ALWAYS_INLINE void pcpu_this_and(uintptr_t at, uint64_t bits, size_t bytes)
{
	(void)pcpu_this_fetch_and(at, bits, bytes);
}

PCPU_ALWAYS_INLINE void pcpu_this_or(uintptr_t at, uint64_t bits, size_t bytes)
{
	(void)pcpu_this_fetch_or(at, bits, bytes);
}

PCPU_ALWAYS_INLINE uint64_t pcpu_this_cmpxchg(uintptr_t at, uint64_t old, uint64_t bits,
					      size_t bytes)
{
	plat_preempt_disable();
	old = pcpu_fetch_cmpxchg(pcpu_this_address(at), old, bits, bytes);
	plat_preempt_enable();
	return old;
}

PCPU_ALWAYS_INLINE bool pcpu_this_cmpxchg_double(uintptr_t at, uint64_t old1, uint64_t old2,
						 uint64_t new1, uint64_t new2)
{
	bool same;

	plat_preempt_disable();
	same = pcpu_change_double(pcpu_this_address(at), old1, old2, new1, new2);
	plat_preempt_enable();
	return same;
}

#endif
