/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * model_pages.c - which live objects have bytes on which page.
 *
 *	bucket[hash(chunk, page)] -> touch -> touch -> 0	each touch names an object that has
 *	                              #3       #17		bytes on a page that hashes here
 *
 * Objects that share a byte share a page, so a new object is compared only with the lists of its
 * own pages. By hash collisions the lists may contain objects of other pages: each is compared by
 * chunk and offsets.
 */
#include "harness/check/model_parts.h"

static uint32_t *page_bucket(struct lab_model *model, uint32_t chunk, uint32_t page)
{
	uint64_t key = (uint64_t)chunk << 32 | page;

	key *= UINT64_C(0x9e3779b97f4a7c15);
	return &model->bucket[(key >> 32) & (model->nr_buckets - 1)];
}

static uint32_t first_page(const struct lab_object *o)
{
	return o->offset / PCPU_PAGE_BYTES;
}

static uint32_t last_page(const struct lab_object *o)
{
	return (o->offset + o->size - 1) / PCPU_PAGE_BYTES;
}

static bool pages_overlap(const struct lab_object *a, const struct lab_object *b)
{
	return a->chunk == b->chunk && a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size;
}

uint32_t lab_model_find_overlap(struct lab_model *model, const struct lab_object *o)
{
	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t at = *page_bucket(model, o->chunk, page);

		for (; at != 0; at = model->touch[at].next)
			if (pages_overlap(o, &model->object[model->touch[at].id]))
				return model->touch[at].id;
	}
	return LAB_NO_ID;
}

static uint32_t touch_take(struct lab_model *model)
{
	uint32_t at = model->free_touch;

	if (at != 0) {
		model->free_touch = model->touch[at].next;
		return at;
	}
	PCPU_ASSERT(model->nr_touches_made < model->nr_touches);
	return ++model->nr_touches_made;
}

void lab_model_touch_pages(struct lab_model *model, uint32_t id)
{
	const struct lab_object *o = &model->object[id];

	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t *bucket = page_bucket(model, o->chunk, page);
		uint32_t at = touch_take(model);

		model->touch[at] = (struct lab_touch){ .id = id, .next = *bucket };
		*bucket = at;
	}
}

void lab_model_untouch_pages(struct lab_model *model, uint32_t id)
{
	const struct lab_object *o = &model->object[id];

	for (uint32_t page = first_page(o); page <= last_page(o); page++) {
		uint32_t *link = page_bucket(model, o->chunk, page);
		uint32_t at;

		while (model->touch[*link].id != id) {
			PCPU_ASSERT(model->touch[*link].next != 0);
			link = &model->touch[*link].next;
		}
		at = *link;
		*link = model->touch[at].next;
		model->touch[at].next = model->free_touch;
		model->free_touch = at;
	}
}
