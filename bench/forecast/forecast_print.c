/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* forecast_print.c - the forecast as tables, with the published figures beside, and as JSON. */
#include "bench/forecast/forecast.h"

#include <string.h>

static const uint32_t machines[] = {1, 2, 8, 32, 64, 128, 224, 512};
enum { NR_MACHINES = sizeof(machines) / sizeof(machines[0]), PUBLISHED_CPUS = 224 };

#define PUBLISHED_SHARE 0.57

static const char model[] =
	"model: N CPUs live one life after the other: objects of 32 B and 8 B, two allocations\n"
	"and two frees. Counted by single steps of this build, on 8 and 64 CPUs, two of them in\n"
	"turns; a line through both gives N. One server a lock, exact mean value analysis.\n";

static const char left_out[] =
	"left out: what a lock costs when it is waited for (sleep, wake-up, spinning beside the\n"
	"holder), distance between sockets, threads of one core, cache misses that no other CPU\n"
	"causes, page faults, balance, objects freed by another CPU than allocated them (the\n"
	"front's magazines then pass through spans), other locks of an exec, queues for one line\n"
	"that many CPUs write, magazines that hold fewer objects on more CPUs.\n";

static void constants_print(FILE *to, const struct forecast_constants *c)
{
	fprintf(to,
		"instruction %g ns   measured: pair/8B/cpus:8/bare, area: 81 ns, 1194 of them\n"
		"line %g ns          a line that was read moves; published: 64 threads on one\n"
		"                    counter, 956 ns an increment, 956 / 64\n"
		"store %g ns         the same of a line that is written only; assumed: several at "
		"once\n"
		"work %g us          of an exec, without the allocator; published: 186,062 a "
		"second "
		"on\n"
		"                    26 cores, 26 / 186,062\n\n",
		c->instruction_ns, c->line_ns, c->store_ns, c->work_us);
}

static void header_print(FILE *to, const char *title)
{
	fprintf(to, "%s\n%-14s", title, "CPUs");
	for (uint32_t m = 0; m < NR_MACHINES; m++)
		fprintf(to, " %7u", machines[m]);
}

/* Million calls a second, nothing between lives. */
static void rates_print(FILE *to, const struct forecast_design *designs, uint32_t nr,
			const struct forecast_constants *constants)
{
	header_print(to, "million calls a second, nothing but lives");
	fputs("  no more from\n", to);
	for (uint32_t d = 0; d < nr; d++) {
		uint32_t from = forecast_saturated(designs[d].two, constants, 0);

		fprintf(to, "%-14s", designs[d].name);
		for (uint32_t m = 0; m < NR_MACHINES; m++)
			fprintf(to, " %7.2f",
				forecast_point_at(designs[d].two, machines[m], constants, 0)
						.calls_per_second *
					1e-6);
		fprintf(to, from ? "  %u\n" : "  -\n", from);
	}
}

static void shares_print(FILE *to, const struct forecast_design *designs, uint32_t nr,
			 const struct forecast_constants *constants)
{
	double work_ns = constants->work_us * 1000;

	header_print(to, "\nshare of an exec in the allocator, %");
	fputs("  no more from\n", to);
	for (uint32_t d = 0; d < nr; d++) {
		uint32_t from = forecast_saturated(designs[d].two, constants, work_ns);

		fprintf(to, "%-14s", designs[d].name);
		for (uint32_t m = 0; m < NR_MACHINES; m++)
			fprintf(to, " %7.2f",
				forecast_point_at(designs[d].two, machines[m], constants, work_ns)
						.share *
					100);
		fprintf(to, from ? "  %u\n" : "  -\n", from);
	}
	fprintf(to, "%-14s", "published");
	for (uint32_t m = 0; m < NR_MACHINES; m++)
		if (machines[m] == PUBLISHED_CPUS)
			fprintf(to, " %7.0f", PUBLISHED_SHARE * 100);
		else
			fprintf(to, " %7s", "");
	fputs("  execl, 224 threads, Linux's bitmap\n", to);
}

/* Of the reference's engine, for the published figure; returns whether it is among them. */
static bool outside_add(const struct forecast_design *designs, uint32_t nr,
			struct forecast_design *out)
{
	for (uint32_t d = 0; d < nr; d++) {
		if (strcmp(designs[d].name, "linux61"))
			continue;
		*out = designs[d];
		snprintf(out->name, sizeof(out->name), "linux61 *");
		forecast_clear_outside(out->two);
		return true;
	}
	return false;
}

/* Of a life on PUBLISHED_CPUS. */
static void reasons_print(FILE *to, const struct forecast_design *designs, uint32_t nr,
			  const struct forecast_constants *constants)
{
	fprintf(to,
		"\na life on %d CPUs: instructions, lines that move (read, written), ns: outside "
		"of "
		"locks |\nouter lock | inner lock; calls of 4 that lock\n",
		PUBLISHED_CPUS);
	for (uint32_t d = 0; d < nr; d++) {
		struct forecast_costs costs = forecast_costs_at(designs[d].two, PUBLISHED_CPUS);
		struct forecast_point point =
			forecast_point_at(designs[d].two, PUBLISHED_CPUS, constants, 0);

		fprintf(to, "%-14s", designs[d].name);
		for (uint32_t i = 0; i < FORECAST_PLACES; i++)
			fprintf(to, "%s %6.0f %4.1f %5.1f %5.0f", i ? " |" : "",
				costs.instructions[i], costs.reads[i], costs.writes[i],
				point.held_ns[i]);
		fprintf(to, "  %.2f\n", costs.lock_calls);
	}
}

void forecast_print(FILE *to, const struct forecast_design *of, uint32_t nr,
		    const struct forecast_constants *constants)
{
	struct forecast_design designs[FORECAST_DESIGNS_MAX + 1];

	memcpy(designs, of, nr * sizeof(*of));
	nr += outside_add(of, nr, &designs[nr]);
	fputs(model, to);
	constants_print(to, constants);
	rates_print(to, designs, nr, constants);
	shares_print(to, designs, nr, constants);
	reasons_print(to, designs, nr, constants);
	fprintf(to, "* were all copies cleared outside of the locks\n\n%s", left_out);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *places_json(const double *value)
{
	return json_pack("[f, f, f]", value[0], value[1], value[2]);
}

static json_t *points_json(const struct forecast_design *design,
			   const struct forecast_constants *constants)
{
	json_t *points = json_array();

	for (uint32_t m = 0; m < NR_MACHINES; m++) {
		double work_ns = constants->work_us * 1000;
		struct forecast_point only =
			forecast_point_at(design->two, machines[m], constants, 0);
		struct forecast_point exec =
			forecast_point_at(design->two, machines[m], constants, work_ns);

		json_array_append_new(points, json_pack("{s:I, s:f, s:f, s:f}", "cpus",
							(json_int_t)machines[m], "calls_per_second",
							only.calls_per_second, "wait_ns",
							only.wait_ns, "exec_share", exec.share));
	}
	return points;
}

json_t *forecast_json(const struct forecast_design *designs, uint32_t nr,
		      const struct forecast_constants *constants)
{
	json_t *rows = json_array();

	for (uint32_t d = 0; d < nr; d++) {
		json_t *row = json_pack("{s:s, s:o}", "design", designs[d].name, "points",
					points_json(&designs[d], constants));
		json_t *counted = json_array();

		for (uint32_t i = 0; i < 2; i++) {
			const struct forecast_costs *c = &designs[d].two[i];

			json_array_append_new(
				counted,
				json_pack("{s:f, s:o, s:o, s:o, s:f}", "cpus", c->nr_cpus,
					  "instructions", places_json(c->instructions),
					  "moved_reads", places_json(c->reads), "moved_writes",
					  places_json(c->writes), "lock_calls", c->lock_calls));
		}
		json_object_set_new(row, "life", counted);
		json_array_append_new(rows, row);
	}
	return json_pack("{s:{s:f, s:f, s:f, s:f}, s:o, s:[{s:s, s:I, s:f}]}", "constants",
			 "instruction_ns", constants->instruction_ns, "line_ns", constants->line_ns,
			 "store_ns", constants->store_ns, "work_us", constants->work_us, "designs",
			 rows, "published", "what", "execl, share in the allocator", "cpus",
			 (json_int_t)PUBLISHED_CPUS, "exec_share", PUBLISHED_SHARE);
}
