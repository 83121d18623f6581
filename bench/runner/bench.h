/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench.h - what workloads share: a table of workloads x engines, fixtures to run on, checks.
 *
 *	workloads.def	one line a workload; its file adds cases to the plan, once for each engine
 *			and, where it says so, for each rival (rival.h)
 *	case		one benchmark: numbers, a function, a name "pair/64B/cpus:8/written/area"
 *	fixture		a hosted platform with one allocator on it, made anew for every call
 *
 * B1  What a case leaves behind is walked by pcpu_check() and its live objects are counted,
 *     outside the timed part; a broken one is a failed benchmark, not a slow one.
 * B2  Exact counts (records scanned, bytes moved and zeroed, metadata) stand beside each time.
 * B3  The engine or rival is the last part of the name; what has none (layout, access) ends
 *     otherwise.
 * B4  Rivals have no walker: their adapters are proved before the run (rival_broken()), and
 *     workloads that keep objects look at what is in them.
 */
#ifndef BENCH_H
#define BENCH_H

#include "harness/platform/hosted/hosted.h"
#include <pcpu/pcpu.h>
#include "bench/rivals/rival.h"
#include "bench/runner/shim.h"
#include "harness/platform/lab_plat.h"

enum bench_mode {
	BENCH_FULL,
	BENCH_QUICK, /* a subset, each shorter */
	BENCH_SMOKE, /* all of them but wide ones, tiny: do they still work? */
};

struct bench_plan;

struct bench_case {
	void (*run)(struct shim_state *state, const struct bench_case *self);
	bool quick;	 /* part of the quick subset */
	bool wide;	 /* more CPUs of a case that is there anyway: not part of the smoke test */
	bool manual;	 /* keeps its own time */
	bool once;	 /* one iteration a repetition, whatever it takes */
	bool written;	 /* every CPU's copy is stored to after each allocation */
	uint32_t size_bytes, align_bytes;
	uint32_t nr_cpus, nr_nodes, nr_threads;
	uint32_t nr;	   /* objects, chunks: the workload's own number */
	const char *text;  /* the workload's own word, a constant */

	/* Filled in by bench_add(). */
	const struct bench_plan *plan;
	const struct pcpu_engine *engine; /* NULL: no engine takes part */
	const struct rival *rival;	   /* in its place, or NULL */
	char name[96];

	uint32_t nr_runs; /* calls of run so far: of a `once` case, the repetition; its seed */
};

struct bench_plan {
	enum bench_mode mode;
	bool counted; /* under callgrind: no step is cut because it took long */
	const char *filter;		   /* extended regular expression on names; NULL: all */
	const struct pcpu_engine *engine; /* of the cases that are being added, or NULL */
	const struct rival *rival;	   /* the same */
	struct bench_case **cases;
	size_t nr_cases, capacity;
	uint32_t nr_real_cpus; /* this process may run on */
};

/* X(name): bench_<name> in <name>.c */
struct bench_workload {
	const char *summary; /* one line for --list */
	bool per_engine;
	bool rivals; /* once for each rival too: it asks bench_alloc(), not pcpu_alloc() */
	void (*add)(struct bench_plan *plan);
};
#define X(name) extern const struct bench_workload bench_##name;
#include "bench/workloads/workloads.def"
#undef X

/* Adds a copy of the case under a printf-like name; the engine's name is appended. */
void bench_add(struct bench_plan *plan, const struct bench_case *proto, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* full, or the shorter one of the quick and smoke modes. */
uint32_t bench_scale(const struct bench_plan *plan, uint32_t full, uint32_t quick, uint32_t smoke);
/* The same in ms, as ns from now on the lab's clock; never, where nothing is timed. */
uint64_t bench_deadline(const struct bench_plan *plan, uint32_t full, uint32_t quick,
			uint32_t smoke);

/* --- topologies and fixtures ----------------------------------------------------------- */

/* CPUs dealt out to nodes in equal runs; distances 10 and 20. False: no memory. */
bool bench_topology_make(struct pcpu_topology *topology, uint32_t nr_cpus, uint32_t nr_nodes);
void bench_topology_free(struct pcpu_topology *topology);

struct bench_fixture {
	struct pcpu_topology topology;
	uint32_t nr_cpus; /* copies of an object */
	struct plat *plat;
	struct pcpu *pcpu;	   /* a rival's threads become CPUs by one that they leave empty */
	struct pcpu_stats start; /* of bench_fixture_start() */
	struct hosted_placement placed; /* of the look that saw the most pages */
	const struct rival *rival; /* whose objects these are; NULL: the engine's */
	void *heap;		   /* the rival's */
};

/* The sizes most cases use: a page of static data, the boot's dynamic size, 256 KiB units. */
#define BENCH_UNIT_BYTES (256u << 10)
struct pcpu_sizes bench_sizes(uint32_t unit_bytes);

/* Makes it; sizes NULL: bench_sizes(BENCH_UNIT_BYTES). False after shim_fail(). */
bool bench_fixture_create(struct bench_fixture *fixture, struct shim_state *state,
			  const struct bench_case *self, const struct pcpu_sizes *sizes);
/* The calling thread becomes CPU `cpu` (pinned). False after shim_fail(). */
bool bench_fixture_enter(struct bench_fixture *fixture, struct shim_state *state, uint32_t cpu);
/* Walks everything, counts what lives, and looks where pages lie; NULL when fine, else what is
   wrong. */
const char *bench_fixture_broken(struct bench_fixture *fixture, uint64_t nr_live);
/* The same, by shim_fail(); then gives everything back. The thread has left its CPU before. */
void bench_fixture_finish(struct bench_fixture *fixture, struct shim_state *state,
			  uint64_t nr_live);
void bench_fixture_destroy(struct bench_fixture *fixture);
/* The counters unit_pages (of those the kernel tells where they lie) and placed_pages. */
void bench_report_placement(struct shim_state *state, const struct hosted_placement *seen);

/* Exact counts from fixture->start until now, each an operation: shim_counter()s. */
void bench_fixture_start(struct bench_fixture *fixture);
void bench_fixture_count(struct bench_fixture *fixture, struct shim_state *state, double nr_ops);

/* The run hash goes on with object id; of none so far it is 0, and stays so for a rival. */
uint64_t bench_hash(struct bench_fixture *fixture, uint64_t hash, uint32_t id,
		    struct pcpu_ptr pointer);
/* The label: words, and "hash 0123456789abcdef" unless it is 0. */
void bench_label(struct shim_state *state, const char *words, uint64_t hash);
/* For the workloads that measure a known property of the area map: the label says "B11 measured,
   kept by engine area". */
void bench_label_property(struct shim_state *state, const struct bench_case *self, const char *id,
			  uint64_t hash);

/* --- objects, an engine's or a rival's ----------------------------------------------- */

/* {0}: no memory. For a rival the value is what its alloc gave. */
static inline struct pcpu_ptr bench_alloc(struct bench_fixture *fixture, uint32_t size_bytes,
					  uint32_t align_bytes)
{
	if (fixture->rival)
		return (struct pcpu_ptr){
			fixture->rival->alloc(fixture->heap, size_bytes, align_bytes) };
	return pcpu_alloc(fixture->pcpu, size_bytes, align_bytes, 0);
}

static inline void bench_free(struct bench_fixture *fixture, struct pcpu_ptr pointer,
			      uint32_t size_bytes, uint32_t align_bytes)
{
	if (fixture->rival)
		fixture->rival->free(fixture->heap, pointer.value, size_bytes, align_bytes);
	else
		pcpu_free(fixture->pcpu, pointer);
}

/* Stores to the whole of every CPU's copy: the low byte of tag + cpu. */
void bench_write_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag);
/* Do all copies hold what bench_write_all() stored? */
bool bench_holds_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag);
/* Held of the system for objects, over all CPUs. An engine: populated pages and records. */
uint64_t bench_held_bytes(struct bench_fixture *fixture);

static inline double bench_seconds(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) * 1e-9;
}

/* --- who watches ----------------------------------------------------------------------- */

/* Shows each of the two looks something wrong; how many saw nothing. */
unsigned bench_prove_placement(void);
/* Proves an adapter; false, and a line "FAILED: ...", when it is broken. */
bool bench_prove_rival(const struct rival *rival);

/* --- the host ------------------------------------------------------------------------ */

/* Records it in the JSON's context; prints what spoils the run to stderr, "warning: ...". */
void bench_host_record(void);
uint32_t bench_host_cpus(void);
uint64_t bench_host_available_bytes(void);

#endif
