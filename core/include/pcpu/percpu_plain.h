/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * percpu_plain.h - this CPU's copy while the caller keeps preemption off: plain loads and stores at
 * pcpu_this_address(), which the file that includes this one has.
 *
 * P1  They are relaxed atomics: another CPU that sums up copies never sees half a value, but of
 *     one that is wider than a machine word.
 */
#ifndef PCPU_PERCPU_PLAIN_H
#define PCPU_PERCPU_PLAIN_H

typedef uint8_t __attribute__((may_alias)) pcpu_bits8;
typedef uint16_t __attribute__((may_alias)) pcpu_bits16;
typedef uint32_t __attribute__((may_alias)) pcpu_bits32;
typedef uint64_t __attribute__((may_alias)) pcpu_bits64;

/* Wider than a word there is no atomic access without a library. */
#if UINTPTR_MAX > UINT32_MAX
#define PCPU_LOAD_64(copy)	  __atomic_load_n((copy), __ATOMIC_RELAXED)
#define PCPU_STORE_64(copy, bits) __atomic_store_n((copy), (bits), __ATOMIC_RELAXED)
#else
#define PCPU_LOAD_64(copy)	  (*(const volatile pcpu_bits64 *)(copy))
#define PCPU_STORE_64(copy, bits) ((void)(*(volatile pcpu_bits64 *)(copy) = (bits)))
#endif

static inline uint64_t pcpu_load(const void *copy, size_t bytes)
{
	switch (bytes) {
	case 1:
		return __atomic_load_n((const pcpu_bits8 *)copy, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const pcpu_bits16 *)copy, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const pcpu_bits32 *)copy, __ATOMIC_RELAXED);
	default:
		return PCPU_LOAD_64((const pcpu_bits64 *)copy);
	}
}

static inline void pcpu_store(void *copy, uint64_t bits, size_t bytes)
{
	switch (bytes) {
	case 1:
		__atomic_store_n((pcpu_bits8 *)copy, (uint8_t)bits, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((pcpu_bits16 *)copy, (uint16_t)bits, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((pcpu_bits32 *)copy, (uint32_t)bits, __ATOMIC_RELAXED);
		break;
	default:
		PCPU_STORE_64((pcpu_bits64 *)copy, bits);
	}
}

/* The low `bytes` of a register's worth of bits. */
PCPU_ALWAYS_INLINE uint64_t pcpu_low_bits(uint64_t bits, size_t bytes)
{
	return bytes == 8 ? bits : bits & ((UINT64_C(1) << (8 * bytes)) - 1);
}

static inline uint64_t pcpu_raw_read(uintptr_t at, size_t bytes)
{
	return pcpu_load(pcpu_this_address(at), bytes);
}

static inline void pcpu_raw_write(uintptr_t at, uint64_t bits, size_t bytes)
{
	pcpu_store(pcpu_this_address(at), bits, bytes);
}

static inline uint64_t pcpu_raw_add_return(uintptr_t at, uint64_t bits, size_t bytes)
{
	void *copy = pcpu_this_address(at);

	bits += pcpu_load(copy, bytes);
	pcpu_store(copy, bits, bytes);
	return bits;
}

static inline void pcpu_raw_add(uintptr_t at, uint64_t bits, size_t bytes)
{
	(void)pcpu_raw_add_return(at, bits, bytes);
}

static inline void pcpu_raw_and(uintptr_t at, uint64_t bits, size_t bytes)
{
	void *copy = pcpu_this_address(at);

	pcpu_store(copy, pcpu_load(copy, bytes) & bits, bytes);
}

static inline void pcpu_raw_or(uintptr_t at, uint64_t bits, size_t bytes)
{
	void *copy = pcpu_this_address(at);

	pcpu_store(copy, pcpu_load(copy, bytes) | bits, bytes);
}

static inline uint64_t pcpu_raw_xchg(uintptr_t at, uint64_t bits, size_t bytes)
{
	void *copy = pcpu_this_address(at);
	uint64_t old = pcpu_load(copy, bytes);

	pcpu_store(copy, bits, bytes);
	return old;
}

static inline uint64_t pcpu_raw_cmpxchg(uintptr_t at, uint64_t old, uint64_t bits, size_t bytes)
{
	void *copy = pcpu_this_address(at);
	uint64_t seen = pcpu_load(copy, bytes);

	if (seen == pcpu_low_bits(old, bytes))
		pcpu_store(copy, bits, bytes);
	return seen;
}

static inline bool pcpu_raw_cmpxchg_double(uintptr_t at, uint64_t old1, uint64_t old2,
					   uint64_t new1, uint64_t new2)
{
	pcpu_bits64 *copy = pcpu_this_address(at);

	if (pcpu_load(copy, 8) != old1 || pcpu_load(copy + 1, 8) != old2)
		return false;
	pcpu_store(copy, new1, 8);
	pcpu_store(copy + 1, new2, 8);
	return true;
}

#endif
