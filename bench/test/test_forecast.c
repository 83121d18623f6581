/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_forecast.c - the queues against values computed by hand, the model's parts one by one. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/forecast/forecast.h"
#include "bench/forecast/mva.h"
#include "harness/test/lib/test.h"
#include <pcpu/engine.h>

static void near(double is, double wanted)
{
	if (!(fabs(is - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
		test_fail(__FILE__, __LINE__, "%.12g is not %.12g", is, wanted);
}

/* --- queues ----------------------------------------------------------------------------------- */

TEST(one_cpu_waits_for_nobody)
{
	struct mva mva = mva_solve(1, 3, (double[]){1, 4}, 2);

	near(mva.per_ns, 1 / 8.0);
	near(mva.wait_ns, 0);
}

TEST(queues_are_those_computed_by_hand)
{
	struct mva mva = mva_solve(2, 0, (double[]){1}, 1);

	near(mva.per_ns, 1);
	near(mva.wait_ns, 1);
	mva = mva_solve(2, 1, (double[]){1}, 1); /* queue of 1 CPU: 1/2 */
	near(mva.per_ns, 0.8);
	near(mva.wait_ns, 0.5);
	mva = mva_solve(3, 1, (double[]){1}, 1); /* of 2: 0.8 * 1.5 */
	near(mva.per_ns, 3 / 3.2);
	near(mva.wait_ns, 1.2);
	mva = mva_solve(2, 0, (double[]){1, 2}, 2); /* of 1: 1/3, 2/3 */
	near(mva.per_ns, 3 / 7.0);
	near(mva.wait_ns, 5 / 3.0);
	mva = mva_solve(5, 10, NULL, 0);
	near(mva.per_ns, 0.5);
	near(mva.wait_ns, 0);
}

TEST(more_cpus_get_more_up_to_the_slowest_lock)
{
	static const double service[2] = {3, 7};
	double before = 0, least = 100 + 3 + 7;

	for (uint32_t nr = 1; nr <= 512; nr++) {
		struct mva mva = mva_solve(nr, 100, service, 2);

		CHECK(mva.per_ns > before || mva.per_ns > 0.99999 / 7);
		CHECK(mva.per_ns <= fmin(nr / least, 1 / 7.0) * (1 + 1e-12));
		near(mva.per_ns * (least + mva.wait_ns), nr); /* Little's law */
		before = mva.per_ns;
	}
	near(before, 1 / 7.0);
}

/* --- counts ----------------------------------------------------------------------------------- */

#define LINE(cpus, lives, free_one, reads)                                                         \
	"{\"cpus\": " cpus ", \"lives\": " lives ", \"lock_calls\": 8,"                            \
	" \"instructions\": [" free_one ", 200, 400], \"moved_reads\": " reads ","                 \
	" \"moved_writes\": [0, 10, 20]}"

static bool reads(const char *text, struct forecast_costs *costs)
{
	json_t *line = json_loads(text, 0, NULL);
	bool read;

	CHECK(line);
	read = forecast_costs_read(line, costs);
	json_decref(line);
	return read;
}

TEST(counts_are_read_for_each_life)
{
	struct forecast_costs costs;

	CHECK(reads(LINE("8", "2", "100", "[2, 4, 6]"), &costs));
	near(costs.nr_cpus, 8);
	near(costs.lock_calls, 4);
	near(costs.instructions[FORECAST_FREE], 50);
	near(costs.instructions[FORECAST_OUTER], 100);
	near(costs.instructions[FORECAST_INNER], 200);
	near(costs.reads[FORECAST_INNER], 3);
	near(costs.writes[FORECAST_OUTER], 5);
}

TEST(counts_that_are_none_are_refused)
{
	struct forecast_costs costs;

	CHECK(!reads(LINE("0", "2", "100", "[2, 4, 6]"), &costs));
	CHECK(!reads(LINE("8", "0", "100", "[2, 4, 6]"), &costs));
	CHECK(!reads(LINE("8", "2", "0", "[2, 4, 6]"), &costs));
	CHECK(!reads(LINE("8", "2", "100", "[2, 4]"), &costs));
	CHECK(!reads(LINE("8", "2", "100", "[2, 4, 6, 8]"), &costs));
	CHECK(!reads(LINE("8", "2", "100", "[2, -4, 6]"), &costs));
	CHECK(!reads(LINE("8", "2", "100", "[2, \"4\", 6]"), &costs));
	CHECK(!reads("{}", &costs));
	CHECK(!reads("[]", &costs));
}

/* Outer: 100 and 12 for each CPU; writes: one for each CPU; the rest is flat. */
static const struct forecast_costs two[2] = {
	{8, 4, {50, 196, 40}, {1, 2, 3}, {0, 8, 4}},
	{64, 4, {50, 868, 40}, {1, 2, 3}, {0, 64, 4}},
};

TEST(other_machines_lie_on_the_line_through_two)
{
	struct forecast_costs costs = forecast_costs_at(two, 224);

	near(costs.instructions[FORECAST_FREE], 50);
	near(costs.instructions[FORECAST_OUTER], 100 + 224 * 12);
	near(costs.instructions[FORECAST_INNER], 40);
	near(costs.reads[FORECAST_INNER], 3);
	near(costs.writes[FORECAST_OUTER], 224);
	near(costs.nr_cpus, 224);
	near(costs.lock_calls, 4);
	near(forecast_costs_at(two, 8).instructions[FORECAST_OUTER], 196);
	near(forecast_costs_at(two, 64).writes[FORECAST_OUTER], 64);
	near(forecast_costs_at(
		     (struct forecast_costs[2]){{8, 0, {9}, {0}, {1}}, {64, 0, {9}, {0}, {57}}}, 1)
		     .writes[0],
	     0); /* not below 0 */
}

TEST(clearing_can_be_taken_out_of_the_lock)
{
	struct forecast_costs moved[2], costs;

	memcpy(moved, two, sizeof(two));
	forecast_clear_outside(moved);
	costs = forecast_costs_at(moved, 512);
	near(costs.instructions[FORECAST_OUTER], 100);
	near(costs.instructions[FORECAST_FREE], 50 + 512 * 12);
	near(costs.instructions[FORECAST_INNER], 40);
	near(costs.writes[FORECAST_OUTER], 0);
	near(costs.writes[FORECAST_FREE], 512);
	near(costs.reads[FORECAST_OUTER], 2);
}

/* --- time ------------------------------------------------------------------------------------- */

static const struct forecast_constants round_ones = {
	.instruction_ns = 1, .line_ns = 100, .store_ns = 10, .work_us = 1};

TEST(one_cpu_moves_no_line)
{
	struct forecast_point point = forecast_point_at(two, 1, &round_ones, 1000);

	near(point.held_ns[FORECAST_FREE], 50);
	near(point.held_ns[FORECAST_OUTER], 112);
	near(point.held_ns[FORECAST_INNER], 40);
	near(point.wait_ns, 0);
	near(point.calls_per_second, 4e9 / 1202);
	near(point.share, 202 / 1202.0);
}

TEST(two_cpus_wait_and_move_lines)
{
	struct forecast_point point = forecast_point_at(two, 2, &round_ones, 0);
	double service[2] = {124 + 0.5 * (200 + 20), 40 + 0.5 * (300 + 40)};
	double outside = 50 + 0.5 * 100, round = outside + service[0] + service[1];
	double wait = (service[0] * service[0] + service[1] * service[1]) / round;

	near(point.held_ns[FORECAST_FREE], outside);
	near(point.held_ns[FORECAST_OUTER], service[0]);
	near(point.held_ns[FORECAST_INNER], service[1]);
	near(point.wait_ns, wait);
	near(point.calls_per_second, 4 * 2e9 / (round + wait));
	near(point.share, 1);

	point = forecast_point_at(two, 2, &round_ones, 1000);
	wait = (service[0] * service[0] + service[1] * service[1]) / (1000 + round);
	near(point.wait_ns, wait);
	near(point.share, (round + wait) / (1000 + round + wait));
}

TEST(a_lock_is_saturated_where_its_time_fills_the_round)
{
	static const struct forecast_costs flat[2] = {{8, 4, {50, 10, 40}, {0}, {0}},
						      {64, 4, {50, 10, 40}, {0}, {0}}};
	static const struct forecast_costs none[2] = {{8, 0, {50, 0, 0}, {0}, {0}},
						      {64, 0, {50, 0, 0}, {0}, {0}}};

	CHECK_EQ(forecast_saturated(flat, &round_ones, 0), 3); /* 100 / 40 */
	CHECK_EQ(forecast_saturated(flat, &round_ones, 1000), 28);
	CHECK_EQ(forecast_saturated(flat, &round_ones, 1020), 28); /* 1120 / 40 */
	CHECK_EQ(forecast_saturated(flat, &round_ones, 1021), 29);
	CHECK_EQ(forecast_saturated(none, &round_ones, 0), 0);
}

TEST(a_design_without_locks_gets_a_share_for_each_cpu)
{
	static const struct forecast_costs none[2] = {{8, 0, {50, 0, 0}, {0}, {0}},
						      {64, 0, {50, 0, 0}, {0}, {0}}};
	double one = forecast_point_at(none, 1, &round_ones, 0).calls_per_second;

	near(forecast_point_at(none, 512, &round_ones, 0).calls_per_second, 512 * one);
}

/* --- constants -------------------------------------------------------------------------------- */

static const char *constants(const char *text, struct forecast_constants *out)
{
	static char copy[128];

	snprintf(copy, sizeof(copy), "%s", text);
	*out = forecast_defaults;
	return forecast_constants_read(copy, out);
}

TEST(constants_are_read)
{
	struct forecast_constants c;

	CHECK(!constants("line=20.5,work=0", &c));
	near(c.line_ns, 20.5);
	near(c.work_us, 0);
	near(c.instruction_ns, forecast_defaults.instruction_ns);
	CHECK(!constants("instruction=1,store=2", &c));
	near(c.instruction_ns, 1);
	near(c.store_ns, 2);
	near(c.line_ns, forecast_defaults.line_ns);
}

TEST(constants_that_are_none_are_refused)
{
	static const char *const wrong[] = {
		"",	      "line",	   "line=",    "line=-1",      "line=1x",	"lines=1",
		"line=nan",   "line=inf",  "line=1e9", "line=1000001", "instruction=0", "work= 1",
		"store=0x10", "line=1.2.3"};
	struct forecast_constants c;
	const char *word;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		word = constants(wrong[i], &c);
		if (!word || strcmp(word, wrong[i]))
			test_fail(__FILE__, __LINE__, "'%s': %s", wrong[i], word ? word : "taken");
	}
	word = constants("line=1,,work=2", &c);
	CHECK(word && !*word);
}

/* --- what is shown ---------------------------------------------------------------------------- */

/* Of the first table. */
static const char *rates_row(const char *name)
{
	static const uint32_t machines[] = {1, 2, 8, 32, 64, 128, 224, 512};
	static char row[128];
	int bytes = snprintf(row, sizeof(row), "\n%-14s", name);

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		bytes += snprintf(
			row + bytes, sizeof(row) - (size_t)bytes, " %7.2f",
			forecast_point_at(two, machines[i], &round_ones, 0).calls_per_second / 1e6);
	return row;
}

TEST(tables_show_each_design_and_the_published_figure)
{
	struct forecast_design designs[2] = {{"area", {two[0], two[1]}},
					     {"linux61", {two[0], two[1]}}};
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	CHECK(to);
	forecast_print(to, designs, 2, &round_ones);
	fclose(to);
	CHECK(strstr(text, "\narea  "));
	CHECK(strstr(text, "\nlinux61 * "));
	CHECK(strstr(text, rates_row("area")));
	CHECK(strstr(text,
		     "\npublished                                                           57"
		     "          execl"));
	CHECK(strstr(text, "left out: "));
	CHECK(strstr(text, "area               50  1.0   0.0   150 |   2788  2.0 224.0  5217 |"));
	free(text);
}

TEST(json_holds_what_the_tables_show)
{
	struct forecast_design design = {"area", {two[0], two[1]}};
	json_t *json = forecast_json(&design, 1, &round_ones), *row, *points, *point;
	struct forecast_point wanted = forecast_point_at(two, 512, &round_ones, 0);

	CHECK(json);
	row = json_array_get(json_object_get(json, "designs"), 0);
	points = json_object_get(row, "points");
	CHECK(!strcmp(json_string_value(json_object_get(row, "design")), "area"));
	CHECK_EQ(json_array_size(points), 8);
	point = json_array_get(points, 7);
	CHECK_EQ(json_integer_value(json_object_get(point, "cpus")), 512);
	near(json_real_value(json_object_get(point, "calls_per_second")), wanted.calls_per_second);
	near(json_real_value(json_object_get(point, "wait_ns")), wanted.wait_ns);
	near(json_real_value(json_object_get(point, "exec_share")),
	     forecast_point_at(two, 512, &round_ones, 1000).share);
	CHECK_EQ(json_array_size(json_object_get(row, "life")), 2);
	json_decref(json);
}

/* --- the command ------------------------------------------------------------------------------ */

/* Its stdout goes to a file; what it complains of nowhere. */
static int quietly(const struct forecast_options *options, const char *to)
{
	int status, nowhere = open("/dev/null", O_WRONLY), out = dup(1), err = dup(2);
	int file = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(nowhere >= 0 && out >= 0 && err >= 0 && file >= 0);
	fflush(stdout);
	dup2(file, 1);
	dup2(nowhere, 2);
	status = forecast_command(options);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	close(nowhere);
	close(file);
	close(out);
	close(err);
	return status;
}

/* A program that prints these lines instead of counting. Returns the command's status; *json is
   the JSON that it wrote to its stdout (on_stdout) or a file, or NULL. */
static int command_to(const char *lines, const char *designs, bool on_stdout, json_t **json)
{
	char folder[] = "/tmp/test-forecast-XXXXXX", program[64], out[64], tables[64];
	struct forecast_options options = {.designs = designs, .constants = round_ones};
	FILE *file;
	int status;

	CHECK(mkdtemp(folder));
	snprintf(program, sizeof(program), "%s/program", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	snprintf(tables, sizeof(tables), "%s/tables", folder);
	file = fopen(program, "w");
	CHECK(file);
	fprintf(file, "#!/bin/sh\n[ \"$1\" = --costs ] || exit 2\n%s", lines);
	fclose(file);
	CHECK(!chmod(program, 0755));
	options.program = program;
	options.json = on_stdout ? "-" : out;
	status = quietly(&options, tables);
	*json = json_load_file(on_stdout ? tables : out, 0, NULL);
	unlink(program);
	unlink(out);
	unlink(tables);
	CHECK(!rmdir(folder));
	return status;
}

static int command_of(const char *lines, const char *designs, json_t **json)
{
	return command_to(lines, designs, false, json);
}

static const char *const small = LINE("8", "2", "100", "[2, 4, 6]"), *const large =
									     LINE("64", "2", "100",
										  "[2, 4, 6]");

#define LINES_OF_TWO                                                                               \
	"echo '" LINE("8", "2", "100", "[2, 4, 6]") "'\n"                                          \
						    "echo '" LINE("64", "2", "100",                \
								  "[2, 4, 6]") "'\n"

static int two_lines(const char *a, const char *b, const char *designs, json_t **json)
{
	char lines[1024];

	snprintf(lines, sizeof(lines), "echo '%s'\necho '%s'\n", a, b);
	return command_of(lines, designs, json);
}

TEST(the_command_counts_each_design)
{
	json_t *json, *designs;

	CHECK_EQ(two_lines(small, large, "front,area", &json), 0);
	designs = json_object_get(json, "designs");
	CHECK_EQ(json_array_size(designs), 2);
	CHECK(!strcmp("area",
		      json_string_value(json_object_get(json_array_get(designs, 1), "design"))));
	json_decref(json);
	CHECK_EQ(command_to(LINES_OF_TWO, "area", true, &json), 0);
	CHECK(json); /* and nothing else on stdout */
	json_decref(json);
	CHECK_EQ(two_lines(small, large, NULL, &json), 0);
	CHECK_EQ(json_array_size(json_object_get(json, "designs")), pcpu_nr_engines + 1);
	json_decref(json);
}

TEST(a_program_that_does_not_count_is_found)
{
	json_t *json;

	CHECK(two_lines(small, "{}", "area", &json) != 0 && !json);
	CHECK(two_lines("words", large, "area", &json) != 0 && !json);
	CHECK(two_lines(large, small, "area", &json) != 0 && !json);
	CHECK(two_lines(small, small, "area", &json) != 0 && !json);
	CHECK(command_of("echo '{}'\nexit 1\n", "area", &json) != 0 && !json);
	CHECK(command_of(LINES_OF_TWO LINES_OF_TWO, "area", &json) != 0 && !json);
	CHECK(command_of("", "area", &json) != 0 && !json);
	CHECK(command_of("echo '{\"cpus\": 8, \"lives\": 2, \"lock_calls\": 8, \"instructions\":"
			 " [1, 2, 3], \"moved_reads\": [1, 2, 3], \"moved_writes\": [1, 2, 3]}'\n",
			 "area", &json) != 0 &&
	      !json);
}
