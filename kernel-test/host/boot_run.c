/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_run.c - runs boots, several at a time.
 *
 *	runs:	[ended][ended][boots][ended][boots][waits][waits]
 *			      ^first		   ^next
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/progress.h"

enum { GRACE_SECONDS = 1 };

struct boot_run_parts {
	struct process process;
	struct process_job job;
	char **argv, *log, *script;
};

char *boot_run_path(const char *name, const char *suffix)
{
	return cmd_path("reports/out/boot/%s.%s", name, suffix);
}

static void note_line(void *context, const char *line, size_t bytes)
{
	struct boot_run *run = context;

	boot_output_line(&run->output, line);
}

/* Takes QEMU's own messages. A guest that KVM cannot continue is paused for ever, and QEMU keeps
   running. */
static void note_complaint(void *context, const char *line, size_t bytes)
{
	struct boot_run *run = context;

	if (strstr(line, "KVM internal error") || strstr(line, "kvm run failed"))
		snprintf(run->paused, sizeof(run->paused), "%s", line);
}

static bool goes_on(void *context, double seconds)
{
	const struct boot_run *run = context;

	return !run->paused[0];
}

static char *append_words(const struct boot_run *run)
{
	return g_strdup_printf("%s%s%s%s", run->tests ? "test=" : "", run->tests ? run->tests : "",
			       run->words ? " " : "", run->words ? run->words : "");
}

/* Writes the script at once, so that a hanging boot can be repeated elsewhere. */
static void boot_start(const struct boot_lab *lab, struct boot_run *run)
{
	struct boot_run_parts *parts = g_new0(struct boot_run_parts, 1);
	char *append = append_words(run);
	const struct boot_launch launch = {.machine = run->machine,
					   .image = lab->images[run->image],
					   .accel = lab->accel,
					   .module = lab->trace_file,
					   .memory_mb = lab->memory_mb,
					   .append = append};

	run->parts = parts;
	parts->argv = boot_argv(&launch);
	parts->log = boot_run_path(run->name, "log");
	parts->script = boot_run_path(run->name, "sh");
	parts->process = (struct process){
		.argv = (const char *const *)parts->argv,
		.out_file = parts->log,
		.out_line = note_line,
		.err_file = parts->log,
		.err_line = note_complaint,
		.append = true,
		.timeout_seconds = lab->seconds,
		.grace_seconds = GRACE_SECONDS,
		.tick = goes_on,
		.context = run,
	};
	unlink(parts->log);
	boot_write_script(parts->script, parts->argv,
			  "Exit status 33 and a whole TAP plan: it passed.");
	process_start(&parts->job, &parts->process);
	free(append);
}

static void boot_finish(const struct boot_lab *lab, struct boot_run *run)
{
	struct boot_run_parts *parts = run->parts;

	run->parts = NULL;
	run->result = parts->job.result;
	run->why = boot_evaluate(lab, run);
	if (!run->why && !lab->keep) {
		unlink(parts->log);
		unlink(parts->script);
	}
	boot_argv_free(parts->argv);
	free(parts->script);
	free(parts->log);
	free(parts);
}

static size_t count_running(const struct boot_run *runs, size_t from, size_t to)
{
	size_t nr = 0;

	for (; from < to; from++)
		nr += runs[from].parts != NULL;
	return nr;
}

static void boot_show(const struct boot_run *runs, size_t from, size_t to, size_t nr)
{
	for (; from < to; from++)
		if (runs[from].parts)
			break;
	if (from < to)
		progress_show("boot %zu/%zu  %s, %u tests", to, nr, runs[from].name,
			      runs[from].output.nr_ok);
}

/* Handles boots that have ended; moves `first` past them. */
static void boot_collect(const struct boot_lab *lab, struct boot_run *runs, size_t *first,
			 size_t next, void (*done)(void *context, struct boot_run *run),
			 void *context)
{
	for (size_t i = *first; i < next; i++) {
		if (!runs[i].parts || runs[i].parts->job.running)
			continue;
		boot_finish(lab, &runs[i]);
		progress_clear();
		done(context, &runs[i]);
	}
	while (*first < next && !runs[*first].parts)
		++*first;
}

void boot_runs(const struct boot_lab *lab, struct boot_run *runs, size_t nr,
	       void (*done)(void *context, struct boot_run *run), void *context)
{
	size_t next = 0, first = 0;

	signals_hold();
	while (next < nr || count_running(runs, first, next)) {
		while (next < nr && count_running(runs, first, next) < lab->nr_jobs) {
			struct boot_run *run = &runs[next++];

			boot_output_init(&run->output);
			run->result = (struct process_result){.status = -1,
							      .interrupted = process_interrupted()};
			if (run->skip || run->result.interrupted)
				done(context, run);
			else
				boot_start(lab, run);
		}
		boot_show(runs, first, next, nr);
		if (count_running(runs, first, next))
			processes_wait();
		boot_collect(lab, runs, &first, next, done, context);
	}
	signals_release();
	progress_clear();
}

void boot_run_free(struct boot_run *run)
{
	boot_output_free(&run->output);
	free(run->why);
}
