/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model_content.c - what each copy of an object holds: a pattern that no other copy, birth or
 * rewrite has, and no zero byte, so that a lost, mixed-up or cleared copy shows.
 */
#include "model_parts.h"
#include "world.h"

#define STAGE_BYTES 256u /* percpu memory is read and written in pieces of this */
#define STAGE_WORDS (STAGE_BYTES / 8)

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x7fb5d329728ea185);
	x = (x ^ x >> 27) * UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

static uint64_t copy_seed(const struct lab_model *model, uint32_t id, uint32_t unit)
{
	uint32_t version = 0;

	if (model->version)
		version = model->version[(size_t)id * model->layout->nr_units + unit];
	return mix(mix((uint64_t)model->object[id].generation << 32 | unit) + version);
}

/* Bytes [from, from + nr) of the pattern of this seed, in whole words; from is a multiple of 8. */
static void pattern(uint64_t seed, uint32_t from, uint64_t stage[STAGE_WORDS], uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i += 8) {
		uint64_t word = (seed ^ (from + i)) * UINT64_C(0x9e3779b97f4a7c15);

		stage[i / 8] = (word ^ word >> 29) | UINT64_C(0x0101010101010101);
	}
}

void lab_model_write_copy(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t to = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint64_t stage[STAGE_WORDS];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		pattern(seed, from, stage, nr);
		plat_copy(model->plat, to + from, stage, nr);
	}
}

bool lab_model_copy_is_whole(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t at = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint64_t wanted[STAGE_WORDS], found[STAGE_WORDS];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		pattern(seed, from, wanted, nr);
		lab_read(model->plat, at + from, found, nr);
		if (memcmp(wanted, found, nr) != 0)
			return false;
	}
	return true;
}

bool lab_model_copy_is_zero(struct lab_model *model, const struct lab_object *o, uint32_t cpu)
{
	static const uint8_t zeroes[STAGE_BYTES];
	uint8_t found[STAGE_BYTES];

	for (uint32_t from = 0; from < o->size; from += STAGE_BYTES) {
		uint32_t nr = (uint32_t)pcpu_min64(o->size - from, STAGE_BYTES);

		lab_read(model->plat, o->pointer + model->cpu_offset[cpu] + from, found, nr);
		if (memcmp(zeroes, found, nr) != 0)
			return false;
	}
	return true;
}
