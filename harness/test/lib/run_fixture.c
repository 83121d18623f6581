/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_fixture.c - an allocator to run traces on, whatever the platform. */
#include "harness/test/lib/run_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"

/* Above all of user space: no percpu pointer into a chunk comes out as 0. */
#define STATIC_START ((uintptr_t)1 << 47)

const struct pcpu_sizes run_fixture_sizes = {
	.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672,
	.atom_bytes = 2097152,
};

void run_fixture_open(struct run_fixture *fixture, const char *topology_text,
		      const struct pcpu_sizes *sizes, const struct pcpu_engine *engine)
{
	struct pcpu_config config = {
		.sizes = *sizes, .engine = engine, .static_start = STATIC_START,
		.space_bytes = UINT64_C(1) << 45,
	};
	struct lab_error error;

	fixture->topology = malloc(sizeof(*fixture->topology));
	CHECK(fixture->topology);
	CHECK(lab_topology_parse(topology_text, strlen(topology_text), fixture->topology, &error));
	config.topology = &fixture->topology->table;
	fixture->plat = run_fixture_plat_open(&fixture->topology->table);
	CHECK(fixture->plat);
	config.plat = fixture->plat;
	CHECK_EQ(pcpu_create(&config, &fixture->pcpu), PCPU_OK);
}

void run_fixture_close(struct run_fixture *fixture)
{
	const char *wrong;

	pcpu_destroy(fixture->pcpu);
	wrong = run_fixture_plat_close(fixture->plat);
	free(fixture->topology);
	if (wrong)
		FAIL("%s", wrong);
}

void run_trace_parse(struct run_trace *to, const char *text, size_t bytes)
{
	size_t capacity = lab_trace_lines(text, bytes);
	uint8_t *ids = calloc(capacity + 1, 1);
	struct lab_error error;

	to->ops = calloc(capacity + 1, sizeof(*to->ops));
	CHECK(to->ops && ids);
	if (!lab_trace_parse(text, bytes, to->ops, capacity, ids, capacity, &to->trace, &error))
		FAIL("line %u: %s", error.line, error.expected);
	free(ids);
}

void run_trace_free(struct run_trace *to)
{
	free(to->ops);
}

bool run_fixture_run(struct run_fixture *fixture, const struct lab_trace *trace,
		     const struct lab_run_options *options, bool drain, struct lab_result *result)
{
	size_t bytes = (size_t)pcpu_align_up(lab_run_memory(trace, fixture->pcpu, options), 64);
	void *scratch = aligned_alloc(64, bytes);
	bool clean;

	CHECK(scratch);
	memset(scratch, 0, bytes);
	clean = lab_run(fixture->plat, fixture->pcpu, trace, options, scratch, result);
	if (clean && drain)
		clean = lab_run_drain(scratch);
	free(scratch);
	return clean;
}
