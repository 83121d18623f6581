/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_find.c - 15.7: where in a chunk the search starts, by the records alone; X1: the
 * same among populated pages; 15.8: which granule, by the bits.
 */
#include "harness/check/linux61/linux61_model_parts.h"

/* L2 */
static uint32_t skip_rule(uint32_t repaired, const struct lab_linux61_record *r, uint32_t n)
{
	if (!lab_l61_repairs(repaired, LAB_LINUX61_L2) && r->second.length > 0 &&
	    r->second.start < r->best.start && n > r->second.length)
		return lab_l61_end(r->second);
	return r->first;
}

/* State of L3: the next block, and the open run. */
struct walk {
	const struct lab_l61_chunk *c;
	uint32_t n, a;
	uint32_t i, o;
	bool is_open;
	uint32_t start, length; /* of the open run */
};

/* Result of one block: a fit at t, with the pages [from, to) in granules that X1 checks. */
struct candidate {
	uint32_t t, from, to;
};

static bool best_fits(const struct lab_linux61_record *r, uint32_t n, uint32_t a)
{
	return r->best.length > 0 && lab_l61_pad(r->best.start, a) + n <= r->best.length;
}

/* L3 for one block. Returns true for a fit; else w->i is the next block. */
static bool walk_block(struct walk *w, struct candidate *fit)
{
	const struct lab_linux61_record *r = &w->c->block[w->i];
	uint32_t base = w->i * LAB_L61_BLOCK, o = w->o, z;

	w->i++;
	w->o = 0;
	if (w->is_open) { /* L3.1 */
		w->length += r->left;
		if (w->length >= w->n) {
			*fit = (struct candidate){ w->start, w->start, w->start + w->length };
			return true;
		}
		if (r->left == LAB_L61_BLOCK)
			return false;
		w->is_open = false;
	}
	if (r->best.start >= o && best_fits(r, w->n, w->a)) { /* L3.2 */
		fit->t = base + skip_rule(w->c->repaired, r, w->n);
		fit->from = fit->t;
		fit->to = base + r->best.start + lab_l61_pad(r->best.start, w->a) + w->n;
		return true;
	}
	z = LAB_L61_BLOCK - r->right; /* L3.3 */
	z += lab_l61_pad(z, w->a);
	w->start = base + z;
	w->length = LAB_L61_BLOCK - z;
	*fit = (struct candidate){ w->start, w->start, w->start + w->length };
	w->is_open = z < LAB_L61_BLOCK;
	return w->length >= w->n;
}

/* X1: returns whether all pages of the candidate are populated; if not, moves the walk on. */
static bool pages_are_there(struct walk *w, const struct candidate *fit)
{
	uint32_t page = fit->from / LAB_L61_BLOCK, last = (fit->to - 1) / LAB_L61_BLOCK;

	while (page <= last && w->c->populated[page])
		page++;
	if (page > last)
		return true;
	while (page <= last && !w->c->populated[page])
		page++;
	w->i = page; /* the first populated one behind g, or the one after the last */
	w->o = 0;
	w->is_open = false;
	return false;
}

bool lab_l61_search(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t from,
		    uint32_t *p)
{
	for (uint32_t u;; from = u + 1) {
		*p = lab_l61_next_free(c, from, c->size);
		*p += lab_l61_pad(*p, q->a);
		if (*p + q->n > c->size)
			return false;
		for (u = *p; u < *p + q->n && !c->used[u]; u++)
			continue;
		if (u == *p + q->n)
			return true;
	}
}

/* A refusal by the records, where the repair of its cause lets plain first fit decide (H3). */
static bool search_instead(const struct lab_l61_chunk *c, const struct lab_l61_request *q,
			   enum lab_linux61_cause cause, uint32_t *t)
{
	return lab_l61_repairs(c->repaired, cause) && q->n <= c->record.best.length &&
	       !q->populated_only && lab_l61_search(c, q, c->record.first, t);
}

/* 15.7 */
bool lab_l61_find(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t *t)
{
	struct walk w = { .c = c, .n = q->n, .a = q->a };
	struct candidate fit;
	uint32_t start;

	if (!best_fits(&c->record, q->n, q->a)) /* L1 */
		return search_instead(c, q, LAB_LINUX61_B28, t);
	start = skip_rule(c->repaired, &c->record, q->n); /* L2 */
	if (lab_l61_repairs(c->repaired, LAB_LINUX61_L3) && !q->populated_only &&
	    lab_l61_search(c, q, start, t))
		return true;
	w.i = start / LAB_L61_BLOCK;
	w.o = start % LAB_L61_BLOCK;
	while (w.i < c->nr_blocks) {
		if (!walk_block(&w, &fit))
			continue;
		if (q->populated_only && !pages_are_there(&w, &fit))
			continue;
		*t = fit.t;
		return true;
	}
	return search_instead(c, q, LAB_LINUX61_B29, t); /* L4 */
}

/* A2 */
static void remember_missed(struct lab_l61_missed *held, uint32_t c, uint32_t u)
{
	uint32_t length = u - c, held_length = held->u - held->c;

	if (length == 0)
		return;
	if (length > held_length || (length == held_length && lab_l61_tz(c) > lab_l61_tz(held->c)))
		*held = (struct lab_l61_missed){ c, u };
}

/* 15.8 without A3 and A4 */
bool lab_l61_place(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t t,
		   uint32_t *p, struct lab_l61_missed *missed)
{
	uint32_t limit = t + q->n + LAB_L61_BLOCK, at, u;

	if (limit > c->size)
		limit = c->size;
	*missed = (struct lab_l61_missed){ 0, 0 };
	for (;;) { /* A1 */
		at = lab_l61_next_free(c, t, c->size);
		at += lab_l61_pad(at, q->a);
		if (at + q->n > limit)
			return false;
		for (u = at; u < at + q->n && !c->used[u]; u++)
			continue;
		if (u == at + q->n)
			break;
		remember_missed(missed, at, u);
		t = u + 1;
	}
	*p = at;
	return true;
}

/* A3 */
void lab_l61_report_missed(struct lab_l61_chunk *c, struct lab_l61_missed missed)
{
	uint32_t block = missed.c / LAB_L61_BLOCK, base = block * LAB_L61_BLOCK, start = missed.c;

	if (missed.c == missed.u || (missed.u - 1) / LAB_L61_BLOCK != block)
		return;
	while (start > base && !c->used[start - 1])
		start--;
	lab_l61_report_by(c->repaired, &c->block[block], LAB_L61_BLOCK, start - base,
			  missed.u - base);
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		lab_l61_report_by(c->shadow[i].repaired, &c->shadow[i].block[block], LAB_L61_BLOCK,
				  start - base, missed.u - base);
}
