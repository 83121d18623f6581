/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* forecast.c - see forecast.h: the model. */
#include "bench/forecast/forecast.h"
#include "bench/forecast/mva.h"

#include <glib.h>
#include <math.h>
#include <string.h>

const struct forecast_constants forecast_defaults = {
	.instruction_ns = 0.07, .line_ns = 15, .store_ns = 5, .work_us = 140};

/* --- constants -------------------------------------------------------------------------------- */

static bool constant_set(const char *word, struct forecast_constants *constants)
{
	const struct {
		const char *name;
		double *value;
	} known[] = {
		{"instruction=", &constants->instruction_ns},
		{"line=", &constants->line_ns},
		{"store=", &constants->store_ns},
		{"work=", &constants->work_us},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *number = word + strlen(known[i].name);
		char *end;

		if (strncmp(word, known[i].name, strlen(known[i].name)))
			continue;
		if (!g_ascii_isdigit(*number) || number[strspn(number, "0123456789.")])
			return false;
		*known[i].value = g_ascii_strtod(number, &end);
		return !*end && *known[i].value <= 1e6;
	}
	return false;
}

const char *forecast_constants_read(char *text, struct forecast_constants *constants)
{
	char *word;

	while ((word = strsep(&text, ",")) != NULL)
		if (!constant_set(word, constants))
			return word;
	/* An instruction that takes no time leaves a round without any. */
	return constants->instruction_ns > 0 ? NULL : "instruction=0";
}

/* --- counts ----------------------------------------------------------------------------------- */

static bool places_read(const json_t *line, const char *key, double nr, double *value)
{
	const json_t *places = json_object_get(line, key);

	for (size_t i = 0; i < FORECAST_PLACES; i++) {
		const json_t *count = json_array_get(places, i);

		if (!json_is_integer(count) || json_integer_value(count) < 0)
			return false;
		value[i] = (double)json_integer_value(count) / nr;
	}
	return json_array_size(places) == FORECAST_PLACES;
}

bool forecast_costs_read(const json_t *line, struct forecast_costs *costs)
{
	double nr = (double)json_integer_value(json_object_get(line, "lives"));

	costs->nr_cpus = (double)json_integer_value(json_object_get(line, "cpus"));
	costs->lock_calls = (double)json_integer_value(json_object_get(line, "lock_calls")) / nr;
	return nr > 0 && costs->nr_cpus > 0 &&
	       places_read(line, "instructions", nr, costs->instructions) &&
	       places_read(line, "moved_reads", nr, costs->reads) &&
	       places_read(line, "moved_writes", nr, costs->writes) &&
	       costs->instructions[FORECAST_FREE] > 0;
}

static double line_through(double x, double x0, double y0, double x1, double y1)
{
	return fmax(y0 + (y1 - y0) * (x - x0) / (x1 - x0), 0);
}

struct forecast_costs forecast_costs_at(const struct forecast_costs two[2], uint32_t nr_cpus)
{
	const struct forecast_costs *a = &two[0], *b = &two[1];
	struct forecast_costs costs = {.nr_cpus = nr_cpus, .lock_calls = b->lock_calls};

#define AT(field) line_through(nr_cpus, a->nr_cpus, a->field, b->nr_cpus, b->field)
	for (uint32_t i = 0; i < FORECAST_PLACES; i++) {
		costs.instructions[i] = AT(instructions[i]);
		costs.reads[i] = AT(reads[i]);
		costs.writes[i] = AT(writes[i]);
	}
#undef AT
	return costs;
}

/* What of a count grows with the CPUs leaves `from`. */
static void growth_move(struct forecast_costs two[2], double *a_from, double *b_from, double *a_to,
			double *b_to)
{
	double each = (*b_from - *a_from) / (two[1].nr_cpus - two[0].nr_cpus);

	*a_from -= each * two[0].nr_cpus;
	*a_to += each * two[0].nr_cpus;
	*b_from -= each * two[1].nr_cpus;
	*b_to += each * two[1].nr_cpus;
}

void forecast_clear_outside(struct forecast_costs two[2])
{
#define MOVE(field)                                                                                \
	growth_move(two, &two[0].field[FORECAST_OUTER], &two[1].field[FORECAST_OUTER],             \
		    &two[0].field[FORECAST_FREE], &two[1].field[FORECAST_FREE])
	MOVE(instructions);
	MOVE(reads);
	MOVE(writes);
#undef MOVE
}

/* --- time ------------------------------------------------------------------------------------- */

static void times_make(const struct forecast_costs *costs, uint32_t nr_cpus,
		       const struct forecast_constants *constants, double *ns)
{
	double moves = (double)(nr_cpus - 1) / nr_cpus;

	for (uint32_t i = 0; i < FORECAST_PLACES; i++)
		ns[i] = costs->instructions[i] * constants->instruction_ns +
			moves * (costs->reads[i] * constants->line_ns +
				 costs->writes[i] * constants->store_ns);
}

struct forecast_point forecast_point_at(const struct forecast_costs two[2], uint32_t nr_cpus,
					const struct forecast_constants *constants, double work_ns)
{
	struct forecast_costs costs = forecast_costs_at(two, nr_cpus);
	struct forecast_point point;
	struct mva mva;
	double own;

	times_make(&costs, nr_cpus, constants, point.held_ns);
	mva = mva_solve(nr_cpus, work_ns + point.held_ns[FORECAST_FREE],
			&point.held_ns[FORECAST_OUTER], FORECAST_PLACES - 1);
	own = mva.wait_ns;
	for (uint32_t i = 0; i < FORECAST_PLACES; i++)
		own += point.held_ns[i];
	point.calls_per_second = mva.per_ns * 1e9 * FORECAST_CALLS;
	point.wait_ns = mva.wait_ns;
	point.share = own / (own + work_ns);
	return point;
}

uint32_t forecast_saturated(const struct forecast_costs two[2],
			    const struct forecast_constants *constants, double work_ns)
{
	for (uint32_t n = 1; n <= FORECAST_CPUS_MAX; n++) {
		struct forecast_costs costs = forecast_costs_at(two, n);
		double ns[FORECAST_PLACES], most;

		times_make(&costs, n, constants, ns);
		most = fmax(ns[FORECAST_OUTER], ns[FORECAST_INNER]);
		if (n * most >=
		    work_ns + ns[FORECAST_FREE] + ns[FORECAST_OUTER] + ns[FORECAST_INNER])
			return n;
	}
	return 0;
}
