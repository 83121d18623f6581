/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* git.c - the checkout's git, as a child. */
#include "git.h"
#include "cmd.h"
#include "tools.h"

#include <stdlib.h>
#include <string.h>

enum { GIT_SECONDS = 60 };

static void take_id(void *context, const char *line, size_t bytes)
{
	snprintf(context, GIT_ID_BYTES, "%s", line);
}

bool git_resolve(const char *rev, char id[GIT_ID_BYTES])
{
	char *commit;
	bool ok;

	if (asprintf(&commit, "%s^{commit}", rev) < 0)
		abort();
	{
		const char *argv[] = {"git",	  "-C",	     cmd_root(),	 "rev-parse",
				      "--verify", "--quiet", "--end-of-options", commit,
				      NULL};
		struct tool tool = {.argv = argv,
				    .out_line = take_id,
				    .context = id,
				    .timeout_seconds = GIT_SECONDS};
		struct tool_result result;

		id[0] = '\0';
		ok = tool_run(&tool, &result) && id[0];
	}
	free(commit);
	return ok;
}

static void note_dirt(void *context, const char *line, size_t bytes)
{
	*(bool *)context = true;
}

void git_revision(char id[GIT_ID_BYTES], bool *dirty)
{
	const char *argv[] = {
		"git", "-C", cmd_root(), "status", "--porcelain", "--untracked-files=no", NULL};
	struct tool tool = {.argv = argv,
			    .out_line = note_dirt,
			    .context = dirty,
			    .timeout_seconds = GIT_SECONDS};
	struct tool_result result;

	*dirty = false;
	if (git_resolve("HEAD", id))
		tool_run(&tool, &result);
	else
		strcpy(id, "unknown");
}
