/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_layout.c - the units that every chunk of a map has: CPU, group and node of each. */
#include "reports/map/map_session.h"

static json_t *unit_json(const struct map_session *session, const struct pcpu *pcpu,
			 uint32_t group, uint32_t unit)
{
	uint32_t cpu = pcpu_layout(pcpu)->cpu_map[unit];
	const uint16_t *ids = session->machine.topology->table.node_id;

	if (cpu == PCPU_NO_CPU)
		return json_pack("[n, i, n]", (int)group);
	return json_pack("[i, i, i]", (int)cpu, (int)group, (int)ids[pcpu_cpu_node(pcpu, cpu)]);
}

/* One entry a unit: [CPU, group, node]; CPU and node null where it is wasted. */
static json_t *units_json(const struct map_session *session, const struct pcpu *pcpu)
{
	const struct pcpu_layout *l = pcpu_layout(pcpu);
	json_t *units = json_array();

	for (uint32_t g = 0; g < l->nr_groups; g++)
		for (uint32_t u = 0; u < l->group[g].nr_units; u++)
			json_array_append_new(units, unit_json(session, pcpu, g,
							       l->group[g].first_unit + u));
	return units;
}

json_t *map_layout_json(const struct map_session *session, const struct pcpu *pcpu)
{
	const struct pcpu_layout *l = pcpu_layout(pcpu);

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "page_bytes",
			 (json_int_t)PCPU_PAGE_BYTES, "edge_bytes",
			 (json_int_t)pcpu_layout_edge(l), "unit_bytes", (json_int_t)l->unit_bytes,
			 "static_bytes", (json_int_t)l->static_bytes, "reserved_bytes",
			 (json_int_t)l->reserved_bytes, "dyn_bytes", (json_int_t)l->dyn_bytes,
			 "nr_cpus", (json_int_t)l->nr_possible, "units",
			 units_json(session, pcpu));
}
