/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_json.c - a layout as JSON: the numbers of the table, every unit, and the kernel's
   lines. */
#include "harness/cli/layout/layout_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/layout/layout_explain.h"
#include "harness/text/layout_text.h"
#include "harness/cli/memory_file.h"

static json_t *json_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Left out of layouts without a skew. */
static json_t *skew_json(const struct pcpu_layout *layout, uint64_t bytes)
{
	return layout->skew_bytes ? json_number(bytes) : NULL;
}

static json_t *sizes_json(const struct layout_report *report)
{
	const struct pcpu_layout *l = &report->layout;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
			 "page_bytes", json_number(l->page_bytes), "min_unit_bytes",
			 json_number(pcpu_sizes_min_unit(&report->sizes->sizes)), "dyn_early_bytes",
			 json_number(pcpu_sizes_dyn_early(&report->sizes->sizes)), "static_bytes",
			 json_number(l->static_bytes), "reserved_bytes",
			 json_number(l->reserved_bytes), "dyn_bytes", json_number(l->dyn_bytes),
			 "size_sum_bytes", json_number(l->size_sum_bytes), "unit_bytes",
			 json_number(l->unit_bytes), "atom_bytes", json_number(l->atom_bytes),
			 "alloc_bytes", json_number(l->alloc_bytes), "units_per_alloc",
			 json_number(l->upa), "skew_bytes", skew_json(l, l->skew_bytes));
}

static json_t *groups_json(const struct layout_report *report)
{
	const struct pcpu_layout *l = &report->layout;
	json_t *groups = json_array();

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		json_array_append_new(groups,
				      json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "group",
						json_number(g), "node",
						json_number(report->topology->node_id[group->node]),
						"nr_cpus", json_number(group->nr_cpus), "nr_units",
						json_number(group->nr_units), "nr_wasted",
						json_number(group->nr_units - group->nr_cpus),
						"area_bytes", json_number(group->area_bytes),
						"offset_bytes", json_number(group->base_offset)));
	}
	return groups;
}

/* One entry a unit, cpu null where it is wasted. */
static json_t *units_json(const struct pcpu_layout *l)
{
	uint32_t base = pcpu_layout_base_unit(l);
	json_t *units = json_array();

	for (uint32_t g = 0; g < l->nr_groups; g++) {
		const struct pcpu_group *group = &l->group[g];

		for (uint32_t u = group->first_unit; u < group->first_unit + group->nr_units; u++) {
			uint32_t cpu = l->cpu_map[u];

			json_array_append_new(
				units,
				json_pack("{s:o, s:o, s:o, s:o, s:o*}", "unit", json_number(u),
					  "group", json_number(g), "cpu",
					  cpu == PCPU_NO_CPU ? json_null() : json_number(cpu),
					  "offset_bytes",
					  json_number(pcpu_layout_unit_offset(l, g, u)),
					  "skew_bytes",
					  skew_json(l, pcpu_layout_skew(l, base, u))));
		}
	}
	return units;
}

static json_t *dump_json(const struct pcpu_layout *layout)
{
	char *dump = layout_dump(layout), *rest = NULL;
	json_t *lines = json_array();

	for (char *line = strtok_r(dump, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		json_array_append_new(lines, json_string(line));
	free(dump);
	return lines;
}

static json_t *report_json(const struct layout_report *report)
{
	const struct pcpu_layout *l = &report->layout;
	json_t *merged = report->merged ? json_string(report->merged) : NULL;
	json_t *explain = report->explain ? explain_json(report->explain) : NULL;

	/* The name is what the user typed: it is left out if it is not UTF-8. */
	return json_pack("{s:o*, s:s, s:s, s:s, "
			 "s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*, s:o*}",
			 "topology", json_string(report->argument), "allocator",
			 lab_choice_text(report->allocator), "rule", report->sizes->rule, "stride",
			 report->sizes->stride, "nr_possible", json_number(l->nr_possible),
			 "nr_cpu_ids", json_number(l->nr_cpu_ids), "nr_nodes",
			 json_number(report->topology->nr_nodes), "nr_units",
			 json_number(l->nr_units), "nr_wasted", json_number(l->nr_wasted),
			 "span_bytes", json_number(pcpu_layout_span(l)), "space_bytes",
			 json_number(report->sizes->space_bytes), "sizes", sizes_json(report),
			 "groups", groups_json(report), "units", units_json(l), "dump",
			 dump_json(l), "merged_nodes", merged, "explain", explain);
}

bool layout_write_json(const struct layout_report *report, const char *file)
{
	json_t *json = report_json(report);
	bool good;

	if (json && report->variants)
		layout_variants_set(json, report);
	good = json_write_file(file, json, JSON_INDENT(2));

	json_decref(json);
	return good;
}
