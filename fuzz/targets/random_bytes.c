/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* random_bytes.c - the bytes of an input and random ones behind its end: see random_bytes.h. */
#include "fuzz/targets/random_bytes.h"
#include <pcpu/bits.h>
#include "fuzz/targets/fuzz.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint8_t random_byte(struct random_bytes *in)
{
	uint64_t z = in->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	in->nr_random--;
	return (uint8_t)(z >> 56);
}

uint8_t random_take(struct random_bytes *in)
{
	if (in->at < in->end)
		return *in->at++;
	return in->nr_random > 0 ? random_byte(in) : 0;
}

bool random_is_empty(const struct random_bytes *in)
{
	return in->at == in->end && in->nr_random == 0;
}

struct random_bytes random_start(const uint8_t *bytes, size_t nr, uint32_t step)
{
	struct random_bytes in = {
		.start = bytes, .at = bytes, .end = bytes + pcpu_min64(nr, FUZZ_MAX_BYTES),
	};
	uint32_t how_many;

	in.front = fuzz_engine_front(bytes, nr);
	in.pages_zeroed = fuzz_engine_zeroed(bytes, nr);
	in.skewed = fuzz_engine_skewed(bytes, nr);
	in.at += fuzz_engine_head(bytes, nr, &in.engine);
	how_many = random_take(&in) & RANDOM_MAX;
	in.random = random_take(&in);
	in.random = in.random << 8 | random_take(&in);
	in.nr_random = how_many * step;
	return in;
}

size_t random_spell(const uint8_t *bytes, size_t nr, uint32_t step, uint8_t *to, size_t capacity)
{
	struct random_bytes in = random_start(bytes, nr, step);
	const struct pcpu_engine *engine;
	size_t spelt = 0, head = fuzz_engine_head(bytes, nr, &engine);

	for (; spelt < head && spelt < capacity; spelt++)
		to[spelt] = bytes[spelt];
	for (; spelt < head + RANDOM_HEAD_BYTES && spelt < capacity; spelt++)
		to[spelt] = 0;
	while (!random_is_empty(&in) && spelt < capacity)
		to[spelt++] = random_take(&in);
	return spelt;
}
