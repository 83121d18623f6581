/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trial.c - runs one input in one process: see trial.h. */
#include "fuzz/crash/trial.h"
#include "fuzz/crash/trial_child.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINES = 4000, REPORT_LIMIT_MS = 1000 };

static void add_line(struct trial_lines *lines, const char *text)
{
	if (lines->nr == MAX_LINES)
		return;
	lines->line = g_renew(char *, lines->line, lines->nr + 1);
	lines->line[lines->nr] = g_strdup(text);
	for (char *at = lines->line[lines->nr++]; *at; at++)
		if (*at == '\n' || *at == '\r')
			*at = 0;
		else if (*at != '\t' && (*at < ' ' || *at == '\x7f'))
			*at = '?';
}

void trial_lines_free(struct trial_lines *lines)
{
	for (size_t i = 0; i < lines->nr; i++)
		free(lines->line[i]);
	free(lines->line);
	*lines = (struct trial_lines){0};
}

static pid_t fork_with_pipe(int pipe_fds[2])
{
	pid_t pid;

	memset(trial_left(), 0, sizeof(struct left));
	trial_must(!pipe2(pipe_fds, O_CLOEXEC));
	fflush(NULL);
	pid = fork();
	trial_must(pid >= 0);
	if (pid != 0)
		close(pipe_fds[1]);
	return pid;
}

/* Lines until the pipe ends. */
static void read_lines(int fd, struct finding *finding, struct trial_lines *lines)
{
	FILE *file = fdopen(fd, "r");
	char *line = NULL;
	size_t capacity = 0;

	trial_must(file != NULL);
	while (getline(&line, &capacity, file) >= 0) {
		line[strcspn(line, "\n")] = 0;
		if (finding)
			finding_take_line(finding, line);
		if (lines)
			add_line(lines, line);
	}
	free(line);
	fclose(file);
}

void trial_run(const struct fuzz_target *target, const uint8_t *bytes, size_t nr, unsigned limit_ms,
	       struct trial *trial, struct trial_lines *output)
{
	int fds[2];
	pid_t pid;

	*trial = (struct trial){0};
	pid = fork_with_pipe(fds);
	if (pid == 0) {
		trial_left()->cut_short = !output;
		trial_child_begin(fds[1], 2);
		trial_child_limit(limit_ms);
		trial_child_property(target, bytes, nr);
		_exit(0);
	}
	read_lines(fds[0], &trial->finding, output);
	trial_evaluate(trial, trial_wait(pid), limit_ms);
}

static void put_line(const char *text)
{
	puts(text);
}

struct trial_lines trial_describe(const struct trial_work *work)
{
	struct trial_lines lines = {0};
	int fds[2], status;
	pid_t pid = fork_with_pipe(fds);

	if (pid == 0) {
		trial_left()->cut_short = true;
		trial_child_begin(fds[1], 1);
		trial_child_limit(REPORT_LIMIT_MS);
		work->run(work, put_line);
		fflush(stdout);
		_exit(0);
	}
	read_lines(fds[0], NULL, &lines);
	status = trial_wait(pid);
	lines.whole = status == 0;
	return lines;
}
