/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history.c - opens and closes a history, of a file or of a server. */
#include "bench/history/history.h"
#include "bench/history/history_store.h"
#include "harness/cli/cmd.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const history_run_texts[NR_RUN_TEXTS] = {
	"time", "revision", "host", "compiler", "flavour", "source",
};

char *history_path(void)
{
	return cmd_path("reports/out/history.db");
}

/* Makes the folder of the usual path when it is missing; a path that the user names has to
   exist. */
static bool make_usual_folder(const char *path)
{
	char *folder = cmd_path("reports/out"), *usual = history_path();
	bool ok = strcmp(path, usual) != 0 || cmd_make_folders(folder);

	free(usual);
	free(folder);
	return ok;
}

static struct history *open_history(const char *path, bool to_read)
{
	struct history *history = g_new0(struct history, 1);

	history->sql = sql_is_url(path) ? history_server(path, to_read) :
					  history_database(path, to_read, &history->file);
	if (history->sql)
		return history;
	free(history);
	return NULL;
}

struct history *history_open(const char *path)
{
	return make_usual_folder(path) ? open_history(path, false) : NULL;
}

struct history *history_open_to_read(const char *path)
{
	return open_history(path, true);
}

void history_close(struct history *history)
{
	char *path;
	bool damaged;

	if (!history)
		return;
	path = g_strdup(sql_name(history->sql));
	damaged = sql_fault(history->sql) == SQL_DAMAGED;
	sql_close(history->sql);
	if (damaged)
		history_put_aside(path, &history->file);
	free(path);
	free(history);
}

struct sql *history_sql(struct history *history)
{
	return history->sql;
}

bool history_has_error(const struct history *history)
{
	return sql_fault(history->sql) != SQL_NO_FAULT;
}

bool history_lost(const struct history *history)
{
	return sql_fault(history->sql) == SQL_DAMAGED || history->file.aside;
}

void history_drop(struct history *history)
{
	if (history->file.is_new && !unlink(sql_name(history->sql)))
		history->file.is_new = false;
}
