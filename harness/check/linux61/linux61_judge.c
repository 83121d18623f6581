/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_judge.c - a request before it is placed: where it will go, where first fit would put it,
 * and which repair would have it there.
 *
 *	lists	from |.. A ..|.. B ..| taker	   A, B: tried; they have a place?
 *	list 0	|.. C ..|			   C: hidden; would it have come before the taker?
 */
#include "harness/check/linux61/linux61_model_parts.h"

struct judging {
	struct lab_linux61 *m;
	const struct lab_l61_request *q;
	uint32_t from;		     /* list (N2) */
	struct lab_l61_chunk *taker; /* NULL: a new chunk, or none */
	uint32_t p;		     /* of the taker */
};

const struct lab_linux61_finding *lab_linux61_finding(const struct lab_linux61 *m)
{
	return &m->finding;
}

static const struct {
	const char *name, *text;
} causes[] = {
#define X(id, sentence) {#id, sentence},
#include "harness/check/linux61/linux61_causes.def"
#undef X
};

const char *lab_linux61_cause_name(enum lab_linux61_cause cause)
{
	return causes[cause].name;
}

const char *lab_linux61_cause_text(enum lab_linux61_cause cause)
{
	return causes[cause].text;
}

/* --- first fit ------------------------------------------------------------------------------- */

/* Where a search at x can go on: past blocks in which no run is long enough, up to their edge. */
static uint32_t search_skip(const struct lab_l61_chunk *c, uint32_t n, uint32_t x)
{
	while (x < c->size) {
		uint32_t i = x / LAB_L61_BLOCK, end = (i + 1) * LAB_L61_BLOCK;

		if (c->truth[i].longest >= n)
			break;
		x = (uint32_t)pcpu_max64(x, end - c->truth[i].right);
		if (x < end)
			break;
	}
	return x;
}

/* Plain first fit by the bits. */
static bool first_fit(const struct lab_l61_chunk *c, const struct lab_l61_request *q, uint32_t *p)
{
	if (c->longest < q->n)
		return false;
	for (uint32_t x = c->record.first, u;; x = u + 1) {
		*p = lab_l61_next_free(c, search_skip(c, q->n, x), c->size);
		*p += lab_l61_pad(*p, q->a);
		if (*p + q->n > c->size)
			return false;
		for (u = *p; u < *p + q->n && !c->used[u]; u++)
			continue;
		if (u == *p + q->n)
			return true;
	}
}

/* S1 by the longest run that there is. */
static uint32_t true_slot(const struct lab_linux61 *m, const struct lab_l61_chunk *c)
{
	struct lab_l61_chunk exact = *c;

	exact.record.best.length = c->longest;
	return lab_l61_slot(m, &exact);
}

/* --- the walk, without an effect ------------------------------------------------------------- */

static bool will_take(const struct judging *j, struct lab_l61_chunk *c, uint32_t *p)
{
	struct lab_l61_missed missed;

	return lab_l61_answer(j->m, c, j->q, p, &missed) == LAB_L61_FITS;
}

static void walk_dry(struct judging *j)
{
	struct lab_linux61 *m = j->m;

	for (uint32_t i = 0; i < m->counts.nr_made; i++)
		if (m->chunk[i])
			m->chunk[i]->is_tried = false;
	for (uint32_t list = j->from; list <= lab_l61_free_slot(m); list++)
		for (uint32_t i = 0; i < m->list[list].nr; i++) {
			struct lab_l61_chunk *c = m->list[list].at[i];

			if (will_take(j, c, &j->p)) {
				j->taker = c;
				return;
			}
			c->is_tried = true;
		}
}

/* Would a chunk on this list, as far as that decides, come before the taker? */
static bool comes_before(const struct judging *j, uint32_t list)
{
	return list >= j->from && (!j->taker || list < j->taker->list);
}

/* S4 for a shadow that this walk would try. */
static void shadow_park(const struct judging *j, const struct lab_l61_chunk *c,
			struct lab_l61_chunk *shadow)
{
	struct lab_l61_missed missed;
	uint32_t slot = shadow->shadow_slot, p;

	if ((slot != 1 && slot != 2) || shadow->shadow_parked || c->isolated)
		return;
	if (c->is_tried || comes_before(j, slot))
		shadow->shadow_parked = lab_l61_answer(j->m, shadow, j->q, &p, &missed) ==
					LAB_L61_NOT_FOUND;
}

static void shadows_park(const struct judging *j, struct lab_l61_chunk *c)
{
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		if (!lab_l61_repairs(c->shadow[i].repaired, LAB_LINUX61_B26))
			shadow_park(j, c, &c->shadow[i]);
}

/* --- causes ---------------------------------------------------------------------------------- */

/* The records that the chunk has with these causes repaired. NULL: they are not kept. */
static const struct lab_l61_chunk *records_of(const struct lab_l61_chunk *c, uint32_t repaired)
{
	repaired &= LAB_L61_RECORD_CAUSES;
	for (uint32_t i = 0; i < c->nr_shadows; i++)
		if (c->shadow[i].repaired == repaired)
			return &c->shadow[i];
	return repaired == 0 || c->nr_shadows == 0 ? c : NULL;
}

static bool is_parked(const struct lab_l61_chunk *c, const struct lab_l61_chunk *records,
		      uint32_t slot)
{
	return records == c ? c->list == 0 && slot > 0 : records->shadow_parked;
}

/* With these causes repaired: is the chunk looked at, and does it place the request at p? */
static bool places_there(const struct judging *j, const struct lab_l61_chunk *c, uint32_t repaired,
			 uint32_t p)
{
	const struct lab_l61_chunk *records = records_of(c, repaired);
	struct lab_l61_chunk then;
	struct lab_l61_missed missed;
	uint32_t slot, at;

	if (!records)
		return false;
	then = *records;
	then.repaired = repaired;
	then.free_bytes = c->free_bytes;
	slot = lab_l61_slot(j->m, &then);
	if (j->m->finding.hidden &&
	    (slot < j->from || (!lab_l61_repairs(repaired, LAB_LINUX61_B26) &&
				is_parked(c, records, slot))))
		return false;
	return lab_l61_answer(j->m, &then, j->q, &at, &missed) == LAB_L61_FITS && at == p;
}

/* The first two causes, of those that are not both in the records, whose repairs together do. */
static uint32_t pair_find(const struct judging *j, const struct lab_l61_chunk *c, uint32_t p)
{
	for (uint32_t a = 0; a < LAB_LINUX61_B27; a++)
		for (uint32_t b = a + 1; b < LAB_LINUX61_B27; b++)
			if (places_there(j, c, 1u << a | 1u << b, p))
				return 1u << a | 1u << b;
	return 0;
}

/* First fit would put it at p of c: why does it not land there? */
static void cause_find(const struct judging *j, const struct lab_l61_chunk *c, uint32_t p)
{
	struct lab_linux61_finding *finding = &j->m->finding;

	finding->wanted =
		(struct lab_linux61_place){c->id, c->start_bytes + p * LAB_L61_GRANULE};
	for (uint32_t cause = LAB_LINUX61_B27; cause-- > 0;)
		if (places_there(j, c, 1u << cause, p)) {
			finding->causes |= 1u << cause;
			finding->cause = (enum lab_linux61_cause)cause;
		}
	if (finding->causes)
		finding->kind = LAB_LINUX61_ONE_CAUSE;
	else if (places_there(j, c, LAB_L61_ALL_CAUSES, p))
		finding->kind = LAB_LINUX61_SEVERAL;
	else
		finding->kind = LAB_LINUX61_UNEXPLAINED;
	if (finding->kind == LAB_LINUX61_SEVERAL)
		finding->causes = pair_find(j, c, p);
}

/* --- all of it ------------------------------------------------------------------------------- */

/* Of the chunks that refuse, though they have a place, the one that would have come first. */
static struct lab_l61_chunk *refuser_find(struct judging *j, uint32_t *p)
{
	struct lab_l61_chunk *found = NULL;

	for (uint32_t i = 0; i < j->m->counts.nr_made; i++) {
		struct lab_l61_chunk *c = j->m->chunk[i];
		uint32_t slot, at;
		bool hidden;

		if (!c || c == j->taker || c->longest < j->q->n)
			continue;
		slot = true_slot(j->m, c);
		hidden = !c->is_tried && c->list < j->from && comes_before(j, slot);
		if (!(c->is_tried || hidden) || (found && true_slot(j->m, found) <= slot) ||
		    !first_fit(c, j->q, &at))
			continue;
		found = c;
		*p = at;
		j->m->finding.hidden = hidden;
	}
	return found;
}

static void judge_reserved(struct judging *j)
{
	struct lab_l61_chunk *c = j->m->reserved;
	uint32_t p;
	bool fits = first_fit(c, j->q, &p), takes = will_take(j, c, &j->p);

	j->m->finding.refused = !takes;
	if (fits && (!takes || p < j->p))
		cause_find(j, c, p);
}

static void judge_ordinary(struct judging *j)
{
	struct lab_l61_chunk *refuser;
	uint32_t p;

	walk_dry(j);
	refuser = refuser_find(j, &p);
	j->m->finding.refused = refuser != NULL;
	if (!refuser && j->taker && first_fit(j->taker, j->q, &p) && p < j->p)
		refuser = j->taker;
	if (refuser)
		cause_find(j, refuser, p);
	for (uint32_t i = 0; i < j->m->counts.nr_made; i++)
		if (j->m->chunk[i] && j->m->chunk[i] != j->taker)
			shadows_park(j, j->m->chunk[i]);
}

void lab_l61_judge(struct lab_linux61 *m, const struct lab_l61_request *q, bool reserved)
{
	struct judging j = {.m = m, .q = q, .from = lab_l61_first_list(m, q)};

	if (q->populated_only)
		return;
	m->finding = (struct lab_linux61_finding){.kind = LAB_LINUX61_AS_FIRST_FIT};
	if (reserved)
		judge_reserved(&j);
	else
		judge_ordinary(&j);
}
