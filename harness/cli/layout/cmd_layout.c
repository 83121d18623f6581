/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_layout.c - `lab layout TOPOLOGY`: the layout that build info computes for a machine.
 *
 *	auto, embed:  groups by distance --fits 75 % of the space?--yes--> embed
 *				\--no, or refused: a warning--> page
 *	page:	      one group, no distances, one-page atom, least dynamic space
 *
 * Areas are assumed back to back, in the order of the groups.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/layout/layout_explain.h"
#include "harness/cli/layout/layout_report.h"
#include "harness/text/layout_text.h"
#include "harness/cli/log/log_read.h"
#include "harness/cli/layout/sizes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void report_event(const struct pcpu_event *event)
{
	char line[256];
	struct lab_text text;

	lab_text_init(&text, line, sizeof(line));
	lab_put_event(&text, event);
	fprintf(stderr, "%s\n", line);
}

static enum pcpu_status build_embed(struct layout_report *report, void *memory)
{
	enum pcpu_status status =
		pcpu_layout_build(report->topology, &report->sizes->sizes, memory, &report->layout);
	uint64_t span;

	if (status != PCPU_OK)
		return status;
	report->allocator = PCPU_CHOICE_EMBED;
	span = pcpu_layout_span(&report->layout);
	if (pcpu_span_fits(span, report->sizes->space_bytes))
		return PCPU_OK;
	report_event(&(struct pcpu_event){
		.id = PCPU_EV_SPAN_WIDE, .a = span, .b = report->sizes->space_bytes});
	return PCPU_ESPAN;
}

static enum pcpu_status build_page(struct layout_report *report, void *memory)
{
	struct pcpu_topology flat = *report->topology;
	struct pcpu_sizes sizes = pcpu_sizes_paged(&report->sizes->sizes);

	flat.distance = NULL;
	report->allocator = PCPU_CHOICE_PAGE;
	return pcpu_layout_build(&flat, &sizes, memory, &report->layout);
}

/* Builds the choice with its fall-back; the memory suffices for either. */
static int cmd_layout_build(struct layout_report *report, void *memory)
{
	enum pcpu_status embed = PCPU_OK, page;

	if (report->sizes->choice != PCPU_CHOICE_PAGE) {
		embed = build_embed(report, memory);
		if (embed == PCPU_OK)
			return CMD_OK;
		report_event(&(struct pcpu_event){
			.id = PCPU_EV_FALLBACK, .a = PCPU_CHOICE_EMBED, .b = embed});
	}
	page = build_page(report, memory);
	if (page == PCPU_OK)
		return CMD_OK;
	report_event(&(struct pcpu_event){.id = PCPU_EV_NO_FALLBACK, .a = embed, .b = page});
	return CMD_USAGE;
}

/* A log's layout was built by the same rules: if it cannot be reproduced, either the log or the lab
   is wrong. */
static int check_log(const struct layout_report *report, const struct lab_log_layout *log)
{
	const struct cmd_sizes *sizes = report->sizes;
	char *dump;
	bool same;

	if (report->allocator == PCPU_CHOICE_PAGE || report->merged ||
	    sizes->sizes.stride != PCPU_STRIDE_REFERENCE)
		return CMD_OK; /* another layout for the log's machine */
	dump = layout_dump(&report->layout);
	same = lab_fnv1a(LAB_FNV_START, dump, strlen(dump)) == log->lines_hash;
	free(dump);
	if (same)
		return CMD_OK;
	fprintf(stderr, "%s: the log's lines do not come out again: they are not whole, or not a "
		"kernel's (units of %u bytes, %u to an allocation)\n", report->argument,
		log->unit_bytes, log->upa);
	return CMD_FOUND;
}

static int print_topology(const struct pcpu_topology *topology)
{
	struct lab_text text;
	char *at;

	lab_text_init(&text, NULL, 0);
	lab_topology_print(topology, &text);
	at = malloc(text.bytes + 1);
	if (!at)
		return CMD_FOUND;
	lab_text_init(&text, at, text.bytes + 1);
	lab_topology_print(topology, &text);
	fputs(at, stdout);
	free(at);
	return CMD_OK;
}

struct layout_options {
	struct cmd_sizes sizes;
	uint64_t boot; /* 0: not given */
	const char *json; /* NULL: not given */
	const char *merge; /* NULL: not given */
	const char *sys;   /* DIR of a /sys tree as topology; NULL: the topology is a word */
	bool print, explain, variants;
};

/* Explains the layout; the result of the search must equal the layout's. */
static int explain_layout(struct layout_report *report, struct explain *explain)
{
	if (!explain_make(report, explain))
		return cmd_usage(&cmd_layout, "out of memory");
	report->explain = explain;
	if (explain->chosen == report->layout.upa)
		return CMD_OK;
	fprintf(stderr, "lab layout: the explanation comes to %u units an allocation, the layout "
		"has %u\n", explain->chosen, report->layout.upa);
	return CMD_FOUND;
}

/* Reports on a loaded topology as the options request. */
static int report_layout(struct layout_report *report, const struct layout_options *options,
			 const struct lab_log_layout *log)
{
	void *memory = malloc(pcpu_layout_memory(report->topology));
	int status = memory ? cmd_layout_build(report, memory) : CMD_FOUND;
	struct explain explain = { 0 };

	if (status == CMD_OK && options->explain)
		status = explain_layout(report, &explain);
	if (status == CMD_OK && options->json &&
	    !layout_write_json(report, options->json))
		status = CMD_USAGE;
	/* JSON on stdout replaces the table. */
	if (status == CMD_OK && (!options->json || strcmp(options->json, "-") != 0))
		layout_print(report);
	if (status == CMD_OK && log)
		status = check_log(report, log);
	explain_free(&explain);
	free(memory);
	return status;
}

/* Reports on a log without a dump, which contains only sizes. */
static int report_sizes(const char *argument, const struct layout_options *options,
			const struct lab_log_sizes *sizes)
{
	const struct cmd_sizes *wanted = &options->sizes;

	if (wanted->given.unit || wanted->given.static_part || wanted->given.reserved ||
	    wanted->given.dyn || wanted->given.atom || wanted->given.page ||
	    wanted->given.min_unit || wanted->given.early_dyn)
		return cmd_bad_input(argument, sizes->line,
				     "a topology to lay out in other sizes; this log has no "
				     "pcpu-alloc: lines");
	if (options->merge || options->explain || options->variants)
		return cmd_bad_input(argument, sizes->line,
				     "a topology for --merge, --explain or --variants; this log "
				     "has no pcpu-alloc: lines");
	if (options->print)
		return cmd_bad_input(argument, sizes->line,
				     "a topology to print; this log has sizes, but no pcpu-alloc: "
				     "lines");
	if (options->json && !layout_write_log_json(argument, sizes, options->json))
		return CMD_USAGE;
	if (!options->json || strcmp(options->json, "-") != 0)
		layout_print_log(argument, sizes);
	return CMD_OK;
}

static int run_loaded(const struct cmd *cmd, const char *argument, struct layout_options *options,
		      struct lab_topology *topology)
{
	struct layout_report report = {.argument = argument,
				       .topology = &topology->table,
				       .sizes = &options->sizes,
				       .merged = options->merge,
				       .variants = options->variants};
	struct log_reading log = { .boot = (uint32_t)options->boot };
	int status;

	if (options->print && (options->json || options->explain))
		return cmd_usage(cmd, "only one of --print and --%s was expected",
				 options->json ? "json" : "explain");
	if (options->variants && !options->json)
		return cmd_usage(cmd, "--variants goes with --json");
	status = cmd_sizes_names(cmd, &options->sizes);
	if (status != CMD_OK)
		return status;
	status = options->sys ? cmd_load_sys(argument, topology) :
				cmd_load_topology(argument, topology, &log);
	if (status != CMD_OK)
		return status;
	if (options->boot && log.found == LOG_NONE)
		return cmd_usage(cmd, "--boot: %s is no kernel log", argument);
	if (log.found == LOG_SIZES)
		return report_sizes(argument, options, &log.sizes);
	if (strcmp(argument, "live") == 0 && !options->sizes.given.page)
		options->sizes.sizes.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	status = cmd_sizes_finish(cmd, &options->sizes,
				  log.found == LOG_DUMP ? &log.layout : NULL, &topology->table);
	if (status == CMD_OK && options->merge)
		status = layout_merge(cmd, options->merge, topology);
	if (status != CMD_OK)
		return status;
	if (options->print)
		return print_topology(&topology->table);
	status = report_layout(&report, options, log.found == LOG_DUMP ? &log.layout : NULL);
	return status == CMD_OK && log.is_cut ? CMD_FOUND : status;
}

static int cmd_layout_run(int argc, char **argv)
{
	struct layout_options options = { 0 };
	const struct cmd_option rows[] = {
		CMD_SIZE_OPTIONS(&options.sizes),
		{ "json", CMD_OPTIONAL_TEXT, &options.json, 0, 0, NULL },
		{ "print", CMD_FLAG, &options.print, 0, 0, NULL },
		{ "explain", CMD_FLAG, &options.explain, 0, 0, NULL },
		{ "variants", CMD_FLAG, &options.variants, 0, 0, NULL },
		{ "merge", CMD_TEXT, &options.merge, 0, 0, NULL },
		{ "boot", CMD_NUMBER, &options.boot, 1, UINT32_MAX, NULL },
		{ "sys", CMD_TEXT, &options.sys, 0, 0, NULL },
	};
	struct lab_topology *topology;
	int nr_words, status;

	cmd_sizes_init(&options.sizes);
	status = cmd_parse(&cmd_layout, argc, argv, rows, sizeof(rows) / sizeof(rows[0]),
			   &nr_words);
	if (status != CMD_OK)
		return status;
	if (nr_words != (options.sys ? 0 : 1))
		return cmd_usage(&cmd_layout, "one TOPOLOGY, or --sys DIR instead of it, was "
				 "expected (see --help)");
	topology = malloc(sizeof(*topology));
	if (!topology)
		return cmd_usage(&cmd_layout, "out of memory");
	status = run_loaded(&cmd_layout, options.sys ? options.sys : argv[1], &options,
			    topology);
	free(topology);
	return status;
}

const struct cmd cmd_layout = {
	.name = "layout",
	.run = cmd_layout_run,
};
