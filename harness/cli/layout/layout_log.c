/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * layout_log.c - a log without a dump: the line of its pages as later kernels print it, and its
 * sizes, as a table and as JSON. The nodes of its CPUs are unknown.
 */
#include "harness/cli/layout/layout_report.h"
#include "harness/text/log_sizes.h"
#include "harness/cli/memory_file.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void print_line(const struct lab_log_sizes *s)
{
	if (s->is_page)
		printf("percpu: %" PRIu64 " %" PRIu64 "K pages/cpu", s->nr_pages,
		       s->page_bytes >> 10);
	else
		printf("percpu: Embedded %" PRIu64 " pages/cpu", s->nr_pages);
	printf(" s%" PRIu64 " r%" PRIu64 " d%" PRIu64, s->static_bytes, s->reserved_bytes,
	       s->dyn_bytes);
	if (!s->is_page)
		printf(" u%" PRIu64, s->unit_bytes);
	putchar('\n');
}

static void print_row(const char *name, uint64_t n, const char *unit)
{
	printf("%-16s %" PRIu64 "%s\n", name, n, unit);
}

void layout_print_log(const char *argument, const struct lab_log_sizes *s)
{
	print_line(s);
	printf("\n%-16s %s, line %" PRIu32 "\n", "log", cmd_shown(argument), s->line);
	printf("%-16s %s\n", "allocator", s->is_page ? "page" : "embed");
	print_row("pages a CPU", s->nr_pages, "");
	print_row("page", s->page_bytes, " bytes");
	print_row("static", s->static_bytes, " bytes");
	print_row("reserved", s->reserved_bytes, " bytes");
	print_row("dynamic", s->dyn_bytes, " bytes");
	if (!s->is_page)
		print_row("unit", s->unit_bytes, " bytes");
	if (s->nr_cpu_ids)
		print_row("CPU ids", s->nr_cpu_ids, "");
	if (s->nr_node_ids)
		print_row("node ids", s->nr_node_ids, "");
	printf("%-16s not known: this log has no pcpu-alloc: lines\n", "groups");
}

static json_t *number_or_null(uint64_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

bool layout_write_log_json(const char *argument, const struct lab_log_sizes *s, const char *file)
{
	json_t *json = json_pack(
		"{s:o*, s:s, s:I, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:o, s:I}}", "log",
		json_string(argument), "allocator", s->is_page ? "page" : "embed", "line",
		(json_int_t)s->line, "nr_cpu_ids", number_or_null(s->nr_cpu_ids), "nr_node_ids",
		number_or_null(s->nr_node_ids), "sizes", "static_bytes",
		(json_int_t)s->static_bytes, "reserved_bytes", (json_int_t)s->reserved_bytes,
		"dyn_bytes", (json_int_t)s->dyn_bytes, "nr_pages", (json_int_t)s->nr_pages,
		"unit_bytes", number_or_null(s->unit_bytes), "page_bytes",
		(json_int_t)s->page_bytes);
	bool good = json_write_file(file, json, JSON_INDENT(2));

	json_decref(json);
	return good;
}
