/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hosted_fixture.c - a small machine with a hole, and allocators on it. */
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"

static const uint16_t cpu_node[HOSTED_FIXTURE_CPUS] = {0, 0, 0, 0, PCPU_NO_NODE, 1, 1, 1};
static const uint16_t node_id[2] = {0, 1};
static const uint8_t distance[4] = {10, 20, 20, 10};

const struct pcpu_topology hosted_fixture_topology = {
	.nr_cpu_ids = HOSTED_FIXTURE_CPUS,
	.nr_nodes = 2,
	.cpu_node = cpu_node,
	.node_id = node_id,
	.distance = distance,
};

/* The same CPUs as one group. */
static const struct pcpu_topology one_group = {
	.nr_cpu_ids = HOSTED_FIXTURE_CPUS,
	.nr_nodes = 2,
	.cpu_node = cpu_node,
	.node_id = node_id,
};

static void count(void *context, const struct pcpu_event *event)
{
	struct hosted_fixture *fixture = context;

	__atomic_fetch_add(&fixture->nr_events[event->id], 1, __ATOMIC_RELAXED);
}

void hosted_fixture_create(const struct hosted_fixture_options *want,
			   struct hosted_fixture *fixture)
{
	const struct pcpu_topology *topology =
		want->backing == PCPU_BACKING_KM ? &one_group : &hosted_fixture_topology;
	struct hosted_config hosted = {
		.topology = topology,
		.worker = want->worker,
		.record_misuse = want->record_misuse,
		.meta_limit_bytes = want->meta_limit_bytes,
		.page_limit = want->page_limit,
		.seed = want->seed,
		.unit_guards = want->unit_guards,
		.event = count,
		.context = fixture,
	};
	struct pcpu_config config = {
		.topology = topology,
		.sizes = {
			.static_bytes = 14000, /* a unit of 64 KiB with a tail */
			.reserved_bytes = want->reserved_bytes,
			.dyn_bytes = 20480,
			.atom_bytes = 64 << 10,
			.unit_bytes = want->unit_bytes,
			.stride = want->stride,
		},
		.choice = want->choice,
		.front = want->front, .backing = want->backing,
		.space_bytes = UINT64_C(1) << 45,
		.static_start = want->static_start ? want->static_start : 0x1000000,
	};

	*fixture = (struct hosted_fixture){0};
	fixture->plat = hosted_create(&hosted);
	CHECK(fixture->plat);
	config.plat = fixture->plat;
	fixture->status = pcpu_create(&config, &fixture->pcpu);
}

void hosted_fixture_destroy(struct hosted_fixture *fixture)
{
	hosted_worker_stop(fixture->plat);
	pcpu_destroy(fixture->pcpu);
	hosted_destroy(fixture->plat);
}
