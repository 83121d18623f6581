/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* layout_report.h - a layout as a table for people and as JSON for programs. For cmd_layout.c. */
#ifndef LAYOUT_REPORT_H
#define LAYOUT_REPORT_H

#include "harness/cli/layout/sizes.h"

/* A layout and its inputs. */
struct layout_report {
	const char *argument; /* TOPOLOGY as given */
	const struct pcpu_topology *topology;
	const struct cmd_sizes *sizes;
	enum pcpu_choice allocator; /* EMBED or PAGE */
	struct pcpu_layout layout;
	const char *merged;	       /* --merge as given; NULL: not given */
	const struct explain *explain; /* layout_explain.h; NULL: not requested */
	bool variants; /* the JSON has what layout_variants_set() adds */
};

/* layout_variants.c: sets "nodes", "distances", and "variants": the embed layout of both rules with
   all strides, each with groups, waste and span, or why there is none. */
struct json_t;
void layout_variants_set(struct json_t *json, const struct layout_report *report);

/* Makes the nodes of a list like `0,1` or `0-3` near each other. CMD_USAGE after printing what is
   wrong with the list; then nothing is changed. */
int layout_merge(const struct cmd *cmd, const char *list, struct lab_topology *topology);

/* The pcpu-alloc: lines, malloc'ed; never NULL. */
char *layout_dump(const struct pcpu_layout *layout);

/* Prints the pcpu-alloc: lines, then groups, units, waste and span, on stdout. */
void layout_print(const struct layout_report *report);

/* Writes all of it as JSON; file "-" is stdout. False after printing a diagnostic. */
bool layout_write_json(const struct layout_report *report, const char *file);

/* The same for a log without a dump, which contains only sizes (layout_log.c). */
struct lab_log_sizes;
void layout_print_log(const char *argument, const struct lab_log_sizes *sizes);
bool layout_write_log_json(const char *argument, const struct lab_log_sizes *sizes,
			   const char *file);

#endif
