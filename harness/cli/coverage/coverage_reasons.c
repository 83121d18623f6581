/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_reasons.c - reads corpus/unreached and compares it with the unreached places.
 *
 *	places above	a reason below		places above	a reason below
 *	------ one block -------------		------ the next block --------
 */
#include "harness/cli/coverage/coverage_reasons.h"
#include "harness/cli/cmd.h"

#include <ctype.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

bool coverage_text_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == '*') { /* test this first: the text may contain a star too */
			star = pattern++;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) { /* the last star takes one more */
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
	struct coverage_reasons *reasons;
	const char *name;
	unsigned line;
};

static bool reason_refuse(const struct reader *reader, const char *expected)
{
	cmd_bad_input(reader->name, reader->line, expected);
	return false;
}

static bool is_percent(double percent)
{
	return percent >= 0 && percent <= 100;
}

static bool read_demand(const struct reader *reader, const char *line)
{
	struct coverage_reasons *reasons = reader->reasons;
	int end = 0;

	if (sscanf(line, "demand lines %lf branches %lf%n", &reasons->lines_percent,
		   &reasons->branches_percent, &end) != 2 ||
	    line[end] || !is_percent(reasons->lines_percent) ||
	    !is_percent(reasons->branches_percent))
		return reason_refuse(reader, "`demand lines PERCENT branches PERCENT`");
	reasons->is_demand = true;
	return true;
}

static bool read_kind(const char *word, enum coverage_kind *kind)
{
	for (*kind = COVERAGE_LINES; *kind <= COVERAGE_NO_FALSE; (*kind)++)
		if (word && !strcmp(word, coverage_kind_name(*kind)))
			return true;
	return false;
}

static bool read_place(const struct reader *reader, char *line)
{
	struct coverage_reasons *reasons = reader->reasons;
	struct coverage_entry entry = {.line = reader->line};
	const char *kind;

	entry.file = strsep(&line, " ");
	entry.function = strsep(&line, " ");
	kind = strsep(&line, " ");
	entry.text = line;
	if (!read_kind(kind, &entry.kind) || !line || !*line)
		return reason_refuse(reader, "FILE FUNCTION runs|true|false TEXT");
	/* The first place after a reason begins a block. */
	if (!reasons->nr_reasons || reasons->reasons[reasons->nr_reasons - 1]) {
		reasons->reasons =
			g_realloc(reasons->reasons, (reasons->nr_reasons + 1) * sizeof(char *));
		reasons->reasons[reasons->nr_reasons++] = NULL;
	}
	entry.reason = reasons->nr_reasons - 1;
	reasons->entries =
		g_realloc(reasons->entries, (reasons->nr + 1) * sizeof(*reasons->entries));
	reasons->entries[reasons->nr++] = entry;
	return true;
}

static bool read_reason(const struct reader *reader, const char *words)
{
	struct coverage_reasons *reasons = reader->reasons;
	char **block = reasons->nr_reasons ? &reasons->reasons[reasons->nr_reasons - 1] : NULL;
	char *before = block ? *block : NULL;

	if (!block)
		return reason_refuse(reader, "a place above its reason");
	*block = g_strdup_printf("%s%s%s", before ? before : "", before ? " " : "", words);
	free(before);
	return true;
}

static bool read_line(const struct reader *reader, char *line)
{
	const char *words = line + strspn(line, " \t");

	if (!*words || *line == '#')
		return true;
	if (words > line)
		return read_reason(reader, words);
	if (!strncmp(line, "demand ", strlen("demand ")))
		return read_demand(reader, line);
	return read_place(reader, line);
}

bool coverage_reasons_parse(struct coverage_reasons *reasons, const char *name, char *text)
{
	struct reader reader = {.reasons = reasons, .name = name};
	char *rest = text, *line;
	bool ok = true;

	*reasons = (struct coverage_reasons){.text = text};
	while (ok && (line = strsep(&rest, "\n")) != NULL) {
		reader.line++;
		ok = read_line(&reader, line);
	}
	if (ok && reasons->nr_reasons && !reasons->reasons[reasons->nr_reasons - 1])
		ok = reason_refuse(&reader, "a reason, indented, below the last places");
	if (!ok)
		coverage_reasons_free(reasons);
	return ok;
}

void coverage_reasons_free(struct coverage_reasons *reasons)
{
	for (size_t i = 0; i < reasons->nr_reasons; i++)
		free(reasons->reasons[i]);
	free(reasons->reasons);
	free(reasons->entries);
	free(reasons->text);
	*reasons = (struct coverage_reasons){0};
}

/* --- applying --------------------------------------------------------------------------------- */

static bool reasons_names(const struct coverage_entry *entry, const struct coverage_place *place)
{
	return entry->kind == place->kind && coverage_text_matches(entry->file, place->file) &&
	       coverage_text_matches(entry->function, place->function) &&
	       coverage_text_matches(entry->text, place->text);
}

void coverage_reasons_apply(struct coverage_reasons *reasons, struct coverage_places *places)
{
	for (size_t i = 0; i < places->nr; i++) {
		struct coverage_place *place = &places->at[i];

		/* All places from the guard up to this one belong to its condition. */
		for (size_t g = place->guard; g < i && !place->reason; g++)
			place->reason = places->at[g].reason;
		for (size_t k = 0; k < reasons->nr; k++) {
			struct coverage_entry *entry = &reasons->entries[k];

			if (!reasons_names(entry, place))
				continue;
			entry->nr_places++;
			place->reason = reasons->reasons[entry->reason];
		}
	}
}
