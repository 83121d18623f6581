/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * static_main.c - an allocator without an operating system: memory and locks by static_plat.c.
 *
 *	cc -o static static_main.c static_plat.c $(pkg-config --cflags --libs pcpu-core)
 */
#include <stdio.h>

#include "static_plat.h"

#define NR_CPUS 4
#define NR_OBJECTS 2000
#define OBJECT_BYTES 256

static struct pcpu_ptr objects[NR_OBJECTS];

static struct pcpu *create(void)
{
	static const uint16_t cpu_node[NR_CPUS], node_id[1];
	static const struct pcpu_topology machine = {
		.nr_cpu_ids = NR_CPUS, .nr_nodes = 1, .cpu_node = cpu_node, .node_id = node_id,
	};
	struct pcpu_config config = {
		.plat = static_plat(),
		.topology = &machine,
		.sizes = {
			.static_bytes = 4096, /* of this program's own, where each unit starts */
			.dyn_bytes = 20 << 10,
			.atom_bytes = PCPU_PAGE_BYTES,
		},
		.choice = PCPU_CHOICE_EMBED,
		.backing = PCPU_BACKING_KM,
		.static_start = PCPU_STATIC_AT_BASE,
	};
	struct pcpu *pcpu;

	return pcpu_create(&config, &pcpu) == PCPU_OK ? pcpu : NULL;
}

/* As many objects as there is memory for; each CPU's copy is zeroed, and is written here. */
static int fill(struct pcpu *pcpu)
{
	int nr = 0;

	while (nr < NR_OBJECTS) {
		objects[nr] = pcpu_alloc(pcpu, OBJECT_BYTES, 8, 0);
		if (!objects[nr].value)
			break;
		for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++) {
			int *copy = (int *)pcpu_address(pcpu, objects[nr], cpu);

			*copy += nr + (int)cpu;
		}
		nr++;
	}
	return nr;
}

/* The sum over all copies of all objects, which go back. */
static long drain(struct pcpu *pcpu, int nr)
{
	long sum = 0;

	for (int i = 0; i < nr; i++) {
		for (uint32_t cpu = 0; cpu < NR_CPUS; cpu++)
			sum += *(int *)pcpu_address(pcpu, objects[i], cpu);
		pcpu_free(pcpu, objects[i]);
	}
	return sum;
}

int main(void)
{
	struct pcpu *pcpu = create();
	struct pcpu_stats stats;

	if (!pcpu)
		return 1;
	for (int round = 0; round < 2; round++) {
		int nr = fill(pcpu);

		pcpu_stats(pcpu, &stats);
		printf("%d objects for %d CPUs in %u chunks, %zu pages\n", nr, NR_CPUS,
		       stats.nr_chunks, static_plat_page_count());
		printf("their sum is %ld\n", drain(pcpu, nr));
		if (static_plat_take_kick())
			pcpu_balance(pcpu);
	}
	pcpu_stats(pcpu, &stats);
	printf("balanced: %u chunks\n", stats.nr_chunks);
	printf("every invariant holds: %s\n", pcpu_check(pcpu, NULL) == PCPU_HOLDS ? "yes" : "no");
	pcpu_destroy(pcpu);
	printf("left: %zu pages, %zu bytes of records\n", static_plat_page_count(),
	       static_plat_meta_bytes());
	return 0;
}
