/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * balance_fixture.h - a run whose oracle is to complain: what it is held against is changed behind
 * its back, and the sentence is compared.
 *
 *	placed		right after an allocation: a kick is taken away, or made
 *	was_refused	right after pcpu_balance(): pages, chunks and records come or go
 *
 * The fixture: 4 CPUs, units of 64 KiB, 7 empty pages in the first chunk and none elsewhere.
 */
#ifndef BALANCE_FIXTURE_H
#define BALANCE_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "harness/check/map_counted.h"
#include "harness/check/run/run_parts.h"
#include "harness/platform/sim/sim.h"
#include "harness/test/lib/run_fixture.h"
#include "harness/test/lib/test.h"

#define T2 "# pcpu-trace-ops 1\n"
/* What fills the first chunk and most of a later one. */
#define FULL T2 "a 0 28672 4 --\na 1 30000 4 --\n"

static const struct pcpu_sizes sizes = {
	.static_bytes = 4096, .reserved_bytes = 4096, .dyn_bytes = 28672, .atom_bytes = 65536,
};

static struct {
	struct run_fixture fixture;
	struct run_trace trace;
	struct lab_map_counts counts;
	struct lab_run_options options;
	struct lab_result result;
	uint32_t at;			 /* the object after which something is done */
	void (*after_alloc)(void);	 /* done then */
	void (*after_balance)(void);	 /* done after the first balance, or ... */
	uint32_t balances_before;	 /* ... after one behind so many */
	bool refused;			 /* what was_refused() says */
	uint32_t nr_questions;
} f;

static inline void placed(void *context, uint32_t id, bool was_placed,
			  const struct pcpu_place *place)
{
	if (id == f.at && f.after_alloc)
		f.after_alloc();
}

/* Asked before each balance and after it. */
static inline bool was_refused(void *context)
{
	if (++f.nr_questions == 2 + 2 * f.balances_before && f.after_balance)
		f.after_balance();
	return f.refused;
}

static inline void set_up_with(const char *text, const struct pcpu_sizes *wanted)
{
	memset(&f, 0, sizeof(f));
	run_fixture_open(&f.fixture, "# pcpu-topology 1\nnode 0 cpus 0-3\n", wanted,
			 lab_map_counted(&f.counts, &pcpu_engines[0]));
	run_trace_parse(&f.trace, text, strlen(text));
	f.options = (struct lab_run_options){
		.check = LAB_CHECK_ALL, .honour_atomic = true, .inject_failures = true,
		.placed = placed, .was_refused = was_refused, .counts = &f.counts,
	};
}

static inline void set_up(const char *text)
{
	set_up_with(text, &sizes);
}

static inline bool run(void)
{
	return run_fixture_run(&f.fixture, &f.trace.trace, &f.options, true, &f.result);
}

static inline void tear_down(void)
{
	run_trace_free(&f.trace);
	run_fixture_close(&f.fixture);
}

static inline void expect_clean(const char *text)
{
	set_up(text);
	if (!run())
		FAIL("step %zu: %s", f.result.verdict.step, f.result.verdict.sentence);
	tear_down();
}

/* After set_up(), and what else the test wants to be so. */
static inline void blame(const char *sentence)
{
	CHECK(!run());
	CHECK_STR(f.result.verdict.sentence, sentence);
	sim_destroy(f.fixture.plat); /* what was done to the allocator stays */
	run_trace_free(&f.trace);
	free(f.fixture.topology);
}

/* What happens after object `at`, or after the first balance, must be blamed with this sentence. */
static inline void expect_blame(const char *text, uint32_t at, void (*after_alloc)(void),
			 void (*after_balance)(void), const char *sentence)
{
	expect_clean(text);
	set_up(text);
	f.at = at;
	f.after_alloc = after_alloc;
	f.after_balance = after_balance;
	blame(sentence);
}

#endif
