/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * access.c - W9: adds to this CPU's copy by every path, on the program's default instance; and by
 * the alternatives: a thread-local, and one shared counter with an atomic add.
 */
#include "bench/workloads/access.h"
#include "bench/runner/bench.h"

#include <pcpu/percpu.h>

static DEFINE_PER_CPU(uint64_t, bench_hits);

struct path {
	const char *name;
	/* Adds 1 nr times by this path. */
	void (*add)(uint64_t __percpu *dynamic, uint64_t nr);
	/* Returns the sum so far. */
	uint64_t (*total)(uint64_t __percpu *dynamic);
};

static void add_static(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		this_cpu_add(bench_hits, 1);
}

static uint64_t total_static(uint64_t __percpu *dynamic)
{
	return this_cpu_read(bench_hits);
}

static void add_dynamic(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		this_cpu_add(*dynamic, 1);
}

static uint64_t total_dynamic(uint64_t __percpu *dynamic)
{
	return *per_cpu_ptr(dynamic, 0);
}

/* The path of machines without a GS base: preemption off, plain C, preemption on. */
static void add_generic(uint64_t __percpu *dynamic, uint64_t nr)
{
	bench_add_generic((uintptr_t)dynamic, nr);
}

static void add_pointer(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		*per_cpu_ptr(dynamic, 0) += 1;
		shim_keep(i);
	}
}

static void add_get_put(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		*get_cpu_ptr(dynamic) += 1;
		put_cpu_ptr(dynamic);
		shim_keep(i);
	}
}

static __thread uint64_t thread_hits;
static uint64_t shared_hits;

static void add_thread(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++) {
		thread_hits += 1;
		shim_keep(i);
	}
}

static uint64_t total_thread(uint64_t __percpu *dynamic)
{
	return thread_hits;
}

static void add_atomic(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		__atomic_fetch_add(&shared_hits, 1, __ATOMIC_RELAXED);
}

static uint64_t total_atomic(uint64_t __percpu *dynamic)
{
	return __atomic_load_n(&shared_hits, __ATOMIC_RELAXED);
}

static void add_nothing(uint64_t __percpu *dynamic, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		shim_keep(i);
}

static const struct path paths[] = {
	{ "empty_loop", add_nothing, NULL },
	{ "this_cpu_add/static", add_static, total_static },
	{ "this_cpu_add/dynamic", add_dynamic, total_dynamic },
	{ "this_cpu_add/generic", add_generic, total_dynamic },
	{ "per_cpu_ptr", add_pointer, total_dynamic },
	{ "get_cpu_ptr", add_get_put, total_dynamic },
	{ "instead/thread_local", add_thread, total_thread },
	{ "instead/atomic_add", add_atomic, total_atomic },
};

/* Call it as CPU 0 of the default instance. */
static void access_measure(struct shim_state *state, const struct path *path)
{
	uint64_t __percpu *dynamic = alloc_percpu(uint64_t);
	uint64_t before, nr;

	if (!dynamic) {
		shim_fail(state, "no percpu object to be had");
		return;
	}
	before = path->total ? path->total(dynamic) : 0;
	nr = shim_begin(state);
	path->add(dynamic, nr);
	shim_end(state);
	if (path->total && path->total(dynamic) - before != nr)
		shim_fail(state, "not true afterwards: no update was lost");
	free_percpu(dynamic);
}

static void access_run(struct shim_state *state, const struct bench_case *self)
{
	struct pcpu *pcpu = hosted_default();
	struct plat *plat = hosted_default_plat();
	struct hosted_placement seen;

	if (!hosted_enter_cpu(plat, pcpu, 0)) {
		shim_fail(state, "the thread could not become CPU 0");
		return;
	}
	access_measure(state, &paths[self->nr]);
	hosted_leave_cpu(plat);
	hosted_placement(plat, pcpu, PCPU_NO_NODE, &seen);
	bench_report_placement(state, &seen);
	if (pcpu_check(pcpu, NULL) != PCPU_HOLDS)
		shim_fail(state, "not true afterwards: every invariant");
}

static void access_add(struct bench_plan *plan)
{
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct bench_case proto = {.run = access_run, .quick = true, .nr = i};

		bench_add(plan, &proto, "access/%s", paths[i].name);
	}
}

const struct bench_workload bench_access = {
	.summary = "an update of this CPU's copy, by every path, and what one would do instead",
	.per_engine = false,
	.add = access_add,
};
