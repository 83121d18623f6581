/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_boot.c - `pcpu-lab boot`: runs the image under QEMU, on one machine or several.
 *
 *	machines -> boots, some at a time -> evaluated (boot_evaluate.c) -> a line each, JSON
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/memory_file.h"

/* The image maps 4 GiB to itself, of which QEMU keeps the last quarter for devices. */
enum { DEFAULT_SECONDS = 120, MAX_RUNS = 64, MAX_JOBS = 64, BOOT_LEAST_MB = 16,
       BOOT_MOST_MB = 2048 };

struct session {
	/* The request. */
	const char *machine, *defect, *json;
	uint64_t cpus, nodes, memory_mb, seconds, nr_jobs;
	bool list, defects;
	char *tests; /* comma-separated; NULL: all */

	struct boot_lab lab;
	struct boot_machine own; /* --cpus, --nodes */
	struct boot_run runs[MAX_RUNS];
	char *names[MAX_RUNS]; /* of runs with a defect: MACHINE-DEFECT */
	size_t nr_runs;
	char *words; /* for the image's command line, or NULL */
	uint32_t nr_passed, nr_failed, nr_skipped;
	double started;
	FILE *out; /* text: stdout, or stderr when JSON goes to stdout */
};

/* --- what became of one ----------------------------------------------------------------------- */

static void boot_count(struct session *s, const struct boot_run *run)
{
	s->nr_passed += run->output.nr_ok;
	s->nr_skipped += run->output.nr_skipped + (run->skip != NULL);
	/* A failure without a failed test (a hang, another hash) counts once; an interrupt does not
	   count. */
	if (run->why && !run->result.interrupted)
		s->nr_failed += run->output.nr_not_ok ? run->output.nr_not_ok : 1;
}

static void note_end(void *context, struct boot_run *run)
{
	struct session *s = context;

	boot_count(s, run);
	boot_print(s->out, run);
}

/* --- options ---------------------------------------------------------------------------------- */

static int boot_list(void)
{
	printf("machines\n");
	for (const struct boot_machine *m = boot_machines; m->name; m++)
		printf("  %-14s %2u CPUs %2u nodes  %s\n", m->name, m->nr_cpus, m->nr_nodes,
		       m->why);
	printf("tests\n");
	boot_tests_list();
	printf("defects\n");
	boot_defects_list();
	return CMD_OK;
}

/* Joins them with commas, without duplicates. */
static int join_tests(struct session *s, int nr_words, char **argv)
{
	char *text;
	size_t bytes;
	FILE *out = memory_file_open(&text, &bytes);
	int status = CMD_OK;

	for (int i = 1; i <= nr_words && status == CMD_OK; i++) {
		bool again = false;

		for (int j = 1; j < i; j++)
			again |= !strcmp(argv[i], argv[j]);
		if (!boot_is_test(argv[i]))
			status = cmd_usage(&cmd_boot, "%s: the image has no such test (see --list)",
					   argv[i]);
		else if (!again)
			fprintf(out, "%s%s", i > 1 ? "," : "", argv[i]);
	}
	memory_file_close(out);
	if (nr_words)
		s->tests = text;
	else
		free(text);
	return status;
}

static int check_options(struct session *s, int nr_words)
{
	if (strcmp(s->lab.accel, "tcg") && strcmp(s->lab.accel, "kvm"))
		return cmd_usage(&cmd_boot, "--accel %s: tcg or kvm was expected", s->lab.accel);
	if (s->defect && !boot_defect_find(s->defect))
		return cmd_usage(&cmd_boot, "--defect %s: no such defect (see --list)", s->defect);
	if (s->defects && (nr_words || s->defect || s->machine || s->cpus || s->nodes))
		return cmd_usage(&cmd_boot, "--defects brings its own machine and tests: neither "
					    "TEST, --defect, --machine, --cpus nor --nodes was "
					    "expected");
	if (s->machine && (s->cpus || s->nodes))
		return cmd_usage(&cmd_boot,
				 "only one of --machine and --cpus, --nodes was expected");
	if (s->nodes > (s->cpus ? s->cpus : 8))
		return cmd_usage(&cmd_boot, "--nodes %u: more nodes than CPUs", (unsigned)s->nodes);
	return CMD_OK;
}

static int boot_parse(struct session *s, int argc, char **argv)
{
	const struct cmd_option options[] = {
		{"machine", CMD_TEXT, &s->machine, 0, 0, NULL},
		{"cpus", CMD_NUMBER, &s->cpus, 1, BOOT_MAX_CPUS, NULL},
		{"nodes", CMD_NUMBER, &s->nodes, 1, BOOT_MAX_NODES, NULL},
		{"memory", CMD_NUMBER, &s->memory_mb, BOOT_LEAST_MB, BOOT_MOST_MB, NULL},
		{"accel", CMD_TEXT, &s->lab.accel, 0, 0, NULL},
		{"trace", CMD_TEXT, &s->lab.trace, 0, 0, NULL},
		{"defect", CMD_TEXT, &s->defect, 0, 0, NULL},
		{"defects", CMD_FLAG, &s->defects, 0, 0, NULL},
		{"timeout", CMD_NUMBER, &s->seconds, 1, 3600, NULL},
		{"jobs", CMD_NUMBER, &s->nr_jobs, 1, MAX_JOBS, NULL},
		{"list", CMD_FLAG, &s->list, 0, 0, NULL},
		{"keep", CMD_FLAG, &s->lab.keep, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &s->json, 0, 0, NULL},
	};
	long nr_host_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int nr_words, status;

	s->lab.accel = "tcg";
	s->seconds = DEFAULT_SECONDS;
	s->nr_jobs = nr_host_cpus < 1	     ? 1 :
		     nr_host_cpus > MAX_JOBS ? MAX_JOBS :
					       (uint64_t)nr_host_cpus;
	status = cmd_parse(&cmd_boot, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status == CMD_OK)
		status = join_tests(s, nr_words, argv);
	s->lab.seconds = (double)s->seconds;
	s->lab.memory_mb = (uint32_t)s->memory_mb;
	s->lab.nr_jobs = (unsigned)s->nr_jobs;
	return status == CMD_OK ? check_options(s, nr_words) : status;
}

/* --- which machines --------------------------------------------------------------------------- */

static int add_run(struct session *s, const struct boot_machine *machine)
{
	if (s->nr_runs == MAX_RUNS)
		return cmd_usage(&cmd_boot, "--machine: at most %d were expected", MAX_RUNS);
	for (size_t i = 0; i < s->nr_runs; i++)
		if (s->runs[i].machine == machine)
			return CMD_OK;
	s->runs[s->nr_runs++] = (struct boot_run){.machine = machine,
						  .image = machine->image,
						  .name = machine->name,
						  .tests = s->tests};
	return CMD_OK;
}

/* Adds a word of --machine: a machine's name, quick, or all. */
static int add_machines(struct session *s, const char *word)
{
	const struct boot_machine *one = boot_machine_find(word);
	bool all = !strcmp(word, "all"), quick = !strcmp(word, "quick");
	int status = CMD_OK;

	if (one)
		return add_run(s, one);
	if (!all && !quick)
		return cmd_usage(&cmd_boot, "--machine %s: no such machine (see --list)", word);
	for (const struct boot_machine *m = boot_machines; m->name && status == CMD_OK; m++)
		if (all || m->quick)
			status = add_run(s, m);
	return status;
}

static int choose_machines(struct session *s)
{
	char *words = g_strdup(s->machine ? s->machine : "standard"), *rest = words, *word;
	int status = CMD_OK;

	if (s->cpus || s->nodes) {
		s->own = (struct boot_machine){.name = "own",
					       .why = "of --cpus and --nodes",
					       .nr_cpus = s->cpus ? (uint32_t)s->cpus : 8,
					       .nr_nodes = s->nodes ? (uint32_t)s->nodes : 1};
		s->own.no_slit = s->own.nr_nodes == 1;
		status = add_run(s, &s->own);
	} else {
		while (status == CMD_OK && (word = strsep(&rest, ",")) != NULL)
			status = add_machines(s, word);
	}
	free(words);
	return status;
}

/* A planted defect is in one image only. Its log has its own name, to keep the log without the
   defect. */
static void boot_plant(struct session *s)
{
	const struct boot_defect *defect = s->defect ? boot_defect_find(s->defect) : NULL;

	if (!defect)
		return;
	s->words = g_strdup_printf("defect=%s", s->defect);
	for (size_t i = 0; i < s->nr_runs; i++) {
		s->names[i] = g_strdup_printf("%s-%s", s->runs[i].name, s->defect);
		s->runs[i].name = s->names[i];
		s->runs[i].words = s->words;
		if (defect->image != BOOT_GCC)
			s->runs[i].image = defect->image;
	}
}

/* Returns why an AArch64 cannot run the request, or NULL. */
static const char *not_on_arm64(const struct session *s)
{
	const struct boot_defect *defect = s->defect ? boot_defect_find(s->defect) : NULL;

	if (defect && defect->image == BOOT_ZOO)
		return "the zoo's defects are in an image for x86-64 only";
	if (defect && boot_needs_x86(defect->tests))
		return "the defect is in what only an x86-64 has";
	if (s->tests && boot_needs_x86(s->tests))
		return "only an x86-64 has such a test (see --list)";
	return NULL;
}

/* Marks runs that cannot be booted here as skipped. */
static void skip_what_cannot(struct session *s)
{
	for (size_t i = 0; i < s->nr_runs; i++) {
		struct boot_run *run = &s->runs[i];

		run->skip = s->lab.missing[run->image];
		if (boot_is_arm64(run->machine->image) && not_on_arm64(s))
			run->skip = not_on_arm64(s);
		if (run->machine->single_step && strcmp(s->lab.accel, "tcg"))
			run->skip = "only tcg goes in single steps";
	}
}

/* --- results ---------------------------------------------------------------------------------- */

/* Writes keys that the report shows unchanged; `machines` and `defects` have the details. */
static bool write_json(const struct session *s, json_t *defects)
{
	json_t *machines = json_array(), *all;
	bool good;

	for (size_t i = 0; i < s->nr_runs; i++)
		json_array_append_new(machines, boot_run_json(&s->runs[i]));
	all = json_pack("{s:s, s:i, s:i, s:i, s:i, s:f, s:o, s:O?}", "accelerator", s->lab.accel,
			"machines_booted", (int)s->nr_runs, "passed", (int)s->nr_passed, "failed",
			(int)s->nr_failed, "skipped", (int)s->nr_skipped, "seconds",
			clock_seconds() - s->started, "machines", machines, "defects", defects);
	good = json_write_file(s->json, all, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(all);
	return good;
}

static void count_defects(struct session *s, const json_t *defects)
{
	const json_t *defect;
	size_t i;

	json_array_foreach(defects, i, defect)
	{
		if (json_is_string(json_object_get(defect, "skip")))
			s->nr_skipped++;
		else if (json_is_true(json_object_get(defect, "found")))
			s->nr_passed++;
		else
			s->nr_failed++;
	}
}

static int boot_all(struct session *s)
{
	json_t *defects = NULL;
	int status = CMD_OK;

	s->started = clock_seconds();
	if (s->defects)
		defects = boot_defects_run(&s->lab, s->out);
	else
		boot_runs(&s->lab, s->runs, s->nr_runs, note_end, s);
	count_defects(s, defects);
	fprintf(s->out, "%u passed, %u failed, %u skipped\n", s->nr_passed, s->nr_failed,
		s->nr_skipped);
	if (s->json && !write_json(s, defects))
		status = CMD_USAGE;
	else if (s->nr_failed || process_interrupted())
		status = CMD_FOUND;
	json_decref(defects);
	return status;
}

static int run_boot(int argc, char **argv)
{
	static struct session s;
	int status;

	s.out = stdout;
	status = boot_parse(&s, argc, argv);
	if (status == CMD_OK && s.list)
		return boot_list();
	if (status == CMD_OK && !s.defects)
		status = choose_machines(&s);
	if (s.json && !strcmp(s.json, "-"))
		s.out = stderr;
	boot_plant(&s);
	if (status == CMD_OK && !cmd_can_write(s.json))
		status = CMD_USAGE;
	if (status == CMD_OK)
		status = boot_lab_prepare(&s.lab, s.runs, s.nr_runs);
	skip_what_cannot(&s);
	if (status == CMD_OK)
		status = boot_all(&s);
	for (size_t i = 0; i < s.nr_runs; i++) {
		boot_run_free(&s.runs[i]);
		free(s.names[i]);
	}
	boot_lab_free(&s.lab);
	free(s.words);
	free(s.tests);
	return status;
}

const struct cmd cmd_boot = {
	.name = "boot",
	.run = run_boot,
};
