/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_history_sql.c - the seam below a history (history_sql.h), the same on both databases: which
   errors are printed and kept, and statements that run more than once. */
#include <string.h>

#include "harness/test/lib/test.h"
#include "bench/history/history_sql.h"
#include "bench/test/history_fixture.h"

static struct sql *seam_open(void)
{
	struct sql *sql;

	history_folder_make();
	sql = history_test_server() ? sql_open_server(test_path) :
				      sql_open_file(test_path, SQL_CREATE);
	CHECK(sql && sql_execute(sql, "CREATE TABLE seam (number INTEGER, text TEXT)"));
	return sql;
}

static void seam_close(struct sql *sql)
{
	sql_close(sql);
	history_folder_remove();
}

static unsigned nr_lines(const char *text)
{
	unsigned nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

TEST(the_first_error_is_printed_unless_it_is_expected)
{
	struct sql *sql = seam_open();

	stderr_capture();
	sql_expect_fault(sql, true);
	CHECK(!sql_execute(sql, "SELECT number FROM nowhere"));
	CHECK_STR(stderr_captured(), "");
	CHECK_EQ(sql_fault(sql), SQL_MISSING);
	sql_expect_fault(sql, false);
	CHECK_EQ(sql_fault(sql), SQL_NO_FAULT);
	stderr_capture();
	CHECK(!sql_execute(sql, "SELECT number FROM nowhere"));
	CHECK(!sql_execute(sql, "SELECT of no language"));
	CHECK_EQ(nr_lines(stderr_captured()), 1);
	CHECK_EQ(sql_fault(sql), SQL_MISSING);
	seam_close(sql);
}

/* Its rows are not wanted, and the next run has other parameters. */
TEST(a_statement_runs_to_its_end_and_once_more)
{
	struct sql *sql = seam_open();
	struct sql_statement *to = sql_prepare(sql, "INSERT INTO seam VALUES ($1, 'a'), ($1, 'b')"
						    " RETURNING number");

	for (int64_t number = 1; number <= 3; number++) {
		sql_bind_integer(to, 1, number);
		CHECK(sql_run(to));
	}
	sql_finish(to);
	CHECK_EQ(sql_number(sql, "SELECT count(*) FROM seam"), 6);
	CHECK_EQ(sql_number(sql, "SELECT sum(number) FROM seam"), 12);
	CHECK_EQ(sql_number(sql, "SELECT number FROM seam WHERE number > 3"), 0);
	CHECK_EQ(sql_fault(sql), SQL_NO_FAULT);
	seam_close(sql);
}

TEST(what_is_null_is_an_empty_text)
{
	struct sql *sql = seam_open();
	struct sql_statement *row = sql_prepare(sql, "SELECT number, text FROM seam");

	CHECK(sql_execute(sql, "INSERT INTO seam VALUES (NULL, NULL)"));
	CHECK(sql_next(row));
	CHECK_STR(sql_text(row, 1), "");
	CHECK_EQ(sql_integer(row, 0), 0);
	CHECK(!sql_next(row));
	sql_finish(row);
	seam_close(sql);
}
