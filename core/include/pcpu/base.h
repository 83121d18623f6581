/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * base.h - what every file of the core may assume: constants, limits, status
 * values, assertions. Freestanding: the compiler's own headers and mem* only.
 *
 * C11. This header and layout.h, map.h, plat.h, pcpu.h also compile as C++17, with C linkage:
 * PCPU_C_BEGIN and PCPU_C_END enclose what each declares. percpu.h is for C alone.
 */
#ifndef PCPU_BASE_H
#define PCPU_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PCPU_C_BEGIN  extern "C" {
#define PCPU_C_END    }
#define PCPU_NORETURN [[noreturn]]
#else
#define PCPU_C_BEGIN
#define PCPU_C_END
#define PCPU_NORETURN _Noreturn
/* The four functions that a compiler may call by itself; the platform has them. In C++ they are
   the library's to declare. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
#endif

/* A variable of each thread, which costs one instruction less where it is known that the program is
   no shared library ("local-exec"): the same for all files of a program. Where there is one CPU and
   no thread pointer, PCPU_THREAD_LOCAL may be defined as nothing. */
#ifndef PCPU_TLS_MODEL
#define PCPU_TLS_MODEL "initial-exec"
#endif
#ifndef PCPU_THREAD_LOCAL
#define PCPU_THREAD_LOCAL __thread __attribute__((tls_model(PCPU_TLS_MODEL)))
#endif

/* The page that this build of the allocator maps: one number for core, platform and lab archives
   of a program, 12 (4 KiB) to 16 (64 KiB). Layouts carry their own (layout.h). */
#ifndef PCPU_PAGE_SHIFT
#define PCPU_PAGE_SHIFT 12
#endif
#define PCPU_PAGE_SHIFT_MIN 12
#define PCPU_PAGE_SHIFT_MAX 16
#if PCPU_PAGE_SHIFT < PCPU_PAGE_SHIFT_MIN || PCPU_PAGE_SHIFT > PCPU_PAGE_SHIFT_MAX
#error "PCPU_PAGE_SHIFT: a number from 12 to 16 was expected"
#endif

/* The smallest unit on a machine with this page: 32 KiB, in whole pages (1: 32 KiB itself). */
#define PCPU_MIN_UNIT_AT(page_bytes) (((32u << 10) + (page_bytes) - 1) & ~((page_bytes) - 1))

/* Constants of the allocator (SPEC.md 1). */
#define PCPU_PAGE_BYTES		 (1u << PCPU_PAGE_SHIFT)
#define PCPU_MIN_UNIT_BYTES	 PCPU_MIN_UNIT_AT(PCPU_PAGE_BYTES) /* also the largest allocation */
#define PCPU_DYNAMIC_EARLY_BYTES (12u << 10) /* least dynamic space in the first chunk */
#define PCPU_DYNAMIC_EARLY_SLOTS 128u	     /* records a first-chunk map starts with */
#define PCPU_DFL_MAP_ALLOC	 16u	     /* records a later chunk's map starts with */
#define PCPU_SLOT_BASE_SHIFT	 5	     /* see pcpu_size_to_slot() */
#define PCPU_LOCAL_DISTANCE	 10	     /* ACPI 6.5, 5.2.17 (SLIT) */
#define PCPU_REMOTE_DISTANCE	 20

/* Limits: refused beyond, never silently cut. */
#define PCPU_MAX_CPUS	      8192u	 /* CPU ids 0..8191 */
#define PCPU_MAX_NODES	      1024u	 /* nodes of one topology */
#define PCPU_MAX_UNIT_BYTES   (1u << 30) /* one unit: map records are 32-bit signed */
#define PCPU_ADDRESS_BITS     48	 /* two chunks never differ in higher bits only */
#define PCPU_MAX_FAILURE_LOGS 10u	 /* failed allocations reported before silence */

#define PCPU_NO_CPU  UINT32_MAX /* an unused unit of a group */
#define PCPU_NO_NODE UINT16_MAX /* a CPU id that is not possible */

PCPU_C_BEGIN

/* What the world does to us. What a programmer does to us goes to plat_panic(). */
enum pcpu_status {
	PCPU_OK = 0,
	PCPU_ENOMEM, /* metadata, pages or address space ran out */
	PCPU_EINVAL, /* an argument breaks its contract; an event says which */
	PCPU_ELIMIT, /* over one of the limits above */
	PCPU_ESPAN,  /* embed: the groups lie too far apart */
};

/*
 * Assertions have three strengths.
 *	PCPU_ASSERT(x)		always: a caller's mistake that would do damage, or a truth that is
 *				cheap where it stands
 *	PCPU_DEBUG_ASSERT(x)	with PCPU_DEBUG_ASSERTIONS 1 (tests, fuzzing, boot image; not
 *				buildtype=release): arguments, results, what must not be. O(1).
 *				Else x is compiled and never evaluated
 *	PCPU_STATIC_ASSERT	sizes and constants, by the compiler
 *	invariants.def		O(n) truths: the walker's alone
 * The platform reports the place and does not return.
 */
#ifndef PCPU_DEBUG_ASSERTIONS
#define PCPU_DEBUG_ASSERTIONS 0
#endif
#ifdef __cplusplus
#define PCPU_STATIC_ASSERT(x, sentence) static_assert(x, sentence)
#else
#define PCPU_STATIC_ASSERT(x, sentence) _Static_assert(x, sentence)
#endif
PCPU_NORETURN void plat_assert_failed(const char *what, const char *file, uint32_t line);
#define PCPU_ASSERT(x) PCPU_ASSERT_SAYS(x, #x)
/* The same with a sentence for whoever reads it. */
#define PCPU_ASSERT_SAYS(x, sentence) \
	((x) ? (void)0 : plat_assert_failed(sentence, __FILE__, __LINE__))
#if PCPU_DEBUG_ASSERTIONS
#define PCPU_DEBUG_ASSERT(x) PCPU_ASSERT(x)
#else
#define PCPU_DEBUG_ASSERT(x) ((void)(false && (x)))
#endif

static inline uint64_t pcpu_min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t pcpu_max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* x rounded up to a multiple of step (any step > 0; no overflow check). */
static inline uint64_t pcpu_round_up(uint64_t x, uint64_t step)
{
	return (x + step - 1) / step * step;
}

/* x rounded up to a multiple of the power of two align. */
static inline uint64_t pcpu_align_up(uint64_t x, uint64_t align)
{
	return (x + align - 1) & ~(align - 1);
}

static inline bool pcpu_text_is(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static inline bool pcpu_is_pow2(uint64_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

PCPU_C_END

#endif
