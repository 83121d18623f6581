/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* run_world.c - an allocator to run traces on, whatever the platform. */
#include "harness/test/lib/run_world.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"

/* Above all of user space: no percpu pointer into a chunk comes out as 0. */
#define STATIC_START ((uintptr_t)1 << 47)

const struct pcpu_sizes run_world_sizes = {
	.static_bytes = 212992, .reserved_bytes = 8192, .dyn_bytes = 28672,
	.atom_bytes = 2097152,
};

void run_world_open(struct run_world *world, const char *topology_text,
		    const struct pcpu_sizes *sizes, const struct pcpu_map_ops *engine)
{
	struct pcpu_config config = {
		.sizes = *sizes, .engine = engine, .static_start = STATIC_START,
		.space_bytes = UINT64_C(1) << 45,
	};
	struct lab_error error;

	world->topology = malloc(sizeof(*world->topology));
	CHECK(world->topology);
	CHECK(lab_topology_parse(topology_text, strlen(topology_text), world->topology, &error));
	config.topology = &world->topology->table;
	world->plat = run_world_plat_open(&world->topology->table);
	CHECK(world->plat);
	config.plat = world->plat;
	CHECK_EQ(pcpu_create(&config, &world->pcpu), PCPU_OK);
}

void run_world_close(struct run_world *world)
{
	const char *wrong;

	pcpu_destroy(world->pcpu);
	wrong = run_world_plat_close(world->plat);
	free(world->topology);
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

bool run_world_run(struct run_world *world, const struct lab_trace *trace,
		   const struct lab_run_options *options, bool drain, struct lab_result *result)
{
	size_t bytes = (size_t)pcpu_align_up(lab_run_memory(trace, world->pcpu, options), 64);
	void *scratch = aligned_alloc(64, bytes);
	bool clean;

	CHECK(scratch);
	memset(scratch, 0, bytes);
	clean = lab_run(world->plat, world->pcpu, trace, options, scratch, result);
	if (clean && drain)
		clean = lab_run_drain(scratch);
	free(scratch);
	return clean;
}
