/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_exact.c - 15.17: exact records (H1), recomputed from the bits, and plain first fit
 * (H3).
 */
#include "harness/check/linux61/linux61_model_parts.h"

#include <string.h>

/* H1: returns whether stretch, which starts behind best, replaces it. */
static bool is_better(struct lab_linux61_stretch stretch, struct lab_linux61_stretch best)
{
	return stretch.length > best.length || (stretch.length == best.length &&
						lab_l61_tz(stretch.start) > lab_l61_tz(best.start));
}

/* The next stretch of free granules in used[from, size); length 0: none. */
static struct lab_linux61_stretch next_stretch(const uint8_t *used, uint32_t from, uint32_t size)
{
	const uint8_t *start = memchr(used + from, 0, size - from), *end;

	if (!start)
		return (struct lab_linux61_stretch){ size, 0 };
	from = (uint32_t)(start - used);
	end = memchr(start, 1, size - from);
	return (struct lab_linux61_stretch){ from, end ? (uint32_t)(end - start) : size - from };
}

/* H1: the record of used[0, size). */
static struct lab_linux61_record true_record(const uint8_t *used, uint32_t size)
{
	struct lab_linux61_record r = { .first = size };
	struct lab_linux61_stretch s;

	for (uint32_t x = 0; (s = next_stretch(used, x, size)).length > 0; x = lab_l61_end(s)) {
		if (is_better(s, r.best))
			r.best = s;
		if (r.first == size)
			r.first = s.start;
		if (s.start == 0)
			r.left = s.length;
		if (lab_l61_end(s) == size)
			r.right = s.length;
	}
	for (uint32_t x = 0; (s = next_stretch(used, x, size)).length > 0; x = lab_l61_end(s))
		if (s.start < r.best.start && s.length >= r.second.length)
			r.second = s; /* the last of equal ones */
	return r;
}

/* H1: after a take or free in blocks s to e. */
void lab_l61_make_exact(struct lab_l61_chunk *c, uint32_t s, uint32_t e)
{
	for (uint32_t i = s; i <= e; i++)
		c->block[i] = true_record(c->used + i * LAB_L61_BLOCK, LAB_L61_BLOCK);
	c->record = true_record(c->used, c->size);
}

/* H3: aligned, from first. False: nothing fits. */
bool lab_l61_first_fit(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t *p)
{
	uint32_t u;

	for (uint32_t at = 0; at + q->n <= c->size; at += q->a) {
		if (at < c->record.first)
			continue;
		for (u = at; u < at + q->n && !c->used[u]; u++)
			continue;
		if (u == at + q->n) {
			*p = at;
			return true;
		}
	}
	return false;
}
