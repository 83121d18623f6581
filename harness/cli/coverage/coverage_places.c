/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * coverage_places.c - from counts to places.
 *
 *	12	if (full)	never true		12:6 "full", never true
 *	13		return NULL;	did not run	13 "return NULL;", guarded by 12:6
 *
 * R1  Branches on lines that did not run are part of these lines' place: one reason explains both.
 * R2  A run of lines ends where its function does.
 */
#include "harness/cli/coverage/coverage_places.h"
#include "harness/cli/coverage/coverage_source.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

const char *coverage_kind_name(enum coverage_kind kind)
{
	static const char *const names[] = {"runs", "true", "false"};

	return names[kind];
}

static struct coverage_place *new_place(struct coverage_places *places,
					const struct coverage_file *file)
{
	struct coverage_place *place;

	places->at = g_renew(struct coverage_place, places->at, places->nr + 1);
	place = &places->at[places->nr++];
	*place = (struct coverage_place){.file = file->name, .guard = COVERAGE_NO_GUARD};
	return place;
}

/* --- branches --------------------------------------------------------------------------------- */

static void add_side(struct coverage_places *places, const struct coverage_file *file,
		     const struct coverage_source *source, const struct coverage_branch *branch,
		     int side)
{
	struct coverage_place *place = new_place(places, file);
	bool whole = branch->nth_of_macro || branch->to_line != branch->line;

	place->kind = side ? COVERAGE_NO_TRUE : COVERAGE_NO_FALSE;
	place->line = branch->line;
	place->to_line = branch->to_line;
	place->column = branch->column;
	place->nr_sides = 1;
	place->function = coverage_source_function(source, branch->line);
	place->text = coverage_source_cut(source, branch->line, branch->column,
					  whole ? 0 : branch->to_column);
}

/* Returns how many sides of a line's branches were not reached. With places, adds each of them. */
static unsigned take_branches(struct coverage_places *places, const struct coverage_file *file,
			      const struct coverage_source *source, unsigned line)
{
	unsigned nr = 0;

	for (size_t i = 0; i < file->nr_branches; i++) {
		const struct coverage_branch *branch = &file->branches[i];

		for (int side = 1; branch->line == line && side >= 0; side--) {
			if (branch->count[side])
				continue;
			nr++;
			if (places)
				add_side(places, file, source, branch, side);
		}
	}
	return nr;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* Adds the run of lines that begins at lines[first]. Returns the index after it. */
static size_t add_run(struct coverage_places *places, const struct coverage_file *file,
		      const struct coverage_source *source, size_t first, size_t guard)
{
	struct coverage_place *place = new_place(places, file);
	unsigned head = coverage_source_head(source, file->lines[first].line);
	size_t i;

	place->kind = COVERAGE_LINES;
	place->line = file->lines[first].line;
	place->guard = guard;
	for (i = first; i < file->nr_lines && !file->lines[i].count; i++) {
		if (i > first && coverage_source_head(source, file->lines[i].line) != head)
			break;
		place->to_line = file->lines[i].line;
		place->nr_lines++;
		place->nr_sides += take_branches(NULL, file, source, file->lines[i].line);
	}
	place->function = coverage_source_function(source, place->line);
	place->text = coverage_source_cut(source, place->line, 1, 0);
	if (!strcmp(place->text, "{")) { /* a whole function: use its name */
		free(place->text);
		place->text = coverage_source_cut(source, head, 1, 0);
	}
	return i;
}

/* Returns whether the guard's condition, which began above, continues on this line. */
static bool is_part_of(const struct coverage_places *places, size_t guard, unsigned line)
{
	return guard != COVERAGE_NO_GUARD && line <= places->at[guard].to_line;
}

bool coverage_places_add(struct coverage_places *places, const struct coverage_file *file)
{
	struct coverage_source source;
	size_t guard = COVERAGE_NO_GUARD;

	if (!coverage_source_read(&source, file->name))
		return false;
	for (size_t i = 0; i < file->nr_lines;) {
		if (file->lines[i].count) {
			size_t before = places->nr;

			take_branches(places, file, &source, file->lines[i].line);
			if (!is_part_of(places, guard, file->lines[i].line))
				guard = places->nr > before ? before : COVERAGE_NO_GUARD;
			i++;
		} else {
			i = add_run(places, file, &source, i, guard);
			guard = COVERAGE_NO_GUARD;
		}
	}
	coverage_source_free(&source);
	return true;
}

void coverage_places_free(struct coverage_places *places)
{
	for (size_t i = 0; i < places->nr; i++) {
		free(places->at[i].function);
		free(places->at[i].text);
	}
	free(places->at);
	*places = (struct coverage_places){0};
}
