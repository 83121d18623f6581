/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_server.c - opens the history of a PostgreSQL server: the tables of history_schema.h in
 * the first schema of its search path. Nothing there is ever put aside.
 *
 *	no tables	-> made by who writes; who reads is refused
 *	ours, older	-> migrated, as a file is
 *	anything else	-> refused: of another program, of a newer lab, a column is missing
 */
#include "bench/history/history_open.h"
#include "bench/history/history_schema.h"
#include "bench/history/history_wait.h"
#include "harness/cli/cmd.h"

#include <string.h>

/* Returns NULL, or why this state cannot be used. */
static const char *state_fault(enum schema_state state)
{
	static const char *const faults[] = {
		[SCHEMA_FRESH] = "it has no history yet: `lab history --import` or "
				 "`lab bench --database` begins one",
		[SCHEMA_DAMAGED] = "damaged: tables or columns of its version are missing",
		[SCHEMA_FOREIGN] = "its tables are of another program: name an empty database, or "
				   "an empty schema by ?options=-csearch_path%3DNAME",
		[SCHEMA_OLDER] = "it is of an older lab",
		[SCHEMA_NEWER] = "it is of a newer lab",
		[SCHEMA_UNKNOWN] = NULL, /* printed */
	};

	return faults[state];
}

static struct sql *connect_server(const char *url, enum schema_state *state)
{
	struct sql *sql = NULL;

	if (history_wait_is_known() && sql_url_is_fit(url))
		sql = sql_open_server(url);
	*state = sql ? history_schema_state(sql) : SCHEMA_UNKNOWN;
	return sql;
}

bool history_server_may_take(const char *url, bool to_read)
{
	enum schema_state state;
	bool may;

	if (to_read)
		return sql_url_is_fit(url);
	sql_close(connect_server(url, &state));
	may = state == SCHEMA_GOOD || state == SCHEMA_FRESH || state == SCHEMA_MIGRATABLE;
	if (!may && state_fault(state))
		error_file(url, "used", state_fault(state));
	return may;
}

struct sql *history_server(const char *url, bool to_read)
{
	enum schema_state state;
	struct sql *sql = connect_server(url, &state);
	bool makes = state == SCHEMA_MIGRATABLE || (state == SCHEMA_FRESH && !to_read);

	if (state == SCHEMA_GOOD || (makes && history_schema_make(sql)))
		return sql;
	if (!makes && state_fault(state))
		error_file(url, "used", state_fault(state));
	sql_close(sql);
	return NULL;
}
