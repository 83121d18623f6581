/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * lab_plat.h - what the lab needs of a platform beyond the core's seam. Link time, like plat.h:
 * the simulated, the hosted and the bare platform each define all of it.
 */
#ifndef LAB_PLAT_H
#define LAB_PLAT_H

#include <pcpu/plat.h>

/* Reads percpu memory; address as for plat_copy(). */
void lab_read(struct plat *plat, uintptr_t address, void *to, size_t bytes);
/* Does percpu memory hold these bytes? wanted NULL: zeroes. Looks in place, without a copy. */
bool lab_holds(struct plat *plat, uintptr_t address, const void *wanted, size_t bytes);

/* The same of plain memory: all there is to it where addresses are pointers. Words, not memcmp():
   most pieces are short, and a sanitizer's memcmp() looks each up in its shadow first, which was a
   tenth of fuzz_alloc's time. */
static inline bool lab_memory_is_zero(const void *memory, size_t bytes)
{
	const uint8_t *at = memory;
	uint64_t word[4], any = 0;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), at += sizeof(word)) {
		__builtin_memcpy(word, at, sizeof(word));
		any |= word[0] | word[1] | word[2] | word[3];
	}
	for (; bytes > 0; bytes--)
		any |= *at++;
	return any == 0;
}

static inline bool lab_memory_holds(const void *memory, const void *wanted, size_t bytes)
{
	const uint8_t *at = memory, *want = wanted;
	uint64_t word, want_word, differ = 0;

	if (!wanted)
		return lab_memory_is_zero(memory, bytes);
	for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
		__builtin_memcpy(&word, at, sizeof(word));
		__builtin_memcpy(&want_word, want, sizeof(word));
		differ |= word ^ want_word;
		at += sizeof(word);
		want += sizeof(word);
	}
	for (; bytes > 0; bytes--)
		differ |= (uint64_t)(*at++ ^ *want++);
	return differ == 0;
}

/* Was plat_kick() called since the last call of this? For runs that balance in line. */
bool lab_take_kick(struct plat *plat);

/* The last plat_panic() since the last call of this, if any. For runs that misuse on purpose: a
   platform made for runs records reports and returns (sim: always; hosted: .record_misuse). */
bool lab_take_misuse(struct plat *plat, struct pcpu_report *report);

/* A monotonic clock in nanoseconds; 0 always where there is none. Never part of a hash or
   verdict. */
uint64_t lab_clock_ns(void);

/* From now on the k-th fallible call (k from 0) fails, and every later one when lasting.
   Returns false where the platform cannot inject failures. */
bool lab_fail_at(struct plat *plat, uint64_t k, bool lasting);
void lab_fail_never(struct plat *plat);

#endif
