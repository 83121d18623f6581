/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bench_fixture.c - creates what a benchmark runs on: real memory for the CPUs requested (the host
 * may have fewer), one allocator, and checks afterwards.
 */
#include "bench/runner/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Static symbols are "linked" here: below what mmap() hands out, so that per_cpu_offset() is
 * positive and may be a GS base, and far enough below that no percpu pointer into a chunk comes
 * out as 0.
 */
#define STATIC_START ((uintptr_t)1 << 46)

bool bench_topology_make(struct pcpu_topology *topology, uint32_t nr_cpus, uint32_t nr_nodes)
{
	uint16_t *cpu_node = malloc(nr_cpus * sizeof(*cpu_node));
	uint16_t *node_id = malloc(nr_nodes * sizeof(*node_id));
	uint8_t *distance = malloc((size_t)nr_nodes * nr_nodes);

	*topology = (struct pcpu_topology){
		.nr_cpu_ids = nr_cpus, .nr_nodes = nr_nodes, .cpu_node = cpu_node,
		.node_id = node_id, .distance = distance,
	};
	if (!cpu_node || !node_id || !distance) {
		bench_topology_free(topology);
		return false;
	}
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++)
		cpu_node[cpu] = (uint16_t)((uint64_t)cpu * nr_nodes / nr_cpus);
	memset(distance, PCPU_REMOTE_DISTANCE, (size_t)nr_nodes * nr_nodes);
	for (uint32_t node = 0; node < nr_nodes; node++) {
		node_id[node] = (uint16_t)node;
		distance[(size_t)node * nr_nodes + node] = PCPU_LOCAL_DISTANCE;
	}
	return true;
}

void bench_topology_free(struct pcpu_topology *topology)
{
	free((void *)(uintptr_t)topology->cpu_node);
	free((void *)(uintptr_t)topology->node_id);
	free((void *)(uintptr_t)topology->distance);
	*topology = (struct pcpu_topology){0};
}

struct pcpu_sizes bench_sizes(uint32_t unit_bytes)
{
	return (struct pcpu_sizes){
		.static_bytes = PCPU_PAGE_BYTES, .dyn_bytes = 28672, .atom_bytes = 64u << 10,
		.unit_bytes = unit_bytes,
	};
}

/* A rival that is not installed is skipped with a message. */
static bool heap_create(struct bench_fixture *fixture, struct shim_state *state,
			const struct bench_case *self)
{
	char reason[160];

	fixture->rival = self->rival;
	fixture->heap = self->rival->create(self->nr_cpus);
	if (fixture->heap)
		return true;
	fixture->rival = NULL;
	bench_fixture_destroy(fixture);
	snprintf(reason, sizeof(reason), "%s cannot be loaded", self->rival->library);
	if (self->rival->library)
		shim_skip(state, reason);
	else
		shim_fail(state, "no memory for a heap");
	return false;
}

bool bench_fixture_create(struct bench_fixture *fixture, struct shim_state *state,
			  const struct bench_case *self, const struct pcpu_sizes *sizes)
{
	struct hosted_config hosted = {
		.topology = &fixture->topology, .bind_memory = true, .seed = 1 /* counts repeat */
	};
	struct pcpu_config config = {
		.topology = &fixture->topology,
		.engine = self->engine,
		.front = self->front,
		.static_start = STATIC_START,
	};

	*fixture = (struct bench_fixture){
		.rss_start_bytes = self->rss ? bench_host_rss_bytes() : 0,
	};
	/* A rival's threads must be CPUs of an allocator, which its objects do not use. */
	fixture->nr_cpus = self->nr_cpus;
	if (!bench_topology_make(&fixture->topology,
				 self->rival ? self->nr_threads + 1 : self->nr_cpus,
				 self->nr_nodes ? self->nr_nodes : 1)) {
		shim_fail(state, "no memory for a topology");
		return false;
	}
	config.sizes = sizes ? *sizes : bench_sizes(BENCH_UNIT_BYTES);
	/* Coloured: an odd number of pages for the large caches, a line more for each unit for the
	   small ones, so that an object's copies do not share cache sets. */
	if (self->front && config.sizes.unit_bytes) {
		config.sizes.unit_bytes |= PCPU_PAGE_BYTES;
		config.sizes.stride = PCPU_STRIDE_SKEWED;
	}
	fixture->plat = hosted_create(&hosted);
	config.plat = fixture->plat;
	if (!fixture->plat || pcpu_create(&config, &fixture->pcpu) != PCPU_OK) {
		bench_fixture_destroy(fixture);
		shim_fail(state, "the allocator could not be made");
		return false;
	}
	bench_fixture_start(fixture);
	return self->rival ? heap_create(fixture, state, self) : true;
}

bool bench_fixture_create_here(struct bench_fixture *fixture, struct shim_state *state,
			       const struct bench_case *self, const struct pcpu_sizes *sizes)
{
	if (!bench_fixture_create(fixture, state, self, sizes))
		return false;
	fixture->here = hosted_enter_cpu(fixture->plat, fixture->pcpu, 0);
	if (fixture->here)
		return true;
	bench_fixture_destroy(fixture);
	shim_fail(state, "the thread could not become a CPU");
	return false;
}

static void count_pages(struct bench_fixture *fixture)
{
	struct hosted_placement seen;

	hosted_placement(fixture->plat, fixture->pcpu, PCPU_NO_NODE, &seen);
	if (seen.nr_known > fixture->placed.nr_known)
		fixture->placed = seen;
}

void bench_report_placement(struct shim_state *state, const struct hosted_placement *seen)
{
	if (!seen->nr_known)
		return;
	shim_counter(state, "unit_pages", (double)seen->nr_known);
	shim_counter(state, "placed_pages", (double)seen->nr_there);
}

const char *bench_fixture_broken(struct bench_fixture *fixture, uint64_t nr_live)
{
	enum pcpu_invariant broken = pcpu_check(fixture->pcpu, NULL);
	struct pcpu_stats stats;

	if (fixture->rival)
		return NULL;
	if (broken != PCPU_HOLDS)
		return pcpu_invariant_text(broken);
	count_pages(fixture);
	pcpu_stats(fixture->pcpu, &stats);
	if (stats.nr_live != nr_live)
		return "as many objects live as the workload left";
	return NULL;
}

void bench_fixture_finish(struct bench_fixture *fixture, struct shim_state *state, uint64_t nr_live)
{
	const char *broken = bench_fixture_broken(fixture, nr_live);
	char reason[160];

	if (broken) {
		snprintf(reason, sizeof(reason), "not true afterwards: %s", broken);
		shim_fail(state, reason);
	}
	bench_report_placement(state, &fixture->placed);
	bench_fixture_destroy(fixture);
}

void bench_fixture_destroy(struct bench_fixture *fixture)
{
	if (fixture->here)
		hosted_leave_cpu(fixture->plat);
	if (fixture->rival)
		fixture->rival->destroy(fixture->heap);
	pcpu_destroy(fixture->pcpu);
	if (fixture->plat)
		hosted_destroy(fixture->plat);
	bench_topology_free(&fixture->topology);
	*fixture = (struct bench_fixture){0};
}

void bench_fixture_start(struct bench_fixture *fixture)
{
	pcpu_stats(fixture->pcpu, &fixture->start);
}

void bench_fixture_count(struct bench_fixture *fixture, struct shim_state *state, double nr_ops)
{
	const struct pcpu_stats *from = &fixture->start;
	struct pcpu_stats to;

	if (fixture->rival)
		return;
	pcpu_stats(fixture->pcpu, &to);
	shim_counter(state, "probes/op", (double)(to.nr_probes - from->nr_probes) / nr_ops);
	shim_counter(state, "moved_bytes/op",
		     (double)(to.nr_moved_bytes - from->nr_moved_bytes) / nr_ops);
	shim_counter(state, "zeroed_bytes/op",
		     (double)(to.zeroed_bytes - from->zeroed_bytes) / nr_ops);
	shim_counter(state, "metadata_bytes", (double)to.metadata_bytes_max);
}

/* Where a rival's copies are: address(0), and the distance to the next (rival.h, R4). */
struct copies {
	const uintptr_t *offset; /* NULL: a rival's */
	uintptr_t first, stride;
};

static struct copies copies_of(struct bench_fixture *fixture, struct pcpu_ptr pointer,
			       uint32_t size_bytes, uint32_t align_bytes)
{
	const struct rival *rival = fixture->rival;
	struct copies copies = { .first = pointer.value };

	if (!rival) {
		copies.offset = pcpu_offsets(fixture->pcpu);
		return copies;
	}
	copies.first = rival->address(fixture->heap, pointer.value, size_bytes, align_bytes, 0);
	copies.stride = rival->address(fixture->heap, pointer.value, size_bytes, align_bytes, 1) -
			copies.first;
	return copies;
}

static uint8_t *copy_at(const struct copies *copies, uint32_t cpu)
{
	return (uint8_t *)(copies->first +
			   (copies->offset ? copies->offset[cpu] : cpu * copies->stride));
}

void bench_write_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag)
{
	struct copies copies = copies_of(fixture, pointer, size_bytes, align_bytes);

	for (uint32_t cpu = 0; cpu < fixture->nr_cpus; cpu++)
		memset(copy_at(&copies, cpu), (int)(tag + cpu), size_bytes);
}

bool bench_holds_all(struct bench_fixture *fixture, struct pcpu_ptr pointer, uint32_t size_bytes,
		     uint32_t align_bytes, uint32_t tag)
{
	struct copies copies = copies_of(fixture, pointer, size_bytes, align_bytes);

	for (uint32_t cpu = 0; cpu < fixture->nr_cpus; cpu++) {
		const uint8_t *copy = copy_at(&copies, cpu);

		for (uint32_t i = 0; i < size_bytes; i++) {
			if (copy[i] != (uint8_t)(tag + cpu))
				return false;
		}
	}
	return true;
}

void bench_label_property(struct shim_state *state, const struct bench_case *self, const char *id,
			  uint64_t hash)
{
	bool keeps = !strcmp(self->engine->name, "area");
	char label[64];

	snprintf(label, sizeof(label), "%s measured%s", id, keeps ? ", kept by engine area" : "");
	bench_label(state, label, hash);
}
