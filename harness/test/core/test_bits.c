/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_bits.c - ranges of bits by words against the same bit by bit, over three words and a
   half. */
#include "harness/test/lib/test.h"

#include <pcpu/bits.h>

#include <string.h>

enum { BITS = 224, WORDS = PCPU_BITS_WORDS(BITS) };

/* A pattern with long runs and single bits. */
static void fill(uint64_t *map, uint32_t seed)
{
	memset(map, 0, WORDS * sizeof(*map));
	for (uint32_t bit = 0; bit < BITS; bit++)
		if ((bit * 7 + seed) % 11 < 5 || (bit / 64 + seed) % 3 == 0)
			pcpu_bit_set(map, bit);
}

static uint32_t find_by_bits(const uint64_t *map, uint32_t from, uint32_t to, bool set)
{
	while (from < to && pcpu_bit_test(map, from) != set)
		from++;
	return from;
}

static void range_check(uint32_t from, uint32_t to, uint32_t seed)
{
	uint64_t before[WORDS], map[WORDS], cleared[WORDS];
	uint32_t nr = 0;

	fill(before, seed);
	memcpy(map, before, sizeof(map));
	memcpy(cleared, before, sizeof(map));
	pcpu_bits_set(map, from, to);
	pcpu_bits_clear(cleared, from, to);
	for (uint32_t bit = 0; bit < BITS; bit++) {
		bool inside = bit >= from && bit < to, was = pcpu_bit_test(before, bit);

		CHECK_EQ(pcpu_bit_test(map, bit), inside || was);
		CHECK_EQ(pcpu_bit_test(cleared, bit), !inside && was);
		nr += inside && was;
	}
	CHECK_EQ(pcpu_bits_count(before, from, to), nr);
	for (int set = 0; set < 2; set++)
		CHECK_EQ(pcpu_bits_find(before, from, to, set),
			 from < to ? find_by_bits(before, from, to, set) : to);
}

TEST(bits_of_every_range_as_bit_by_bit)
{
	for (uint32_t from = 0; from < BITS; from += from % 64 < 3 || from % 64 > 60 ? 1 : 9)
		for (uint32_t to = 0; to <= BITS; to += to % 64 < 3 || to % 64 > 60 ? 1 : 11)
			range_check(from, to, from + to);
}

TEST(bits_of_a_word_are_counted)
{
	for (uint32_t at = 0; at < 64; at++) {
		CHECK_EQ(pcpu_word_count(UINT64_C(1) << at), 1);
		CHECK_EQ(pcpu_word_count(UINT64_MAX >> at), 64 - at);
		CHECK_EQ(pcpu_word_count(~(UINT64_C(1) << at)), 63);
	}
	CHECK_EQ(pcpu_word_count(0), 0);
}
