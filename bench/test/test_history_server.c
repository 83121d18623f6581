/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_history_server.c - a history on a PostgreSQL server, beside the tests of test_history.c that
 * run there too: writers that are killed, stopped or cut off; databases that are not ours.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_sql.h"
#include "bench/runner/bench_keep.h"
#include "bench/test/history_fixture.h"

static struct history *open_new(void)
{
	struct history *history;

	history_folder_make();
	history = history_open(test_path);
	CHECK(history);
	return history;
}

static void execute(const char *text)
{
	struct sql *sql = sql_open_server(test_path);

	CHECK(sql && sql_execute(sql, text));
	sql_close(sql);
}

static void check_one_line(const char *output, const char *words)
{
	if (!strstr(output, words))
		FAIL("'%s' is not in: %s", words, output);
	CHECK_EQ(strchr(output, '\n') - output, (long)strlen(output) - 1);
}

static void check_refused(struct history *(*open)(const char *), const char *words)
{
	stderr_capture();
	CHECK(!open(test_path));
	check_one_line(stderr_captured(), words);
}

/* --- what goes in comes out --------------------------------------------------------------- */

TEST(server_values_are_exact)
{
	static const double values[] = {0.1, 1e-300, 1.7976931348623157e308, 5e-324, -0.0, 1.0 / 3};
	struct history *history = open_new();
	json_t *run = history_run_new("bench"), *got;
	char *long_text = malloc(10241);

	memset(long_text, 'x', 10240);
	long_text[10240] = '\0';
	for (int i = 0; i < 6; i++)
		history_sample_add(run, "w'; DROP TABLE run; --\n\\ \"$1", "\xe2\x80\xae<b>", "m",
				   "1", i, values[i]);
	history_sample_add(run, long_text, "a", "m", "1", 4294967295, 1);
	json_object_set_new(run, "host", json_string("\\x00 'h' %s"));
	CHECK_EQ(history_add(history, run), 1);
	got = history_load(history, 1);
	CHECK(got);
	history_check_same_run(got, run);
	free(long_text);
	json_decref(got);
	json_decref(run);
	history_close(history);
	history_folder_remove();
}

/* More samples than a batch, series that are there in part. */
static long resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long all = 0, resident = 0;

	CHECK(file && fscanf(file, "%ld %ld", &all, &resident) == 2);
	fclose(file);
	return resident;
}

/* 100 MB of rows take the memory of some, whoever asks for what in the middle. */
TEST(server_sends_rows_one_by_one)
{
	struct history *history = open_new();
	struct sql *sql = history_sql(history);
	struct sql_statement *all = sql_prepare(sql, "SELECT i, repeat('x', 1000)"
						     " FROM generate_series(1, 100000) AS i");
	struct sql_statement *few = sql_prepare(sql, "SELECT i FROM generate_series(1, $1) AS i");
	long before = resident_pages();
	int64_t nr = 0;

	for (; nr < 99990 && sql_next(all); nr++)
		CHECK_EQ(sql_integer(all, 0), nr + 1);
	CHECK_EQ(nr, 99990);
	CHECK(resident_pages() - before < 20000000 / sysconf(_SC_PAGESIZE));
	sql_bind_integer(few, 1, 2);
	CHECK(sql_next(few));
	CHECK_EQ(sql_number(sql, "SELECT 7"), 7);
	CHECK(sql_next(few));
	CHECK_EQ(sql_integer(few, 0), 2);
	CHECK(!sql_next(few));
	for (; sql_next(all); nr++)
		CHECK_EQ(sql_integer(all, 0), nr + 1);
	CHECK_EQ(nr, 100000);
	sql_finish(all);
	/* one that is left in the middle, and one that fails there */
	all = sql_prepare(sql, "SELECT 1 / (500 - i) FROM generate_series(1, 100000) AS i");
	CHECK(sql_next(all));
	sql_finish(all);
	CHECK_EQ(sql_number(sql, "SELECT 8"), 8);
	all = sql_prepare(sql, "SELECT 1 / (500 - i) FROM generate_series(1, 100000) AS i");
	stderr_capture();
	for (nr = 0; sql_next(all);)
		nr++;
	CHECK_EQ(nr, 499);
	check_one_line(stderr_captured(), "division by zero");
	sql_finish(all);
	sql_finish(few);
	CHECK(history_has_error(history));
	history_close(history);
	history_folder_remove();
}

TEST(server_takes_long_runs)
{
	struct history *history = open_new();
	json_t *run = history_sample_run(), *got;

	CHECK_EQ(history_add(history, run), 1);
	for (int i = 0; i < 200; i++)
		history_sample_add(run, i % 3 ? "pair/8B" : "pair/64B", "bitmap", "real_time", "ns",
				   i, i * 0.1);
	CHECK_EQ(history_add(history, run), 2);
	got = history_load(history, 2);
	CHECK_EQ(json_array_size(json_object_get(got, "samples")), 204);
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM series"), 5);
	CHECK_EQ(sql_number(history_sql(history),
			    "SELECT count(*) FROM sample WHERE run = 2"
			    " AND value = 0.1::float8 * repetition AND series > 3"),
		 200);
	json_decref(got);
	json_decref(run);
	history_close(history);
	history_folder_remove();
}

TEST(server_gets_a_run_of_the_benchmarks)
{
	json_t *bench = json_loads(
		"{\"context\": {\"date\": \"2026-01-31T12:00:00+00:00\", \"engines\": \"area\"},"
		" \"benchmarks\": [{\"name\": \"pair/8B/area\", \"run_type\": \"iteration\","
		" \"real_time\": 2.5, \"time_unit\": \"ns\", \"repetition_index\": 0}]}",
		0, NULL);
	struct history *history;
	json_t *series;

	history_folder_make();
	CHECK(bench && bench_keep(bench, test_path));
	history = history_open_to_read(test_path);
	series = history_series(history, "real_time");
	CHECK_EQ(json_array_size(series), 1);
	CHECK_STR(history_text(json_array_get(series, 0), "name"), "pair/8B/area real_time");
	json_decref(series);
	history_close(history);
	json_decref(bench);
	history_folder_remove();
}

TEST(server_takes_alerts)
{
	struct history *history = open_new();
	json_t *run = history_sample_run();
	struct alert_row row = {.id = 1, .series = 1, .run = 1, .before = 60, .after = 63.5};

	CHECK_EQ(history_add(history, run), 1);
	row.compiler = row.flavour = row.before_revision = (char[]){"a"};
	row.revision = (char[]){"b"};
	CHECK(alerts_insert(history, &row));
	row.after = 66.25;
	CHECK(alerts_move(history, &row));
	CHECK(alerts_change_state(history, 1, "fixed"));
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM alert WHERE id = 1 AND"
						  " before = 60 AND after = 66.25 AND revision ="
						  " 'b' AND state = 'fixed'"), 1);
	json_decref(run);
	history_close(history);
	history_folder_remove();
}

/* --- killed, stopped, cut off ------------------------------------------------------------- */

/* -1: any. */
static void end_child(pid_t child, int by_signal)
{
	int status;

	CHECK(waitpid(child, &status, 0) > 0);
	if (by_signal)
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == by_signal);
	else
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* The run and half of its samples are there when it is killed. */
static void add_half_and_die(void)
{
	struct history *history = history_open(test_path);
	struct sql *sql = history_sql(history);

	if (sql_begin(sql) &&
	    sql_execute(sql, "INSERT INTO run VALUES (7, '', 'half', 0, '', '', '', '', '{}');"
			     "INSERT INTO series VALUES (3, 'w', 'e', 'm', 'u');"
			     "INSERT INTO sample VALUES (7, 3, 0, 1)"))
		raise(SIGKILL);
	_exit(1);
}

TEST(server_drops_what_a_killed_writer_left)
{
	struct history *history = open_new();
	json_t *run = history_sample_run(), *list;
	pid_t child = fork();

	if (!child)
		add_half_and_die();
	end_child(child, SIGKILL);
	CHECK_EQ(history_add(history, run), 1); /* the dead one's lock is free */
	list = history_list(history);
	CHECK_EQ(json_array_size(list), 1);
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM sample"), 4);
	json_decref(list);
	json_decref(run);
	history_close(history);
	history_folder_remove();
}

static void add_for_ever(const json_t *run)
{
	struct history *history = history_open(test_path);

	while (history && history_add(history, run))
		;
	_exit(1);
}

static json_t *long_run(void)
{
	json_t *run = history_sample_run();

	for (int i = 0; i < 300; i++)
		history_sample_add(run, "pair/8B", "bitmap", "real_time", "ns", i, i);
	return run;
}

/* Wherever a writer is when it is killed, each run is whole. */
TEST(server_runs_are_whole_or_not_there)
{
	struct history *history = open_new();
	json_t *run = long_run(), *list, *one;
	size_t i;

	for (unsigned nr = 0; nr < 6; nr++) {
		int64_t newest = history_newest(history);
		pid_t child = fork();

		if (!child)
			add_for_ever(run);
		while (history_newest(history) == newest)
			usleep(1000);
		usleep(3000 * nr);
		kill(child, SIGKILL);
		end_child(child, SIGKILL);
	}
	CHECK(history_add(history, run));
	list = history_list(history);
	CHECK(json_array_size(list) > 6);
	json_array_foreach(list, i, one)
		CHECK_EQ(json_integer_value(json_object_get(one, "nr_samples")), 304);
	CHECK(!sql_number(history_sql(history), "SELECT count(*) FROM sample"
						" WHERE run NOT IN (SELECT id FROM run)"));
	json_decref(list);
	json_decref(run);
	history_close(history);
	history_folder_remove();
}

/* What the server does when an administrator ends a session, or it is shut down. */
static void cut_off(struct history *history)
{
	int pid = (int)sql_number(history_sql(history), "SELECT pg_backend_pid()");
	char text[64];

	snprintf(text, sizeof(text), "SELECT pg_terminate_backend(%d, 5000)", pid);
	execute(text);
}

TEST(server_gone_is_one_line)
{
	json_t *run = history_sample_run();
	struct history *history = open_new();

	CHECK(history_add(history, run));
	cut_off(history);
	stderr_capture();
	CHECK(!history_add(history, run));
	CHECK(!history_list(history));
	CHECK(!history_load(history, 1));
	CHECK(!history_series(history, NULL));
	CHECK(!history_newest(history));
	CHECK(history_has_error(history));
	CHECK(!history_lost(history));
	history_close(history);
	check_one_line(stderr_captured(), "cannot be used: ");
	history = history_open(test_path);
	CHECK_EQ(history_newest(history), 1);
	history_close(history);
	json_decref(run);
	history_folder_remove();
}

/* Cut off within a transaction: nothing of it stays. */
TEST(server_gone_in_the_middle_takes_all_back)
{
	struct history *history = open_new();
	struct sql *sql = history_sql(history);

	CHECK(sql_begin(sql));
	CHECK(sql_execute(sql, "INSERT INTO series VALUES (3, 'w', 'e', 'm', 'u')"));
	cut_off(history);
	stderr_capture();
	CHECK(!sql_commit(sql));
	sql_rollback(sql);
	check_one_line(stderr_captured(), "cannot be used: ");
	history_close(history);
	history = history_open(test_path);
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM series"), 0);
	history_close(history);
	history_folder_remove();
}

/* Lets everybody in and shuts down at once: PostgreSQL's messages, each with its length. */
static void shut_down_for_ever(int listening)
{
	static const char answers[] = "R\0\0\0\x08\0\0\0\0"
				      "N\0\0\0\x29SWARNING\0VWARNING\0C57P01\0Mshut down\0";
	char startup[1024];
	int fd;

	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		if (read(fd, startup, sizeof(startup)) > 0 &&
		    write(fd, answers, sizeof(answers)) < 0)
			_exit(1);
		close(fd);
	}
	_exit(1);
}

/* What a server has to say before a connection stands is not for the user's terminal. */
TEST(server_notice_of_the_beginning_is_not_shown)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char folder[] = "/tmp/pcpu-server-XXXXXX", url[128];
	pid_t child;

	history_folder_make();
	CHECK(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432", folder);
	CHECK(!bind(listening, (struct sockaddr *)&address, sizeof(address)));
	CHECK(!listen(listening, 4));
	if (!(child = fork()))
		shut_down_for_ever(listening);
	snprintf(url, sizeof(url), "postgresql:///d?host=%s&port=5432&user=u", folder);
	stderr_capture();
	CHECK(!sql_open_server(url));
	check_one_line(stderr_captured(), "cannot be opened: ");
	kill(child, SIGKILL);
	end_child(child, SIGKILL);
	close(listening);
	unlink(address.sun_path);
	rmdir(folder);
	history_folder_remove();
}

/* --- several at once ---------------------------------------------------------------------- */

static void add_one_and_exit(const char *seconds)
{
	json_t *run = history_sample_run();
	struct history *history;
	bool ok;

	setenv("LAB_WAIT_SECONDS", seconds, 1);
	history = history_open(test_path);
	ok = history && history_add(history, run);
	history_close(history);
	json_decref(run);
	_exit(!ok);
}

TEST(server_writers_wait_for_one_another)
{
	struct history *history = open_new();
	const char *output;
	pid_t child;

	CHECK(sql_begin(history_sql(history)));
	stderr_capture();
	if (!(child = fork()))
		add_one_and_exit("30");
	usleep(1300000);
	sql_rollback(history_sql(history));
	end_child(child, 0);
	check_one_line(stderr_captured(), "locked by another process: waited for up to 30 s");
	CHECK(sql_begin(history_sql(history)));
	stderr_capture();
	if (!(child = fork()))
		add_one_and_exit("0");
	CHECK_EQ(waitpid(child, NULL, 0), child);
	output = stderr_captured();
	check_one_line(output, "cannot be used: another process has it locked for too long");
	sql_rollback(history_sql(history));
	CHECK_EQ(history_newest(history), 1);
	history_close(history);
	history_folder_remove();
}

/* --- other databases ---------------------------------------------------------------------- */

TEST(server_of_version_1_is_migrated_once)
{
	json_t *run = history_sample_run();
	struct history *history = open_new();

	CHECK(history_add(history, run));
	history_close(history);
	execute("DROP TABLE alert; UPDATE pcpu_lab SET version = 1");
	for (int i = 0; i < 4; i++) {
		if (!fork()) {
			history = history_open_to_read(test_path);
			_exit(!history || history_newest(history) != 1);
		}
	}
	for (int i = 0; i < 4; i++)
		end_child(-1, 0);
	history = history_open_to_read(test_path);
	CHECK_EQ(sql_number(history_sql(history), "SELECT count(*) FROM alert"), 0);
	CHECK_EQ(sql_number(history_sql(history), "SELECT sum(version) FROM pcpu_lab"),
		 HISTORY_VERSION);
	history_close(history);
	json_decref(run);
	history_folder_remove();
}

TEST(server_that_is_not_ours_is_left_alone)
{
	history_folder_make();
	check_refused(history_open_to_read, "cannot be used: it has no history yet");
	execute("CREATE TABLE recipes (cake TEXT)");
	CHECK(history_may_take(test_path, true)); /* opening shows it */
	check_refused(history_open, "cannot be used: its tables are of another program");
	stderr_capture();
	CHECK(!history_may_take(test_path, false));
	check_one_line(stderr_captured(), "of another program");
	execute("DROP TABLE recipes; CREATE TABLE pcpu_lab (application BIGINT, version BIGINT);"
		"INSERT INTO pcpu_lab VALUES (1, 2)");
	check_refused(history_open, "of another program");
	history_folder_remove();
}

TEST(server_of_another_version_is_refused)
{
	history_close(open_new());
	execute("UPDATE pcpu_lab SET version = 1000");
	check_refused(history_open, "cannot be used: it is of a newer lab");
	check_refused(history_open_to_read, "cannot be used: it is of a newer lab");
	execute("UPDATE pcpu_lab SET version = 0");
	check_refused(history_open, "cannot be used: it is of an older lab");
	execute("UPDATE pcpu_lab SET version = 3; ALTER TABLE alert DROP COLUMN text");
	check_refused(history_open, "cannot be used: damaged");
	check_refused(history_open_to_read, "cannot be used: damaged");
	execute("DROP TABLE alert");
	check_refused(history_open, "cannot be used: damaged");
	history_folder_remove();
}

/* Who may only read, reads; what an extension puts there is not another program's. */
TEST(server_role_that_may_only_read)
{
	json_t *run = history_sample_run();
	struct history *history;
	char reader[400];

	history_folder_make();
	execute("CREATE VIEW seen AS SELECT 1; INSERT INTO pg_depend SELECT 'pg_class'::regclass,"
		" 'seen'::regclass, 0, 'pg_extension'::regclass, oid, 0, 'e' FROM pg_extension");
	history = history_open(test_path);
	CHECK(history && history_add(history, run));
	history_close(history);
	execute("DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO reader;"
		" GRANT SELECT ON ALL TABLES IN SCHEMA %I TO reader', current_schema(),"
		" current_schema()); END $$");
	snprintf(reader, sizeof(reader), "%s&user=reader", test_path);
	history = history_open_to_read(reader);
	CHECK_EQ(history_newest(history), 1);
	stderr_capture();
	CHECK(!history_add(history, run));
	check_one_line(stderr_captured(), "permission denied");
	history_close(history);
	json_decref(run);
	history_folder_remove();
}
