/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model_content.c - contents of each copy of an object: marks that no other copy, allocation or
 * rewrite has, without zero bytes, so that a lost, mixed-up or cleared copy is detected.
 *
 *	small	|mmmmmmmm|
 *	large	|mm.......mm|mm.......mm|mm....mm|	| both ends, page boundaries
 *
 * A large object is marked at both ends and on both sides of every fourth page boundary, others for
 * each allocation: whole pages get lost, mixed up or not zeroed, and marking takes most of the
 * time. Every byte of a new object is checked for zero.
 */
#include "harness/check/model_parts.h"
#include "harness/platform/lab_plat.h"

#define STAGE_BYTES 64u /* unit of reading and writing percpu memory */
#define STAGE_WORDS (STAGE_BYTES / 8)
#define MARK_BYTES  32u /* of objects over STAGE_BYTES; a multiple of 8 */
#define MARKED_OF   4u	/* one of so many page boundaries is marked */

static uint64_t content_mix(uint64_t x)
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
	return content_mix(content_mix((uint64_t)model->object[id].generation << 32 | unit) +
			   version);
}

/* Bytes [from, from + nr) of the pattern of this seed, in whole words; from is a multiple of 8. */
static void content_pattern(uint64_t seed, uint32_t from, uint64_t stage[STAGE_WORDS], uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i += 8) {
		uint64_t word = (seed ^ (from + i)) * UINT64_C(0x9e3779b97f4a7c15);

		stage[i / 8] = (word ^ word >> 29) | UINT64_C(0x0101010101010101);
	}
}

/* Returns where the mark that starts at `from` ends. */
static uint32_t mark_end(const struct lab_object *o, uint32_t from)
{
	uint32_t bytes = o->size <= STAGE_BYTES ? STAGE_BYTES : MARK_BYTES;

	return (uint32_t)pcpu_min64(o->size, from + bytes);
}

/* Returns whether the page of a large object is marked in this generation. */
static bool is_marked(const struct lab_object *o, uint32_t page)
{
	return (page + o->generation) % MARKED_OF == 0;
}

/* Returns where the next mark after one that ended at `end` starts: a multiple of 8; at least size:
   none. */
static uint32_t mark_next(const struct lab_object *o, uint32_t end)
{
	uint32_t in_page = (o->offset + end) % PCPU_PAGE_BYTES;
	uint32_t next = end + PCPU_PAGE_BYTES - MARK_BYTES - in_page;
	uint32_t last = (o->size - MARK_BYTES) & ~7u;

	if (end == o->size || in_page < MARK_BYTES || in_page > PCPU_PAGE_BYTES - MARK_BYTES)
		return end;
	while (next < last && !is_marked(o, (o->offset + next) / PCPU_PAGE_BYTES))
		next += PCPU_PAGE_BYTES;
	next = (uint32_t)pcpu_min64(next & ~7u, last);
	return (uint32_t)pcpu_max64(next, end);
}

void lab_model_write_copy(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t to = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint64_t stage[STAGE_WORDS];
	uint32_t end;

	for (uint32_t from = 0; from < o->size; from = mark_next(o, end)) {
		end = mark_end(o, from);
		content_pattern(seed, from, stage, end - from);
		plat_copy(model->plat, to + from, stage, end - from);
	}
}

bool lab_model_copy_is_whole(struct lab_model *model, uint32_t id, uint32_t unit)
{
	const struct lab_object *o = &model->object[id];
	uintptr_t at = o->pointer + model->cpu_offset[model->layout->cpu_map[unit]];
	uint64_t seed = copy_seed(model, id, unit);
	uint64_t wanted[STAGE_WORDS];
	uint32_t end;

	for (uint32_t from = 0; from < o->size; from = mark_next(o, end)) {
		end = mark_end(o, from);
		content_pattern(seed, from, wanted, end - from);
		if (!lab_holds(model->plat, at + from, wanted, end - from))
			return false;
	}
	return true;
}

bool lab_model_copy_is_zero(struct lab_model *model, const struct lab_object *o, uint32_t cpu)
{
	return lab_holds(model->plat, o->pointer + model->cpu_offset[cpu], NULL, o->size);
}
