/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench.h - shared by workloads: a table of workloads x engines, fixtures to run on, checks.
 *
 *	workloads.def	one line a workload; its file adds cases to the plan, once for each engine
 *			and, where it says so, for each rival (rival.h)
 *	case		one benchmark: numbers, a function, a name "pair/64B/cpus:8/written/area"
 *	fixture		a hosted platform with one allocator on it, made anew for every call
 *
 * B1  After a case pcpu_check() walks the allocator and live objects are counted, outside the timed
 *     part; when something is wrong the benchmark fails.
 * B2  Exact counts (records scanned, bytes moved and zeroed, metadata) are reported beside each
 *     time, and so is memory, of engines and rivals (bench_memory.c).
 * B3  The engine or rival is the last part of the name; cases without either (layout, access) end
 *     otherwise.
 * B4  Rivals have no walker: their adapters are proved before the run (rival_broken()), and
 *     workloads that keep objects check their contents.
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
	BENCH_SMOKE, /* all cases but wide ones, each very short: checks that they work */
};

struct bench_plan;

struct bench_case {
	void (*run)(struct shim_state *state, const struct bench_case *self);
	bool quick;	 /* part of the quick subset */
	bool wide;	 /* an existing case with more CPUs; not part of the smoke test */
	bool manual;	 /* reports its own time */
	bool once;	 /* one iteration per repetition, however long it takes */
	bool written;	 /* every CPU's copy is stored to after each allocation */
	bool rss;	 /* the same, and many live: the growth of resident memory is theirs */
	uint32_t size_bytes, align_bytes;
	uint32_t nr_cpus, nr_nodes, nr_threads;
	uint32_t nr;	   /* objects or chunks; each workload defines it */
	const char *text;  /* a constant that each workload defines */

	/* Filled in by bench_add(). */
	const struct bench_plan *plan;
	const struct pcpu_engine *engine; /* NULL: the case uses no engine */
	bool front;			  /* with the fast front before it */
	const struct rival *rival;	   /* instead of an engine, or NULL */
	char name[96];

	uint32_t nr_runs; /* calls of run so far: the repetition of a `once` case, and its seed */
};

struct bench_plan {
	enum bench_mode mode;
	bool counted; /* under callgrind: no step is cut by its time budget */
	const char *filter;		   /* extended regular expression on names; NULL: all */
	const struct pcpu_engine *engine; /* engine of the cases being added, or NULL */
	bool front;			  /* with the fast front */
	const struct rival *rival;	   /* rival of the cases being added, or NULL */
	struct bench_case **cases;
	size_t nr_cases, capacity;
	uint32_t nr_real_cpus; /* that this process may run on */
};

/* X(name): bench_<name> is in <name>.c. */
struct bench_workload {
	const char *summary; /* one line for --list */
	bool per_engine;
	bool rivals; /* run for each rival too: it calls bench_alloc(), not pcpu_alloc() */
	void (*add)(struct bench_plan *plan);
};
#define X(name) extern const struct bench_workload bench_##name;
#include "bench/workloads/workloads.def"
#undef X

/* Designs are the engines, and behind them "front": the default engine with the fast front. Sets
   the plan to design i; false: there are no more. And one's name; NULL: no such design. */
bool bench_design(struct bench_plan *plan, uint32_t i);
const char *bench_design_name(const struct pcpu_engine *engine, bool front);
bool bench_design_known(const char *name);

/* Adds a copy of the case under a printf-like name; the engine's name is appended. */
void bench_add(struct bench_plan *plan, const struct bench_case *proto, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns `full`, or the smaller number of the quick and smoke modes. */
uint32_t bench_scale(const struct bench_plan *plan, uint32_t full, uint32_t quick, uint32_t smoke);
/* Takes ms, returns a deadline in ns on the lab's clock; UINT64_MAX where nothing is timed. */
uint64_t bench_deadline(const struct bench_plan *plan, uint32_t full, uint32_t quick,
			uint32_t smoke);

/* --- topologies and fixtures ----------------------------------------------------------- */

/* Deals CPUs to nodes in equal runs; distances are 10 and 20. Returns false without memory. */
bool bench_topology_make(struct pcpu_topology *topology, uint32_t nr_cpus, uint32_t nr_nodes);
void bench_topology_free(struct pcpu_topology *topology);

struct bench_fixture {
	struct pcpu_topology topology;
	uint32_t nr_cpus; /* copies of an object */
	struct plat *plat;
	struct pcpu *pcpu;	   /* a rival's is empty; its threads need it to become CPUs */
	struct pcpu_stats start; /* set by bench_fixture_start() */
	struct hosted_placement placed; /* the query that saw the most pages */
	const struct rival *rival; /* allocator of the objects; NULL: the engine */
	void *heap;		   /* the rival's */
	uint64_t rss_start_bytes; /* resident before it was created; 0: not measured */
	bool here;		  /* the creating thread is its CPU 0 */
};

/* The sizes most cases use: a page of static data, the boot's dynamic size, 256 KiB units. */
#define BENCH_UNIT_BYTES (256u << 10)
struct pcpu_sizes bench_sizes(uint32_t unit_bytes);

/* Creates a fixture; sizes NULL: bench_sizes(BENCH_UNIT_BYTES). Returns false after shim_fail(). */
bool bench_fixture_create(struct bench_fixture *fixture, struct shim_state *state,
			  const struct bench_case *self, const struct pcpu_sizes *sizes);
/* The same, and makes the calling thread its CPU 0, pinned, until it is destroyed. */
bool bench_fixture_create_here(struct bench_fixture *fixture, struct shim_state *state,
			       const struct bench_case *self, const struct pcpu_sizes *sizes);
/* Walks the allocator, counts live objects and queries where pages lie. Returns NULL, or what is
   wrong. */
const char *bench_fixture_broken(struct bench_fixture *fixture, uint64_t nr_live);
/* Does bench_fixture_broken(), reports by shim_fail(), then bench_fixture_destroy(). */
void bench_fixture_finish(struct bench_fixture *fixture, struct shim_state *state,
			  uint64_t nr_live);
void bench_fixture_destroy(struct bench_fixture *fixture);
/* Sets the counters unit_pages (pages whose node the kernel reports) and placed_pages. */
void bench_report_placement(struct shim_state *state, const struct hosted_placement *seen);

/* Sets shim_counter()s: exact counts since bench_fixture_start(), per operation. */
void bench_fixture_start(struct bench_fixture *fixture);
void bench_fixture_count(struct bench_fixture *fixture, struct shim_state *state, double nr_ops);

/* Returns the run hash extended by object id. Start with 0; it stays 0 for a rival. */
uint64_t bench_hash(struct bench_fixture *fixture, uint64_t hash, uint32_t id,
		    struct pcpu_ptr pointer);
/* Sets the label: the text, and "hash 0123456789abcdef" unless the hash is 0. */
void bench_label(struct shim_state *state, const char *words, uint64_t hash);
/* For workloads that measure a known property of the area map: sets the label "B11 measured, kept
   by engine area". */
void bench_label_property(struct shim_state *state, const struct bench_case *self, const char *id,
			  uint64_t hash);

/* --- objects, an engine's or a rival's ----------------------------------------------- */

/* Returns {0} without memory. For a rival the value is what its alloc returned. */
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

/* Makes the engine or rival return empty memory to the system. */
static inline void bench_give_back(struct bench_fixture *fixture)
{
	if (fixture->rival)
		fixture->rival->give_back();
	else
		pcpu_balance(fixture->pcpu);
}

/* Fills every CPU's copy with one byte: the low byte of tag + cpu. */
void bench_write_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag);
/* Returns whether all copies hold what bench_write_all() stored. */
bool bench_holds_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag);

/* --- memory (bench_memory.c) ---------------------------------------------------------------- */

/* Returns the bytes taken from the system for objects, over all CPUs. For an engine: populated
   pages and records. */
uint64_t bench_held_bytes(struct bench_fixture *fixture);
/* Returns the bytes of one CPU's copies that live; an engine's alone. */
uint64_t bench_live_bytes(struct bench_fixture *fixture);
/* Returns a zeroed array that is resident already, so that it is not counted as an allocator's;
   free() it. NULL without memory. */
void *bench_array(size_t nr, size_t bytes);

/* Bytes, over all CPUs; 0: not known. */
struct bench_memory {
	uint64_t live_bytes, populated_bytes, held_bytes;
	uint64_t metadata_bytes_max; /* an engine's records */
	uint64_t rss_bytes; /* growth since before the fixture was created */
};

/* live_bytes: requested sizes of the objects that live, one copy each. Call it while they live,
   outside the timed part. */
struct bench_memory bench_memory_now(struct bench_fixture *fixture, uint64_t live_bytes);
/* Sets the shim_counter()s live_bytes, held_bytes, metadata_bytes, populated/live, held/live and
   rss/live, those that are known. */
void bench_report_memory(struct shim_state *state, const struct bench_memory *memory);
/* Both of them. */
void bench_measure_memory(struct bench_fixture *fixture, struct shim_state *state,
			  uint64_t live_bytes);

static inline double bench_seconds(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) * 1e-9;
}

/* --- checks of the checks --------------------------------------------------------------  */

/* Shows a fault to each of the two checks (prove.c). Returns how many did not report it. */
unsigned bench_prove_placement(void);
/* Proves an adapter. Returns false, after a line "FAILED: ...", when it is broken. */
bool bench_prove_rival(const struct rival *rival);

/* --- the host ------------------------------------------------------------------------ */

/* Adds the host to the JSON's context; prints conditions that distort results, "warning: ...". */
void bench_host_record(void);
uint32_t bench_host_cpus(void);
uint64_t bench_host_available_bytes(void);
/* Resident memory of this process; 0: not known. */
uint64_t bench_host_rss_bytes(void);

#endif
