/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* history_fixture.c - see history_fixture.h. */
#include "bench/test/history_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "bench/history/history.h"
#include "bench/history/history_formats.h"
#include "bench/history/history_sql.h"

/* A new folder for each use; the test may do with it what it likes. */
static char folder[64];
char test_path[256], test_aside[272];

const char *history_test_server(void)
{
	const char *url = getenv("PCPU_TEST_POSTGRES");

	return url && *url ? url : NULL;
}

/* A schema of its own in the server's database. */
static void make_schema(const char *url)
{
	static unsigned nr;
	struct sql *sql = sql_open_server(url);
	char text[64];

	CHECK(sql);
	snprintf(text, sizeof(text), "CREATE SCHEMA t%u_%u", (unsigned)getpid(), ++nr);
	CHECK(sql_execute(sql, text));
	sql_close(sql);
	snprintf(test_path, sizeof(test_path), "%s&options=-csearch_path%%3Dt%u_%u", url,
		 (unsigned)getpid(), nr);
}

void history_folder_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/pcpu-history-XXXXXX");
	CHECK(mkdtemp(folder));
	if (history_test_server())
		make_schema(history_test_server());
	else
		snprintf(test_path, sizeof(test_path), "%s/h.db", folder);
	snprintf(test_aside, sizeof(test_aside), "%s.aside-1", test_path);
}

void history_folder_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(!system(command));
}

/* Descriptor of the real stderr while it is redirected to a file of the folder. */
static int err_saved = -1;

void stderr_capture(void)
{
	char name[112];
	int fd;

	snprintf(name, sizeof(name), "%s/err", folder);
	fflush(stderr);
	err_saved = dup(2);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 2);
	close(fd);
}

const char *stderr_captured(void)
{
	static char text[2048];
	char name[112];
	FILE *file;
	size_t nr;

	fflush(stderr);
	dup2(err_saved, 2);
	close(err_saved);
	snprintf(name, sizeof(name), "%s/err", folder);
	file = fopen(name, "r");
	nr = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	text[nr] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* Returns two series with two repetitions; their texts need quoting in every format. */
json_t *history_sample_run(void)
{
	json_t *run = history_run_new("bench");

	json_object_set_new(run, "time", json_string("2026-01-31T12:00:00Z"));
	json_object_set_new(run, "revision", json_string("0123456789abcdef"));
	json_object_set_new(run, "dirty", json_true());
	json_object_set_new(run, "host", json_string("a \"CPU\", 2 cores\\4 GiB"));
	json_object_set_new(run, "compiler", json_string("12.2.0"));
	json_object_set_new(run, "flavour", json_string("release"));
	json_object_set_new(json_object_get(run, "context"), "engines", json_string("area"));
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 0, 98.625);
	history_sample_add(run, "pair/8B", "area", "real_time", "ns", 1, 99.125);
	history_sample_add(run, "pair/8B", "area", "probes/op", "1", 0, 4);
	history_sample_add(run, "access/add", "-", "real_time", "ns", 0, 0.375);
	return run;
}

void history_check_same(const json_t *got, const json_t *wanted, const char *key)
{
	CHECK_STR(history_text(got, key), history_text(wanted, key));
}

void history_check_same_run(const json_t *got, const json_t *wanted)
{
	static const char *const keys[] = {"time", "revision", "host", "compiler", "flavour"};

	for (size_t i = 0; i < 5; i++)
		history_check_same(got, wanted, keys[i]);
	CHECK(json_equal(json_object_get(got, "dirty"), json_object_get(wanted, "dirty")));
	CHECK(json_equal(json_object_get(got, "samples"), json_object_get(wanted, "samples")));
}

void history_write_text(const char *text)
{
	FILE *file = fopen(test_path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}
