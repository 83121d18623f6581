/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * linux61_model_lists.c - 15.9: the lists of chunks; 15.11: empty pages.
 *
 *	0 parked or full | 1 .. v by hint | v + 1 sidelined | v + 2 free | v + 3 to be depopulated
 */
#include "harness/check/linux61/linux61_model_parts.h"

#include <stdlib.h>
#include <string.h>

/* 15's terms: max(bit_length(bytes) - 3, 1) */
uint32_t lab_l61_slot_of_bytes(uint32_t bytes)
{
	uint32_t bit_length = 0;

	for (; bytes > 0; bytes /= 2)
		bit_length++;
	return bit_length > 4 ? bit_length - 3 : 1;
}

uint32_t lab_l61_sidelined(const struct lab_linux61 *m)
{
	return m->v + 1;
}

uint32_t lab_l61_free_slot(const struct lab_linux61 *m)
{
	return m->v + 2;
}

uint32_t lab_l61_to_be_depopulated(const struct lab_linux61 *m)
{
	return m->v + 3;
}

/* S1 */
uint32_t lab_l61_slot(const struct lab_linux61 *m, const struct lab_l61_chunk *c)
{
	uint32_t hint_bytes = LAB_L61_GRANULE * c->record.best.length;

	if (c->free_bytes < 4 || hint_bytes == 0)
		return 0;
	if (hint_bytes == m->config.unit_bytes)
		return lab_l61_free_slot(m);
	return lab_l61_slot_of_bytes(hint_bytes);
}

static void list_remove(struct lab_l61_list *list, const struct lab_l61_chunk *c)
{
	uint32_t i = 0;

	while (list->at[i] != c)
		i++;
	list->nr--;
	memmove(list->at + i, list->at + i + 1, (list->nr - i) * sizeof(struct lab_l61_chunk *));
}

static void list_insert(struct lab_l61_list *list, struct lab_l61_chunk *c, uint32_t at)
{
	if (list->nr == list->capacity) {
		list->capacity = 2 * list->capacity + 8;
		list->at = realloc(list->at, list->capacity * sizeof(struct lab_l61_chunk *));
		if (!list->at)
			abort();
	}
	memmove(list->at + at + 1, list->at + at, (list->nr - at) * sizeof(struct lab_l61_chunk *));
	list->at[at] = c;
	list->nr++;
}

/* Moves it from its list to one end of another, or of the same. */
void lab_l61_move(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t list, bool to_head)
{
	if (c->list != LAB_L61_NOWHERE)
		list_remove(&m->list[c->list], c);
	c->list = list;
	if (list != LAB_L61_NOWHERE)
		list_insert(&m->list[list], c, to_head ? 0 : m->list[list].nr);
}

/* S2; before: S1 before the take or free. */
void lab_l61_after_change(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t before)
{
	uint32_t after = lab_l61_slot(m, c);

	lab_l61_shadows_changed(m, c);
	if (c == m->reserved || c->isolated || after == before)
		return;
	lab_l61_move(m, c, after, after > before);
}

/* N3 */
void lab_l61_reintegrate(struct lab_linux61 *m, struct lab_l61_chunk *c)
{
	c->isolated = false;
	lab_l61_move(m, c, lab_l61_slot(m, c), true); /* S3 */
}

/* E2 */
void lab_l61_populate(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t page)
{
	PCPU_ASSERT(!c->populated[page]);
	c->populated[page] = 1;
	c->nr_empty += c->nr_used[page] == 0;
	m->counts.nr_pages++;
	if (m->counts.nr_pages > m->counts.nr_pages_most)
		m->counts.nr_pages_most = m->counts.nr_pages;
}

void lab_l61_depopulate(struct lab_linux61 *m, struct lab_l61_chunk *c, uint32_t page)
{
	PCPU_ASSERT(c->populated[page] && c->nr_used[page] == 0);
	c->populated[page] = 0;
	c->nr_empty--;
	m->counts.nr_pages--;
}

/* E1 */
uint32_t lab_l61_total(const struct lab_linux61 *m)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < m->counts.nr_made; i++)
		if (m->chunk[i] && !m->chunk[i]->isolated)
			total += m->chunk[i]->nr_empty;
	return total;
}
