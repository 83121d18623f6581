/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_area.c - how a take (15.5) and a free (15.6) change the bits and records of a
 * chunk. Lists are updated later (15.9).
 */
#include "harness/check/linux61/linux61_model_parts.h"

/* Returns the first free granule of [from, to), or to. */
uint32_t lab_l61_next_free(const struct lab_l61_chunk *c, uint32_t from, uint32_t to)
{
	while (from < to && c->used[from])
		from++;
	return from < to ? from : to;
}

/* T1, G3, E2: recounts used granules of blocks s to e, then the chunk's empty pages. */
void lab_l61_recount(struct lab_l61_chunk *c, uint32_t s, uint32_t e)
{
	for (uint32_t i = s; i <= e; i++) {
		uint32_t nr = 0;

		for (uint32_t x = 0; x < LAB_L61_BLOCK; x++)
			nr += c->used[i * LAB_L61_BLOCK + x];
		c->nr_used[i] = nr;
	}
	c->nr_empty = 0;
	for (uint32_t i = 0; i < c->nr_blocks; i++)
		c->nr_empty += c->populated[i] && c->nr_used[i] == 0;
	lab_l61_truth_update(c, s, e);
}

static uint32_t next_free_in_block(const struct lab_l61_chunk *c, uint32_t block, uint32_t x)
{
	uint32_t base = block * LAB_L61_BLOCK;

	return lab_l61_next_free(c, base + x, base + LAB_L61_BLOCK) - base;
}

/* T2: block s, of which [x, y) is taken; y is LAB_L61_BLOCK when the area goes on in the next. */
static void take_first_block(struct lab_l61_chunk *c, uint32_t s, uint32_t x, uint32_t y,
			     bool is_last)
{
	struct lab_linux61_record *r = &c->block[s];

	if (x == r->first)
		r->first = next_free_in_block(c, s, y);
	if (lab_l61_meets(r->second.start, lab_l61_end(r->second), x, y))
		r->second.length = 0;
	if (lab_l61_meets(r->best.start, lab_l61_end(r->best), x, y)) {
		if (x == 0)
			r->left = 0;
		lab_l61_rescan_block(c, s);
		return;
	}
	if (x < r->left)
		r->left = x;
	if (!is_last)
		r->right = 0;
	else if (LAB_L61_BLOCK - y < r->right)
		r->right = LAB_L61_BLOCK - y;
}

/* T4; T3 for a block that is taken to its end. */
static void take_whole_block(struct lab_linux61_record *r)
{
	r->best.length = 0;
	r->second.length = 0;
	r->left = 0;
	r->right = 0;
}

/* T3: block e, of which [0, y) is taken. */
static void take_last_block(struct lab_l61_chunk *c, uint32_t e, uint32_t y)
{
	struct lab_linux61_record *r = &c->block[e];

	r->first = next_free_in_block(c, e, y);
	if (y == LAB_L61_BLOCK) {
		take_whole_block(r);
		return;
	}
	if (y > r->second.start)
		r->second.length = 0;
	r->left = 0;
	if (y > r->best.start)
		lab_l61_rescan_block(c, e);
	else if (LAB_L61_BLOCK - y < r->right)
		r->right = LAB_L61_BLOCK - y;
}

/* T5 */
static void take_from_chunk(struct lab_l61_chunk *c, uint32_t p, uint32_t n)
{
	struct lab_linux61_record *r = &c->record;

	if (lab_l61_meets(r->second.start, lab_l61_end(r->second), p, p + n))
		r->second.length = 0;
	if (lab_l61_meets(r->best.start, lab_l61_end(r->best), p, p + n))
		lab_l61_rescan_chunk(c, false);
}

/* The records' part of 15.5, when the bits are set. */
static void records_take(struct lab_l61_chunk *c, uint32_t p, uint32_t n)
{
	uint32_t s = p / LAB_L61_BLOCK, x = p % LAB_L61_BLOCK;
	uint32_t e = (p + n - 1) / LAB_L61_BLOCK, y = (p + n - 1) % LAB_L61_BLOCK + 1;

	if (p == c->record.first)
		c->record.first = lab_l61_next_free(c, p + n, c->size);
	take_first_block(c, s, x, s == e ? y : LAB_L61_BLOCK, s == e);
	for (uint32_t i = s + 1; i < e; i++)
		take_whole_block(&c->block[i]);
	if (s != e)
		take_last_block(c, e, y);
	take_from_chunk(c, p, n);
}

/* 15.5 without the chunk's free bytes, which M2's hidden parts do not lower. */
void lab_l61_take(struct lab_l61_chunk *c, uint32_t p, uint32_t n, bool exact)
{
	uint32_t s = p / LAB_L61_BLOCK, e = (p + n - 1) / LAB_L61_BLOCK;

	for (uint32_t i = p; i < p + n; i++) { /* M3 */
		PCPU_ASSERT(!c->used[i]);
		c->used[i] = 1;
		c->edge[i] = 0;
	}
	c->edge[p] = 1;
	c->edge[p + n] = 1;
	lab_l61_recount(c, s, e);
	if (exact) {
		lab_l61_make_exact(c, s, e);
		return;
	}
	records_take(c, p, n);
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		records_take(&c->shadow[i], p, n);
}

/* G1: returns where the stretch that contains x starts in block s. */
static uint32_t stretch_start(const struct lab_l61_chunk *c, uint32_t s, uint32_t x)
{
	const struct lab_linux61_record *r = &c->block[s];

	if (x == lab_l61_end(r->best))
		return r->best.start;
	while (x > 0 && !c->used[s * LAB_L61_BLOCK + x - 1])
		x--;
	return x;
}

/* G1: returns where the stretch that ends at y or later ends in block e. */
static uint32_t stretch_end(const struct lab_l61_chunk *c, uint32_t e, uint32_t y)
{
	const struct lab_linux61_record *r = &c->block[e];

	if (y == r->best.start)
		return lab_l61_end(r->best);
	while (y < LAB_L61_BLOCK && !c->used[e * LAB_L61_BLOCK + y])
		y++;
	return y;
}

/* The run around [start, end), past blocks that are all free at once. */
static void extend_run(const struct lab_l61_chunk *c, uint32_t *start, uint32_t *end)
{
	while (*start > 0 && !c->used[*start - 1]) {
		bool is_edge = *start % LAB_L61_BLOCK == 0;

		*start -= is_edge && c->nr_used[*start / LAB_L61_BLOCK - 1] == 0 ? LAB_L61_BLOCK :
										   1;
	}
	while (*end < c->size && !c->used[*end]) {
		bool is_edge = *end % LAB_L61_BLOCK == 0;

		*end += is_edge && c->nr_used[*end / LAB_L61_BLOCK] == 0 ? LAB_L61_BLOCK : 1;
	}
}

/* G4 for a free in block s, which stays in use, of what is now the block's stretch [start, end). */
static void report_to_chunk(struct lab_l61_chunk *c, uint32_t s, uint32_t start, uint32_t end)
{
	uint32_t base = s * LAB_L61_BLOCK;

	start += base;
	end += base;
	if (lab_l61_repairs(c->repaired, LAB_LINUX61_B30)) {
		extend_run(c, &start, &end);
	} else if (s > 0 && !lab_l61_repairs(c->repaired, LAB_LINUX61_B20)) {
		return;
	}
	lab_l61_report_by(c->repaired, &c->record, c->size, start, end);
}

/* The records' part of 15.6, when the bits are cleared. */
static void records_give(struct lab_l61_chunk *c, uint32_t p, uint32_t n)
{
	uint32_t s = p / LAB_L61_BLOCK, e = (p + n - 1) / LAB_L61_BLOCK;
	uint32_t start, end;

	if (p < c->record.first)
		c->record.first = p;
	start = stretch_start(c, s, p % LAB_L61_BLOCK);
	end = stretch_end(c, e, (p + n - 1) % LAB_L61_BLOCK + 1);
	if (s == e) { /* G2 */
		lab_l61_report_by(c->repaired, &c->block[s], LAB_L61_BLOCK, start, end);
	} else {
		lab_l61_report_by(c->repaired, &c->block[s], LAB_L61_BLOCK, start, LAB_L61_BLOCK);
		lab_l61_report_by(c->repaired, &c->block[e], LAB_L61_BLOCK, 0, end);
		for (uint32_t i = s + 1; i < e; i++) {
			struct lab_linux61_record *r = &c->block[i];

			r->first = 0;
			r->second.length = 0;
			r->best = (struct lab_linux61_stretch){ 0, LAB_L61_BLOCK };
			r->left = r->right = LAB_L61_BLOCK;
		}
	}
	if (s != e || c->block[s].best.length == LAB_L61_BLOCK) /* G4 */
		lab_l61_rescan_chunk(c, true);
	else
		report_to_chunk(c, s, start, end);
}

/* 15.6 without the chunk's free bytes. */
void lab_l61_give(struct lab_l61_chunk *c, uint32_t p, uint32_t n, bool exact)
{
	uint32_t s = p / LAB_L61_BLOCK, e = (p + n - 1) / LAB_L61_BLOCK;

	for (uint32_t i = p; i < p + n; i++)
		c->used[i] = 0;
	lab_l61_recount(c, s, e);
	if (exact) {
		lab_l61_make_exact(c, s, e);
		return;
	}
	records_give(c, p, n);
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		records_give(&c->shadow[i], p, n);
}
