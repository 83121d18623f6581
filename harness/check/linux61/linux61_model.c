/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model.c - requests (15.1), the walk over chunks (15.10), frees (15.12), atomic requests
 * (15.14).
 */
#include "harness/check/linux61/linux61_model_parts.h"

#include <stdlib.h>

#define EMPTY_PAGES_LOW	 2u
#define EMPTY_PAGES_HIGH 4u
#define LARGEST_BYTES	 32768u

struct lab_linux61 *lab_linux61_create(const struct lab_linux61_config *config)
{
	struct lab_linux61 *m = calloc(1, sizeof(*m));
	uint32_t start = (uint32_t)pcpu_round_up(config->static_bytes, LAB_L61_GRANULE); /* M1: S */
	uint32_t dyn_bytes = config->dyn_bytes - (start - config->static_bytes);
	struct lab_l61_chunk *first;

	if (!m)
		return NULL;
	m->config = *config;
	m->v = lab_l61_slot_of_bytes(config->unit_bytes);
	m->nr_lists = m->v + 4;
	m->list = lab_l61_memory(m->nr_lists, sizeof(*m->list));
	if (config->reserved_bytes > 0) {
		m->reserved = lab_l61_chunk_create(m, start, config->reserved_bytes);
		m->reserved->id = LAB_LINUX61_RESERVED;
		m->reserved->immutable = true;
	}
	first = lab_l61_chunk_create(m, start + config->reserved_bytes, dyn_bytes);
	first->immutable = true;
	for (uint32_t i = 0; i < first->nr_blocks; i++) /* M4 */
		first->populated[i] = 1;
	lab_l61_recount(first, 0, first->nr_blocks - 1);
	for (uint32_t i = 0; m->reserved && i < m->reserved->nr_blocks; i++)
		m->reserved->populated[i] = 1;
	lab_l61_chunk_add(m, first);
	return m;
}

void lab_linux61_destroy(struct lab_linux61 *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->counts.nr_made; i++)
		lab_l61_chunk_destroy(m->chunk[i]);
	lab_l61_chunk_destroy(m->reserved);
	for (uint32_t i = 0; i < m->nr_lists; i++)
		free(m->list[i].at);
	free(m->list);
	free(m->chunk);
	free(m);
}

/* Q1, Q2 */
static bool request_init(const struct lab_linux61 *m, uint32_t size, uint32_t align,
			 struct lab_l61_request *q)
{
	uint32_t align_max = m->config.align_max ? m->config.align_max : PCPU_PAGE_BYTES;

	if (align < LAB_L61_GRANULE)
		align = LAB_L61_GRANULE;
	if (size == 0 || size > LARGEST_BYTES) /* before rounding: no overflow */
		return false;
	q->size_bytes = (uint32_t)pcpu_round_up(size, LAB_L61_GRANULE);
	if (q->size_bytes > LARGEST_BYTES || align > align_max || !pcpu_is_pow2(align))
		return false;
	q->n = q->size_bytes / LAB_L61_GRANULE;
	q->a = align / LAB_L61_GRANULE;
	return true;
}

/* H3: decides when L1 to 15.8 find nothing and the caller may sleep. */
static bool exact_fallback(const struct lab_linux61 *m, const struct lab_l61_chunk *c,
			   const struct lab_l61_request *q, uint32_t *p)
{
	return m->config.exact && !q->populated_only && lab_l61_first_fit(c, q, p);
}

enum lab_l61_answer lab_l61_answer(const struct lab_linux61 *m, const struct lab_l61_chunk *c,
				   const struct lab_l61_request *q, uint32_t *p,
				   struct lab_l61_missed *missed)
{
	uint32_t t;
	bool found;

	*missed = (struct lab_l61_missed){ 0, 0 };
	if (m->config.exact && q->n > c->record.best.length) /* H3 */
		return LAB_L61_NOT_FOUND;
	found = lab_l61_find(c, q, &t);
	if ((found && lab_l61_place(c, q, t, p, missed)) || exact_fallback(m, c, q, p))
		return LAB_L61_FITS;
	return found ? LAB_L61_NOT_PLACED : LAB_L61_NOT_FOUND;
}

/* One chunk: 15.7, 15.8, 15.5, S2, N3, N5's population. */
static enum lab_l61_answer chunk_attempt(struct lab_linux61 *m, struct lab_l61_chunk *c,
					 const struct lab_l61_request *q, uint32_t *p)
{
	struct lab_l61_missed missed;
	uint32_t before = lab_l61_slot(m, c);
	enum lab_l61_answer answer = lab_l61_answer(m, c, q, p, &missed);

	if (answer != LAB_L61_FITS)
		return answer;
	if (!m->config.exact)
		lab_l61_report_missed(c, missed); /* A3 */
	lab_l61_take(c, *p, q->n, m->config.exact);
	c->free_bytes -= q->size_bytes;
	lab_l61_after_change(m, c, before); /* A4 */
	if (c->isolated)
		lab_l61_reintegrate(m, c); /* N3 */
	for (uint32_t page = *p / LAB_L61_BLOCK; page <= (*p + q->n - 1) / LAB_L61_BLOCK; page++)
		if (!c->populated[page]) { /* N5; X3: empty pages */
			PCPU_ASSERT(!q->populated_only);
			lab_l61_populate(m, c, page);
		}
	return LAB_L61_FITS;
}

static bool model_parks(const struct lab_linux61 *m)
{
	return !m->config.exact && !lab_l61_repairs(m->config.repaired, LAB_LINUX61_B26);
}

/* N2: tries one list. Returns the chunk that took the request, or NULL. */
static struct lab_l61_chunk *list_attempt(struct lab_linux61 *m, uint32_t list,
					  const struct lab_l61_request *q, uint32_t *p)
{
	struct lab_l61_chunk *c = m->list[list].nr > 0 ? m->list[list].at[0] : NULL, *next;

	for (; c; c = next) {
		uint32_t i = 0;
		enum lab_l61_answer answer;

		while (m->list[list].at[i] != c)
			i++;
		next = i + 1 < m->list[list].nr ? m->list[list].at[i + 1] : NULL;
		answer = chunk_attempt(m, c, q, p);
		if (answer == LAB_L61_FITS)
			return c;
		if (answer == LAB_L61_NOT_FOUND && (list == 1 || list == 2) && model_parks(m))
			lab_l61_move(m, c, 0, true); /* S4; H4: no parking */
	}
	return NULL;
}

uint32_t lab_l61_first_list(const struct lab_linux61 *m, const struct lab_l61_request *q)
{
	return q->size_bytes == m->config.unit_bytes ? lab_l61_free_slot(m) :
						       lab_l61_slot_of_bytes(q->size_bytes);
}

/* N1, N2, N4 */
static struct lab_l61_chunk *walk_chunks(struct lab_linux61 *m, const struct lab_l61_request *q,
					 bool atomic, uint32_t *p)
{
	struct lab_l61_chunk *c;
	uint32_t from = lab_l61_first_list(m, q);

	for (;;) {
		for (uint32_t list = from; list <= lab_l61_free_slot(m); list++) {
			c = list_attempt(m, list, q, p);
			if (c)
				return c;
		}
		if (atomic)
			return NULL;				    /* X2 */
		PCPU_ASSERT(m->list[lab_l61_free_slot(m)].nr == 0); /* it would have been placed */
		lab_l61_chunk_make(m);
	}
}

static void balance_if_wanted(struct lab_linux61 *m)
{
	if (m->balance_wanted)
		lab_l61_balance(m);
	m->balance_wanted = false;
}

bool lab_linux61_alloc(struct lab_linux61 *m, uint32_t size, uint32_t align, bool reserved,
		       bool atomic, struct lab_linux61_place *out)
{
	struct lab_l61_request q = { 0 };
	struct lab_l61_chunk *c;
	uint32_t p;

	atomic = atomic && m->config.honour_atomic; /* X4 */
	m->finding = (struct lab_linux61_finding){ .kind = LAB_LINUX61_NOT_JUDGED };
	if (!request_init(m, size, align, &q))
		return false;
	q.populated_only = atomic;
	if (m->config.judged)
		lab_l61_judge(m, &q, reserved && m->reserved);
	if (reserved && m->reserved) /* Q3 */
		c = chunk_attempt(m, m->reserved, &q, &p) == LAB_L61_FITS ? m->reserved : NULL;
	else
		c = walk_chunks(m, &q, atomic, &p);
	if (c) {
		*out = (struct lab_linux61_place){ c->id, c->start_bytes + p * LAB_L61_GRANULE };
		if (lab_l61_total(m) < EMPTY_PAGES_LOW) /* N5 */
			m->balance_wanted = true;
	} else if (atomic) { /* X2 */
		m->atomic_failed = true;
		m->balance_wanted = true;
	}
	balance_if_wanted(m);
	return c != NULL;
}

/* C2, C3; S2 is done. */
static void after_free(struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	struct lab_l61_list *free_list = &m->list[lab_l61_free_slot(m)];
	uint32_t total = lab_l61_total(m);

	if (!c->isolated && c->free_bytes == m->config.unit_bytes) { /* C2 */
		for (uint32_t i = 0; i < free_list->nr; i++)
			if (free_list->at[i] != c)
				m->balance_wanted = true;
		return;
	}
	if (c->immutable) /* C3 */
		return;
	if (!(c->isolated && c->nr_empty > 0) &&
	    !(total > EMPTY_PAGES_HIGH + c->nr_empty && c->nr_empty >= c->nr_blocks / 4))
		return;
	c->isolated = true;
	lab_l61_move(m, c, lab_l61_to_be_depopulated(m), true);
	m->balance_wanted = true;
}

static struct lab_l61_chunk *chunk_of(const struct lab_linux61 *m, uint32_t id)
{
	if (id == LAB_LINUX61_RESERVED)
		return m->reserved;
	return id < m->counts.nr_made ? m->chunk[id] : NULL;
}

/* H4: returns whether a live object starts here. Hidden parts (M2) do not count. */
static bool is_live_start(const struct lab_l61_chunk *c, uint32_t p)
{
	return c->used[p] && c->edge[p] && p >= c->from && p < c->to;
}

void lab_linux61_free(struct lab_linux61 *m, struct lab_linux61_place place)
{
	struct lab_l61_chunk *c = chunk_of(m, place.chunk);
	uint32_t p, end, before;

	if (!c || place.offset < c->start_bytes ||
	    (place.offset - c->start_bytes) / LAB_L61_GRANULE >= c->size)
		return;
	p = (place.offset - c->start_bytes) / LAB_L61_GRANULE;
	if (m->config.exact && !is_live_start(c, p)) {
		m->counts.nr_bad_frees++;
		return;
	}
	for (end = p + 1; end < c->size && !c->edge[end]; end++) /* M3, V3 */
		continue;
	before = lab_l61_slot(m, c);
	lab_l61_give(c, p, end - p, m->config.exact);
	c->free_bytes += (end - p) * LAB_L61_GRANULE;
	lab_l61_after_change(m, c, before); /* C1 */
	after_free(m, c);
	balance_if_wanted(m);
}

void lab_linux61_balance(struct lab_linux61 *m)
{
	lab_l61_balance(m);
}
