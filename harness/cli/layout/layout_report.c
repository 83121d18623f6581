/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_report.c - a layout as a table for people: the kernel's lines first, exactly, then what
 * they mean.
 */
#include "harness/cli/layout/layout_report.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>

#include <pcpu/bits.h>
#include "harness/cli/layout/layout_explain.h"
#include "harness/text/layout_text.h"

char *layout_dump(const struct pcpu_layout *layout)
{
	struct lab_text text;
	char *at;

	lab_text_init(&text, NULL, 0);
	lab_put_layout(&text, layout);
	at = g_malloc(text.bytes + 1);
	lab_text_init(&text, at, text.bytes + 1);
	lab_put_layout(&text, layout);
	return at;
}

static const char *plural_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static double layout_percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_page(const struct layout_report *report)
{
	const struct pcpu_sizes *s = &report->sizes->sizes;
	uint32_t page = report->layout.page_bytes;

	printf("page        %" PRIu32 " bytes, %" PRIu32 " a CPU; least unit %" PRIu64
	       ", least dynamic part %" PRIu64 " bytes\n", page,
	       report->layout.size_sum_bytes / page, pcpu_sizes_min_unit(s),
	       pcpu_sizes_dyn_early(s));
}

static void print_unit(const struct pcpu_layout *l)
{
	uint64_t step = l->alloc_bytes % l->atom_bytes ? l->page_bytes : l->atom_bytes;

	printf("unit        %" PRIu32 " bytes: static %" PRIu32 ", reserved %" PRIu32
	       ", dynamic %" PRIu32 ", %" PRIu32 " given back\n", l->unit_bytes, l->static_bytes,
	       l->reserved_bytes, l->dyn_bytes,
	       l->unit_bytes - l->size_sum_bytes - pcpu_layout_edge(l));
	if (l->skew_bytes)
		printf("skew        %" PRIu32 " bytes from unit to unit, modulo %" PRIu32
		       "; largest alignment %" PRIu32 "; %" PRIu32 " bytes more a CPU\n",
		       l->skew_bytes, l->page_bytes, pcpu_layout_align_max(l), pcpu_layout_edge(l));
	printf("allocation  %" PRIu64 " bytes: %" PRIu32 " unit%s, %" PRIu64 " * %" PRIu64
	       " bytes; atom %" PRIu64 " bytes\n",
	       l->alloc_bytes, l->upa, plural_s(l->upa), l->alloc_bytes / step, step,
	       l->atom_bytes);
}

static void print_group(const struct layout_report *report, uint32_t g)
{
	const struct pcpu_group *group = &report->layout.group[g];
	uint64_t cpus[PCPU_BITS_WORDS(PCPU_MAX_CPUS)] = { 0 };
	char list[PCPU_MAX_CPUS * 6];
	struct lab_text text;

	for (uint32_t i = 0; i < group->nr_cpus; i++)
		pcpu_bit_set(cpus, report->layout.cpu_map[group->first_unit + i]);
	lab_text_init(&text, list, sizeof(list));
	lab_put_cpu_list(&text, cpus, report->layout.nr_cpu_ids);
	printf("%5" PRIu32 " %5u %5" PRIu32 " %6" PRIu32 " %6" PRIu32 " %12" PRIu64 " %14" PRIu64
	       "  %s\n", g, report->topology->node_id[group->node], group->nr_cpus,
	       group->nr_units, group->nr_units - group->nr_cpus, group->area_bytes,
	       group->base_offset, list);
}

void layout_print(const struct layout_report *report)
{
	const struct pcpu_layout *l = &report->layout;
	uint64_t span = pcpu_layout_span(l), space = report->sizes->space_bytes;
	double span_percent = layout_percent(span, space);
	char *dump = layout_dump(l);

	fputs(dump, stdout);
	free(dump);
	printf("\nmachine     %s: %" PRIu32 " possible CPU%s with ids below %" PRIu32 ", %" PRIu32
	       " node%s\n",
	       report->argument, l->nr_possible, plural_s(l->nr_possible), l->nr_cpu_ids,
	       report->topology->nr_nodes, plural_s(report->topology->nr_nodes));
	printf("allocator   %s (requested: %s), %s rule, %s stride\n",
	       lab_choice_text(report->allocator), report->sizes->alloc, report->sizes->rule,
	       report->sizes->stride);
	if (report->merged)
		printf("merged      nodes %s, taken as near each other\n", report->merged);
	print_page(report);
	print_unit(l);
	printf("\ngroup  node  cpus  units wasted   area_bytes   offset_bytes  CPUs\n");
	for (uint32_t g = 0; g < l->nr_groups; g++)
		print_group(report, g);
	printf("\nunits       %" PRIu32 " for %" PRIu32 " CPUs\n", l->nr_units, l->nr_possible);
	printf("waste       %" PRIu32 " unit%s, %.1f %% of all\n", l->nr_wasted,
	       plural_s(l->nr_wasted), layout_percent(l->nr_wasted, l->nr_units));
	printf("span        %" PRIu64 " bytes, %s%.2f %% of %" PRIu64 " bytes of address space "
	       "(embed: at most 75 %%)\n", span, span_percent < 0.01 ? "under " : "",
	       span_percent < 0.01 ? 0.01 : span_percent, space);
	if (report->explain)
		explain_print(report->explain, l);
}
