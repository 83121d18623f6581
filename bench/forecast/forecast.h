/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * forecast.h - from counts of a life on two machines (bench/hits/costs.h) to calls a second on up
 * to 512 CPUs.
 *
 *	a count for N CPUs	on a line through the two that were counted: clearing grows with N
 *	time in a place		instructions * instruction_ns + moved reads * line_ns
 *				+ moved writes * store_ns; a line moves with probability (N - 1) / N
 *	a round			work and what is outside of locks, then each lock (mva.h)
 */
#ifndef FORECAST_H
#define FORECAST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FORECAST_FREE, FORECAST_OUTER, FORECAST_INNER, FORECAST_PLACES };
enum { FORECAST_DESIGNS_MAX = 16, FORECAST_CPUS_MAX = 4096, FORECAST_CALLS = 4 /* of a life */ };

struct forecast_constants {
	double instruction_ns, line_ns, store_ns;
	double work_us; /* of an exec, outside the allocator */
};
extern const struct forecast_constants forecast_defaults;

/* Of one life. */
struct forecast_costs {
	double nr_cpus, lock_calls;
	double instructions[FORECAST_PLACES], reads[FORECAST_PLACES], writes[FORECAST_PLACES];
};

struct forecast_point {
	double calls_per_second;
	double share;			 /* of a round that is the allocator's: 0 to 1 */
	double wait_ns;			 /* of a life: for locks */
	double held_ns[FORECAST_PLACES]; /* of a life, [FORECAST_FREE]: outside */
};

/* "instruction=0.07,line=15,store=5,work=140", any of them. NULL, or the word that is wrong, in
   *text. */
const char *forecast_constants_read(char *text, struct forecast_constants *constants);

/* From a line of `pcpu-hits --costs`. */
bool forecast_costs_read(const json_t *line, struct forecast_costs *costs);

/* Of a machine between, or beyond, the two. */
struct forecast_costs forecast_costs_at(const struct forecast_costs two[2], uint32_t nr_cpus);

/* A life after each work_ns of other work. */
struct forecast_point forecast_point_at(const struct forecast_costs two[2], uint32_t nr_cpus,
					const struct forecast_constants *constants, double work_ns);

/* The fewest CPUs that reach what the most held lock lets through: N such that N >= round without
   waiting / its time. 0: more than FORECAST_CPUS_MAX. */
uint32_t forecast_saturated(const struct forecast_costs two[2],
			    const struct forecast_constants *constants, double work_ns);

/* The same design, were the copies cleared outside of the locks: what grows with the CPUs under the
   outer lock is outside. */
void forecast_clear_outside(struct forecast_costs two[2]);

/* One design's row. */
struct forecast_design {
	char name[32];
	struct forecast_costs two[2];
};

/* At most FORECAST_DESIGNS_MAX designs. */
void forecast_print(FILE *to, const struct forecast_design *designs, uint32_t nr,
		    const struct forecast_constants *constants);
json_t *forecast_json(const struct forecast_design *designs, uint32_t nr,
		      const struct forecast_constants *constants);

/* forecast_command.c: counts with the program, for these designs ("a,b" or "all"; NULL: all),
   prints or writes JSON. */
struct forecast_options {
	const char *program, *designs, *json;
	struct forecast_constants constants;
};
int forecast_command(const struct forecast_options *options);

#endif
