/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * weak_calls.c - the calls that -fsanitize=thread puts in for each access, which a sanitizer's run
 * time would have: gcc's and clang's, of the sizes and changes that they make.
 */
#include "harness/test/relacy/weak_calls.h"

#include <string.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define HERE __builtin_return_address(0)

#define PLAIN(bytes)                                                                               \
	void __tsan_read##bytes(void *from)                                                        \
	{                                                                                          \
		weak_plain(from, bytes, false, HERE);                                              \
	}                                                                                          \
	void __tsan_write##bytes(void *to)                                                         \
	{                                                                                          \
		weak_plain(to, bytes, true, HERE);                                                 \
	}                                                                                          \
	void __tsan_unaligned_read##bytes(void *from)                                              \
	{                                                                                          \
		weak_plain(from, bytes, false, HERE);                                              \
	}                                                                                          \
	void __tsan_unaligned_write##bytes(void *to)                                               \
	{                                                                                          \
		weak_plain(to, bytes, true, HERE);                                                 \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *from, size_t bytes)
{
	weak_plain(from, bytes, false, HERE);
}

void __tsan_write_range(void *to, size_t bytes)
{
	weak_plain(to, bytes, true, HERE);
}

/* clang's, instead of the library's. */
void *__tsan_memset(void *to, int byte, size_t bytes)
{
	weak_plain(to, bytes, true, HERE);
	return memset(to, byte, bytes);
}

void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
	weak_plain(from, bytes, false, HERE);
	weak_plain(to, bytes, true, HERE);
	return memcpy(to, from, bytes);
}

void *__tsan_memmove(void *to, const void *from, size_t bytes)
{
	weak_plain(from, bytes, false, HERE);
	weak_plain(to, bytes, true, HERE);
	return memmove(to, from, bytes);
}

/* --- atomics ---------------------------------------------------------------------------------- */

#define CHANGE(bits, name, change)                                                                 \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *to,                   \
						    uint##bits##_t operand, int order)             \
	{                                                                                          \
		return (uint##bits##_t)weak_exchange(to, bits / 8, change, operand, order, HERE);  \
	}

#define COMPARE(bits, name)                                                                        \
	bool __tsan_atomic##bits##_compare_exchange_##name(                                        \
		volatile uint##bits##_t *to, uint##bits##_t *expected, uint##bits##_t value,       \
		int order, int failure_order)                                                      \
	{                                                                                          \
		uint64_t old = *expected;                                                          \
		bool same = weak_compare(to, bits / 8, &old, value, order, failure_order, HERE);   \
												   \
		*expected = (uint##bits##_t)old;                                                   \
		return same;                                                                       \
	}

#define ATOMIC(bits)                                                                               \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *from, int order)  \
	{                                                                                          \
		return (uint##bits##_t)weak_load(from, bits / 8, order, HERE);                     \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *to, uint##bits##_t value,        \
					 int order)                                                \
	{                                                                                          \
		weak_store(to, bits / 8, value, order, HERE);                                      \
	}                                                                                          \
	CHANGE(bits, exchange, WEAK_EXCHANGE)                                                      \
	CHANGE(bits, fetch_add, WEAK_ADD)                                                          \
	CHANGE(bits, fetch_sub, WEAK_SUB)                                                          \
	CHANGE(bits, fetch_and, WEAK_AND)                                                          \
	CHANGE(bits, fetch_or, WEAK_OR)                                                            \
	CHANGE(bits, fetch_xor, WEAK_XOR)                                                          \
	COMPARE(bits, strong)                                                                      \
	COMPARE(bits, weak)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

void __tsan_atomic_thread_fence(int order)
{
	weak_fence(order);
}

void __tsan_atomic_signal_fence(int order)
{
	weak_fence_of_compiler(order);
}

/* --- what is nothing here --------------------------------------------------------------------- */

void __tsan_func_entry(void *caller)
{
}

void __tsan_func_exit(void)
{
}

void __tsan_init(void)
{
}
