/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report_machine.c - this machine's CPUs in groups and units: a drawing, the kernel's lines, the
 * figures.
 */
#include "reports/html.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

static void put_unit(FILE *page, const json_t *unit)
{
	const json_t *cpu = json_object_get(unit, "cpu");

	if (json_is_integer(cpu))
		fprintf(page, "<span class=\"u\">%lld</span>", (long long)json_integer_value(cpu));
	else
		fputs("<span class=\"u w\">–</span>", page);
}

/* Draws the units of one group, boxed by allocation: upa at a time. */
static void put_units(FILE *page, const json_t *units, json_int_t group, json_int_t upa)
{
	json_int_t nr = 0;
	const json_t *unit;
	size_t i;

	fputs("<div class=\"units\">", page);
	json_array_foreach(units, i, unit)
	{
		if (json_integer_value(json_object_get(unit, "group")) != group)
			continue;
		if (nr % upa == 0)
			fputs(nr ? "</div><div class=\"alloc\">" : "<div class=\"alloc\">", page);
		put_unit(page, unit);
		nr++;
	}
	fputs(nr ? "</div></div>" : "</div>", page);
}

static void put_groups(FILE *page, const json_t *layout)
{
	const json_t *groups = json_object_get(layout, "groups"), *group;
	json_int_t upa = json_integer_value(
		json_object_get(json_object_get(layout, "sizes"), "units_per_alloc"));
	size_t i;

	fputs("<div class=\"groups\">", page);
	json_array_foreach(groups, i, group)
	{
		fputs("<div class=\"group\">", page);
		html_print(page, "group %.0f · node %.0f · at +%.0f KiB",
			   report_number(group, "group"), report_number(group, "node"),
			   report_number(group, "offset_bytes") / 1024);
		put_units(page, json_object_get(layout, "units"), (json_int_t)i, upa > 0 ? upa : 1);
		fputs("</div>", page);
	}
	fputs("</div>\n", page);
}

/* Draws one unit to scale: static, reserved, dynamic, and given back. */
static void put_unit_bar(FILE *page, const json_t *sizes)
{
	static const struct {
		const char *key, *name, *colour;
	} parts[] = {
		{"static_bytes", "static", "#9ec5ea"},
		{"reserved_bytes", "reserved", "#f2c879"},
		{"dyn_bytes", "dynamic", "#a6d8b4"},
	};
	double unit = report_number(sizes, "unit_bytes");
	double rest = unit - report_number(sizes, "size_sum_bytes");

	if (unit <= 0)
		return;
	html_print(
		page,
		"One unit, %.0f bytes: static %.0f, reserved %.0f, dynamic %.0f, given back %.0f",
		unit, report_number(sizes, "static_bytes"), report_number(sizes, "reserved_bytes"),
		report_number(sizes, "dyn_bytes"), rest);
	fputs("<div class=\"bar\">", page);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		double bytes = report_number(sizes, parts[i].key);

		fprintf(page, "<span style=\"width:%.2f%%;background:%s\">", 100 * bytes / unit,
			parts[i].colour);
		html_text(page, parts[i].name);
		fputs("</span>", page);
	}
	fprintf(page, "<span style=\"width:%.2f%%;background:#dfe4ea\">", 100 * rest / unit);
	html_text(page, "given back");
	fputs("</span></div>\n", page);
}

static void put_dump(FILE *page, const json_t *dump)
{
	const json_t *line;
	size_t i;

	fputs("<pre>", page);
	json_array_foreach(dump, i, line) html_print(page, "%s\n", json_string_value(line));
	fputs("</pre>\n", page);
}

void report_machine(FILE *page)
{
	json_t *layout = report_load("layout");

	html_section(page, "machine", "This machine and the layout it gives");
	if (!layout) {
		report_missing(page, "layout", "./lab run");
	} else {
		fputs("<p>Each cell is one CPU's unit; a frame is one allocation; – is a unit "
		      "without a CPU.</p>\n",
		      page);
		put_groups(page, layout);
		put_unit_bar(page, json_object_get(layout, "sizes"));
		put_dump(page, json_object_get(layout, "dump"));
		html_facts(page, layout);
	}
	json_decref(layout);
	html_section_end(page);
}
