/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * run_fixture.h - an allocator on the platform of this program, for tests that run traces: the same
 * test is linked once with run_fixture_sim.c and once with run_fixture_hosted.c.
 */
#ifndef RUN_FIXTURE_H
#define RUN_FIXTURE_H

#include <pcpu/pcpu.h>
#include "harness/check/run/run.h"
#include "harness/text/topology_text.h"

struct run_fixture {
	struct lab_topology *topology;
	struct plat *plat;
	struct pcpu *pcpu;
};

/* The platform's part, in run_fixture_<platform>.c. close: NULL, or what was lost or broken. */
struct plat *run_fixture_plat_open(const struct pcpu_topology *topology);
const char *run_fixture_plat_close(struct plat *plat);

/* What `pcpu-lab replay` takes by default: 8 CPUs on one node, x86-64's sizes. */
extern const struct pcpu_sizes run_fixture_sizes;
#define RUN_FIXTURE_8_CPUS "# pcpu-topology 1\nnode 0 cpus 0-7\n"

/* Opens it with this engine (NULL: the default); the running test fails when that fails. */
void run_fixture_open(struct run_fixture *fixture, const char *topology_text,
		      const struct pcpu_sizes *sizes, const struct pcpu_engine *engine);
/* Destroys the allocator, closes the platform; the running test fails when something was lost. */
void run_fixture_close(struct run_fixture *fixture);

/* A parsed trace that owns its operations. */
struct run_trace {
	struct lab_trace trace;
	struct lab_op *ops;
};
void run_trace_parse(struct run_trace *to, const char *text, size_t bytes);
void run_trace_free(struct run_trace *to);

/* lab_run() with scratch of its own. Returns lab_run()'s verdict; drain: then lab_run_drain()'s. */
bool run_fixture_run(struct run_fixture *fixture, const struct lab_trace *trace,
		     const struct lab_run_options *options, bool drain, struct lab_result *result);

#endif
