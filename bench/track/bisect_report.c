/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bisect_report.c - what was found.
 *
 *	0123456789ab 2026-01-31 core: search twice
 *	pair/8B/cpus:8/bare/area instructions/op: 1732.00 -> 1784.00, +3.00 %
 *
 *	function                                       before        after       change
 *	chunks_search                                   88.00       140.00       +52.00
 *
 *	the function that grew: chunks_search
 */
#include "bench/track/bisect.h"
#include "bench/track/revisions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FUNCTIONS = 8 };
#define LEAST_CHANGE 0.005 /* what two decimals show */

struct change {
	const char *name;
	double before, after;
};

static gint compare_changes(gconstpointer a, gconstpointer b)
{
	const struct change *x = a, *y = b;
	double dx = fabs(x->after - x->before), dy = fabs(y->after - y->before);

	return dx != dy ? (dx < dy ? 1 : -1) : strcmp(x->name, y->name);
}

static double function_count(GHashTable *functions, const char *name)
{
	const double *count = g_hash_table_lookup(functions, name);

	return count ? *count : 0;
}

/* Appends those of one side; `other` has names that are there already. */
static void changes_add(GArray *changes, GHashTable *of, GHashTable *other, bool is_before)
{
	GHashTableIter at;
	gpointer name, value;

	g_hash_table_iter_init(&at, of);
	while (g_hash_table_iter_next(&at, &name, &value)) {
		double here = *(double *)value, there = function_count(other, name);
		struct change change = {name, is_before ? here : there, is_before ? there : here};

		if (!is_before && g_hash_table_contains(other, name))
			continue;
		if (fabs(change.after - change.before) >= LEAST_CHANGE)
			g_array_append_val(changes, change);
	}
}

/* The one that changed most in the direction of the whole; NULL: none did. */
static const struct change *changes_cause(const GArray *changes, bool is_rise)
{
	for (guint i = 0; i < changes->len; i++) {
		const struct change *change = &g_array_index(changes, struct change, i);

		if ((change->after > change->before) == is_rise)
			return change;
	}
	return NULL;
}

/* Returns the function that grew, or NULL; malloc'ed. */
static char *print_functions(const struct named_count *before, const struct named_count *after)
{
	char *name;
	GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	bool is_rise = after->value > before->value;
	const struct change *cause;

	changes_add(changes, before->functions, after->functions, true);
	changes_add(changes, after->functions, before->functions, false);
	g_array_sort(changes, compare_changes);
	printf("\n%-44s %12s %12s %12s\n", "function, itself alone", "before", "after", "change");
	for (guint i = 0; i < changes->len && i < MOST_FUNCTIONS; i++) {
		const struct change *change = &g_array_index(changes, struct change, i);

		printf("%-44s %12.2f %12.2f %+12.2f\n", change->name, change->before,
		       change->after, change->after - change->before);
	}
	cause = changes_cause(changes, is_rise);
	if (cause)
		printf("\nthe function that %s: %s\n", is_rise ? "grew" : "shrank", cause->name);
	name = g_strdup(cause ? cause->name : NULL);
	g_array_free(changes, TRUE);
	return name;
}

static void print_commit(const char *id)
{
	char *words = revision_words(id);

	puts(words);
	free(words);
}

/* The good one that the bad one is compared with: its parent, where that was counted. */
static const char *good_before(const struct bisect *bisect)
{
	char parent[GIT_ID_BYTES], *name = g_strdup_printf("%s^", bisect->bad);
	const char *last = g_ptr_array_index(bisect->good, bisect->good->len - 1);

	if (git_resolve(name, parent)) {
		for (guint i = 0; i < bisect->good->len; i++) {
			if (!strcmp(g_ptr_array_index(bisect->good, i), parent))
				last = g_ptr_array_index(bisect->good, i);
		}
	}
	free(name);
	return last;
}

/* Returns how many it may be. */
static unsigned print_skipped(struct bisect *bisect)
{
	char **skipped = bisect_skipped(bisect);
	unsigned nr = g_strv_length(skipped) + 1;

	for (char **id = skipped; *id; id++)
		print_commit(*id);
	printf("one of these %u: those before the first could not be counted\n", nr);
	g_strfreev(skipped);
	return nr;
}

/* "since 0123456789ab 2026-01-31 core: search twice, in chunks_search" */
static char *found_words(const struct bisect *bisect, unsigned nr, const char *cause)
{
	char *commit = revision_words(bisect->bad), *words;
	char *several = nr > 1 ? g_strdup_printf("one of %u commits, the last of them ", nr) :
				 g_strdup("");

	words = g_strdup_printf("since %s%s%s%s", several, commit, cause ? ", in " : "",
				cause ? cause : "");
	g_free(several);
	free(commit);
	return words;
}

char *bisect_report(struct bisect *bisect, enum bisect_end end)
{
	char *cause = NULL, *words;
	unsigned nr = 1;
	const struct bisect_count *before = bisect_count(bisect, good_before(bisect));
	const struct bisect_count *after = bisect_count(bisect, bisect->bad);
	double a = before->count.value, b = after->count.value;

	print_commit(bisect->bad);
	if (end == BISECT_SEVERAL)
		nr = print_skipped(bisect);
	printf("%s %s: %.2f -> %.2f", bisect->metric->name, bisect->metric->metric, a, b);
	if (a != 0)
		printf(", %+.2f %%", 100 * (b / a - 1));
	puts("");
	if (counted_metric_is_instructions(bisect->metric))
		cause = print_functions(&before->count, &after->count);
	words = found_words(bisect, nr, cause);
	g_free(cause);
	return words;
}
