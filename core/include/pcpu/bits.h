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

/* The bits of [from, to), which is not empty, in the word that from is in. */
static inline uint64_t pcpu_bits_in_word(uint32_t from, uint32_t to)
{
	uint32_t nr = to - from < 64 - from % 64 ? to - from : 64 - from % 64;

	return UINT64_MAX >> (64 - nr) << (from % 64);
}

/* The first bit of the next word. */
static inline uint32_t pcpu_bits_next_word(uint32_t from)
{
	return (from | 63) + 1;
}

static inline void pcpu_bits_set(uint64_t *map, uint32_t from, uint32_t to)
{
	for (; from < to; from = pcpu_bits_next_word(from))
		map[from / 64] |= pcpu_bits_in_word(from, to);
}

static inline void pcpu_bits_clear(uint64_t *map, uint32_t from, uint32_t to)
{
	for (; from < to; from = pcpu_bits_next_word(from))
		map[from / 64] &= ~pcpu_bits_in_word(from, to);
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
		from = pcpu_bits_next_word(from);
	}
	return to;
}

/* Where in `at` runs of nr (1..64) set bits begin, that go on in `behind`, the next word. */
static inline uint64_t pcpu_word_runs(uint64_t at, uint64_t behind, uint32_t nr)
{
	uint32_t have = 1;

	for (; 2 * have <= nr; have *= 2) {
		at &= at >> have | behind << (64 - have);
		behind &= behind >> have;
	}
	return have < nr ? at & (at >> (nr - have) | behind << (64 - nr + have)) : at;
}

/* Set bits of a word. The sums of 2, 4, 8 neighbours at once: the compiler's own would be a call
   into its library on most processors. */
static inline uint32_t pcpu_word_count(uint64_t word)
{
	word -= word >> 1 & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (uint32_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

static inline uint32_t pcpu_bits_count(const uint64_t *map, uint32_t from, uint32_t to)
{
	uint32_t nr = 0;

	for (; from < to; from = pcpu_bits_next_word(from))
		nr += pcpu_word_count(map[from / 64] & pcpu_bits_in_word(from, to));
	return nr;
}

#endif
