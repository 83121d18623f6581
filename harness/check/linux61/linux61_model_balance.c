/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* linux61_model_balance.c - 15.13: one pass of balance, in its four parts. */
#include "harness/check/linux61/linux61_model_parts.h"

#define EMPTY_PAGES_HIGH 4u

/* K1, K4: destroys all of the free slot's list but its head. */
static void destroy_free_chunks(struct lab_linux61 *m, bool without_empty_pages_only)
{
	struct lab_l61_list *list = &m->list[lab_l61_free_slot(m)];
	uint32_t i = 1;

	while (i < list->nr)
		if (without_empty_pages_only && list->at[i]->nr_empty > 0)
			i++;
		else
			lab_l61_chunk_remove(m, list->at[i]);
}

/* K2 */
static void depopulate_chunks(struct lab_linux61 *m)
{
	struct lab_l61_list *list = &m->list[lab_l61_to_be_depopulated(m)];

	while (list->nr > 0) {
		struct lab_l61_chunk *c = list->at[0];

		if (c->nr_empty > 0 && lab_l61_total(m) < EMPTY_PAGES_HIGH) {
			lab_l61_reintegrate(m, c);
			continue;
		}
		for (uint32_t page = c->nr_blocks; page-- > 0;)
			if (c->populated[page] && c->nr_used[page] == 0)
				lab_l61_depopulate(m, c, page);
		if (c->free_bytes == m->config.unit_bytes)
			lab_l61_reintegrate(m, c);
		else
			lab_l61_move(m, c, lab_l61_sidelined(m), false);
	}
}

/* K3: 4 - total, within 0..4 */
static uint32_t pages_wanted(const struct lab_linux61 *m)
{
	uint32_t total = lab_l61_total(m);

	return total < EMPTY_PAGES_HIGH ? EMPTY_PAGES_HIGH - total : 0;
}

static bool has_unpopulated_page(const struct lab_l61_chunk *c)
{
	for (uint32_t page = 0; page < c->nr_blocks; page++)
		if (!c->populated[page])
			return true;
	return false;
}

/* K3: stocks from one list. Returns how many pages are still wanted. */
static uint32_t stock_from_list(struct lab_linux61 *m, struct lab_l61_list *list, uint32_t want)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		struct lab_l61_chunk *c = list->at[i];

		if (!has_unpopulated_page(c))
			continue;
		if (c->isolated && (m->config.exact || /* H4 */
				    lab_l61_repairs(m->config.repaired, LAB_LINUX61_B27)))
			lab_l61_reintegrate(m, c);
		for (uint32_t page = 0; page < c->nr_blocks && want > 0; page++)
			if (!c->populated[page]) {
				lab_l61_populate(m, c, page);
				m->counts.nr_vain_pages += c->isolated;
				want--;
			}
		break; /* one chunk a list */
	}
	return want;
}

/* K3 */
static void stock_pages(struct lab_linux61 *m)
{
	uint32_t want = m->atomic_failed ? EMPTY_PAGES_HIGH : pages_wanted(m);

	m->atomic_failed = false;
	while (want > 0) {
		for (uint32_t i = lab_l61_slot_of_bytes(PCPU_PAGE_BYTES); i <= lab_l61_free_slot(m);
		     i++)
			if (want > 0)
				want = stock_from_list(m, &m->list[i], want);
		if (want == 0)
			break;
		lab_l61_chunk_make(m);
		want = pages_wanted(m);
	}
}

void lab_l61_balance(struct lab_linux61 *m)
{
	m->counts.nr_balances++;
	destroy_free_chunks(m, false); /* K1 */
	depopulate_chunks(m);	       /* K2 */
	stock_pages(m);		       /* K3 */
	destroy_free_chunks(m, true);  /* K4 */
}
