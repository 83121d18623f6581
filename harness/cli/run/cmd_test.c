/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_test.c - every test in every flavour, as lanes.
 *
 *	plan: flavour, suites	lanes: build main | main unit, main cli ... | build asan | ...
 *
 * R1  A failed build is a failed test, and so is a program that crashes after its last line.
 * R2  Meson's data lists the tests; the table below determines which suites run in which flavour.
 * R3  While tests run, a background process builds the next flavours, so that no CPU is idle while
 *     a test waits. It has a lower priority, and only saves time: each build is run again when its
 *     turn comes, waits for the folder's lock and is checked then.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/coverage/coverage.h"
#include "harness/cli/coverage/coverage_tools.h"
#include "harness/cli/flavours.h"
#include "harness/cli/progress.h"
#include "harness/cli/run/junit.h"
#include "harness/cli/run/test_lane.h"
#include "harness/cli/run/test_list.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COVERAGE_FLAVOUR "asan"
#define COVERAGE_PERCENT 98.0

/* What runs where. */
struct plan {
	const char *flavour;
	const char *suites;	 /* as test_choice; NULL: only with --full */
	const char *full_suites; /* with --full */
	bool everything;	 /* builds the whole tree, not only what the tests need ... */
	const char *more;	 /* ... and this meson target; or NULL */
	const char *environment; /* of its tests, or NULL */
};

static const struct plan plans[] = {
	{"main", "*", "*", true, NULL, NULL},
	{"clang", NULL, "*", true, NULL, NULL},
	/* Programs that no test needs: all that clang compiles. */
	{"asan", "unit corpus", "unit corpus page64 zoo cli", false, "programs",
	 "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1"},
	{"tsan", "tsan", "tsan", false, NULL, "TSAN_OPTIONS=halt_on_error=1"},
};
enum { NR_PLANS = sizeof(plans) / sizeof(plans[0]) };
static const char *const ninja_file[] = {"build.ninja", NULL};

struct session {
	bool full;
	bool build_only;
	const char *filter;
	const char *json, *junit; /* where results go; NULL: nowhere */
	json_t *lanes;
	bool left_out[NR_PLANS]; /* no test matches the filter */
	json_t *coverage;      /* NULL: not measured */
	double untold_seconds; /* of the plan's builds that are not a lane */
};

static void add_lane(struct session *session, json_t *lane)
{
	json_array_append_new(session->lanes, lane);
	progress_say("%-22s %7.1f s  %lld passed, %lld failed, %lld skipped",
		     json_string_value(json_object_get(lane, "name")),
		     json_number_value(json_object_get(lane, "seconds")),
		     (long long)json_integer_value(json_object_get(lane, "passed")),
		     (long long)json_integer_value(json_object_get(lane, "failed")),
		     (long long)json_integer_value(json_object_get(lane, "skipped")));
}

static bool test_build(struct session *session, const char *flavour, const char *const *targets,
		       bool is_loud)
{
	double seconds;
	char name[64];
	bool ok = flavour_build(flavour, targets, &seconds);

	seconds += session->untold_seconds;
	if (is_loud && !strcmp(flavour, "main") && getenv("LAB_BUILD_SECONDS"))
		seconds += atof(getenv("LAB_BUILD_SECONDS")); /* ./lab built it just now */
	session->untold_seconds = seconds;
	snprintf(name, sizeof(name), "build %s", flavour);
	if ((is_loud || !ok) && !process_interrupted())
		add_lane(session, test_lane_whole(name, seconds, ok));
	return ok;
}

static const char *suites_of(const struct session *session, const struct plan *plan)
{
	return session->full ? plan->full_suites : plan->suites;
}

/* Returns the tests of a plan; updates the build folder's list first. */
static json_t *list_tests(struct session *session, const struct plan *plan)
{
	struct test_choice choice = {
		.flavour = plan->flavour,
		.suites = suites_of(session, plan),
		.filter = session->filter,
	};

	session->untold_seconds = 0;
	if (!test_build(session, plan->flavour, ninja_file, false))
		return NULL;
	return test_list_load(&choice);
}

/*
 * Selects the tests that match a filter before any other flavour is built: main has all tests of
 * the others. False after printing a diagnostic.
 */
static bool choose_plans(struct session *session)
{
	size_t nr = 0;

	if (!session->filter)
		return true;
	if (!flavour_build("main", ninja_file, NULL))
		return false;
	for (size_t i = 0; i < NR_PLANS; i++) {
		struct test_choice choice = {
			.flavour = plans[i].flavour,
			.suites = suites_of(session, &plans[i]),
			.filter = session->filter,
			.known_by = "main",
		};
		json_t *tests = choice.suites ? test_list_load(&choice) : NULL;

		session->left_out[i] = json_array_size(tests) == 0;
		nr += json_array_size(tests);
		json_decref(tests);
	}
	if (!nr)
		cmd_usage(&cmd_test, "no test matches '%s'", session->filter);
	return nr > 0;
}

static void run_suites(struct session *session, const struct plan *plan, const json_t *tests,
		       const char *const *environment)
{
	json_t *lanes = test_lanes_run(plan->flavour, tests, environment), *lane;
	size_t i;

	json_array_foreach(lanes, i, lane) add_lane(session, json_incref(lane));
	json_decref(lanes);
}

/* A percentage can be demanded only of all tests together. */
static void measure_coverage(struct session *session, const json_t *tests)
{
	double started = clock_seconds();
	char **executables = test_list_targets(COVERAGE_FLAVOUR, tests, true);
	double percent = 0;

	session->coverage = executables ? coverage_measure("tests", executables, NULL) : NULL;
	if (session->coverage)
		percent = coverage_percent(session->coverage, "lines");
	test_list_free_targets(executables);
	if (session->filter || process_interrupted())
		return;
	if (percent < COVERAGE_PERCENT)
		progress_say(
			"FAILED  coverage: %.2f %% of the lines of core/, %.0f %% are demanded",
			percent, COVERAGE_PERCENT);
	add_lane(session, test_lane_whole("coverage", clock_seconds() - started,
					  percent >= COVERAGE_PERCENT));
}

/* Measures what corpus/unreached demands of the committed inputs alone. */
static void measure_corpus(struct session *session)
{
	double started = clock_seconds();
	const char *argv[] = {"/proc/self/exe", "coverage", "--check", NULL};
	struct process process = {.argv = argv, .err_file = "-"};
	struct process_result result;
	bool ok = process_run(&process, &result);

	if (!ok && !process_interrupted())
		progress_say("FAILED  coverage by the corpus");
	if (!process_interrupted())
		add_lane(session,
			 test_lane_whole("coverage by corpus", clock_seconds() - started, ok));
}

static void append_target(char ***targets, const char *target)
{
	size_t nr = g_strv_length(*targets);

	*targets = realloc(*targets, (nr + 2) * sizeof(**targets));
	(*targets)[nr] = strdup(target);
	(*targets)[nr + 1] = NULL;
}

static void run_plan(struct session *session, const struct plan *plan)
{
	const char *environment[] = {"MALLOC_PERTURB_=165", NULL, NULL, NULL, NULL};
	bool is_cov = !strcmp(plan->flavour, COVERAGE_FLAVOUR);
	json_t *tests = list_tests(session, plan);
	char *profile = NULL, **targets;
	size_t nr = 1;

	if (!tests)
		return;
	if (session->full)
		environment[nr++] = "LAB_FULL=1";
	if (plan->environment)
		environment[nr++] = plan->environment;
	if (is_cov && json_array_size(tests)) {
		profile = coverage_profile_variable("tests");
		environment[nr++] = profile;
	}
	targets = plan->everything ? NULL : test_list_targets(plan->flavour, tests, false);
	if (targets && plan->more && !session->filter)
		append_target(&targets, plan->more);
	if ((json_array_size(tests) || (plan->everything && !session->filter)) &&
	    test_build(session, plan->flavour, (const char *const *)targets, true) &&
	    !session->build_only) {
		run_suites(session, plan, tests, environment);
		if (is_cov && !process_interrupted())
			measure_coverage(session, tests);
		if (is_cov && !session->filter && !process_interrupted())
			measure_corpus(session);
	}
	test_list_free_targets(targets);
	free(profile);
	json_decref(tests);
}

struct builder {
	char program[PATH_MAX];
	const char *argv[9];
	struct process process;
	struct process_job job;
};

/* Starts the same command with --build (R3). Its messages are printed again later. */
static void start_builder(struct builder *builder, const struct session *session)
{
	ssize_t bytes = readlink("/proc/self/exe", builder->program, sizeof(builder->program) - 1);
	const char **word = builder->argv;

	if (bytes < 0)
		return;
	*word++ = "nice";
	*word++ = builder->program;
	*word++ = "test";
	*word++ = "--build";
	if (session->full)
		*word++ = "--full";
	if (session->filter)
		*word++ = session->filter;
	builder->process.argv = builder->argv;
	process_start(&builder->job, &builder->process);
}

static json_int_t cmd_test_sum(const json_t *lanes, const char *what)
{
	json_int_t n = 0;
	json_t *lane;
	size_t i;

	json_array_foreach(lanes, i, lane) n += json_integer_value(json_object_get(lane, what));
	return n;
}

static void print_table(FILE *to, const struct session *session, double seconds)
{
	json_t *lane;
	size_t i;

	fprintf(to, "%-22s %9s %8s %8s %8s\n", "lane", "seconds", "passed", "failed", "skipped");
	json_array_foreach(session->lanes, i, lane)
		fprintf(to, "%-22s %9.1f %8lld %8lld %8lld\n",
			json_string_value(json_object_get(lane, "name")),
			json_number_value(json_object_get(lane, "seconds")),
			(long long)json_integer_value(json_object_get(lane, "passed")),
			(long long)json_integer_value(json_object_get(lane, "failed")),
			(long long)json_integer_value(json_object_get(lane, "skipped")));
	fprintf(to, "%-22s %9.1f\n", "all", seconds);
	if (session->coverage)
		coverage_print(to, session->coverage);
}

/* False after a diagnostic. */
static bool write_junit(const struct session *session)
{
	json_t *suites = session->junit ? junit_of_lanes(session->lanes) : NULL;
	bool ok = !suites || junit_write_file(session->junit, suites);

	json_decref(suites);
	return ok;
}

static int test_report(const struct session *session, double seconds)
{
	const char *json = session->json;
	json_int_t passed = cmd_test_sum(session->lanes, "passed");
	json_int_t failed = cmd_test_sum(session->lanes, "failed");
	json_int_t skipped = cmd_test_sum(session->lanes, "skipped");
	FILE *to = json && !strcmp(json, "-") ? stderr : stdout;

	print_table(to, session, seconds);
	if (process_interrupted())
		progress_say("interrupted: not every lane ran");
	fprintf(to, "%lld passed, %lld failed, %lld skipped\n", (long long)passed,
		(long long)failed, (long long)skipped);
	fflush(to);
	if (json) {
		json_t *all = json_pack("{s:f, s:I, s:I, s:I, s:O, s:O?}", "seconds", seconds,
					"passed", passed, "failed", failed, "skipped", skipped,
					"lanes", session->lanes, "coverage", session->coverage);
		bool ok = json_write_file(json, all, JSON_INDENT(1));

		json_decref(all);
		if (!ok)
			return CMD_USAGE;
	}
	if (!write_junit(session))
		return CMD_USAGE;
	return failed ? CMD_FOUND : CMD_OK;
}

/* Makes the path absolute: tests run in other folders. */
static bool data_resolve(void)
{
	const char *folder = getenv("LAB_DATA");
	char *whole = folder && *folder ? realpath(folder, NULL) : NULL;
	bool ok = !folder || !*folder || whole;

	if (!ok)
		cmd_usage(&cmd_test, "LAB_DATA is '%s': %s", folder, strerror(errno));
	else if (whole)
		setenv("LAB_DATA", whole, 1);
	free(whole);
	return ok;
}

static int cmd_test_run(int argc, char **argv)
{
	struct session session = {0};
	struct builder builder = {.argv = {NULL}};
	const struct cmd_option options[] = {
		{"full", CMD_FLAG, &session.full, 0, 0, NULL},
		{"build", CMD_FLAG, &session.build_only, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &session.json, 0, 0, NULL},
		{"junit", CMD_TEXT, &session.junit, 0, 0, NULL},
	};
	double started = clock_seconds();
	int nr_words, status = cmd_parse(&cmd_test, argc, argv, options, 4, &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words > 1)
		return cmd_usage(&cmd_test, "one FILTER was expected, not %d", nr_words);
	if (!cmd_can_write(session.json) || !cmd_can_write(session.junit) ||
	    !cmd_can_build(&cmd_test))
		return CMD_USAGE;
	session.filter = argv[1];
	if (!data_resolve() || !choose_plans(&session))
		return CMD_USAGE;
	session.lanes = json_array();
	signals_hold();
	if (!session.build_only)
		start_builder(&builder, &session);
	for (size_t i = 0; i < NR_PLANS && !process_interrupted(); i++)
		if (!session.left_out[i] && suites_of(&session, &plans[i]))
			run_plan(&session, &plans[i]);
	signals_release();
	status = test_report(&session, clock_seconds() - started);
	json_decref(session.lanes);
	json_decref(session.coverage);
	return status;
}

const struct cmd cmd_test = {
	.name = "test",
	.run = cmd_test_run,
};
