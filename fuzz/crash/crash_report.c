/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_report.c - prints groups for people.
 *
 *	what broke, where	of which file, how much smaller
 *	operations in words	> the failing one
 *	drawing before it	drawing after it, * what it changed
 *	what to do next
 */
#include "fuzz/crash/crash.h"

#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OTHERS = 5, MAX_HEALTHY = 5, MAX_OUTPUT = 30, MAX_STORY = 600, OP_WIDTH = 24 };

static const char *report_plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

/* --- what broke ------------------------------------------------------------------------------ */

static void put_size(const struct crash_input *input, const struct crash_story *story, FILE *to)
{
	fprintf(to, "%zu byte%s", input->nr, report_plural(input->nr));
	if (story->nr_ops)
		fprintf(to, ", %zu operation%s", story->nr_ops, report_plural(story->nr_ops));
}

/* Returns a path that can be typed in the current folder: relative in the checkout. */
static char *path_here(const char *path)
{
	char here[PATH_MAX];
	bool at_root = getcwd(here, sizeof(here)) && !strcmp(here, cmd_root());

	return at_root ? crash_short(path) : g_strdup(path);
}

static void put_shrunk(const struct crash_group *group, FILE *to)
{
	fputs("shrunk   ", to);
	if (group->is_shrunk) {
		fputs("to ", to);
		put_size(&group->small, &group->story, to);
	} else {
		fputs(group->nr_attempts ? "not: it is as small as it gets" : "not", to);
	}
	fprintf(to, " (%zu attempt%s%s)\n", group->nr_attempts, report_plural(group->nr_attempts),
		group->stopped ? ", which is the bound: more may help, --attempts N" : "");
	if (group->lost)
		fputs("         not: what shrinking found broke in another way when it was run "
		      "again;\n         does the target keep state, or need about the time that "
		      "ends it?\n",
		      to);
	if (group->small_path) {
		char *path = path_here(group->small_path);

		fprintf(to, "         %s\n", path);
		free(path);
	}
}

static void put_others(const struct crash_group *group, FILE *to)
{
	size_t nr = group->others->len;

	if (nr == 0)
		return;
	fprintf(to, "alike    %zu longer input%s break%s in the same way:\n", nr,
		report_plural(nr), nr == 1 ? "s" : "");
	for (size_t i = 0; i < nr && i < MAX_OTHERS; i++)
		fprintf(to, "         %s\n", (char *)g_ptr_array_index(group->others, i));
	if (nr > MAX_OTHERS)
		fprintf(to, "         ... and %zu more\n", nr - MAX_OTHERS);
}

/* Prints paths relative to the checkout. */
static void put_short(const char *what, const char *text, FILE *to)
{
	char *words = crash_short(text);

	fprintf(to, "%s%s\n", what, words);
	free(words);
}

static void put_head(const struct crash_group *group, FILE *to)
{
	const struct trial *trial = &group->small.trial;

	if (finding_is_of_property(&trial->finding)) {
		fprintf(to, "BROKEN   %s\n", trial->finding.sentence);
		fprintf(to, "at       %s\n", trial->finding.place);
		fprintf(to, "said     %s\n", trial->finding.words);
	} else {
		put_short("BROKEN   ", trial->finding.group, to);
		if (strcmp(trial->finding.words, trial->finding.group))
			put_short("said     ", trial->finding.words, to);
	}
	fprintf(to, "target   %s: %s\n", group->target->name, group->target->summary);
	fprintf(to, "input    %s (", group->path);
	put_size(&group->found, &group->found_story, to);
	fputs(")\n", to);
	put_shrunk(group, to);
	put_others(group, to);
}

/* --- the input in words ---------------------------------------------------------------------- */

static void put_story_line(const struct crash_story *story, size_t i, FILE *to)
{
	const char *line = story->lines.line[i];
	char number[24] = "", words[128] = "";

	if (story->op[i] != SIZE_MAX)
		snprintf(number, sizeof(number), "%zu", story->op[i]);
	if (story->is_trace)
		crash_op_words(line, words);
	fprintf(to, "%c %4s  ", i == story->breaks ? '>' : ' ', number);
	if (*words)
		fprintf(to, "%-*s %s", OP_WIDTH, line, words);
	else
		fputs(line, to);
	fputs(i == story->breaks ? "   <-- here it breaks\n" : "\n", to);
}

static void put_story(const struct crash_group *group, FILE *to)
{
	const struct crash_story *story = &group->story;
	const struct trial *trial = &group->small.trial;

	fprintf(to, "\nthe %sinput\n", group->is_shrunk ? "shrunk " : "");
	for (size_t i = 0; i < story->lines.nr && i < MAX_STORY; i++)
		put_story_line(story, i, to);
	if (story->lines.nr > MAX_STORY)
		fprintf(to, "        ... and %zu lines more\n", story->lines.nr - MAX_STORY);
	if (!story->lines.whole)
		fputs("        (telling it did not get to its end)\n", to);
	if (finding_is_of_property(&trial->finding) && story->breaks == SIZE_MAX &&
	    story->nr_ops > 0)
		fprintf(to, ">       %s\n",
			trial->finding.step < story->nr_ops ?
				"no line of these shows it by its words" :
				"it breaks after the last one");
}

/* --- drawings -------------------------------------------------------------------------------- */

static bool has_line(const struct trial_lines *lines, const char *line)
{
	for (size_t i = 0; i < lines->nr; i++)
		if (!strcmp(lines->line[i], line))
			return true;
	return false;
}

static bool is_same(const struct trial_lines *a, const struct trial_lines *b)
{
	size_t i = 0;

	while (i < a->nr && i < b->nr && !strcmp(a->line[i], b->line[i]))
		i++;
	return i == a->nr && i == b->nr && b->whole;
}

/* before: lines that are not in it are marked; or NULL. */
static void put_drawing(const char *title, size_t step, const struct trial_lines *drawing,
			const struct trial_lines *before, FILE *to)
{
	fprintf(to, "\n%s", title);
	if (step != SIZE_MAX)
		fprintf(to, " operation %zu", step);
	fputs(before ? " (* changed)\n" : "\n", to);
	for (size_t i = 0; i < drawing->nr; i++)
		fprintf(to, "%c       %s\n",
			before && !has_line(before, drawing->line[i]) ? '*' : ' ',
			drawing->line[i]);
	if (drawing->nr == 0)
		fputs("        nothing\n", to);
	if (!drawing->whole)
		fputs("        (drawing this did not get to its end)\n", to);
}

static void put_drawings(const struct crash_group *group, FILE *to)
{
	size_t step = group->step;

	if (!group->draws)
		return;
	if (step == SIZE_MAX) {
		put_drawing("after the last operation", SIZE_MAX, &group->before, NULL, to);
		return;
	}
	put_drawing("before", step, &group->before, NULL, to);
	if (is_same(&group->before, &group->after))
		fprintf(to, "\nafter operation %zu it looks the same\n", step);
	else
		put_drawing("after", step, &group->after, &group->before, to);
}

/* Prints a sanitizer's output, without the stack frames outside the property. */
static void put_output(const struct crash_group *group, FILE *to)
{
	const struct trial_lines *output = &group->small.output;
	bool ours = false;

	if (finding_is_of_property(&group->small.trial.finding) || output->nr == 0)
		return;
	fputs("\nwhat it said\n", to);
	for (size_t i = 0; i < output->nr && i < MAX_OUTPUT; i++) {
		bool frame = strstr(output->line[i], "    #") == output->line[i];

		ours = frame && (ours || strstr(output->line[i], " in trial_child_property "));
		if (!ours)
			put_short("        ", output->line[i], to);
	}
	if (output->nr > MAX_OUTPUT)
		fprintf(to, "        ... and %zu lines more\n", output->nr - MAX_OUTPUT);
}

/* --- what to do next ------------------------------------------------------------------------- */

static void put_test(const struct crash_group *group, const char *file, FILE *to)
{
	char *test = group->test_path ? path_here(group->test_path) : NULL;

	if (!test)
		fprintf(to, "test     ./lab crash --target %s --as-test %s\n", group->target->name,
			file);
	else if (group->test_listed)
		fprintf(to,
			"test     %s (in the list beside it)\n"
			"         ./lab test main/unit/test_crashes: fails now, passes after the "
			"fix\n",
			test);
	else
		fprintf(to,
			"test     %s\n"
			"         runs when it lies in fuzz/test/crashes and is listed in the "
			"meson.build there\n",
			test);
	free(test);
}

static void put_next(const struct crash_group *group, FILE *to)
{
	const char *target = group->target->name;
	bool is_written = group->small_path && strcmp(group->small_path, "-");
	char *file = path_here(is_written ? group->small_path : group->path);

	fprintf(to, "\nagain    ./lab crash --target %s %s\n", target, file);
	put_test(group, file, to);
	if (crash_in_corpus(group->path, target))
		fputs("fixed?   ./lab test corpus replays it\n", to);
	else
		fprintf(to,
			"fixed?   cp %s corpus/%s/NAME\n"
			"         and its reason into corpus/%s/README.md\n",
			file, target, target);
	free(file);
}

static void put_group(const struct crash_group *group, FILE *to)
{
	put_head(group, to);
	put_story(group, to);
	put_drawings(group, to);
	put_output(group, to);
	put_next(group, to);
}

void crash_report(const struct crash *crash, FILE *to)
{
	size_t nr_inputs = crash->request.inputs.nr, nr_healthy = crash->healthy->len;

	for (size_t i = 0; i < crash->nr_groups; i++) {
		if (crash->nr_groups > 1)
			fprintf(to, "%s=== group %zu of %zu\n", i ? "\n" : "", i + 1,
				crash->nr_groups);
		put_group(&crash->groups[i], to);
	}
	if (crash->nr_groups && nr_healthy)
		fputc('\n', to);
	for (size_t i = 0; i < nr_healthy && i < MAX_HEALTHY; i++)
		fprintf(to, "%s: does not break: fixed, or never broken\n",
			(char *)g_ptr_array_index(crash->healthy, i));
	if (nr_healthy > MAX_HEALTHY)
		fprintf(to, "... and %zu more do not break\n", nr_healthy - MAX_HEALTHY);
	if (nr_inputs > 1)
		fprintf(to, "\n%zu inputs: %zu break, in %zu group%s\n", nr_inputs,
			nr_inputs - nr_healthy, crash->nr_groups,
			report_plural(crash->nr_groups));
}
