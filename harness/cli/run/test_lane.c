/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_lane.c - runs one `meson test` for all suites of a flavour and reads its log.
 *
 * R1  Suites run beside each other: at the end of each a processor would wait for the last test.
 * R2  One test more than there are processors: some wait for a browser, a server or a second to
 *     pass.
 */
#include "harness/cli/run/test_lane.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "harness/cli/run/test_list.h"
#include "harness/cli/process.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAIL_LINES = 30 };

struct counts {
	unsigned passed, failed, skipped;
};

/* A lane that is being filled. */
struct suite {
	const char *name;
	char lane[128];
	struct counts sum;
	double seconds; /* of its tests, one after the other */
	size_t nr_wanted;
	json_t *tests; /* those that ran */
};

static json_t *make_lane(const char *name, double seconds, const struct counts *counts,
			 json_t *tests)
{
	return json_pack("{s:s, s:f, s:i, s:i, s:i, s:o}", "name", name, "seconds", seconds,
			 "passed", (int)counts->passed, "failed", (int)counts->failed, "skipped",
			 (int)counts->skipped, "tests", tests);
}

json_t *test_lane_whole(const char *name, double seconds, bool passed)
{
	struct counts counts = {.passed = passed, .failed = !passed};

	return make_lane(name, seconds, &counts, json_array());
}

/* Returns the start of the last line of a text, ignoring a trailing newline. */
static const char *last_line(const char *text)
{
	size_t bytes = strlen(text);

	while (bytes && text[bytes - 1] == '\n')
		bytes--;
	while (bytes && text[bytes - 1] != '\n')
		bytes--;
	return text + bytes;
}

/*
 * A program's own counts are used, unless it fails while its counts show no failure: a crash at
 * exit, a leak found by a sanitizer. A program without counts is one test.
 */
static struct counts count_test(const char *out, const char *result)
{
	struct counts counts = {0};
	bool ok = !strcmp(result, "OK");

	if (sscanf(last_line(out), "%u passed, %u failed, %u skipped", &counts.passed,
		   &counts.failed, &counts.skipped) == 3) {
		if (!ok && strcmp(result, "SKIP") && !counts.failed)
			counts.failed = 1;
		return counts;
	}
	counts = (struct counts){0};
	if (ok)
		counts.passed = 1;
	else if (!strcmp(result, "SKIP"))
		counts.skipped = 1;
	else
		counts.failed = 1;
	return counts;
}

/* Prints the relevant lines of a text, at most TAIL_LINES of its end. */
static void print_tail(const char *text)
{
	size_t bytes = strlen(text), at, lines = TAIL_LINES;

	while (bytes && text[bytes - 1] == '\n')
		bytes--;
	for (at = bytes; at && lines; at--)
		lines -= text[at - 1] == '\n';
	if (at)
		at++;
	while (at < bytes) {
		size_t nr = strcspn(text + at, "\n");

		fprintf(stderr, "    %.*s\n", (int)nr, text + at);
		at += nr + 1;
	}
}

/* Quotes a word for a shell. */
static void print_word(const char *word)
{
	if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_./:=,+@%-")]) {
		fprintf(stderr, " %s", word);
		return;
	}
	fputs(" '", stderr);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){*word, '\0'}, stderr);
	fputc('\'', stderr);
}

static void print_failure(const char *lane, const char *name, const json_t *entry)
{
	const char *out = json_string_value(json_object_get(entry, "stdout"));
	const char *err = json_string_value(json_object_get(entry, "stderr"));
	const json_t *command = json_object_get(entry, "command"), *word;
	size_t i;

	progress_say("FAILED  %s / %s: %s (exit status %d)", lane, name,
		     json_string_value(json_object_get(entry, "result")),
		     (int)json_integer_value(json_object_get(entry, "returncode")));
	print_tail(out ? out : "");
	print_tail(err ? err : "");
	fputs("  again:", stderr);
	json_array_foreach(command, i, word) print_word(json_string_value(word));
	fputc('\n', stderr);
}

/* Meson's log names a test "project:suite / name". */
static const char *entry_name(const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const char *slash = strstr(name, " / ");

	return slash ? slash + 3 : name;
}

/* Returns the last lines of a text, valid as JSON. */
static json_t *tail_of(const char *text)
{
	size_t bytes = strlen(text), at, lines = TAIL_LINES + 1;
	char *valid;
	json_t *tail;

	for (at = bytes; at && (lines -= text[at - 1] == '\n'); at--)
		;
	valid = g_utf8_make_valid(text + at, -1);
	tail = json_string(valid);
	free(valid);
	return tail;
}

/* What a failed or skipped test printed: its reasons, and what JUnit shows of it. */
static void add_output(json_t *test, const json_t *entry, const struct counts *counts)
{
	const char *out = json_string_value(json_object_get(entry, "stdout"));
	const char *err = json_string_value(json_object_get(entry, "stderr"));
	int status = (int)json_integer_value(json_object_get(entry, "returncode"));
	char *all, words[64] = "skipped";

	if (counts->passed && !counts->failed)
		return;
	if (counts->failed)
		snprintf(words, sizeof(words), "exit status %d", status);
	all = g_strdup_printf("%s%s", out ? out : "", err ? err : "");
	json_object_set_new(test, "words", json_string(words));
	json_object_set_new(test, "output", tail_of(all));
	free(all);
}

static void take_entry(struct suite *suite, const json_t *entry)
{
	const char *out = json_string_value(json_object_get(entry, "stdout"));
	const char *result = json_string_value(json_object_get(entry, "result"));
	struct counts counts = count_test(out ? out : "", result);
	json_t *test;

	if (!strcmp(result, "INTERRUPT")) /* by the user: it proves nothing */
		return;
	if (counts.failed)
		print_failure(suite->lane, entry_name(entry), entry);
	suite->sum.passed += counts.passed;
	suite->sum.failed += counts.failed;
	suite->sum.skipped += counts.skipped;
	suite->seconds += json_number_value(json_object_get(entry, "duration"));
	test = json_pack("{s:s, s:O, s:i, s:i, s:i, s:s, s:O}", "name", entry_name(entry),
			 "seconds", json_object_get(entry, "duration"), "passed",
			 (int)counts.passed, "failed", (int)counts.failed, "skipped",
			 (int)counts.skipped, "result", result, "command",
			 json_object_get(entry, "command"));
	add_output(test, entry, &counts);
	json_array_append_new(suite->tests, test);
}

/* Meson's log names a test "project:suite / name", of two suites "project:suite+other / name". */
static struct suite *entry_suite(struct suite *suites, size_t nr, const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const char *colon = strchr(name, ':');

	for (size_t i = 0; colon && i < nr; i++) {
		size_t bytes = strlen(suites[i].name);

		if (!strncmp(colon + 1, suites[i].name, bytes) && strchr("+ ", colon[1 + bytes]))
			return &suites[i];
	}
	return NULL;
}

/* The log has one JSON object per line, for one test each. */
static void read_log(const char *path, struct suite *suites, size_t nr)
{
	char *text, *line, *rest;
	size_t bytes;

	if (!cmd_read_file(path, &text, &bytes))
		return;
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL) {
		json_t *entry = json_loads(line, 0, NULL);
		struct suite *suite = entry ? entry_suite(suites, nr, entry) : NULL;

		if (suite)
			take_entry(suite, entry);
		json_decref(entry);
	}
	free(text);
}

static void note_line(void *context, const char *line, size_t bytes)
{
	if (strchr(line, '/') && strchr("0123456789 ", line[0]))
		progress_show("test %s  %s", (const char *)context, line);
}

/* Runs `meson test` for exactly these tests; its own log goes to `base`. */
static bool run_meson(const char *flavour, const json_t *tests, const char *base,
		      const char *const *environment, struct process_result *result)
{
	char *folder = flavour_folder(flavour);
	size_t i, nr = 0;
	json_t *test;
	const char **argv = calloc(json_array_size(tests) + 16, sizeof(*argv));
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = note_line,
				  .context = (void *)(uintptr_t)flavour,
				  .grace_seconds = 10};
	char processes[16];
	bool ok;

	snprintf(processes, sizeof(processes), "%u", g_get_num_processors() + 1);
	argv[nr++] = "meson";
	argv[nr++] = "test";
	argv[nr++] = "-C";
	argv[nr++] = folder;
	argv[nr++] = "--no-rebuild";
	argv[nr++] = "--logbase";
	argv[nr++] = base;
	argv[nr++] = "--timeout-multiplier";
	argv[nr++] = strcmp(flavour, "main") ? "8" : "3";
	argv[nr++] = "--num-processes";
	argv[nr++] = processes;
	json_array_foreach(tests, i, test) argv[nr++] =
		json_string_value(json_object_get(test, "name"));
	ok = process_run(&process, result);
	progress_clear();
	free(argv);
	free(folder);
	return ok;
}

/* A suite for each name; how many tests are wanted of it. */
static struct suite *make_suites(const char *flavour, const json_t *tests, const json_t *names)
{
	struct suite *suites = calloc(json_array_size(names) + 1, sizeof(*suites));
	const json_t *name, *test;
	size_t i, j;

	json_array_foreach(names, i, name)
	{
		suites[i].name = json_string_value(name);
		snprintf(suites[i].lane, sizeof(suites[i].lane), "%s %s", flavour, suites[i].name);
		suites[i].tests = json_array();
		json_array_foreach(tests, j, test) suites[i].nr_wanted +=
			!strcmp(test_list_suite(test), suites[i].name);
	}
	return suites;
}

static json_t *finish_suite(struct suite *suite, const char *log, bool interrupted)
{
	size_t nr = json_array_size(suite->tests);

	if (nr < suite->nr_wanted && !interrupted) {
		progress_say("FAILED  %s: %zu of %zu tests ran (%s)", suite->lane, nr,
			     suite->nr_wanted, log);
		suite->sum.failed += (unsigned)(suite->nr_wanted - nr);
	}
	return make_lane(suite->lane, suite->seconds, &suite->sum, suite->tests);
}

json_t *test_lanes_run(const char *flavour, const json_t *tests, const char *const *environment)
{
	json_t *names = test_list_suites(tests), *lanes = json_array();
	size_t nr = json_array_size(names);
	struct suite *suites = make_suites(flavour, tests, names);
	struct process_result result = {0};
	char base[128];
	char *log;
	bool gone;

	snprintf(base, sizeof(base), "lab-%s", flavour);
	log = cmd_path("build/%s/meson-logs/%s.json", flavour, base);
	gone = !unlink(log) || errno == ENOENT; /* an old log must not be taken for this run's */
	if (nr)
		run_meson(flavour, tests, base, environment, &result);
	if (gone && !access(log, R_OK))
		read_log(log, suites, nr);
	for (size_t i = 0; i < nr; i++)
		json_array_append_new(lanes, finish_suite(&suites[i], log, result.interrupted));
	free(log);
	free(suites);
	json_decref(names);
	return lanes;
}
