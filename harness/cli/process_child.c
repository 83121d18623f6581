/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* process_child.c - from fork to exec, and a child's output as lines. */
#include "harness/cli/process_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 1 << 16 };

static const char *stream_file(const struct process *process, int stream)
{
	return stream == PROCESS_STDOUT ? process->out_file : process->err_file;
}

/* --- in the child ------------------------------------------------------------------------ */

/* Opens what the parent has not opened. */
static int open_for(const struct process *process, int stream)
{
	return stream_file(process, stream) ? dup(STDERR_FILENO) : open("/dev/null", O_RDWR);
}

/* Keeps our stderr until both are opened: "-" refers to it. */
static bool place_streams(const struct process *process, const int ours[PROCESS_NR_STREAMS])
{
	int fds[PROCESS_NR_STREAMS];
	int in = open("/dev/null", O_RDONLY);

	for (int i = 0; i < PROCESS_NR_STREAMS; i++) {
		fds[i] = ours[i] >= 0 ? ours[i] : open_for(process, i);
		if (fds[i] < 0)
			return false;
	}
	return in >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
	       dup2(fds[PROCESS_STDOUT], STDOUT_FILENO) >= 0 &&
	       dup2(fds[PROCESS_STDERR], STDERR_FILENO) >= 0;
}

static void set_environment(const struct process *process)
{
	for (const char *const *word = process->environment; word && *word; word++)
		putenv((char *)(uintptr_t)*word);
}

_Noreturn static void become(const struct process *process, const int ours[PROCESS_NR_STREAMS],
			     const sigset_t *mask, pid_t parent, int report_pipe)
{
	bool ok = true;
	int error;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* the parent ended before prctl() */
		_exit(127);
	if (process->to_user)
		signal(SIGXFSZ, SIG_DFL); /* only this program ignores it */
	else
		ok = !setpgid(0, 0) && place_streams(process, ours);
	ok = ok && (!process->directory || !chdir(process->directory));
	if (ok) {
		set_environment(process);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
	}
	error = errno;
	_exit(write(report_pipe, &error, sizeof(error)) == sizeof(error) ? 127 : 126);
}

/* --- in the parent ----------------------------------------------------------------------- */

/* Both streams may go to one file: O_APPEND, so that neither overwrites the other. */
static int open_file(const char *file, bool append)
{
	int how = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;

	return open(file, append ? how : how | O_TRUNC, 0666);
}

/* Makes a pipe for the stream's lines, and opens the copy. */
static bool make_pipe(struct process_stream *stream, int file, int *theirs)
{
	int ends[2];

	if (file >= 0)
		stream->file = fdopen(file, "w");
	stream->buffer = malloc(LINE_BYTES);
	if ((file >= 0 && !stream->file) || !stream->buffer || pipe2(ends, O_CLOEXEC))
		return false;
	stream->fd = ends[0];
	fcntl(stream->fd, F_SETFL, O_NONBLOCK);
	*theirs = ends[1];
	return true;
}

/* Prepares one stream; *theirs: the child's end, or -1 when the child opens it. Files are opened
   here, so that an error names the file. */
static bool make_stream(struct process_child *child, const struct process *process, int which,
			int *theirs)
{
	struct process_stream *stream = &child->streams[which];
	const char *file = stream_file(process, which);
	bool to_stderr = file && !strcmp(file, "-");
	int fd = -1;

	*theirs = -1;
	stream->line = which == PROCESS_STDOUT ? process->out_line : process->err_line;
	if (process->to_user)
		return true;
	if (file && !to_stderr) {
		fd = open_file(file, process->append);
		child->refused = fd < 0 ? file : NULL;
		if (fd < 0)
			return false;
	}
	if (!stream->line) {
		*theirs = fd;
		return true;
	}
	stream->file = to_stderr ? stderr : NULL;
	return make_pipe(stream, fd, theirs);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Waits for the child's exec. Returns 0, or its errno. */
static int await_exec(int report_pipe)
{
	int error = 0;
	ssize_t nr;

	do
		nr = read(report_pipe, &error, sizeof(error));
	while (nr < 0 && errno == EINTR);
	close(report_pipe);
	return nr == sizeof(error) ? error : 0;
}

static int fork_child(struct process_child *child, const struct process *process,
		      const int theirs[], const sigset_t *mask)
{
	pid_t parent = getpid();
	int report_pipe[2];

	if (pipe2(report_pipe, O_CLOEXEC))
		return errno;
	fflush(NULL);
	child->pid = fork();
	if (child->pid == 0)
		become(process, theirs, mask, parent, report_pipe[1]);
	close(report_pipe[1]);
	if (child->pid < 0) {
		close(report_pipe[0]);
		return EAGAIN;
	}
	return await_exec(report_pipe[0]);
}

int process_child_start(struct process_child *child, const struct process *process,
			const sigset_t *mask)
{
	int theirs[PROCESS_NR_STREAMS] = {-1, -1};
	int error = 0;

	*child = (struct process_child){.pid = -1};
	for (int i = 0; i < PROCESS_NR_STREAMS; i++)
		child->streams[i].fd = -1;
	for (int i = 0; i < PROCESS_NR_STREAMS && !error; i++) {
		if (!make_stream(child, process, i, &theirs[i]))
			error = errno ? errno : ENOMEM;
	}
	if (!error)
		error = fork_child(child, process, theirs, mask);
	for (int i = 0; i < PROCESS_NR_STREAMS; i++)
		close_if_open(theirs[i]);
	if (error) {
		if (child->pid > 0)
			waitpid(child->pid, NULL, 0);
		process_child_finish(child, process);
	}
	return error;
}

static void end_line(struct process_stream *stream, const struct process *process)
{
	stream->buffer[stream->bytes] = '\0';
	stream->line(process->context, stream->buffer, stream->bytes);
	stream->bytes = 0;
}

static void take_bytes(struct process_stream *stream, const struct process *process, const char *at,
		       size_t bytes)
{
	if (stream->file)
		fwrite(at, 1, bytes, stream->file);
	for (size_t i = 0; i < bytes; i++) {
		if (at[i] == '\n')
			end_line(stream, process);
		else if (stream->bytes < LINE_BYTES - 1) /* the rest is cut */
			stream->buffer[stream->bytes++] = at[i];
	}
}

void process_stream_read(struct process_stream *stream, const struct process *process)
{
	char bytes[1 << 14];
	ssize_t nr = read(stream->fd, bytes, sizeof(bytes));

	if (nr > 0) {
		take_bytes(stream, process, bytes, (size_t)nr);
		return;
	}
	if (nr < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	close(stream->fd);
	stream->fd = -1;
}

/* Reads what is left in the pipe after its writers have ended. */
static void child_drain(struct process_stream *stream, const struct process *process)
{
	char bytes[1 << 14];
	ssize_t nr;

	while ((nr = read(stream->fd, bytes, sizeof(bytes))) > 0)
		take_bytes(stream, process, bytes, (size_t)nr);
	close(stream->fd);
	stream->fd = -1;
}

void process_child_finish(struct process_child *child, const struct process *process)
{
	for (int i = 0; i < PROCESS_NR_STREAMS; i++) {
		struct process_stream *stream = &child->streams[i];

		if (stream->fd >= 0)
			child_drain(stream, process);
		if (stream->bytes)
			end_line(stream, process);
		if (stream->file && stream->file != stderr)
			fclose(stream->file);
		free(stream->buffer);
		*stream = (struct process_stream){.fd = -1};
	}
}
