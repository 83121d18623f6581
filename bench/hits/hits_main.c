/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hits_main.c - pcpu-hits: what is counted by single steps.
 *
 *	pcpu-hits		   the list of both hit paths, and the rules of hits.h, for each
 *				   machine and size: `lab bench --hits`
 *	pcpu-hits --costs DESIGN   what a life costs (costs.h) on 8 and on 64 CPUs, a line of JSON
 *				   each: `lab bench --forecast`
 */
#include "bench/hits/costs.h"
#include "bench/hits/hits.h"

#include <inttypes.h>
#include <pcpu/engine.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t sizes[] = {4, 8, 16, 24, 32, 64}, machines[] = {2, 256};

enum { NR_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* The first is listed, of each other the counts. */
static uint32_t one_show(const struct hits *hits, bool whole)
{
	uint32_t nr_shared, nr;

	if (whole) {
		hits_print(hits, stdout);
		puts("\nCPUs  bytes  alloc  free  locked  lines: alloc  free  shared lines of "
		     "states");
	}
	hits_states_shared(hits, &nr_shared, &nr);
	printf("%4u  %5u  %5u  %4u  %6u", hits->nr_cpus, hits->bytes, hits->cpu[0].alloc.most,
	       hits->cpu[0].free.most, hits->cpu[0].alloc.nr_locked + hits->cpu[0].free.nr_locked);
	for (int kind = 0; kind < 2; kind++) {
		const struct hits_kind *of = kind ? &hits->cpu[0].free : &hits->cpu[0].alloc;
		uint32_t lines = 0;

		for (uint32_t g = 0; g < HITS_NR_GROUPS; g++)
			lines += of->lines[g];
		printf(kind ? "  %4u" : "  %12u", lines);
	}
	printf("  %u of %u\n", nr_shared, nr);
	return hits_faults(hits, stdout);
}

static uint32_t bound_check(const struct hits *hits)
{
	uint32_t alloc, free;

	if (!hits_bound(&alloc, &free) ||
	    (hits->cpu[0].alloc.most <= alloc && hits->cpu[0].free.most <= free))
		return 0;
	printf("more instructions than hits.def has: %u and %u\n", alloc, free);
	return 1;
}

static int hits_all(void)
{
	struct hits *hits = malloc(sizeof(*hits));
	uint32_t nr_faults = 0;

	for (uint32_t i = 0; hits && i < 2 * NR_SIZES; i++) {
		const struct hits_options options = {
			.calls = hits_calls_real,
			.nr_cpus = machines[i / NR_SIZES],
			.bytes = sizes[(i + 1) % NR_SIZES],
			.nr_objects = HITS_OBJECTS_MAX,
		};
		const char *why;
		bool skipped;

		if (!hits_measure(hits, &options, &skipped, &why)) {
			fprintf(stderr, "pcpu-hits: %s\n", why);
			free(hits);
			return 1;
		}
		nr_faults += one_show(hits, i == 0) + bound_check(hits);
	}
	free(hits);
	return hits && !nr_faults ? 0 : 1;
}

/* --- costs ------------------------------------------------------------------------------------ */

/* Whole rounds of the magazines, which hold up to so many: a miss serves the hits after it. */
enum { MAGAZINE_LIVES = 64 };

static void places_print(const char *name, const uint64_t value[COSTS_NR_PLACES])
{
	printf(", \"%s\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 "]", name, value[COSTS_FREE],
	       value[COSTS_OUTER], value[COSTS_INNER]);
}

static void costs_print(const char *design, const struct costs *costs)
{
	printf("{\"design\": \"%s\", \"cpus\": %u, \"lives\": %u", design, costs->nr_cpus,
	       costs->nr_lives);
	printf(", \"locked\": %" PRIu64 ", \"lock_calls\": %" PRIu64, costs->nr_locked,
	       costs->nr_lock_calls);
	places_print("instructions", costs->instructions);
	places_print("holds", costs->nr_holds);
	places_print("moved_reads", costs->moved_reads);
	places_print("moved_writes", costs->moved_writes);
	puts("}");
	fflush(stdout);
}

static int costs_show(const char *design)
{
	static const uint32_t sizes_of_machines[] = {8, 64};
	bool front = !strcmp(design, "front");
	const struct pcpu_engine *engine = front ? NULL : pcpu_engine_find(design);

	if (!front && !engine) {
		fprintf(stderr, "pcpu-hits: no design '%s'\n", design);
		return 2;
	}
	for (uint32_t i = 0; i < 2; i++) {
		const struct costs_options options = {
			.engine = engine,
			.front = front,
			.nr_cpus = sizes_of_machines[i],
			.nr_lives = front ? MAGAZINE_LIVES : COSTS_ALIVE,
		};
		struct costs costs;
		const char *why = costs_count(&costs, &options);

		if (why) {
			fprintf(stderr, "pcpu-hits: %s: %s\n", design, why);
			return 1;
		}
		costs_print(design, &costs);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return hits_all();
	if (argc == 3 && !strcmp(argv[1], "--costs"))
		return costs_show(argv[2]);
	fputs("usage: pcpu-hits [--costs DESIGN]\n", stderr);
	return 2;
}
