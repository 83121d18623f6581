/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* no_postgres.c - stands in for postgres.c where libpq was not there at build time. */
#include "bench/history/history_sql.h"
#include "harness/cli/cmd.h"

struct sql *sql_open_server(const char *url)
{
	error_file(url, "opened", "this build has no PostgreSQL: install libpq-dev, build again");
	return NULL;
}
