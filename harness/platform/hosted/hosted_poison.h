/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_poison.h - marks free bytes of an arena as inaccessible for AddressSanitizer; empty in
   builds without it. */
#ifndef HOSTED_POISON_H
#define HOSTED_POISON_H

#include <sanitizer/asan_interface.h>

static inline void hosted_poison(const volatile void *memory, size_t bytes)
{
	ASAN_POISON_MEMORY_REGION(memory, bytes);
}

static inline void hosted_unpoison(const volatile void *memory, size_t bytes)
{
	ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
}

#endif
