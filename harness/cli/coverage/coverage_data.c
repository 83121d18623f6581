/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_data.c - reads llvm-cov's JSON (version 2 of llvm.coverage.json.export).
 *
 *	segment	[line, column, count, has a count, starts a region, is a gap]
 *	branch	[line, column, line, column, taken, not taken, file, inner file, kind]
 *	mcdc	[line, column, line, column, file, kind, [condition covered, ...]]
 *
 * R1  A line runs as often as the most frequent region that starts on it or reaches into it, as
 *     llvm-cov's own text and lcov outputs say. A line without a region does not count.
 * R2  Copies of a function give copies of its records: they are added up.
 */
#include "harness/cli/coverage/coverage_data.h"
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage_source.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number_at(const json_t *array, size_t i)
{
	return (uint64_t)json_integer_value(json_array_get(array, i));
}

/* --- lines ------------------------------------------------------------------------------------ */

enum {
	SEGMENT_LINE,
	SEGMENT_COLUMN,
	SEGMENT_COUNT,
	SEGMENT_HAS_COUNT,
	SEGMENT_STARTS,
	SEGMENT_GAP
};

static bool is_set(const json_t *segment, size_t field)
{
	return json_is_true(json_array_get(segment, field));
}

static bool starts_code(const json_t *segment)
{
	return is_set(segment, SEGMENT_HAS_COUNT) && is_set(segment, SEGMENT_STARTS);
}

/* Adds one line: segments [from, to) begin on it, `before` (or NULL) reaches into it. */
static void add_line(struct coverage_file *file, unsigned line, const json_t *segments, size_t from,
		     size_t to, const json_t *before)
{
	const json_t *first = from < to ? json_array_get(segments, from) : NULL;
	bool skipped = first && is_set(first, SEGMENT_STARTS) && !is_set(first, SEGMENT_HAS_COUNT);
	bool mapped = before && is_set(before, SEGMENT_HAS_COUNT) && !skipped;
	uint64_t count = before ? number_at(before, SEGMENT_COUNT) : 0;

	for (size_t i = from; i < to; i++) {
		const json_t *segment = json_array_get(segments, i);

		if (!starts_code(segment))
			continue;
		mapped = true;
		if (!is_set(segment, SEGMENT_GAP) && number_at(segment, SEGMENT_COUNT) > count)
			count = number_at(segment, SEGMENT_COUNT);
	}
	if (mapped)
		file->lines[file->nr_lines++] = (struct coverage_line){line, count};
}

static void read_lines(struct coverage_file *file, const struct coverage_source *source,
		       const json_t *segments)
{
	size_t nr = json_array_size(segments), from = 0, to;
	const json_t *before = NULL;
	unsigned first, last;

	if (!nr)
		return;
	first = (unsigned)number_at(json_array_get(segments, 0), SEGMENT_LINE);
	last = (unsigned)number_at(json_array_get(segments, nr - 1), SEGMENT_LINE);
	file->lines = g_malloc0_n(last - first + 1, sizeof(*file->lines));
	for (unsigned line = first; line <= last; line++) {
		for (to = from; to < nr; to++)
			if (number_at(json_array_get(segments, to), SEGMENT_LINE) != line)
				break;
		if (line <= source->nr && source->in_function[line - 1])
			add_line(file, line, segments, from, to, before);
		if (to > from)
			before = json_array_get(segments, to - 1);
		from = to;
	}
}

/* --- branches --------------------------------------------------------------------------------- */

enum {
	BRANCH_LINE,
	BRANCH_COLUMN,
	BRANCH_TO_LINE,
	BRANCH_TO_COLUMN,
	BRANCH_TAKEN,
	BRANCH_NOT_TAKEN
};

static bool same_place(const struct coverage_branch *a, const struct coverage_branch *b)
{
	return a->line == b->line && a->column == b->column && a->nth_of_macro == b->nth_of_macro;
}

/* Adds the counts of another copy to an existing branch. */
static void add_branch(struct coverage_file *file, const struct coverage_branch *branch)
{
	for (size_t i = 0; i < file->nr_branches; i++) {
		struct coverage_branch *known = &file->branches[i];

		if (!same_place(known, branch))
			continue;
		known->count[0] += branch->count[0];
		known->count[1] += branch->count[1];
		return;
	}
	file->branches =
		g_realloc(file->branches, (file->nr_branches + 1) * sizeof(*file->branches));
	file->branches[file->nr_branches++] = *branch;
}

/* use: where the macro with these branches is used; NULL: they are in the file itself. */
static void read_branches(struct coverage_file *file, const json_t *branches, const json_t *use)
{
	const json_t *record;
	size_t i;

	json_array_foreach(branches, i, record)
	{
		const json_t *at = use ? use : record;
		struct coverage_branch branch = {
			.line = (unsigned)number_at(at, BRANCH_LINE),
			.column = (unsigned)number_at(at, BRANCH_COLUMN),
			.to_line = (unsigned)number_at(at, BRANCH_TO_LINE),
			.to_column = (unsigned)number_at(at, BRANCH_TO_COLUMN),
			.count = {number_at(record, BRANCH_NOT_TAKEN),
				  number_at(record, BRANCH_TAKEN)},
		};

		if (use) /* all parts of `a && b` have the same place in the macro's text */
			branch.nth_of_macro = (unsigned)i + 1;
		add_branch(file, &branch);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct coverage_branch *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return 0;
}

/* --- MC/DC ------------------------------------------------------------------------------------ */

enum { MCDC_CONDITIONS = 6 };

static bool same_decision(const json_t *a, const json_t *b)
{
	return number_at(a, 0) == number_at(b, 0) && number_at(a, 1) == number_at(b, 1);
}

/* Returns whether condition k is covered, in this record or in another copy of its decision. */
static bool condition_covered(const json_t *records, const json_t *record, size_t k)
{
	const json_t *other;
	size_t i;

	json_array_foreach(records, i, other)
	{
		if (same_decision(record, other) &&
		    is_set(json_array_get(other, MCDC_CONDITIONS), k))
			return true;
	}
	return false;
}

static void read_mcdc(struct coverage_file *file, const struct coverage_source *source,
		      const json_t *records)
{
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);
		size_t nr = json_array_size(json_array_get(record, MCDC_CONDITIONS)), first = 0;
		unsigned line = (unsigned)number_at(record, 0);

		while (!same_decision(json_array_get(records, first), record))
			first++;
		if (first < i || line > source->nr || !source->in_function[line - 1])
			continue;
		file->nr_conditions += (unsigned)nr;
		for (size_t k = 0; k < nr; k++)
			file->nr_conditions_covered += condition_covered(records, record, k);
	}
}

/* --- files ------------------------------------------------------------------------------------ */

static const char *name_below_root(const json_t *from)
{
	const char *name = json_string_value(json_object_get(from, "filename"));
	size_t bytes = strlen(cmd_root());

	return !strncmp(name, cmd_root(), bytes) && name[bytes] == '/' ? name + bytes + 1 : name;
}

static bool read_file(struct coverage_file *file, const char *name, const json_t *from)
{
	struct coverage_source source;
	const json_t *expansion;
	size_t i;

	if (!coverage_source_read(&source, name))
		return false;
	file->name = g_strdup(name);
	read_lines(file, &source, json_object_get(from, "segments"));
	read_branches(file, json_object_get(from, "branches"), NULL);
	json_array_foreach(json_object_get(from, "expansions"), i, expansion)
		read_branches(file, json_object_get(expansion, "branches"),
			      json_object_get(expansion, "source_region"));
	if (file->nr_branches)
		qsort(file->branches, file->nr_branches, sizeof(*file->branches), by_place);
	read_mcdc(file, &source, json_object_get(from, "mcdc_records"));
	coverage_source_free(&source);
	return true;
}

static void free_file(struct coverage_file *file)
{
	free(file->name);
	free(file->lines);
	free(file->branches);
	*file = (struct coverage_file){0};
}

static bool read_files(struct coverage_data *data, const json_t *files, const char *prefix)
{
	const json_t *from;
	size_t i;

	data->files = g_malloc0_n(json_array_size(files) + 1, sizeof(*data->files));
	json_array_foreach(files, i, from)
	{
		struct coverage_file *file = &data->files[data->nr_files];
		const char *name = name_below_root(from);

		if (strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		if (!read_file(file, name, from))
			return false;
		if (file->nr_lines)
			data->nr_files++;
		else
			free_file(file);
	}
	return true;
}

bool coverage_data_read(struct coverage_data *data, const char *path, const char *prefix)
{
	json_error_t error;
	json_t *all = json_load_file(path, 0, &error);
	const json_t *files =
		json_object_get(json_array_get(json_object_get(all, "data"), 0), "files");
	bool ok = json_is_array(files);

	*data = (struct coverage_data){0};
	if (ok)
		ok = read_files(data, files, prefix);
	else
		cmd_bad_input(path, (uint32_t)(error.line > 0 ? error.line : 1),
			      "what llvm-cov-19 export writes");
	json_decref(all);
	return ok;
}

void coverage_data_free(struct coverage_data *data)
{
	for (size_t i = 0; i < data->nr_files; i++)
		free_file(&data->files[i]);
	free(data->files);
	*data = (struct coverage_data){0};
}

unsigned coverage_lines_covered(const struct coverage_file *file)
{
	unsigned nr = 0;

	for (size_t i = 0; i < file->nr_lines; i++)
		nr += file->lines[i].count != 0;
	return nr;
}

unsigned coverage_sides_covered(const struct coverage_file *file)
{
	unsigned nr = 0;

	for (size_t i = 0; i < file->nr_branches; i++)
		nr += (file->branches[i].count[0] != 0) + (file->branches[i].count[1] != 0);
	return nr;
}
