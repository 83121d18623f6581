/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tools_child.h - inside of tools.c: how a child is started and how its output comes back. */
#ifndef TOOLS_CHILD_H
#define TOOLS_CHILD_H

#include "harness/cli/tools.h"

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

enum { TOOL_STDOUT, TOOL_STDERR, TOOL_NR_STREAMS };

struct tool_stream {
	int fd; /* our end of the pipe; -1: none, or at its end */
	void (*line)(void *context, const char *line, size_t bytes);
	FILE *file;   /* a copy of what comes; NULL: none */
	char *buffer; /* the line so far */
	size_t bytes;
};

struct tool_child {
	pid_t pid; /* also of its process group, unless to_user */
	struct tool_stream streams[TOOL_NR_STREAMS];
	const char *refused; /* of the tool's files the one that could not be opened; or NULL */
};

/* Starts it; mask: the signals it has blocked. 0, or why not (errno). */
int tool_child_start(struct tool_child *child, const struct tool *tool, const sigset_t *mask);
/* Takes what is there, hands out whole lines. */
void tool_stream_read(struct tool_stream *stream, const struct tool *tool);
/* Reads the rest; closes everything. */
void tool_child_finish(struct tool_child *child, const struct tool *tool);

#endif
