/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_record.c - the records of 15.3: how a stretch is reported to a record, and how a
 * record is rebuilt when its best was cut into (15.4).
 */
#include "harness/check/linux61/linux61_model_parts.h"

/* 15's terms: trailing zero bits; 0 is the best-aligned position. */
uint32_t lab_l61_tz(uint32_t x)
{
	uint32_t zeroes = 0;

	if (x == 0)
		return 32;
	while (x % 2 == 0) {
		x /= 2;
		zeroes++;
	}
	return zeroes;
}

/* 15's terms: granules from x to the next multiple of a. */
uint32_t lab_l61_pad(uint32_t x, uint32_t a)
{
	return x % a == 0 ? 0 : a - x % a;
}

uint32_t lab_l61_end(struct lab_linux61_stretch s)
{
	return s.start + s.length;
}

/* F2: [a, b) meets [x, y). */
bool lab_l61_meets(uint32_t a, uint32_t b, uint32_t x, uint32_t y)
{
	return a < y && x < b;
}

/* 15.3: a wholly free map of this size. */
struct lab_linux61_record lab_l61_record_free(uint32_t size)
{
	return (struct lab_linux61_record){
		.best = { 0, size },
		.second = { 0, 0 },
		.first = 0,
		.left = size,
		.right = size,
	};
}

/* P2: the stretch is longer than best. */
static void report_longer(struct lab_linux61_record *r, struct lab_linux61_stretch stretch)
{
	struct lab_linux61_stretch old = r->best;

	if (stretch.start > old.start && old.length > r->second.length)
		r->second = old;
	else if (stretch.start <= old.start || stretch.start < r->second.start)
		r->second.length = 0; /* F1: its start stays */
	r->best = stretch;
}

/* P3: it is as long as best. */
static void report_equal(uint32_t repaired, struct lab_linux61_record *r,
			 struct lab_linux61_stretch stretch)
{
	if (r->best.start != 0 && lab_l61_tz(stretch.start) > lab_l61_tz(r->best.start)) {
		struct lab_linux61_stretch old = r->best;

		r->best.start = stretch.start;
		if (lab_l61_repairs(repaired, LAB_LINUX61_B25))
			r->second = old;
		else if (stretch.start < r->second.start && r->best.length > r->second.length)
			r->second.length = 0;
		return;
	}
	if (stretch.start > r->second.start || r->best.length > r->second.length)
		r->second = stretch;
}

/* P4: it is shorter than best. */
static void report_shorter(struct lab_linux61_record *r, struct lab_linux61_stretch stretch)
{
	if (stretch.start < r->best.start &&
	    (stretch.length > r->second.length ||
	     (stretch.length == r->second.length && stretch.start > r->second.start)))
		r->second = stretch;
}

/* 15.4: reports [s, e) to a record of something that is size granules long. */
void lab_l61_report(struct lab_linux61_record *r, uint32_t size, uint32_t s, uint32_t e)
{
	lab_l61_report_by(0, r, size, s, e);
}

void lab_l61_report_by(uint32_t repaired, struct lab_linux61_record *r, uint32_t size, uint32_t s,
		       uint32_t e)
{
	struct lab_linux61_stretch stretch = { s, e - s };

	PCPU_ASSERT(s < e && e <= size);
	if (s < r->first) /* P1 */
		r->first = s;
	if (s == 0)
		r->left = stretch.length;
	if (e == size)
		r->right = stretch.length;
	if (stretch.length > r->best.length)
		report_longer(r, stretch);
	else if (stretch.length == r->best.length)
		report_equal(repaired, r, stretch);
	else
		report_shorter(r, stretch);
}

/* B31 repaired: all of the free granules around it, of used[0, size). */
static void stretch_extend(struct lab_linux61_stretch *stretch, const uint8_t *used, uint32_t size)
{
	uint32_t end = lab_l61_end(*stretch);

	while (end < size && !used[end])
		end++;
	while (stretch->start > 0 && !used[stretch->start - 1])
		stretch->start--;
	stretch->length = end - stretch->start;
}

/* Start of R1, for a record of used[0, size): second becomes best, or best becomes empty. Returns
   where the scan starts. */
static uint32_t scan_start(uint32_t repaired, struct lab_linux61_record *r, const uint8_t *used,
			   uint32_t size)
{
	if (r->second.length > 0 && !lab_l61_repairs(repaired, LAB_LINUX61_R1)) {
		r->best = r->second;
		r->second.length = 0;
		if (lab_l61_repairs(repaired, LAB_LINUX61_B31))
			stretch_extend(&r->best, used, size);
		return lab_l61_end(r->best);
	}
	r->best.length = 0;
	r->second.length = 0;
	return r->first;
}

/* R1 */
void lab_l61_rescan_block(struct lab_l61_chunk *c, uint32_t block)
{
	struct lab_linux61_record *r = &c->block[block];
	const uint8_t *used = c->used + block * LAB_L61_BLOCK;
	uint32_t x = scan_start(c->repaired, r, used, LAB_L61_BLOCK), end;

	r->right = 0;
	if (lab_l61_repairs(c->repaired, LAB_LINUX61_B21) && r->best.length > 0 &&
	    lab_l61_end(r->best) == LAB_L61_BLOCK)
		r->right = r->best.length;
	while (x < LAB_L61_BLOCK) {
		if (used[x]) {
			x++;
			continue;
		}
		for (end = x; end < LAB_L61_BLOCK && !used[end]; end++)
			continue;
		lab_l61_report_by(c->repaired, r, LAB_L61_BLOCK, x, end);
		x = end;
	}
}

/*
 * W: finds the next complete run that the blocks' records describe from position q on. False: none.
 * R3 reports it and continues behind its end (W5).
 */
static bool next_known_run(const struct lab_l61_chunk *c, uint32_t q,
			   struct lab_linux61_stretch *run)
{
	uint32_t o = q % LAB_L61_BLOCK;
	bool is_open = false;

	for (uint32_t i = q / LAB_L61_BLOCK; i < c->nr_blocks; i++, o = 0) { /* W1 */
		const struct lab_linux61_record *r = &c->block[i];

		if (is_open) { /* W2 */
			run->length += r->left;
			if (r->left == LAB_L61_BLOCK)
				continue;
			return true;
		}
		if (r->best.length > 0 && r->best.start >= o &&
		    lab_l61_end(r->best) < LAB_L61_BLOCK) {
			run->start = i * LAB_L61_BLOCK + r->best.start; /* W3 */
			run->length = r->best.length;
			return true;
		}
		if (r->right > 0) { /* W4 */
			run->start = (i + 1) * LAB_L61_BLOCK - r->right;
			run->length = r->right;
			is_open = true;
		}
	}
	return is_open; /* W5: open behind the last block */
}

/* R2, R3 */
void lab_l61_rescan_chunk(struct lab_l61_chunk *c, bool full)
{
	struct lab_linux61_stretch run;
	uint32_t q;

	if (full) {
		c->record.best.length = 0;
		if (lab_l61_repairs(c->repaired, LAB_LINUX61_STALE))
			c->record.second.length = 0;
		q = c->record.first;
	} else {
		q = scan_start(c->repaired, &c->record, c->used, c->size);
	}
	while (next_known_run(c, q, &run)) {
		lab_l61_report_by(c->repaired, &c->record, c->size, run.start, lab_l61_end(run));
		q = lab_l61_end(run) + 1; /* W5 */
	}
}
