/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_story.c - describes an input line by line, and marks the failing line.
 *
 * Targets print operations as lines; comments begin with '#'. With fibers, lines `s N` in between
 * are not operations; neither are a machine's lines. Nothing is guessed: in a trace, lines are
 * operations; otherwise there are as many as the property counted (or pieces, if it did not get
 * that far), and the text of the failing one is in the verdict.
 */
#include "fuzz/crash/crash.h"
#include "harness/text/text.h"
#include "harness/text/trace.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void run_describe(const struct trial_work *work, void (*line)(const char *text))
{
	work->target->describe(work->bytes, work->nr, line);
}

/* Numbers the operations; returns the line of number `step`, or SIZE_MAX. */
static size_t number_ops(struct crash_story *story, bool skip_switches, size_t step)
{
	size_t found = SIZE_MAX;

	story->nr_ops = 0;
	for (size_t i = 0; i < story->lines.nr; i++) {
		const char *line = story->lines.line[i];

		story->op[i] = SIZE_MAX;
		if (line[0] == '#' || !line[0] || (skip_switches && !strncmp(line, "s ", 2)))
			continue;
		if (story->nr_ops == step)
			found = i;
		story->op[i] = story->nr_ops++;
	}
	return found;
}

static void forget_ops(struct crash_story *story)
{
	story->nr_ops = 0;
	for (size_t i = 0; i < story->lines.nr; i++)
		story->op[i] = SIZE_MAX;
}

static bool is_shown(const struct crash_story *story, size_t line, const struct trial *trial)
{
	return line != SIZE_MAX && *story->lines.line[line] &&
	       strstr(trial->finding.words, story->lines.line[line]);
}

void crash_story_make(struct crash_story *story, const struct fuzz_target *target,
		      const struct crash_input *input)
{
	const struct trial_work work = {
		.target = target, .bytes = input->bytes, .nr = input->nr, .run = run_describe};
	const struct trial *trial = &input->trial;
	size_t step = finding_is_of_property(&trial->finding) ? trial->finding.step : SIZE_MAX;
	size_t nr_counted = trial->finding.nr_ops, starts[FUZZ_MAX_BYTES];
	bool counted;

	*story = (struct crash_story){.lines = trial_describe(&work)};
	story->is_trace = story->lines.nr && !strcmp(story->lines.line[0], "# pcpu-trace-ops 1");
	story->op = g_malloc0_n(story->lines.nr + 1, sizeof(*story->op));
	story->breaks = number_ops(story, false, step);
	if (!finding_is_of_property(&trial->finding))
		nr_counted = target->pieces(input->bytes, input->nr, starts, FUZZ_MAX_BYTES);
	counted = story->nr_ops == nr_counted;
	if (story->is_trace && !counted)
		story->breaks = number_ops(story, true, step);
	if (!is_shown(story, story->breaks, trial))
		story->breaks = SIZE_MAX;
	if (!story->is_trace && (!counted || (step < story->nr_ops && story->breaks == SIZE_MAX)))
		forget_ops(story);
}

void crash_story_mark(struct crash_story *story, size_t op)
{
	for (size_t i = 0; i < story->lines.nr; i++)
		if (story->op[i] == op)
			story->breaks = i;
}

void crash_story_free(struct crash_story *story)
{
	trial_lines_free(&story->lines);
	free(story->op);
	*story = (struct crash_story){0};
}

/* --- paths ----------------------------------------------------------------------------------- */

/* Returns the length of a compiler's "build/NAME/../../" prefix. */
static size_t build_prefix(const char *text)
{
	size_t nr = strlen("build/");

	if (strncmp(text, "build/", nr))
		return 0;
	nr += strspn(text + nr, "abcdefghijklmnopqrstuvwxyz");
	return strncmp(text + nr, "/../../", 7) ? 0 : nr + 7;
}

char *crash_short(const char *text)
{
	const char *root = cmd_root();
	size_t nr_root = strlen(root), nr = 0;
	char *words = g_strdup(text);

	while (*text) {
		if (!strncmp(text, root, nr_root) && text[nr_root] == '/') {
			text += nr_root + 1;
			text += build_prefix(text);
		} else {
			words[nr++] = *text++;
		}
	}
	words[nr] = 0;
	return words;
}

/* --- words ----------------------------------------------------------------------------------- */

static void story_put(struct lab_text *text, const char *what, uint64_t n)
{
	lab_put(text, what);
	lab_put_u64(text, n);
}

static void put_alloc(struct lab_text *text, const struct lab_op *op)
{
	story_put(text, "allocate ", op->size);
	story_put(text, op->size == 1 ? " byte at alignment " : " bytes at alignment ", op->align);
	story_put(text, " as object ", op->id);
	lab_put(text, op->flags & LAB_OP_ATOMIC ? ", atomic" : "");
	lab_put(text, op->flags & LAB_OP_RESERVED ? ", from the reserved part" : "");
}

static void put_op(struct lab_text *text, const struct lab_op *op)
{
	switch (op->kind) {
	case LAB_OP_ALLOC:
		put_alloc(text, op);
		break;
	case LAB_OP_FREE:
		story_put(text, "free object ", op->id);
		break;
	case LAB_OP_WRITE:
		story_put(text, "write to object ", op->id);
		story_put(text, ", CPU ", op->cpu);
		lab_put(text, "'s copy");
		break;
	case LAB_OP_WILD:
		story_put(text, "wrongly free the pointer of object ", op->id);
		story_put(text, " + ", op->size);
		break;
	case LAB_OP_FAIL:
		story_put(text, "let a call fail: number ", op->id);
		lab_put(text, op->flags & LAB_OP_LASTING ? " from here, and all later ones" :
							   " from here");
		break;
	case LAB_OP_BALANCE:
		lab_put(text, "balance");
		break;
	case LAB_OP_CHECK:
		lab_put(text, "check everything");
		break;
	case LAB_OP_SWITCH:
		story_put(text, "from here on: fiber ", op->cpu);
		break;
	}
}

void crash_op_words(const char *line, char words[128])
{
	static const char head[] = "# pcpu-trace-ops 1\n";
	char capacity[sizeof(head) + 128];
	struct lab_trace trace;
	struct lab_error error;
	struct lab_text text;
	struct lab_op op;
	size_t nr = strlen(line);

	lab_text_init(&text, words, 128);
	if (nr >= 128 || line[0] == '#')
		return;
	memcpy(capacity, head, sizeof(head) - 1);
	memcpy(capacity + sizeof(head) - 1, line, nr);
	if (lab_trace_parse(capacity, sizeof(head) - 1 + nr, &op, 1, NULL, 0, &trace, &error) &&
	    trace.nr_ops == 1)
		put_op(&text, &op);
}
