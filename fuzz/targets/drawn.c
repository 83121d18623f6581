/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* drawn.c - bytes of an input, and behind its end those that it draws: see drawn.h. */
#include "fuzz/targets/drawn.h"
#include <pcpu/bits.h>
#include "fuzz/targets/fuzz.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint8_t random_byte(struct drawn *in)
{
	uint64_t z = in->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	in->nr_drawn--;
	return (uint8_t)(z >> 56);
}

uint8_t drawn_take(struct drawn *in)
{
	if (in->at < in->end)
		return *in->at++;
	return in->nr_drawn > 0 ? random_byte(in) : 0;
}

bool drawn_is_empty(const struct drawn *in)
{
	return in->at == in->end && in->nr_drawn == 0;
}

struct drawn drawn_start(const uint8_t *bytes, size_t nr, uint32_t step)
{
	struct drawn in = {bytes, bytes, bytes + pcpu_min64(nr, FUZZ_MAX_BYTES), 0, 0};
	uint32_t how_many = drawn_take(&in) & DRAWN_MAX;

	in.random = drawn_take(&in);
	in.random = in.random << 8 | drawn_take(&in);
	in.nr_drawn = how_many * step;
	return in;
}

size_t drawn_spell(const uint8_t *bytes, size_t nr, uint32_t step, uint8_t *to, size_t capacity)
{
	struct drawn in = drawn_start(bytes, nr, step);
	size_t spelt = 0;

	for (; spelt < DRAWN_HEAD_BYTES && spelt < capacity; spelt++)
		to[spelt] = 0;
	while (!drawn_is_empty(&in) && spelt < capacity)
		to[spelt++] = drawn_take(&in);
	return spelt;
}
