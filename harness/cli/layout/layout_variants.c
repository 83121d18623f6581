/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_variants.c - one machine laid out by both rules with all strides, to be compared. */
#include "harness/cli/layout/layout_report.h"

#include <glib.h>
#include <jansson.h>

#include <pcpu/bits.h>
#include "harness/text/text.h"

/* A list like 0-3,8 of the bits. */
static json_t *list_json(const uint64_t *bits, uint32_t nr)
{
	size_t capacity = 16 + (size_t)nr * 6;
	char *at = g_malloc(capacity);
	struct lab_text text;
	json_t *json;

	lab_text_init(&text, at, capacity);
	lab_put_cpu_list(&text, bits, nr);
	json = json_string(at);
	g_free(at);
	return json;
}

static json_t *node_json(const struct pcpu_topology *t, uint32_t node)
{
	uint64_t cpus[PCPU_BITS_WORDS(PCPU_MAX_CPUS)] = { 0 };
	uint32_t nr = 0;
	uint8_t state = t->node_state ? t->node_state[node] : PCPU_NODE_ONLINE | PCPU_NODE_MEMORY;

	for (uint32_t cpu = 0; cpu < t->nr_cpu_ids; cpu++)
		if (t->cpu_node[cpu] == node) {
			pcpu_bit_set(cpus, cpu);
			nr++;
		}
	return json_pack("{s:i, s:i, s:o, s:b, s:b}", "node", (int)t->node_id[node], "nr_cpus",
			 (int)nr, "cpus", list_json(cpus, t->nr_cpu_ids), "online",
			 (state & PCPU_NODE_ONLINE) != 0, "memory",
			 (state & PCPU_NODE_MEMORY) != 0);
}

static json_t *nodes_json(const struct pcpu_topology *t)
{
	json_t *nodes = json_array();

	for (uint32_t node = 0; node < t->nr_nodes; node++)
		json_array_append_new(nodes, node_json(t, node));
	return nodes;
}

/* A row a node, from it to each; null: no distances are known. */
static json_t *distances_json(const struct pcpu_topology *t)
{
	json_t *rows = json_array();

	if (!t->distance) {
		json_decref(rows);
		return json_null();
	}
	for (uint32_t from = 0; from < t->nr_nodes; from++) {
		json_t *row = json_array();

		for (uint32_t to = 0; to < t->nr_nodes; to++)
			json_array_append_new(row, json_integer(t->distance[from * t->nr_nodes +
									    to]));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *group_json(const struct pcpu_topology *t, const struct pcpu_layout *l, uint32_t g)
{
	const struct pcpu_group *group = &l->group[g];
	uint64_t cpus[PCPU_BITS_WORDS(PCPU_MAX_CPUS)] = { 0 };

	for (uint32_t unit = 0; unit < group->nr_units; unit++)
		if (l->cpu_map[group->first_unit + unit] != PCPU_NO_CPU)
			pcpu_bit_set(cpus, l->cpu_map[group->first_unit + unit]);
	return json_pack("{s:i, s:i, s:o, s:i, s:i, s:i, s:I, s:I}", "group", (int)g, "node",
			 (int)t->node_id[group->node], "cpus", list_json(cpus, l->nr_cpu_ids),
			 "nr_cpus", (int)group->nr_cpus, "nr_units", (int)group->nr_units,
			 "nr_wasted", (int)(group->nr_units - group->nr_cpus), "area_bytes",
			 (json_int_t)group->area_bytes, "offset_bytes",
			 (json_int_t)group->base_offset);
}

static void set_layout(json_t *variant, const struct layout_report *report,
		       const struct pcpu_layout *l)
{
	json_t *groups = json_array();
	uint64_t span = pcpu_layout_span(l), area = 0;

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		json_array_append_new(groups, group_json(report->topology, l, g));
		area += l->group[g].area_bytes;
	}
	json_object_update_new(variant, json_pack(
		"{s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:I, s:b, s:I, s:I, s:o}", "unit_bytes",
		(json_int_t)l->unit_bytes, "atom_bytes", (json_int_t)l->atom_bytes, "skew_bytes",
		(json_int_t)l->skew_bytes, "units_per_alloc", (int)l->upa, "nr_groups",
		(int)l->nr_groups, "nr_units", (int)l->nr_units, "nr_wasted", (int)l->nr_wasted,
		"span_bytes", (json_int_t)span, "span_fits",
		(int)pcpu_span_fits(span, report->sizes->space_bytes), "area_bytes",
		(json_int_t)area, "kept_bytes",
		(json_int_t)(l->size_sum_bytes + pcpu_layout_edge(l)) * l->nr_possible, "groups",
		groups));
}

static json_t *variant_json(const struct layout_report *report, unsigned rule, unsigned stride,
			    void *memory)
{
	struct pcpu_sizes sizes = report->sizes->sizes;
	json_t *variant = json_pack("{s:s, s:s}", "rule", cmd_rule_names[rule], "stride",
				    cmd_stride_names[stride]);
	struct pcpu_layout layout;
	enum pcpu_status status;

	sizes.rule = (enum pcpu_rule)rule;
	sizes.stride = (enum pcpu_stride)stride;
	status = pcpu_layout_build(report->topology, &sizes, memory, &layout);
	if (status == PCPU_OK)
		set_layout(variant, report, &layout);
	else
		json_object_set_new(variant, "refused",
				    json_string(status == PCPU_ELIMIT ? "over a limit" :
								       "the sizes do not fit"));
	return variant;
}

void layout_variants_set(json_t *json, const struct layout_report *report)
{
	void *memory = g_malloc(pcpu_layout_memory(report->topology));
	json_t *variants = json_array();

	for (unsigned rule = 0; rule < CMD_NR_RULES; rule++)
		for (unsigned stride = 0; stride < CMD_NR_STRIDES; stride++)
			json_array_append_new(variants,
					      variant_json(report, rule, stride, memory));
	json_object_set_new(json, "nodes", nodes_json(report->topology));
	json_object_set_new(json, "distances", distances_json(report->topology));
	json_object_set_new(json, "variants", variants);
	g_free(memory);
}
