/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage.c - writes counts to a JSON object: sums, files, places.
 *
 *	profiles > llvm-cov export > lines and branches > places > reasons > this object
 *
 * R1  Measured: every core/X.c, and the parts of headers that these use. The macros of percpu*.h
 *     are code of their users: unit tests compile and run them.
 * R2  A file of the core that no program links counts as one line that did not run.
 */
#include "harness/cli/coverage/coverage.h"
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage_tools.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct sum {
	json_int_t count, covered, reasoned;
};

struct measure {
	struct sum lines, branches, mcdc;
	json_t *files, *unreached, *stale;
};

static json_t *sum_json(const struct sum *sum)
{
	double percent = sum->count ? 100.0 * (double)sum->covered / (double)sum->count : 100.0;

	return json_pack("{s:I, s:I, s:I, s:f}", "count", sum->count, "covered", sum->covered,
			 "reasoned", sum->reasoned, "percent", percent);
}

static void add_sum(struct sum *all, const struct sum *one)
{
	all->count += one->count;
	all->covered += one->covered;
	all->reasoned += one->reasoned;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool coverage_counts(const char *name)
{
	return strncmp(name, "core/include/pcpu/percpu", 24) != 0;
}

/* "12-14 30": the lines that did not run; malloc'ed. */
static char *uncovered_lines(const struct coverage_places *places, const char *file)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = memory_file_open(&text, &bytes);
	const char *blank = "";

	for (size_t i = 0; i < places->nr; i++) {
		const struct coverage_place *place = &places->at[i];

		if (place->kind != COVERAGE_LINES || strcmp(place->file, file))
			continue;
		fprintf(to, "%s%u", blank, place->line);
		if (place->to_line > place->line)
			fprintf(to, "-%u", place->to_line);
		blank = " ";
	}
	fclose(to);
	return text;
}

static void take_reasons(const struct coverage_places *places, const char *file, struct sum *lines,
			 struct sum *branches)
{
	for (size_t i = 0; i < places->nr; i++) {
		const struct coverage_place *place = &places->at[i];

		if (!place->reason || strcmp(place->file, file))
			continue;
		lines->reasoned += place->nr_lines;
		branches->reasoned += place->nr_sides;
	}
}

static void take_file(struct measure *measure, const struct coverage_file *file,
		      const struct coverage_places *places)
{
	struct sum lines = {(json_int_t)file->nr_lines, coverage_lines_covered(file), 0};
	struct sum branches = {2 * (json_int_t)file->nr_branches, coverage_sides_covered(file), 0};
	struct sum mcdc = {file->nr_conditions, file->nr_conditions_covered, 0};
	char *uncovered = uncovered_lines(places, file->name);

	take_reasons(places, file->name, &lines, &branches);
	json_array_append_new(measure->files,
			      json_pack("{s:s, s:o, s:o, s:o, s:s}", "file", file->name, "lines",
					sum_json(&lines), "branches", sum_json(&branches), "mcdc",
					sum_json(&mcdc), "uncovered", uncovered));
	add_sum(&measure->lines, &lines);
	add_sum(&measure->branches, &branches);
	add_sum(&measure->mcdc, &mcdc);
	free(uncovered);
}

static bool is_measured(const struct coverage_data *data, const char *file)
{
	for (size_t i = 0; i < data->nr_files; i++) {
		if (!strcmp(data->files[i].name, file))
			return true;
	}
	return false;
}

/* R2. */
static void add_unlinked(struct measure *measure, const struct coverage_data *data)
{
	const struct sum none = {0}, one = {.count = 1};
	char *core = cmd_path("core");
	char **names = folder_names(core);

	for (char **name = names; *name; name++) {
		char file[300];

		snprintf(file, sizeof(file), "core/%s", *name);
		if (!g_str_has_suffix(file, ".c") || is_measured(data, file))
			continue;
		add_sum(&measure->lines, &one);
		json_array_append_new(measure->files,
				      json_pack("{s:s, s:o, s:o, s:o, s:s}", "file", file, "lines",
						sum_json(&one), "branches", sum_json(&none), "mcdc",
						sum_json(&none), "uncovered",
						"all (no program links it)"));
	}
	g_strfreev(names);
	free(core);
}

/* --- places ----------------------------------------------------------------------------------- */

static json_t *place_json(const struct coverage_place *place)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:s, s:s?}", "file", place->file, "line",
			 (int)place->line, "to_line", (int)place->to_line, "column",
			 (int)place->column, "function", place->function, "missing",
			 coverage_kind_name(place->kind), "text", place->text, "reason",
			 place->reason);
}

static void take_stale(struct measure *measure, const struct coverage_reasons *reasons)
{
	for (size_t i = 0; i < reasons->nr; i++) {
		const struct coverage_entry *entry = &reasons->entries[i];
		char *place;

		if (entry->nr_places)
			continue;
		place = g_strdup_printf("%s %s %s %s", entry->file, entry->function,
					coverage_kind_name(entry->kind), entry->text);
		json_array_append_new(measure->stale, json_pack("{s:i, s:s}", "line",
								(int)entry->line, "place", place));
		free(place);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct coverage_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static json_t *sum_up(struct coverage_data *data, struct coverage_places *places,
		      struct coverage_reasons *reasons)
{
	struct measure measure = {
		.files = json_array(), .unreached = json_array(), .stale = json_array()};

	if (reasons) {
		coverage_reasons_apply(reasons, places);
		take_stale(&measure, reasons);
	}
	for (size_t i = 0; i < data->nr_files; i++) {
		if (coverage_counts(data->files[i].name))
			take_file(&measure, &data->files[i], places);
	}
	add_unlinked(&measure, data);
	for (size_t i = 0; i < places->nr; i++)
		json_array_append_new(measure.unreached, place_json(&places->at[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "lines", sum_json(&measure.lines),
			 "branches", sum_json(&measure.branches), "mcdc", sum_json(&measure.mcdc),
			 "files", measure.files, "unreached", measure.unreached, "stale",
			 measure.stale);
}

json_t *coverage_measure(const char *name, char *const *executables,
			 struct coverage_reasons *reasons)
{
	static const char *const words[] = {"export", "-skip-functions", NULL};
	char *exported = coverage_path(name, "export.json");
	struct coverage_data data = {0};
	struct coverage_places places = {0};
	json_t *coverage = NULL;
	bool ok = coverage_merge(name) && coverage_export(name, words, executables, exported) &&
		  coverage_data_read(&data, exported, "core/");

	if (ok && data.nr_files)
		qsort(data.files, data.nr_files, sizeof(*data.files), by_name);
	for (size_t i = 0; ok && i < data.nr_files; i++)
		ok = !coverage_counts(data.files[i].name) ||
		     coverage_places_add(&places, &data.files[i]);
	if (ok)
		coverage = sum_up(&data, &places, reasons);
	coverage_places_free(&places);
	coverage_data_free(&data);
	free(exported);
	return coverage;
}

/* --- printing --------------------------------------------------------------------------------- */

static json_int_t coverage_json_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

double coverage_percent(const json_t *coverage, const char *what)
{
	const json_t *sum = json_object_get(coverage, what);
	json_int_t count =
		coverage_json_number(sum, "count") - coverage_json_number(sum, "reasoned");

	return count ? 100.0 * (double)coverage_json_number(sum, "covered") / (double)count : 100.0;
}

void coverage_print(FILE *to, const json_t *coverage)
{
	const json_t *lines = json_object_get(coverage, "lines"), *file;
	size_t i;

	json_array_foreach(json_object_get(coverage, "files"), i, file)
	{
		const char *uncovered = json_string_value(json_object_get(file, "uncovered"));

		if (uncovered && *uncovered)
			fprintf(to, "  no test runs %s: %s\n",
				json_string_value(json_object_get(file, "file")), uncovered);
	}
	fprintf(to, "  line coverage of core/: %.2f %% (%lld of %lld lines)\n",
		json_real_value(json_object_get(lines, "percent")),
		(long long)coverage_json_number(lines, "covered"),
		(long long)coverage_json_number(lines, "count"));
}
