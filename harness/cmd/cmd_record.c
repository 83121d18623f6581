/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_record.c - records a trace of the running kernel while a command runs.
 *
 * R1  FILE is written whole, after the command has ended, or not at all.
 * R2  The tracing instance is removed on every way out; signals only end the command.
 */
#include "cmd.h"
#include "record.h"
#include "tools.h"

#include <lzma.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	const char *file;
	char **command;
	struct record *record;
	struct record_kernel *kernel;
};

static volatile sig_atomic_t signalled;

static void note_signal(int number)
{
	signalled = number;
}

/* Before the instance is made and after it is gone a signal may end us; in between it is noted. */
static void catch_signals(bool on)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on ? note_signal : SIG_DFL }, now;

	for (int i = 0; i < 3; i++) {
		sigaction(numbers[i], NULL, &now);
		if (now.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

static int parse(int argc, char **argv, struct job *job)
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "-o") || !strcmp(argv[i], "--output")) {
			if (++i == argc)
				return cmd_usage(&cmd_record, "-o wants a FILE");
			job->file = argv[i];
		} else if (argv[i][0] == '-') {
			return cmd_usage(&cmd_record, "no option '%s'", argv[i]);
		} else {
			break;
		}
	}
	i += i < argc && !strcmp(argv[i], "--");
	job->command = argv + i;
	if (!job->file)
		return cmd_usage(&cmd_record, "-o FILE is missing: where to write the trace");
	if (i >= argc)
		return cmd_usage(&cmd_record, "COMMAND is missing: what to run while recording");
	return CMD_OK;
}

static bool is_xz(const char *file)
{
	size_t nr = strlen(file);

	return nr > 3 && !strcmp(file + nr - 3, ".xz");
}

static bool write_xz(const char *file, const char *text, size_t bytes)
{
	size_t room = lzma_stream_buffer_bound(bytes), nr = 0;
	uint8_t *packed = malloc(room);
	bool ok = packed && lzma_easy_buffer_encode(9, LZMA_CHECK_CRC64, NULL,
						    (const uint8_t *)text, bytes, packed, &nr,
						    room) == LZMA_OK;

	if (!ok)
		fprintf(stderr, "lab record: no memory to compress %zu bytes\n", bytes);
	ok = ok && cmd_write_file(file, (const char *)packed, nr);
	free(packed);
	return ok;
}

static bool drain(void *context, double seconds)
{
	struct job *job = context;

	record_kernel_read(job->kernel, job->record);
	return true;
}

static bool run_command(struct job *job)
{
	struct tool tool = {
		.argv = (const char *const *)job->command, .to_user = true, .tick = drain,
		.context = job,
	};
	struct tool_result result;

	if (signalled)
		return false;
	if (tool_run(&tool, &result))
		return true;
	tool_tell(&tool, &result);
	return !result.spawn_errno && !signalled && !tool_interrupted();
}

static void tell(const struct job *job, size_t bytes)
{
	const struct record_counts *n = record_counts(job->record);

	fprintf(stderr,
		"%s: %llu allocations, %llu frees; left out: %llu frees of older objects\n",
		job->file, (unsigned long long)n->nr_allocs,
		(unsigned long long)(n->nr_frees + n->nr_implied),
		(unsigned long long)n->nr_unknown);
	if (n->nr_lost)
		fprintf(stderr, "warning: the kernel's buffer lost %llu events; %llu frees are made up\n",
			(unsigned long long)n->nr_lost, (unsigned long long)n->nr_implied);
	if (n->nr_bad)
		fprintf(stderr, "warning: %llu events could not be read\n",
			(unsigned long long)n->nr_bad);
}

static int finish(struct job *job, bool ran)
{
	char why[256];
	const char *text;
	size_t bytes;
	bool ok;

	if (!record_kernel_close(job->kernel, job->record, why))
		fprintf(stderr, "lab record: %s\n", why);
	catch_signals(false);
	if (!ran) {
		fprintf(stderr, "lab record: nothing was written\n");
		return CMD_USAGE;
	}
	text = record_text(job->record, &bytes);
	ok = is_xz(job->file) ? write_xz(job->file, text, bytes) :
				cmd_write_file(job->file, text, bytes);
	if (ok)
		tell(job, bytes);
	return ok ? CMD_OK : CMD_USAGE;
}

static int run(int argc, char **argv)
{
	struct job job = { 0 };
	char why[256];
	int status = parse(argc, argv, &job);

	if (status != CMD_OK)
		return status;
	if (!cmd_can_write(job.file)) /* told before the command runs, which may take long */
		return CMD_USAGE;
	catch_signals(true);
	job.kernel = record_kernel_open(why);
	if (!job.kernel) {
		catch_signals(false);
		return cmd_usage(&cmd_record, "%s", why);
	}
	job.record = record_create();
	status = finish(&job, run_command(&job));
	record_destroy(job.record);
	return status;
}

const struct cmd cmd_record = {
	.name = "record",
	.summary = "records a trace of the running kernel while a command runs",
	.help = "usage: lab record -o FILE -- COMMAND [ARGUMENT ...]\n"
		"\n"
		"Runs COMMAND and writes every percpu allocation and free of the whole kernel meanwhile to FILE,\n"
		"as `lab replay` reads it. FILE.xz is compressed; - is stdout.\n"
		"\n"
		"Needs root, tracefs and the tracepoints percpu:percpu_alloc_percpu and\n"
		"percpu:percpu_free_percpu. Frees of objects born before are left out. FILE is written whole or\n"
		"not at all.\n",
	.run = run,
};
