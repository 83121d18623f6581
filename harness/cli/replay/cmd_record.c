/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_record.c - records a trace of the running kernel while a command runs, or converts a text
 * that was recorded elsewhere (--from).
 *
 * R1  FILE is written completely, after the command has ended, or not at all.
 * R2  The tracing instance is removed on every way out; signals only end the command.
 */
#include "harness/cli/cmd.h"
#include "harness/cli/replay/record.h"
#include "harness/cli/process.h"

#include <lzma.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	const char *file, *from; /* from: NULL: the running kernel */
	uint64_t form;
	char **command;
	struct record *record;
	struct record_kernel *kernel;
};

static volatile sig_atomic_t signalled;

static void note_signal(int number)
{
	signalled = number;
}

/* Before the instance exists and after its removal a signal ends the program; in between it only
   sets a flag. */
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

static int record_parse(int argc, char **argv, struct job *job)
{
	const struct cmd_option options[] = {
		{"o", CMD_TEXT, &job->file, 0, 0, NULL},
		{"output", CMD_TEXT, &job->file, 0, 0, NULL},
		{"from", CMD_TEXT, &job->from, 0, 0, NULL},
		{"format", CMD_NUMBER, &job->form, 1, 2, NULL},
	};
	int nr_words, status = cmd_parse(&cmd_record, argc, argv, options, 4, &nr_words);

	if (status != CMD_OK)
		return status;
	job->command = argv + 1;
	if (!job->file)
		return cmd_usage(&cmd_record, "-o FILE is missing: where to write the trace");
	if (job->from && nr_words)
		return cmd_usage(&cmd_record, "--from reads a FILE: no COMMAND was expected");
	if (!job->from && !nr_words)
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
	size_t capacity = lzma_stream_buffer_bound(bytes), nr = 0;
	uint8_t *packed = malloc(capacity);
	bool ok =
		packed && lzma_easy_buffer_encode(9, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text,
						  bytes, packed, &nr, capacity) == LZMA_OK;

	if (!ok)
		fprintf(stderr, "lab record: no memory to compress %zu bytes\n", bytes);
	ok = ok && cmd_write_file(file, (const char *)packed, nr);
	free(packed);
	return ok;
}

static bool record_drain(void *context, double seconds)
{
	struct job *job = context;

	record_kernel_read(job->kernel, job->record);
	return true;
}

static bool run_command(struct job *job)
{
	struct process process = {
		.argv = (const char *const *)job->command,
		.to_user = true,
		.tick = record_drain,
		.context = job,
	};
	struct process_result result;

	if (signalled)
		return false;
	if (process_run(&process, &result))
		return true;
	process_explain(&process, &result);
	return !result.spawn_errno && !signalled && !process_interrupted();
}

static void record_print(const struct job *job, size_t bytes)
{
	const struct record_counts *n = record_counts(job->record);

	fprintf(stderr,
		"%s: %llu allocations, %llu frees; left out: %llu frees of older objects\n",
		job->file, (unsigned long long)n->nr_allocs,
		(unsigned long long)(n->nr_frees + n->nr_implied),
		(unsigned long long)n->nr_unknown);
	if (job->form == 2 && n->nr_chunks)
		fprintf(stderr, "%s: in %u chunks, %u of them created meanwhile\n", job->file,
			n->nr_chunks, n->nr_created);
	if (n->nr_lost)
		fprintf(stderr,
			"warning: the kernel's buffer lost %llu events; %llu frees are made up\n",
			(unsigned long long)n->nr_lost, (unsigned long long)n->nr_implied);
	if (n->nr_bad)
		fprintf(stderr, "warning: %llu events could not be read\n",
			(unsigned long long)n->nr_bad);
}

static int write_trace(struct job *job)
{
	size_t bytes;
	const char *text = record_text(job->record, &bytes);
	bool ok = is_xz(job->file) ? write_xz(job->file, text, bytes) :
				     cmd_write_file(job->file, text, bytes);

	if (ok)
		record_print(job, bytes);
	return ok ? CMD_OK : CMD_USAGE;
}

static int record_finish(struct job *job, bool ran)
{
	char why[256];

	if (!record_kernel_close(job->kernel, job->record, why))
		fprintf(stderr, "lab record: %s\n", why);
	catch_signals(false);
	if (!ran) {
		fprintf(stderr, "lab record: nothing was written\n");
		return CMD_USAGE;
	}
	return write_trace(job);
}

static int record_running(struct job *job)
{
	char why[256];

	catch_signals(true);
	job->kernel = record_kernel_open(why);
	if (!job->kernel) {
		catch_signals(false);
		return cmd_usage(&cmd_record, "%s", why);
	}
	return record_finish(job, run_command(job));
}

static int cmd_record_run(int argc, char **argv)
{
	struct job job = { .form = 2 };
	int status = record_parse(argc, argv, &job);

	if (status != CMD_OK)
		return status;
	if (!cmd_can_write(job.file)) /* report it before the command runs, which may take long */
		return CMD_USAGE;
	job.record = record_create(job.form == 2);
	if (!job.from)
		status = record_running(&job);
	else
		status = record_file(job.from, job.record) ? write_trace(&job) : CMD_USAGE;
	record_destroy(job.record);
	return status;
}

const struct cmd cmd_record = {
	.name = "record",
	.words_are_last = true,
	.run = cmd_record_run,
};
