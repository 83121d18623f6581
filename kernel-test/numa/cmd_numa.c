/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_numa.c - `pcpu-lab numa`: boots Debian's kernel on a machine of several nodes, with the
 * hosted platform as its only program, and again with placement switched off.
 *
 *	boot      mbind   must
 *	placed    yes     have every unit page on its node	numa_evaluate.c
 *	control   no      fail, or the first proved nothing
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/flavours.h"
#include "kernel-test/numa/numa_boot.h"
#include "harness/cli/progress.h"
#include "harness/cli/memory_file.h"

enum { DEFAULT_CPUS = 8, DEFAULT_NODES = 4, NUMA_MAX_CPUS = 64, NODE_MB = 256 };
/* Emulated CPUs share those of the host. */
enum { LIMIT_SECONDS = 60, LIMIT_SECONDS_PER_CPU = 15 };
#define QEMU "qemu-system-x86_64"
/* Errors of a panic are printed all the same; lines of a healthy kernel would cut ours in two. Only
   the allocator is to move pages. */
#define KERNEL_WORDS "console=ttyS0 quiet loglevel=1 panic=-1 numa_balancing=disable --"

struct options {
	const char *accel, *placement, *kernel, *json;
	uint64_t cpus, nodes, seconds;
	bool keep;
};

struct session {
	struct options options;
	struct boot_machine machine;
	char *folder, *kernel, *initramfs;
	char *skipped; /* why nothing was booted; NULL: it was */
	json_t *boots;
	uint32_t nr_passed, nr_failed;
	FILE *out; /* the words: stdout, or stderr when JSON goes to stdout */
};

/* --- one boot --------------------------------------------------------------------------------- */

struct boot {
	bool placement;
	const char *name; /* of its log and script */
	struct numa_output output;
	struct process_result result;
	char *why; /* NULL: as it must be */
};

static void note_line(void *context, const char *line, size_t bytes)
{
	numa_output_line(&((struct boot *)context)->output, line);
}

static void note_complaint(void *context, const char *line, size_t bytes)
{
	numa_output_complaint(&((struct boot *)context)->output, line);
}

static bool numa_show(void *context, double seconds)
{
	const struct boot *boot = context;

	progress_show("numa: %s, %u checks, %.0f s", boot->name,
		      boot->output.tap.nr_ok + boot->output.tap.nr_not_ok, seconds);
	return true;
}

static double numa_percent(const struct numa_output *output)
{
	return output->nr_pages ? 100.0 * (double)output->nr_there / (double)output->nr_pages : 0;
}

static void print_bench(FILE *out, json_t *bench)
{
	const char *name;
	json_t *number;

	fputs("  bench:", out);
	json_object_foreach(bench, name, number)
		fprintf(out, " %s %.1f", name, json_number_value(number));
	fputs(" (an emulated machine has no far memory)\n", out);
}

static void numa_print(const struct session *s, const struct boot *boot)
{
	const struct numa_output *output = &boot->output;
	const json_t *placement;
	size_t i;

	fprintf(s->out,
		"placement %-3s  %s  %u passed, %u failed  %.1f %% of %llu unit pages on "
		"their node  %.1f s\n",
		boot->placement ? "on" : "off",
		boot->result.interrupted ? "cut   " :
		boot->why		 ? "FAILED" :
		boot->placement		 ? "ok    " :
					   "failed, as it must",
		output->tap.nr_ok, output->tap.nr_not_ok, numa_percent(output),
		(unsigned long long)output->nr_pages, boot->result.seconds);
	json_array_foreach(output->placements, i, placement)
		fprintf(s->out, "  %-22s %6lld of %6lld\n",
			json_string_value(json_object_get(placement, "name")),
			(long long)json_integer_value(json_object_get(placement, "there")),
			(long long)json_integer_value(json_object_get(placement, "pages")));
	if (boot->placement && json_object_size(output->bench))
		print_bench(s->out, output->bench);
	if (boot->why)
		fprintf(s->out, "  %s\n  log: %s/%s.log\n  again: sh %s/%s.sh\n", boot->why,
			s->folder, boot->name, s->folder, boot->name);
	fflush(s->out);
}

/* A boot whose checks did not tell apart is one failure; the control is one test. */
static void keep_result(struct session *s, const struct boot *boot, bool is_control)
{
	const struct numa_output *output = &boot->output;

	json_array_append_new(
		s->boots,
		json_pack("{s:s, s:b, s:s?, s:i, s:i, s:i, s:f, s:I, s:I, s:f, s:O, s:O, s:O}",
			  "placement", boot->placement ? "on" : "off", "good", boot->why == NULL,
			  "why", boot->why, "checks_passed", (int)output->tap.nr_ok,
			  "checks_failed", (int)output->tap.nr_not_ok, "checks_skipped",
			  (int)output->tap.nr_skipped, "seconds", boot->result.seconds,
			  "unit_pages", (json_int_t)output->nr_pages, "on_their_node",
			  (json_int_t)output->nr_there, "percent", numa_percent(output),
			  "placements", output->placements, "bench", output->bench, "checks",
			  output->tap.tests));
	if (boot->result.interrupted)
		return;
	if (is_control) {
		s->nr_passed += boot->why == NULL;
		s->nr_failed += boot->why != NULL;
		return;
	}
	s->nr_passed += output->tap.nr_ok;
	s->nr_failed += output->tap.nr_not_ok ? output->tap.nr_not_ok : boot->why != NULL;
}

/* is_control: it must fail. Placement that the user switched off is not a control. */
static void boot_once(struct session *s, bool placement, bool is_control)
{
	const struct boot_launch launch = {
		.machine = &s->machine,
		.image = s->kernel,
		.accel = s->options.accel,
		.module = s->initramfs,
		.first = KERNEL_WORDS,
		.append = placement ? "placement=on" : "placement=off",
		.memory_mb = s->machine.nr_nodes * NODE_MB,
	};
	struct boot boot = {.placement = placement, .name = placement ? "placed" : "control"};
	char *log = cmd_path("reports/out/numa/%s.log", boot.name);
	char *script = cmd_path("reports/out/numa/%s.sh", boot.name);
	char **argv = boot_argv(&launch);
	const struct process process = {.argv = (const char *const *)argv,
					.out_file = log,
					.out_line = note_line,
					.err_file = log,
					.err_line = note_complaint,
					.append = true,
					.timeout_seconds = (double)s->options.seconds,
					.grace_seconds = 1,
					.tick = numa_show,
					.context = &boot};

	numa_output_init(&boot.output);
	unlink(log);
	boot_write_script(script, argv,
			  placement ? "A whole TAP plan without `not ok`: it passed." :
				      "Placement is off: checks must fail.");
	process_run(&process, &boot.result);
	progress_clear();
	boot.why = is_control ? numa_evaluate_control(&boot.result, &boot.output) :
				numa_evaluate_placed(&s->machine, &boot.result, &boot.output);
	keep_result(s, &boot, is_control);
	numa_print(s, &boot);
	if (!boot.why && !s->options.keep) {
		unlink(log);
		unlink(script);
	}
	free(boot.why);
	numa_output_free(&boot.output);
	boot_argv_free(argv);
	free(script);
	free(log);
}

static void boot_all(struct session *s)
{
	const char *placement = s->options.placement;

	if (strcmp(placement, "off"))
		boot_once(s, true, false);
	if (!strcmp(placement, "both") && !process_interrupted())
		boot_once(s, false, true);
	if (!strcmp(placement, "off"))
		boot_once(s, false, false);
}

/* --- options ---------------------------------------------------------------------------------- */

/* Checks for the mark of a Linux kernel's boot protocol: QEMU's messages about other files do not
   help. */
static bool is_kernel(const char *path)
{
	enum { MARK_AT = 0x202, MARK_BYTES = 4 };
	char mark[MARK_BYTES] = {0};
	FILE *file = fopen(path, "re");
	bool good = file && !fseek(file, MARK_AT, SEEK_SET) &&
		    fread(mark, 1, MARK_BYTES, file) == MARK_BYTES &&
		    !memcmp(mark, "HdrS", MARK_BYTES);

	if (file)
		fclose(file);
	return good;
}

static int numa_parse(struct session *s, int argc, char **argv)
{
	struct options *o = &s->options;
	const struct cmd_option options[] = {
		{"nodes", CMD_NUMBER, &o->nodes, 2, BOOT_MAX_NODES, NULL},
		{"cpus", CMD_NUMBER, &o->cpus, 2, NUMA_MAX_CPUS, NULL},
		{"accel", CMD_TEXT, &o->accel, 0, 0, NULL},
		{"placement", CMD_TEXT, &o->placement, 0, 0, NULL},
		{"kernel", CMD_TEXT, &o->kernel, 0, 0, NULL},
		{"timeout", CMD_NUMBER, &o->seconds, 1, 3600, NULL},
		{"keep", CMD_FLAG, &o->keep, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL},
	};
	int nr_words, status;

	*o = (struct options){
		.accel = "tcg", .placement = "both", .cpus = DEFAULT_CPUS, .nodes = DEFAULT_NODES};
	status = cmd_parse(&cmd_numa, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status != CMD_OK)
		return status;
	if (nr_words)
		return cmd_usage(&cmd_numa, "%s: no word was expected", argv[1]);
	if (strcmp(o->accel, "tcg") && strcmp(o->accel, "kvm"))
		return cmd_usage(&cmd_numa, "--accel %s: tcg or kvm was expected", o->accel);
	if (strcmp(o->placement, "on") && strcmp(o->placement, "off") &&
	    strcmp(o->placement, "both"))
		return cmd_usage(&cmd_numa, "--placement %s: on, off or both was expected",
				 o->placement);
	if (o->nodes > o->cpus)
		return cmd_usage(&cmd_numa, "--nodes %u: more nodes than CPUs", (unsigned)o->nodes);
	if (!cmd_can_read(o->kernel))
		return CMD_USAGE;
	if (o->kernel && !is_kernel(o->kernel))
		return cmd_bad_input(o->kernel, 1, "a Linux kernel (bzImage)");
	if (!strcmp(o->accel, "kvm") && access("/dev/kvm", R_OK | W_OK))
		return cmd_usage(&cmd_numa, "--accel kvm: /dev/kvm cannot be opened");
	if (!cmd_can_write(o->json))
		return CMD_USAGE;
	if (!o->seconds)
		o->seconds = LIMIT_SECONDS + LIMIT_SECONDS_PER_CPU * o->cpus;
	s->machine = (struct boot_machine){
		.name = "numa", .nr_cpus = (uint32_t)o->cpus, .nr_nodes = (uint32_t)o->nodes};
	return CMD_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Returns false when something is missing: see s->skipped. */
static bool find_tools(struct session *s)
{
	if (!program_exists(QEMU))
		s->skipped = g_strdup("there is no " QEMU " (package qemu-system-x86)");
	else if (!program_exists("cpio"))
		s->skipped = g_strdup("there is no cpio (package cpio)");
	return !s->skipped;
}

/* Likewise. */
static bool find_parts(struct session *s)
{
	s->initramfs = numa_initramfs_make(&s->skipped);
	if (s->initramfs)
		s->kernel = s->options.kernel ? strdup(s->options.kernel) :
						numa_kernel_find(&s->skipped);
	return s->kernel != NULL;
}

static bool write_json(const struct session *s)
{
	const char *kernel = s->kernel ? strrchr(s->kernel, '/') : NULL;
	json_t *all = json_pack(
		"{s:s, s:s?, s:i, s:i, s:i, s:i, s:i, s:s?, s:O}", "accelerator", s->options.accel,
		"kernel", kernel ? kernel + 1 : s->kernel, "cpus", (int)s->machine.nr_cpus, "nodes",
		(int)s->machine.nr_nodes, "passed", (int)s->nr_passed, "failed", (int)s->nr_failed,
		"skipped", s->skipped != NULL, "skipped_because", s->skipped, "boots", s->boots);
	bool good = json_write_file(s->options.json, all, JSON_INDENT(1) | JSON_REAL_PRECISION(6));

	json_decref(all);
	return good;
}

static int boot_and_report(struct session *s)
{
	static const char *const targets[] = {"guest", NULL};
	char *made = cmd_path("build/numa");
	bool ready = cmd_make_folders(s->folder) && cmd_make_folders(made);

	free(made);
	if (!ready)
		return CMD_USAGE;
	if (find_tools(s) && !flavour_build_own(targets))
		return flavour_failed();
	if (!s->skipped && find_parts(s))
		boot_all(s);
	else if (process_interrupted())
		return CMD_FOUND;
	if (s->skipped)
		fprintf(s->out, "skipped: %s\n", s->skipped);
	fprintf(s->out, "%u passed, %u failed, %d skipped\n", s->nr_passed, s->nr_failed,
		s->skipped != NULL);
	if (s->options.json && !write_json(s))
		return CMD_USAGE;
	return s->nr_failed || process_interrupted() ? CMD_FOUND : CMD_OK;
}

static int cmd_numa_run(int argc, char **argv)
{
	struct session s = {.out = stdout};
	int status = numa_parse(&s, argc, argv);

	if (status != CMD_OK)
		return status;
	if (s.options.json && !strcmp(s.options.json, "-"))
		s.out = stderr;
	s.boots = json_array();
	s.folder = cmd_path("reports/out/numa");
	status = boot_and_report(&s);
	json_decref(s.boots);
	free(s.skipped);
	free(s.kernel);
	free(s.initramfs);
	free(s.folder);
	return status;
}

const struct cmd cmd_numa = {
	.name = "numa",
	.run = cmd_numa_run,
};
