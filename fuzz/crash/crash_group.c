/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* crash_group.c - handles one group: shrinks its shortest input, describes it, draws it and writes
   it. */
#include "fuzz/crash/crash.h"
#include "harness/cli/progress.h"
#include "fuzz/crash/shrink.h"
#include "fuzz/crash/trial_server.h"

#include <ctype.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENDLESS_ATTEMPTS = 500,
	ENDLESS_LIMIT_MS = 250,
	ENDLESS_TRIAL_MS = 1000
}; /* limits: each attempt costs that long */

/* --- shrinking ------------------------------------------------------------------------------- */

struct shrinking {
	const struct crash_group *group;
	struct trial_server *many; /* NULL: a process for each attempt */
	unsigned limit_ms;
	char key[FINDING_BYTES];
};

static void try_bytes(const struct shrinking *shrinking, const uint8_t *bytes, size_t nr,
		      struct trial *trial)
{
	if (shrinking->many)
		trial_server_run(shrinking->many, bytes, nr, trial);
	else
		trial_run(shrinking->group->target, bytes, nr, shrinking->limit_ms, trial, NULL);
}

static bool group_holds(void *context, const uint8_t *bytes, size_t nr)
{
	const struct shrinking *shrinking = context;
	struct trial trial;

	try_bytes(shrinking, bytes, nr, &trial);
	return trial.finding.by != FINDING_NONE && !strcmp(trial.key, shrinking->key);
}

static void group_progress(void *context, size_t nr_attempts, size_t nr)
{
	const struct shrinking *shrinking = context;

	if (nr_attempts % 64 == 63)
		progress_show("crash: shrinking %s: %zu bytes -> %zu, %zu attempts",
			      shrinking->group->path, shrinking->group->found.nr, nr, nr_attempts);
}

static bool is_text(const uint8_t *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!isprint(bytes[i]) && !isspace(bytes[i]))
			return false;
	return nr > 0;
}

static bool is_endless(const struct crash_group *group)
{
	return !strcmp(group->found.trial.finding.group, FINDING_ENDLESS);
}

/* Tries the shrunk input once more, in full: it must be in the same group. One that is longer is
   no shrunk one: spelling out may make a byte many. */
static void take_small(struct crash_group *group, size_t nr)
{
	struct crash_input small = {.bytes = group->small_bytes, .nr = nr};

	if (nr > group->found.nr ||
	    (nr == group->found.nr && !memcmp(small.bytes, group->found.bytes, nr)))
		return;
	trial_run(group->target, small.bytes, nr,
		  is_endless(group) ? ENDLESS_TRIAL_MS : CRASH_LIMIT_MS, &small.trial,
		  &small.output);
	group->lost = strcmp(small.trial.finding.group, group->found.trial.finding.group) != 0;
	if (group->lost) {
		trial_lines_free(&small.output);
		return;
	}
	group->small = small;
	group->is_shrunk = true;
}

/* Spells out everything that the input means before shrinking, so that there are pieces to cut. */
static size_t group_spell(struct crash_group *group, struct shrinking *shrinking)
{
	const struct crash_input *found = &group->found;
	size_t nr;

	if (group->target->spell) {
		nr = group->target->spell(found->bytes, found->nr, group->small_bytes,
					  sizeof(group->small_bytes));
		if (group_holds(shrinking, group->small_bytes, nr))
			return nr;
	}
	memcpy(group->small_bytes, found->bytes, found->nr);
	return found->nr;
}

/* Returns how many bytes are left in group->small_bytes. */
static size_t shrink_by(struct crash_group *group, struct shrinking *shrinking, size_t max_attempts)
{
	const struct crash_input *found = &group->found;
	struct shrink how = {
		.still = group_holds,
		.pieces = group->target->pieces,
		.tick = group_progress,
		.context = shrinking,
		.max_attempts = max_attempts,
		.floor = is_text(found->bytes, found->nr) ? '0' : 0,
	};
	struct trial trial;
	size_t nr;

	try_bytes(shrinking, found->bytes, found->nr, &trial);
	memcpy(shrinking->key, trial.key, sizeof(trial.key));
	nr = shrink(&how, group->small_bytes, group_spell(group, shrinking));
	group->nr_attempts += how.nr_attempts;
	group->stopped = how.stopped;
	return nr;
}

/* Shrinks in one process, which is fast; if the result does not fail again, with a new process for
   each attempt. */
static void shrink_group(struct crash_group *group, size_t max_attempts)
{
	struct shrinking shrinking = {.group = group, .limit_ms = CRASH_LIMIT_MS};

	group->small = group->found;
	if (is_endless(group)) {
		shrinking.limit_ms = ENDLESS_LIMIT_MS;
		if (max_attempts > ENDLESS_ATTEMPTS)
			max_attempts = ENDLESS_ATTEMPTS;
	}
	shrinking.many = trial_server_create(group->target, shrinking.limit_ms);
	take_small(group, shrink_by(group, &shrinking, max_attempts));
	trial_server_destroy(shrinking.many);
	shrinking.many = NULL;
	if (group->lost)
		take_small(group, shrink_by(group, &shrinking, max_attempts));
}

/* --- what is shown and written --------------------------------------------------------------- */

static void run_render(const struct trial_work *work, void (*line)(const char *text))
{
	work->target->render(work->bytes, work->nr, work->steps, line);
}

static struct trial_lines render_after(const struct crash_group *group, size_t steps)
{
	const struct trial_work work = {.target = group->target,
					.bytes = group->small.bytes,
					.nr = group->small.nr,
					.steps = steps,
					.run = run_render};

	return trial_describe(&work);
}

static bool group_survives(const struct crash_group *group, size_t steps)
{
	struct trial_lines lines = render_after(group, steps);
	bool whole = lines.whole;

	trial_lines_free(&lines);
	return whole;
}

/* For a finding that names no operation: returns the first operation that no drawing survives.
   SIZE_MAX: there is none. */
static size_t find_fatal(const struct crash_group *group)
{
	size_t good = 0, bad = group->story.nr_ops;

	if (group_survives(group, bad) || !group_survives(group, good))
		return SIZE_MAX;
	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;

		if (group_survives(group, middle))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

static void group_render(struct crash_group *group)
{
	const struct trial *trial = &group->small.trial;

	group->step = group->story.breaks == SIZE_MAX ? SIZE_MAX : trial->finding.step;
	if (!group->target->render)
		return;
	if (!finding_is_of_property(&trial->finding)) {
		group->step = find_fatal(group);
		if (group->step == SIZE_MAX)
			return;
		crash_story_mark(&group->story, group->step);
	}
	group->draws = true;
	group->before =
		render_after(group, group->step == SIZE_MAX ? trial->finding.step : group->step);
	if (group->step != SIZE_MAX)
		group->after = render_after(group, group->step + 1);
}

/* Beside the input; for an input in a corpus, among the crashes, so that the corpus stays valid. */
static char *place_of_small(const struct crash *crash, const struct crash_group *group)
{
	const char *slash = strrchr(group->path, '/');
	char *path;

	if (crash->request.output)
		return g_strdup(crash->request.output);
	if (crash_in_corpus(group->path, group->target->name))
		return cmd_path("reports/out/crashes/%s-crash-%s.min", group->target->name,
				slash ? slash + 1 : group->path);
	path = g_strdup_printf("%s.min", group->path);
	return path;
}

/* Call it before the work. Makes the folder of crashes, when the input is to be written there. */
static bool can_place(const struct crash *crash, const struct crash_group *group)
{
	char *path = place_of_small(crash, group), *folder = cmd_path("reports/out/crashes");
	bool ok = strncmp(path, folder, strlen(folder)) || cmd_make_folders(folder);

	ok = ok && cmd_can_write(path);
	free(folder);
	free(path);
	return ok;
}

static bool write_small(const struct crash *crash, struct crash_group *group)
{
	char *path;

	if (!group->is_shrunk && !crash->request.output)
		return true;
	path = place_of_small(crash, group);
	if (!cmd_write_file(path, (const char *)group->small.bytes, group->small.nr)) {
		free(path);
		return false;
	}
	group->small_path = path;
	return true;
}

static bool write_test(const struct crash *crash, struct crash_group *group)
{
	char name[64], *path, *text, *folder;
	size_t bytes;
	bool ok;

	if (!crash->request.as_test)
		return true;
	crash_test_name(group, name);
	folder = cmd_path("fuzz/test/crashes");
	path = *crash->request.as_test ? g_strdup(crash->request.as_test) :
					 cmd_path("fuzz/test/crashes/%s.c", name);
	text = crash_test_text(group, &bytes);
	ok = (*crash->request.as_test || cmd_make_folders(folder)) &&
	     cmd_write_file(path, text, bytes);
	group->test_listed = ok && !*crash->request.as_test && crash_test_list(name);
	group->test_path = path;
	free(folder);
	free(text);
	return ok;
}

bool crash_group_work(const struct crash *crash, struct crash_group *group)
{
	if (!can_place(crash, group))
		return false;
	shrink_group(group, crash->request.max_attempts);
	crash_story_make(&group->found_story, group->target, &group->found);
	crash_story_make(&group->story, group->target, &group->small);
	group_render(group);
	progress_clear();
	return write_small(crash, group) && write_test(crash, group);
}
