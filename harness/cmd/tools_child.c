/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tools_child.c - from fork to exec, and a child's output as lines. */
#include "tools_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 1 << 16 };

static const char *stream_file(const struct tool *tool, int stream)
{
	return stream == TOOL_STDOUT ? tool->out_file : tool->err_file;
}

/* --- in the child ------------------------------------------------------------------------ */

static int open_for(const struct tool *tool, int stream)
{
	const char *file = stream_file(tool, stream);
	int how = tool->append ? O_APPEND : O_TRUNC;

	if (!file)
		return open("/dev/null", O_RDWR);
	if (!strcmp(file, "-"))
		return dup(STDERR_FILENO);
	return open(file, O_WRONLY | O_CREAT | how, 0666);
}

/* Our stderr is needed until both are opened: "-" means it. */
static bool place_streams(const struct tool *tool, const int pipes[TOOL_NR_STREAMS])
{
	int fds[TOOL_NR_STREAMS];
	int in = open("/dev/null", O_RDONLY);

	for (int i = 0; i < TOOL_NR_STREAMS; i++) {
		fds[i] = pipes[i] >= 0 ? pipes[i] : open_for(tool, i);
		if (fds[i] < 0)
			return false;
	}
	return in >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
	       dup2(fds[TOOL_STDOUT], STDOUT_FILENO) >= 0 &&
	       dup2(fds[TOOL_STDERR], STDERR_FILENO) >= 0;
}

static void set_environment(const struct tool *tool)
{
	for (const char *const *word = tool->environment; word && *word; word++)
		putenv((char *)(uintptr_t)*word);
}

_Noreturn static void become(const struct tool *tool, const int pipes[TOOL_NR_STREAMS],
			     const sigset_t *mask, pid_t parent, int tell)
{
	bool ok = true;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before we asked */
		_exit(127);
	if (!tool->to_user)
		ok = !setpgid(0, 0) && place_streams(tool, pipes);
	ok = ok && (!tool->directory || !chdir(tool->directory));
	if (ok) {
		set_environment(tool);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(tool->argv[0], (char *const *)(uintptr_t)tool->argv);
	}
	error = errno;
	_exit(write(tell, &error, sizeof(error)) == sizeof(error) ? 127 : 126);
}

/* --- in the parent ----------------------------------------------------------------------- */

/* One stream's pipe, if its lines are wanted; *theirs: the child's end, or -1. */
static bool make_stream(struct tool_stream *stream, const struct tool *tool, int which, int *theirs)
{
	const char *file = stream_file(tool, which);
	int ends[2];

	*theirs = -1;
	stream->line = which == TOOL_STDOUT ? tool->out_line : tool->err_line;
	if (tool->to_user || !stream->line)
		return true;
	if (file && !strcmp(file, "-"))
		stream->file = stderr;
	else if (file)
		stream->file = fopen(file, tool->append ? "ae" : "we");
	stream->buffer = malloc(LINE_BYTES);
	if ((file && !stream->file) || !stream->buffer || pipe2(ends, O_CLOEXEC))
		return false;
	stream->fd = ends[0];
	fcntl(stream->fd, F_SETFL, O_NONBLOCK);
	*theirs = ends[1];
	return true;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Waits for the child's exec: 0, or the errno that it met. */
static int await_exec(int tell)
{
	int error = 0;
	ssize_t nr;

	do
		nr = read(tell, &error, sizeof(error));
	while (nr < 0 && errno == EINTR);
	close(tell);
	return nr == sizeof(error) ? error : 0;
}

static int fork_child(struct tool_child *child, const struct tool *tool, const int theirs[],
		      const sigset_t *mask)
{
	pid_t parent = getpid();
	int tell[2];

	if (pipe2(tell, O_CLOEXEC))
		return errno;
	fflush(NULL);
	child->pid = fork();
	if (child->pid == 0)
		become(tool, theirs, mask, parent, tell[1]);
	close(tell[1]);
	if (child->pid < 0) {
		close(tell[0]);
		return EAGAIN;
	}
	return await_exec(tell[0]);
}

int tool_child_start(struct tool_child *child, const struct tool *tool, const sigset_t *mask)
{
	int theirs[TOOL_NR_STREAMS] = {-1, -1};
	int error = 0;

	*child = (struct tool_child){.pid = -1};
	for (int i = 0; i < TOOL_NR_STREAMS; i++)
		child->streams[i].fd = -1;
	for (int i = 0; i < TOOL_NR_STREAMS && !error; i++) {
		if (!make_stream(&child->streams[i], tool, i, &theirs[i]))
			error = errno ? errno : ENOMEM;
	}
	if (!error)
		error = fork_child(child, tool, theirs, mask);
	for (int i = 0; i < TOOL_NR_STREAMS; i++)
		close_if_open(theirs[i]);
	if (error) {
		if (child->pid > 0)
			waitpid(child->pid, NULL, 0);
		tool_child_finish(child, tool);
	}
	return error;
}

static void end_line(struct tool_stream *stream, const struct tool *tool)
{
	stream->buffer[stream->bytes] = '\0';
	stream->line(tool->context, stream->buffer, stream->bytes);
	stream->bytes = 0;
}

static void take_bytes(struct tool_stream *stream, const struct tool *tool, const char *at,
		       size_t bytes)
{
	if (stream->file)
		fwrite(at, 1, bytes, stream->file);
	for (size_t i = 0; i < bytes; i++) {
		if (at[i] == '\n')
			end_line(stream, tool);
		else if (stream->bytes < LINE_BYTES - 1) /* the rest is cut */
			stream->buffer[stream->bytes++] = at[i];
	}
}

void tool_stream_read(struct tool_stream *stream, const struct tool *tool)
{
	char bytes[1 << 14];
	ssize_t nr = read(stream->fd, bytes, sizeof(bytes));

	if (nr > 0) {
		take_bytes(stream, tool, bytes, (size_t)nr);
		return;
	}
	if (nr < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	close(stream->fd);
	stream->fd = -1;
}

/* What is still in the pipe: its writers are gone. */
static void drain(struct tool_stream *stream, const struct tool *tool)
{
	char bytes[1 << 14];
	ssize_t nr;

	while ((nr = read(stream->fd, bytes, sizeof(bytes))) > 0)
		take_bytes(stream, tool, bytes, (size_t)nr);
	close(stream->fd);
	stream->fd = -1;
}

void tool_child_finish(struct tool_child *child, const struct tool *tool)
{
	for (int i = 0; i < TOOL_NR_STREAMS; i++) {
		struct tool_stream *stream = &child->streams[i];

		if (stream->fd >= 0)
			drain(stream, tool);
		if (stream->bytes)
			end_line(stream, tool);
		if (stream->file && stream->file != stderr)
			fclose(stream->file);
		free(stream->buffer);
		*stream = (struct tool_stream){.fd = -1};
	}
}
