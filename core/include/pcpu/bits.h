/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bits.h - bit length of a number, and bitmaps in 64-bit words.
 *
 * Ranges are half open, [from, to). A bitmap of n bits has PCPU_BITS_WORDS(n)
 * words; bits beyond n stay zero.
 */
#ifndef PCPU_BITS_H
#define PCPU_BITS_H

#include "base.h"

#define PCPU_BITS_WORDS(n) (((size_t)(n) + 63) / 64)
#define PCPU_BITS_BYTES(n) (PCPU_BITS_WORDS(n) * sizeof(uint64_t))

/* Position of the highest set bit, counted from 1; 0 for 0. */
static inline uint32_t pcpu_bit_length(uint64_t x)
{
	return x ? 64 - (uint32_t)__builtin_clzll(x) : 0;
}

static inline bool pcpu_bit_test(const uint64_t *map, uint32_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void pcpu_bit_set(uint64_t *map, uint32_t bit)
{
	map[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline void pcpu_bit_clear(uint64_t *map, uint32_t bit)
{
	map[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

static inline void pcpu_bits_set(uint64_t *map, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		pcpu_bit_set(map, from);
}

static inline void pcpu_bits_clear(uint64_t *map, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		pcpu_bit_clear(map, from);
}

/* The first bit of [from, to) whose value is `set`; `to` when there is none. */
static inline uint32_t pcpu_bits_find(const uint64_t *map, uint32_t from, uint32_t to, bool set)
{
	while (from < to) {
		uint64_t word = set ? map[from / 64] : ~map[from / 64];

		word >>= from % 64;
		if (word) {
			from += (uint32_t)__builtin_ctzll(word);
			return from < to ? from : to;
		}
		from = (from / 64 + 1) * 64;
	}
	return to;
}

static inline uint32_t pcpu_bits_count(const uint64_t *map, uint32_t from, uint32_t to)
{
	uint32_t n = 0;

	for (; from < to; from++)
		n += pcpu_bit_test(map, from);
	return n;
}

#endif
