/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * shim.h - Google Benchmark behind a C ABI, so that workloads stay C.
 *
 * A benchmark's function is called several times, with more iterations each time, until they
 * fill the minimal time. The timed loop is a plain counted one:
 *
 *	uint64_t nr = shim_begin(state);	the clock starts
 *	for (uint64_t i = 0; i < nr; i++)
 *		...
 *	shim_end(state);			the clock stops
 *
 * A manual benchmark measures its own time and reports it by shim_seconds() between the two.
 */
#ifndef SHIM_H
#define SHIM_H

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
extern "C" {
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

struct shim_state;

struct shim_bench {
	const char *name;
	void (*run)(struct shim_state *state, void *context);
	void *context;
	double min_seconds;  /* of the timed part; not an option, whose form has changed */
	uint64_t iterations; /* above 0: exactly so many, however long they take */
	bool manual;	     /* the time is that of shim_seconds() */
};

/* One finished repetition. */
struct shim_result {
	const char *name;
	double ns_per_iteration;
	uint64_t nr_iterations;
	const char *error; /* NULL, or the text of shim_fail() or shim_skip() */
	bool skipped;	   /* the text is that of shim_skip() */
	const char *label;
};

struct shim_run {
	const char *json_file; /* Google Benchmark JSON; NULL: none */
	unsigned nr_repetitions;
	bool interleave; /* run repetitions in random order, so that drift affects all alike */
	void (*result)(void *context, const struct shim_result *result);
	void *context;
};

/* Registers a benchmark. name is copied; context must live until shim_run_all() returns. */
void shim_register(const struct shim_bench *bench);
/* Runs what is registered. Returns how many benchmarks ran. */
size_t shim_run_all(const struct shim_run *run);
/* Adds a fact about the host or the run to the JSON's "context". */
void shim_context(const char *key, const char *value);

/* Call these in a benchmark's function. */
uint64_t shim_begin(struct shim_state *state);
void shim_end(struct shim_state *state);
/* Sets the time of all iterations of this call together; manual benchmarks only. */
void shim_seconds(struct shim_state *state, double seconds);
void shim_counter(struct shim_state *state, const char *name, double value);
/*
 * For pcpu-count. A case that runs once brackets its own work by `true` and `false`; for all others
 * the part between shim_begin() and shim_end() is counted. Call it in the thread that does the
 * work, outside of the timed part.
 */
void shim_count(struct shim_state *state, bool on);
void shim_label(struct shim_state *state, const char *text);
/* Marks the result as failed, or as skipped because it cannot run here. Return after it. */
void shim_fail(struct shim_state *state, const char *reason);
void shim_skip(struct shim_state *state, const char *reason);

/* Keeps the optimiser from removing a value. */
static inline void shim_keep(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

#ifdef __cplusplus
}
#endif

#endif
