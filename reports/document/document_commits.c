/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_commits.c - see document_commits.h. Three short looks with git; none prints. */
#include "reports/document/document_commits.h"
#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <string.h>

struct finding {
	json_t *wanted; /* the history's revisions, as keys */
	json_t *history;
};

static void git_lines(const char *const argv[], struct finding *finding,
		      void (*take)(void *context, const char *line, size_t bytes))
{
	struct process process = {
		.argv = argv, .out_line = take, .context = finding, .timeout_seconds = 10};
	struct process_result result;

	process_run(&process, &result);
}

/* "ID subject" */
static void subject_take(void *context, const char *line, size_t bytes)
{
	struct finding *finding = context;
	const char *space = memchr(line, ' ', bytes);
	char *id = g_strndup(line, space ? (size_t)(space - line) : bytes), *subject;

	if (space && json_object_get(finding->wanted, id)) {
		subject = g_utf8_make_valid(space + 1, -1);
		json_object_set_new(json_object_get(finding->history, "commits"), id,
				    json_string(subject));
		g_free(subject);
	}
	g_free(id);
}

/* "ID NAME"; of an annotated tag the commit's id. */
static void release_take(void *context, const char *line, size_t bytes)
{
	struct finding *finding = context;
	char **words = g_strsplit(line, " ", 2);
	char *name = words[0] && words[1] ? g_utf8_make_valid(words[1], -1) : NULL;

	if (name)
		json_array_append_new(json_object_get(finding->history, "releases"),
				      json_pack("{ss ss}", "name", name, "revision", words[0]));
	g_free(name);
	g_strfreev(words);
}

/* "git@host:a/b.git", "https://name@host/a/b.git" -> "https://host/a/b/commit/". A path is none. */
static void url_take(void *context, const char *line, size_t bytes)
{
	struct finding *finding = context;
	GRegex *regex = g_regex_new("^(?:https?://|ssh://)?(?:[^@/:]+(?::[^@/]*)?@)?"
				    "([A-Za-z0-9.-]+\\.[A-Za-z]+)(?::[0-9]+)?[:/]"
				    "([A-Za-z0-9._/-]+?)(?:\\.git)?/?$",
				    0, 0, NULL);
	GMatchInfo *match = NULL;

	if (line[0] != '/' && line[0] != '.' && g_regex_match(regex, line, 0, &match)) {
		char *host = g_match_info_fetch(match, 1), *path = g_match_info_fetch(match, 2);

		json_object_set_new(finding->history, "commit_url",
				    json_sprintf("https://%s/%s/commit/", host, path));
		g_free(host);
		g_free(path);
	}
	g_match_info_free(match);
	g_regex_unref(regex);
}

void document_commits(json_t *history)
{
	const char *root = cmd_root();
	const char *const log[] = {"git", "-C", root, "log", "--all", "--format=%H %s", NULL};
	const char *const tags[] = {"git",
				    "-C",
				    root,
				    "for-each-ref",
				    "--sort=creatordate",
				    "--format=%(if)%(*objectname)%(then)%(*objectname)%(else)"
				    "%(objectname)%(end) %(refname:short)",
				    "refs/tags",
				    NULL};
	const char *const remote[] = {"git", "-C", root, "remote", "get-url", "origin", NULL};
	struct finding finding = {.wanted = json_object(), .history = history};
	const json_t *run;
	size_t i;

	json_array_foreach(json_object_get(history, "runs"), i, run) json_object_set_new(
		finding.wanted, json_string_value(json_object_get(run, "revision")), json_true());
	json_object_set_new(history, "commits", json_object());
	json_object_set_new(history, "releases", json_array());
	git_lines(log, &finding, subject_take);
	git_lines(tags, &finding, release_take);
	git_lines(remote, &finding, url_take);
	json_decref(finding.wanted);
}
