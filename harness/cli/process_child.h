/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* process_child.h - internal to process.c: starts a child and reads its output. */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include "harness/cli/process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

enum { PROCESS_STDOUT, PROCESS_STDERR, PROCESS_NR_STREAMS };

struct process_stream {
	int fd; /* our end of the pipe; -1: none, or at its end */
	void (*line)(void *context, const char *line, size_t bytes);
	FILE *file;   /* a copy of the output; NULL: none */
	char *buffer; /* the line so far */
	size_t bytes;
};

struct process_child {
	pid_t pid; /* also its process group's id, unless to_user */
	struct process_stream streams[PROCESS_NR_STREAMS];
	const char *refused; /* the file that could not be opened; or NULL */
};

/* Starts it; mask: the signals it has blocked. Returns 0, or an errno. */
int process_child_start(struct process_child *child, const struct process *process,
			const sigset_t *mask);
/* Reads available output and passes on complete lines. */
void process_stream_read(struct process_stream *stream, const struct process *process);
/* Reads the rest; closes everything. */
void process_child_finish(struct process_child *child, const struct process *process);

#endif
