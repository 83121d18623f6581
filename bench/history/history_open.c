/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_open.c - opens a history; a file that is not a history of this version is put aside.
 *
 *	absent, empty			-> tables are made
 *	ours, this version		-> opened
 *	ours, of an older version	-> migrated in place, in one transaction (history_schema.h)
 *	damaged, not ours, older still	-> renamed to PATH.aside-N, named; a new one is made
 *	ours, newer			-> refused and left in place for the newer lab
 *	unreadable, busy for a minute	-> refused: its contents are unknown
 *	where nothing may be written	-> read, if it is ours; absent: an empty one in memory
 *
 * Damage that the check at open misses is found by a later query, which calls history_put_aside().
 *
 * Two processes at once: check and rename happen under a lock (PATH.lock, which exists only
 * meanwhile), so that the second does not put aside what the first has just made.
 */
#include "bench/history/history_open.h"
#include "harness/cli/cmd.h"
#include "bench/history/history.h"
#include "bench/history/history_schema.h"
#include "bench/history/history_wait.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ASIDE = 10000 };

static const char *const words[] = {
	[SCHEMA_DAMAGED] = "damaged",
	[SCHEMA_FOREIGN] = "of another program",
	[SCHEMA_OLDER] = "of an older lab",
	[SCHEMA_NEWER] = "of a newer lab",
};

/* The row of quick_check is "ok", or describes the first damage. */
static enum schema_state check_pages(struct sql *sql)
{
	struct sql_statement *statement;
	enum schema_state state = SCHEMA_UNKNOWN;

	sql_expect_fault(sql, true);
	statement = sql_prepare(sql, "PRAGMA quick_check(1)");
	if (sql_next(statement))
		state = !strcmp(sql_text(statement, 0), "ok") ? SCHEMA_GOOD : SCHEMA_DAMAGED;
	else if (sql_fault(sql) == SQL_DAMAGED)
		state = SCHEMA_DAMAGED;
	sql_finish(statement);
	if (state == SCHEMA_UNKNOWN)
		sql_print_error(sql);
	sql_expect_fault(sql, false);
	return state;
}

static enum schema_state history_inspect(struct sql *sql)
{
	enum schema_state state = check_pages(sql);

	return state == SCHEMA_GOOD ? history_schema_state(sql) : state;
}

/* The rollback journal must move with its file, or SQLite would replay it into the new one. */
static void keep_journal(const char *path, const char *aside)
{
	char *from, *to;

	from = g_strdup_printf("%s-journal", path);
	to = g_strdup_printf("%s-journal", aside);
	rename(from, to);
	free(from);
	free(to);
}

/* Renames to the first free name. link() refuses to replace, rename() does not. */
static bool keep_aside(const char *path, enum schema_state state)
{
	char *aside = NULL;
	bool ok = false;

	for (unsigned i = 1; !ok && i <= MAX_ASIDE; i++) {
		free(aside);
		aside = g_strdup_printf("%s.aside-%u", path, i);
		ok = !link(path, aside);
		if (!ok && errno != EEXIST)
			break;
	}
	if (ok) {
		keep_journal(path, aside);
		ok = !unlink(path);
	}
	if (ok)
		fprintf(stderr, "%s: %s: kept as %s, a new history begins\n", path, words[state],
			aside);
	else
		fprintf(stderr, "%s: %s, and cannot be kept aside: %s\n", path, words[state],
			strerror(errno));
	free(aside);
	return ok;
}

/* Makes a fresh database, or one of an older version, one of this version. */
static enum schema_state make_current(struct sql *sql, enum schema_state state, bool to_read)
{
	if (state == SCHEMA_MIGRATABLE && to_read && access(sql_name(sql), W_OK))
		return history_schema_stand_in(sql) ? SCHEMA_GOOD : SCHEMA_UNKNOWN;
	if (state == SCHEMA_FRESH || state == SCHEMA_MIGRATABLE)
		return history_schema_make(sql) ? SCHEMA_GOOD : SCHEMA_UNKNOWN;
	return state;
}

static struct sql *open_checked(const char *path, bool to_read, bool *aside)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		struct sql *sql = sql_open_file(path, SQL_CREATE);
		enum schema_state state = sql ? history_inspect(sql) : SCHEMA_UNKNOWN;

		if (sql)
			state = make_current(sql, state, to_read);
		if (!sql || state == SCHEMA_GOOD)
			return sql;
		if (state == SCHEMA_NEWER)
			fprintf(stderr, "%s:1: a history of this lab; it is %s\n", path,
				words[state]);
		sql_close(sql);
		if (state == SCHEMA_UNKNOWN || state == SCHEMA_NEWER || !keep_aside(path, state))
			return NULL;
		*aside = true;
	}
	return NULL;
}

/* Opens a history in a place where it can be neither renamed nor created. */
static struct sql *open_unwritable(const char *path)
{
	bool there = !access(path, F_OK);
	struct sql *sql = sql_open_file(path, there ? SQL_READ_ONLY : SQL_IN_MEMORY);
	enum schema_state state = sql ? history_inspect(sql) : SCHEMA_UNKNOWN;

	if (!sql || state == SCHEMA_GOOD || (!there && history_schema_make(sql)) ||
	    (state == SCHEMA_MIGRATABLE && history_schema_stand_in(sql)))
		return sql;
	if (state != SCHEMA_UNKNOWN)
		fprintf(stderr, "%s:1: a history of this lab; it is %s\n", path,
			state == SCHEMA_FRESH ? "empty" : words[state]);
	sql_close(sql);
	return NULL;
}

/* SQLite's header: the magic text, and at 68 the application's number, big-endian. */
static bool begins_like_ours(const char *path)
{
	static const uint8_t number[] = {
		HISTORY_APPLICATION >> 24, HISTORY_APPLICATION >> 16 & 0xff,
		HISTORY_APPLICATION >> 8 & 0xff, HISTORY_APPLICATION & 0xff};
	char head[72] = {0};
	FILE *file = fopen(path, "re");
	size_t nr = file ? fread(head, 1, sizeof(head), file) : 0;
	bool ours = !strcmp(head, "SQLite format 3") && !memcmp(head + 68, number, sizeof(number));

	if (file)
		fclose(file);
	if (ours || !nr)
		return true;
	cmd_bad_input(path, 1, "a history of `lab bench`");
	return false;
}

bool history_may_take(const char *name, bool to_read)
{
	if (!name)
		return true;
	if (sql_is_url(name))
		return history_server_may_take(name, to_read);
	return (to_read ? cmd_can_read(name) : cmd_can_write(name)) && begins_like_ours(name);
}

static void set_identity(struct history_file *file, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return;
	file->device = status.st_dev;
	file->inode = status.st_ino;
}

/* Where a lock file cannot be made, nothing can be written either. */
static bool is_unwritable(int error)
{
	return error == EROFS || error == EACCES || error == EPERM || error == ENOENT;
}

struct sql *history_database(const char *path, bool to_read, struct history_file *file)
{
	bool there = !access(path, F_OK);
	int lock = history_wait_is_known() ? history_lock(path) : -2;
	struct sql *sql;

	*file = (struct history_file){0};
	if (lock == -1 && to_read && is_unwritable(errno))
		return open_unwritable(path);
	if (lock == -1)
		error_file(path, "locked", strerror(errno));
	if (lock < 0)
		return NULL;
	sql = open_checked(path, to_read, &file->aside);
	if (!sql && !there)
		unlink(path);
	file->is_new = sql && !there;
	set_identity(file, path);
	history_unlock(path, lock);
	return sql;
}

void history_put_aside(const char *path, const struct history_file *file)
{
	int lock = history_lock(path);
	struct history_file now = {0};

	if (lock < 0) {
		fprintf(stderr, "%s:1: it is %s\n", path, words[SCHEMA_DAMAGED]);
		return;
	}
	set_identity(&now, path);
	if (now.device == file->device && now.inode == file->inode)
		keep_aside(path, SCHEMA_DAMAGED);
	else
		fprintf(stderr, "%s:1: it was %s; somebody has put it aside already\n", path,
			words[SCHEMA_DAMAGED]);
	history_unlock(path, lock);
}
