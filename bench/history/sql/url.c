/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * url.c - which names are servers, and that none has a password in it: every user of a machine
 * sees the arguments of its processes. What is refused is not printed.
 */
#include "bench/history/history_sql.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sql_is_url(const char *name)
{
	return g_str_has_prefix(name, "postgresql://") || g_str_has_prefix(name, "postgres://");
}

/* postgresql://USER:PASSWORD@HOST/...: a colon before the last @. A password may hold a slash that
   nobody escaped. */
static bool has_user_password(const char *rest, const char *query)
{
	const char *at = g_strrstr_len(rest, query - rest, "@");

	return at && memchr(rest, ':', (size_t)(at - rest));
}

/* ?password=, &sslpassword=; any of their letters may be escaped. */
static bool has_password_key(const char *query)
{
	char *plain = g_uri_unescape_string(query, NULL);
	bool has = strstr(plain ? plain : query, "password") != NULL;

	free(plain);
	return has;
}

bool sql_url_is_fit(const char *url)
{
	const char *rest = strstr(url, "://") + 3;
	const char *query = rest + strcspn(rest, "?");

	if (!has_user_password(rest, query) && !has_password_key(query))
		return true;
	fputs("lab: a URL without a password was expected, since others can list arguments: "
	      "PGPASSFILE, ~/.pgpass or PGPASSWORD holds it\n",
	      stderr);
	return false;
}
