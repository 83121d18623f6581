/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * markdown.c - see markdown.h.
 *
 *	### pcpu-lab: something was found			1
 *	host, 2 CPUs, commit 0123456789ab, 2026-01-31		1
 *	- **fuzzing**: 1 way to break it ... `./lab crash ...`	at most 3, and one for the others
 *	- alert 3 (new): `pair/8B/area instructions/op` ...	at most 2
 *	- `pair/8B/area instructions/op`: 60 → 63 (+5.0 %)	at most 2, and one for the others
 */
#include "reports/write/markdown.h"
#include "reports/document/result.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 160, MAX_RED = 3, MAX_ALERTS = 2, MAX_CHANGES = 2 };

/* --- text --------------------------------------------------------------------------------- */

/* One line of at most MAX_TEXT characters; free it. */
static char *short_line(const char *text)
{
	GString *line = g_string_new(NULL);
	long nr = 0;

	for (; *text && nr < MAX_TEXT; text = g_utf8_next_char(text), nr++) {
		gunichar c = g_utf8_get_char(text);

		g_string_append_unichar(line, g_unichar_iscntrl(c) ? ' ' : c);
	}
	if (*text)
		g_string_append(line, "…");
	return g_string_free(line, FALSE);
}

/* Every character that may mean something to Markdown or HTML is one of the text. */
static void put_text(FILE *to, const char *text)
{
	char *line = short_line(text);

	for (const char *at = line; *at; at++) {
		if (*at == '<')
			fputs("&lt;", to);
		else if (*at == '&')
			fputs("&amp;", to);
		else if (strchr("\\`*_{}[]()#+-.!|~>@:", *at))
			fprintf(to, "\\%c", *at);
		else
			fputc(*at, to);
	}
	free(line);
}

static size_t longest_ticks(const char *text)
{
	size_t most = 0;

	while (*(text += strcspn(text, "`"))) {
		size_t nr = strspn(text, "`");

		most = nr > most ? nr : most;
		text += nr;
	}
	return most;
}

/* As code: between more ticks than are in it. */
static void put_code(FILE *to, const char *text)
{
	char *line = short_line(text);
	size_t nr = longest_ticks(line) + 1;
	char *ticks = g_strnfill(nr, '`');

	fprintf(to, nr > 1 ? "%s %s %s" : "%s%s%s", ticks, line, ticks);
	free(ticks);
	free(line);
}

/* --- what is red -------------------------------------------------------------------------- */

static void put_head(FILE *to, const json_t *machine)
{
	const json_t *host = json_object_get(machine, "host");
	double cpus = result_number(host, "cpus");

	fputs("### pcpu-lab: ", to);
	put_text(to, result_text(json_object_get(machine, "verdict"), "words"));
	fputs("\n\n", to);
	put_text(to, result_text(machine, "name"));
	if (cpus > 0)
		fprintf(to, ", %.0f CPUs", cpus);
	if (*result_text(host, "commit")) {
		fputs(", commit ", to);
		put_code(to, result_text(host, "commit"));
	}
	if (json_is_true(json_object_get(json_object_get(machine, "verdict"), "dirty")))
		fputs(" (uncommitted changes)", to);
	fputc('\n', to);
}

static void put_red(FILE *to, const char *name, const char *words, const char *again)
{
	fputs("- **", to);
	put_text(to, name);
	fputs("**: ", to);
	put_text(to, words);
	if (*again) {
		fputs(" — ", to);
		put_code(to, again);
	}
	fputc('\n', to);
}

static bool is_red(const json_t *object)
{
	const char *state = result_text(object, "state");

	return !strcmp(state, "failed") || !strcmp(state, "damaged");
}

/* The subjects that are red; of the steps those that failed without a subject's being red. */
static void put_reds(FILE *to, const json_t *machine)
{
	const json_t *each;
	unsigned nr = 0;
	size_t i;

	json_array_foreach(json_object_get(machine, "subjects"), i, each)
	{
		if (is_red(each) && nr++ < MAX_RED)
			put_red(to, result_text(each, "subject"), result_text(each, "words"),
				result_text(each, "again"));
	}
	json_array_foreach(json_object_get(machine, "damages"), i, each)
	{
		if (nr++ < MAX_RED)
			put_red(to, result_text(each, "file"), result_text(each, "words"), "");
	}
	json_array_foreach(json_object_get(machine, "steps"), i, each)
	{
		if (!strcmp(result_text(each, "state"), "failed") && nr++ < MAX_RED)
			put_red(to, result_text(each, "step"), result_text(each, "words"),
				result_text(each, "again"));
	}
	if (nr > MAX_RED)
		fprintf(to, "- and %u more that are red\n", nr - MAX_RED);
}

/* --- what changed ------------------------------------------------------------------------- */

static void put_series_name(FILE *to, const json_t *series)
{
	bool none = !strcmp(result_text(series, "engine"), "-");
	char *name = g_strdup_printf("%s%s%s %s", result_text(series, "workload"), none ? "" : "/",
				     none ? "" : result_text(series, "engine"),
				     result_text(series, "metric"));

	put_code(to, name);
	free(name);
}

static void put_values(FILE *to, double before, double after)
{
	fprintf(to, ": %.6g → %.6g", before, after);
	if (before > 0)
		fprintf(to, " (%+.1f %%)", 100 * (after / before - 1));
}

static void put_alerts(FILE *to, const json_t *alerts)
{
	const json_t *alert;
	unsigned nr = 0;
	size_t i;

	json_array_foreach(alerts, i, alert)
	{
		const char *state = result_text(alert, "state");

		if (strcmp(state, "new") && strcmp(state, "seen"))
			continue;
		if (nr++ >= MAX_ALERTS)
			continue;
		fprintf(to, "- alert %.0f (%s): ", result_number(alert, "id"), state);
		put_series_name(to, alert);
		put_values(to, result_number(alert, "before"), result_number(alert, "after"));
		fputc('\n', to);
	}
	if (nr > MAX_ALERTS)
		fprintf(to, "- and %u more open alerts: `./lab history --alerts`\n",
			nr - MAX_ALERTS);
}

struct change {
	const json_t *series, *change;
	bool exact;
	double weight; /* of the relative change */
};

/* What is counted first, since it has no noise; then what changed most. */
static int compare_changes(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->exact != y->exact)
		return y->exact - x->exact;
	return (x->weight < y->weight) - (x->weight > y->weight);
}

/* Returns the change that the newest run of the series made, or NULL. */
static const json_t *newest_change(const json_t *history, const json_t *series)
{
	const json_t *changes = json_object_get(series, "changes");
	const json_t *set = json_array_get(json_object_get(history, "sets"),
					   (size_t)result_number(series, "set"));
	size_t nr_changes = json_array_size(changes), nr_runs = json_array_size(set);
	const json_t *last = nr_changes ? json_array_get(changes, nr_changes - 1) : NULL;

	if (!last || !nr_runs)
		return NULL;
	return json_integer_value(json_object_get(last, "run")) ==
			       json_integer_value(json_array_get(set, nr_runs - 1)) ?
		       last :
		       NULL;
}

static struct change *find_changes(const json_t *history, size_t *nr)
{
	const json_t *all = json_object_get(history, "series"), *series;
	struct change *changes = g_new0(struct change, json_array_size(all) + 1);
	size_t i;

	*nr = 0;
	json_array_foreach(all, i, series)
	{
		const json_t *change = newest_change(history, series);
		double before = result_number(change, "before");
		double after = result_number(change, "after");

		if (!change)
			continue;
		changes[(*nr)++] = (struct change){
			.series = series,
			.change = change,
			.exact = json_is_true(json_object_get(series, "exact")),
			.weight = before > 0 && after > 0 ? fabs(log(after / before)) : HUGE_VAL,
		};
	}
	qsort(changes, *nr, sizeof(*changes), compare_changes);
	return changes;
}

static void put_changes(FILE *to, const json_t *history)
{
	size_t nr, nr_series = json_array_size(json_object_get(history, "series"));
	struct change *changes = find_changes(history, &nr);

	for (size_t i = 0; i < nr && i < MAX_CHANGES; i++) {
		fputs("- ", to);
		put_series_name(to, changes[i].series);
		put_values(to, result_number(changes[i].change, "before"),
			   result_number(changes[i].change, "after"));
		fputc('\n', to);
	}
	if (nr > MAX_CHANGES)
		fprintf(to, "- and %zu more changes in %zu series\n", nr - MAX_CHANGES, nr_series);
	else if (!nr)
		fprintf(to, "- the newest run changed nothing in %zu series\n", nr_series);
	free(changes);
}

void markdown_write(FILE *to, const json_t *document)
{
	const json_t *machine;
	size_t i;

	json_array_foreach(json_object_get(document, "machines"), i, machine)
	{
		const json_t *history = json_object_get(machine, "history");

		if (i)
			fputc('\n', to);
		put_head(to, machine);
		put_reds(to, machine);
		put_alerts(to, json_object_get(history, "alerts"));
		if (history)
			put_changes(to, history);
	}
}
