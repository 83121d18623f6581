/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* revisions.c - asks git for the commits of a range. */
#include "bench/track/revisions.h"
#include "harness/cli/process.h"
#include "harness/cli/progress.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

bool revisions_are_here(const struct cmd *cmd)
{
	char id[GIT_ID_BYTES];

	if (git_resolve("HEAD", id))
		return true;
	if (!process_interrupted())
		cmd_usage(cmd, "%s: git finds no commit there", cmd_root());
	return false;
}

void revisions_note_dirt(const struct cmd *cmd)
{
	char id[GIT_ID_BYTES];
	bool dirty;

	git_revision(id, &dirty);
	if (dirty)
		progress_say("lab %s: files differ from HEAD: what is committed is measured",
			     cmd->name);
}

void revisions_note_shallow(const struct cmd *cmd)
{
	static const char *const words[] = {"rev-parse", "--is-shallow-repository", NULL};
	char **lines = git_lines(words);

	if (lines && lines[0] && !strcmp(lines[0], "true"))
		progress_say("lab %s: this clone is shallow: older commits are not here (git fetch "
			     "--unshallow has them)",
			     cmd->name);
	g_strfreev(lines);
}

char *revision_words(const char *id)
{
	const char *const words[] = {"log", "-1", "--format=%h %cs %s", "--abbrev=12", id, NULL};
	char **lines = git_lines(words), *text;

	text = g_strdup(lines && lines[0] ? lines[0] : id);
	g_strfreev(lines);
	return text;
}

/* A line "ID TIME SUBJECT". */
static void take_revision(struct revisions *revisions, const char *line)
{
	struct revision *to = &revisions->at[revisions->nr++];
	char **part = g_strsplit(line, " ", 3);

	snprintf(to->id, sizeof(to->id), "%s", part[0]);
	to->time = g_strdup(part[0] && part[1] ? part[1] : "");
	to->subject = g_strdup(part[0] && part[1] && part[2] ? part[2] : "");
	g_strfreev(part);
}

/* from: NULL, or the first one's id; count: at most so many, "" for all. */
static bool revisions_log(const char *from, const char *to, const char *count,
			  struct revisions *revisions)
{
	char *without = from ? g_strdup_printf("^%s", from) : NULL;
	const char *words[9] = {"log", "--first-parent", "--reverse", "--format=%H %cI %s"};
	size_t nr = 4, nr_lines = 0;
	char **lines;

	if (*count)
		words[nr++] = count;
	words[nr++] = to;
	if (without)
		words[nr++] = without;
	lines = git_lines(words);
	for (char **line = lines; line && *line; line++)
		nr_lines++;
	revisions->at = g_new0(struct revision, nr_lines + 1);
	revisions->nr = 0;
	for (size_t i = 0; i < nr_lines; i++)
		take_revision(revisions, lines[i]);
	g_strfreev(lines);
	free(without);
	return lines != NULL;
}

/* The commit itself, in front of those that follow it. */
static bool revisions_log_from(const char *from, const char *to, struct revisions *revisions)
{
	struct revisions first = {0}, rest = {0};
	bool ok = revisions_log(NULL, from, "--max-count=1", &first) &&
		  revisions_log(from, to, "", &rest);

	revisions->at = g_new0(struct revision, first.nr + rest.nr + 1);
	revisions->nr = first.nr + rest.nr;
	if (first.nr)
		memcpy(revisions->at, first.at, first.nr * sizeof(*first.at));
	if (rest.nr)
		memcpy(revisions->at + first.nr, rest.at, rest.nr * sizeof(*rest.at));
	free(first.at);
	free(rest.at);
	return ok;
}

/* Splits "A..B" and resolves both ends; "A" is A..A. */
static int resolve_ends(const struct cmd *cmd, const char *range, char from[GIT_ID_BYTES],
			char to[GIT_ID_BYTES])
{
	const char *dots = strstr(range, "..");
	char *first = g_strndup(range, dots ? (size_t)(dots - range) : strlen(range));
	const char *last = !dots ? first : dots[2] ? dots + 2 : "HEAD";
	int status = CMD_OK;

	if (!*first || *last == '.')
		status = cmd_usage(cmd, "'%s': a revision, or REV..REV, was expected", range);
	else if (!git_resolve(first, from))
		status = cmd_usage(cmd, "'%s': git knows no such commit", first);
	else if (!git_resolve(last, to))
		status = cmd_usage(cmd, "'%s': git knows no such commit", last);
	free(first);
	return status;
}

static int find_range(const struct cmd *cmd, const char *range, struct revisions *revisions)
{
	char from[GIT_ID_BYTES], to[GIT_ID_BYTES];
	const char *const is_older[] = {"merge-base", "--is-ancestor", from, to, NULL};
	int status = resolve_ends(cmd, range, from, to);

	if (status != CMD_OK)
		return status;
	if (git_status(is_older) != 0)
		return cmd_usage(cmd, "'%s': the first is not an ancestor of the second", range);
	return revisions_log_from(from, to, revisions) ? CMD_OK : CMD_USAGE;
}

/* Drops those between. */
static void choose_every(struct revisions *revisions, uint64_t every)
{
	size_t nr = 0;

	for (size_t i = 0; i < revisions->nr; i++) {
		struct revision *one = &revisions->at[i];

		if (i % every == 0 || i + 1 == revisions->nr) {
			revisions->at[nr++] = *one;
			continue;
		}
		free(one->time);
		free(one->subject);
	}
	revisions->nr = nr;
}

int revisions_find(const struct cmd *cmd, const char *range, uint64_t every,
		   struct revisions *revisions)
{
	char count[32];
	int status;

	*revisions = (struct revisions){0};
	if (!revisions_are_here(cmd))
		return CMD_USAGE;
	snprintf(count, sizeof(count), "--max-count=%d", REVISIONS_USUAL);
	if (range)
		status = find_range(cmd, range, revisions);
	else
		status = revisions_log(NULL, "HEAD", every > 1 ? "" : count, revisions) ? CMD_OK :
											  CMD_USAGE;
	if (status != CMD_OK)
		return status;
	choose_every(revisions, every ? every : 1);
	if (!range)
		revisions_note_shallow(cmd);
	return CMD_OK;
}

void revisions_free(struct revisions *revisions)
{
	for (size_t i = 0; i < revisions->nr; i++) {
		free(revisions->at[i].time);
		free(revisions->at[i].subject);
	}
	free(revisions->at);
	*revisions = (struct revisions){0};
}
