// SPDX-License-Identifier: BSD-2-Clause OR MIT
// cxx_program.cc - a C++17 program on the core and the simulated platform: an object on each CPU,
// every public header included before any of C++'s own.
#include <pcpu/base.h>
#include <pcpu/layout.h>
#include <pcpu/map.h>
#include <pcpu/plat.h>
#include <pcpu/pcpu.h>

#include <cstdio>
#include <cstring>

extern "C" {
struct plat *program_plat(const pcpu_topology *topology);
void program_plat_end(struct plat *plat);
}

// Called back from C, and a function of the map's interface that is inline.
static bool count_chunk(void *context, const pcpu_chunk_view *view)
{
	pcpu_area area = pcpu_map_skip(view->map);

	static_cast<uint32_t *>(context)[0] += view->map->ops->next(view->map, &area);
	return true;
}

int main()
{
	const uint16_t cpu_node[] = {0, 0, PCPU_NO_NODE, 0}, node_id[] = {0};
	pcpu_topology topology{};
	topology.nr_cpu_ids = 4;
	topology.nr_nodes = 1;
	topology.cpu_node = cpu_node;
	topology.node_id = node_id;
	pcpu_config config{};
	config.plat = program_plat(&topology);
	config.topology = &topology;
	config.sizes.static_bytes = 4096;
	config.sizes.dyn_bytes = 20480;
	config.sizes.atom_bytes = 65536;
	config.static_start = 0x1000;
	pcpu *instance = nullptr;
	uint32_t nr_chunks = 0;
	pcpu_broken where{};

	if (pcpu_create(&config, &instance) != PCPU_OK)
		return 1;
	pcpu_ptr object = pcpu_alloc(instance, sizeof(uint64_t), alignof(uint64_t), PCPU_ATOMIC);
	PCPU_ASSERT(object.value != 0);
	PCPU_ASSERT(pcpu_address(instance, object, 3) - pcpu_address(instance, object, 0) ==
		    pcpu_offsets(instance)[3] - pcpu_offsets(instance)[0]);
	pcpu_visit(instance, count_chunk, &nr_chunks);
	PCPU_ASSERT(nr_chunks == 1);
	PCPU_ASSERT(pcpu_check(instance, &where) == PCPU_HOLDS);
	pcpu_free(instance, object);
	pcpu_destroy(instance);
	program_plat_end(config.plat);
	std::printf("%s, %llu\n", pcpu_invariant_text(PCPU_HOLDS),
		    static_cast<unsigned long long>(pcpu_max64(pcpu_min64(3, 4), 2)));
	return std::strlen(pcpu_engines[0].name) == 0;
}
