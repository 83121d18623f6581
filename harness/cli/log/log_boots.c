/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_boots.c - assigns the lines of a log to boots, and finds duplicates.
 *
 *	P	Embedded 13 pages/cpu ...		P S E E | P S E E	two boots
 *	S	pcpu-alloc: s... r... d... u... alloc=	S S E E E E		serial and console
 *	E	pcpu-alloc: [0] 0 1 ...			S E S E E E		... one of them late
 *
 * R1  A dump has no line twice, since each names its own CPUs: a repeated line is a copy from
 *     another console.
 * R2  If all lines pair off in order, each with a later copy of itself, the log is doubled, unless
 *     all copies follow all originals: then these are two equal boots.
 * R3  A boot begins with P or S. One whose dump lost all entries counts only when no other boot
 *     does.
 */
#include "harness/cli/log/log_clean.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_PAGES, KIND_SIZES, KIND_ENTRIES };
enum { WINDOW = 8 }; /* how many lines of a dump a copy may be late */

struct item {
	enum kind kind;
	char *line; /* blanked as a whole */
	size_t line_bytes;
	const char *payload;
	size_t nr;
	uint32_t boot; /* from 1; 0: before the first */
	bool dropped;
};

struct items {
	struct item *item;
	size_t nr;
};

static bool boots_equal(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && a->nr == b->nr && !memcmp(a->payload, b->payload, a->nr);
}

static void boots_collect(struct items *items, struct log_text *text)
{
	char *at = text->at, *end = text->at + text->bytes;

	for (char *next; at < end; at = next + 1) {
		struct item item = { .line = at };

		next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		item.line_bytes = (size_t)(next - at);
		if (log_payload(at, item.line_bytes, &item.payload, &item.nr))
			item.kind = item.nr && *item.payload == 's' ? KIND_SIZES : KIND_ENTRIES;
		else if (log_pages_payload(at, item.line_bytes, &item.payload, &item.nr))
			item.kind = KIND_PAGES;
		else
			continue;
		items->item = g_renew(struct item, items->item, items->nr + 1);
		items->item[items->nr++] = item;
	}
}

/* --- doubled lines --------------------------------------------------------------------------- */

/* Returns whether the second half equals the first; then both are boots. */
static bool halves_are_equal(const struct items *items)
{
	size_t half = items->nr / 2;

	for (size_t i = 0; i < half; i++)
		if (!boots_equal(&items->item[i], &items->item[half + i]))
			return false;
	return half > 1;
}

/* Pairs each line with a later copy, in order (R2); marks the copies. */
static bool pair_off(const struct items *items, bool *is_copy)
{
	size_t *waiting = g_malloc((items->nr + 1) * sizeof(*waiting)), first = 0, nr = 0;
	bool all;

	for (size_t i = 0; i < items->nr; i++) {
		is_copy[i] =
			first < nr && boots_equal(&items->item[waiting[first]], &items->item[i]);
		if (is_copy[i])
			first++;
		else
			waiting[nr++] = i;
	}
	all = first == nr;
	free(waiting);
	return all;
}

static void drop_pairs(struct items *items)
{
	bool *is_copy = g_malloc0_n(items->nr + 1, sizeof(*is_copy));

	if (items->nr % 2 == 0 && !halves_are_equal(items) && pair_off(items, is_copy))
		for (size_t i = 0; i < items->nr; i++)
			items->item[i].dropped = is_copy[i];
	free(is_copy);
}

/* R1: drops a line that was in this dump shortly before, and sizes directly after themselves. */
static void drop_copies(struct items *items)
{
	size_t begin = 0; /* of the dump */

	for (size_t i = 0; i < items->nr; i++) {
		struct item *item = &items->item[i];
		size_t from = i > WINDOW ? i - WINDOW : 0;

		if (item->dropped)
			continue;
		for (size_t j = i; j-- > (from > begin ? from : begin) && !item->dropped;) {
			const struct item *before = &items->item[j];

			item->dropped = !before->dropped && boots_equal(before, item);
			if (item->kind != KIND_ENTRIES && !before->dropped &&
			    before->kind == KIND_ENTRIES)
				break; /* sizes after entries belong to the next dump */
		}
		if (item->kind != KIND_ENTRIES && !item->dropped)
			begin = i > 0 && items->item[i - 1].kind == KIND_PAGES ? i - 1 : i;
	}
}

/* --- boots ----------------------------------------------------------------------------------- */

struct boot {
	bool has_pages, has_sizes, has_entries;
};

static bool begins_boot(const struct boot *boot, const struct item *item)
{
	if (item->kind == KIND_PAGES)
		return boot->has_pages || boot->has_sizes;
	return item->kind == KIND_SIZES && boot->has_sizes;
}

/* R3: returns whether it is complete as a dump, or as the line of pages. */
static bool boots_counts(const struct boot *boot)
{
	return boot->has_sizes ? boot->has_entries : boot->has_pages;
}

/* Collects the lines from `from` up to the next boot's first, whose number is returned. */
static size_t boot_at(const struct items *items, size_t from, struct boot *boot)
{
	*boot = (struct boot){ 0 };
	for (size_t i = from; i < items->nr; i++) {
		const struct item *item = &items->item[i];

		if (item->dropped)
			continue;
		if (begins_boot(boot, item))
			return i;
		boot->has_pages |= item->kind == KIND_PAGES;
		boot->has_sizes |= item->kind == KIND_SIZES;
		boot->has_entries |= item->kind == KIND_ENTRIES && boot->has_sizes;
	}
	return items->nr;
}

/* Entries before the sizes are the end of a dump whose start is lost. */
static void number_lines(struct items *items, size_t from, size_t to, uint32_t boot)
{
	bool has_sizes = false;

	for (size_t i = from; i < to; i++) {
		struct item *item = &items->item[i];

		has_sizes |= item->kind == KIND_SIZES;
		item->boot = item->kind == KIND_ENTRIES && !has_sizes ? 0 : boot;
	}
}

/* Numbers the boots that count, and returns how many. */
static uint32_t number_boots(struct items *items)
{
	uint32_t nr = 0;

	for (size_t i = 0, next; i < items->nr; i = next) {
		struct boot boot;

		next = boot_at(items, i, &boot);
		nr += boots_counts(&boot);
		number_lines(items, i, next, boots_counts(&boot) ? nr : 0);
	}
	return nr;
}

static void blank_out(const struct items *items, uint32_t boot)
{
	for (size_t i = 0; i < items->nr; i++) {
		const struct item *item = &items->item[i];

		if (item->dropped || (boot && item->boot != boot))
			memset(item->line, ' ', item->line_bytes);
	}
}

uint32_t log_choose_boot(struct log_text *text, uint32_t boot)
{
	struct items items = { 0 };
	uint32_t nr;

	boots_collect(&items, text);
	drop_pairs(&items);
	drop_copies(&items);
	nr = number_boots(&items);
	if (boot <= nr || (nr == 0 && boot == 1))
		blank_out(&items, nr ? boot : 0);
	free(items.item);
	return nr ? nr : 1;
}
