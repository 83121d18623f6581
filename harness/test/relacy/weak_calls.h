/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* weak_calls.h - what the compiler's calls become: an access, by its size. `at`: its place in the
   code; orders are __ATOMIC_*. */
#ifndef WEAK_CALLS_H
#define WEAK_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint64_t weak_load(const volatile void *from, size_t bytes, int order, void *at);
void weak_store(volatile void *to, size_t bytes, uint64_t value, int order, void *at);

/* Returns the old value. */
enum weak_change { WEAK_EXCHANGE, WEAK_ADD, WEAK_SUB, WEAK_AND, WEAK_OR, WEAK_XOR };
uint64_t weak_exchange(volatile void *to, size_t bytes, enum weak_change change, uint64_t operand,
		       int order, void *at);
/* Compares with *expected, which becomes what was there where that is not the same. */
bool weak_compare(volatile void *to, size_t bytes, uint64_t *expected, uint64_t value, int order,
		  int failure_order, void *at);

void weak_plain(const volatile void *where, size_t bytes, bool writes, void *at);
void weak_fence(int order);
void weak_fence_of_compiler(int order);

#ifdef __cplusplus
}
#endif

#endif
