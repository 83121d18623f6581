/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record_kernel.c - a separate tracefs instance, so that other tracing is not disturbed.
 *
 *	instances/pcpu-lab-PID/	buffer_size_kb, options/hash-ptr, events/percpu/.../enable,
 *				trace_pipe
 */
#include "harness/cli/replay/record.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_KB = 8192, PIPE_BYTES = 1 << 16, MAX_LINE = 4096 };

struct record_kernel {
	char folder[512];
	int pipe;
	char line[MAX_LINE]; /* the start of a line that is incomplete so far */
	size_t nr;
};

static const char *const mounts[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
/* The first two must be there. */
static const char *const events[] = {
	"percpu_alloc_percpu", "percpu_free_percpu", "percpu_create_chunk", "percpu_destroy_chunk",
};
enum { NR_NEEDED = 2, NR_EVENTS = sizeof(events) / sizeof(events[0]) };

static const char *find_tracefs(char why[256])
{
	char path[512];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/instances", mounts[i]);
		if (access(path, F_OK))
			continue;
		snprintf(path, sizeof(path), "%s/events/percpu/%s/enable", mounts[i], events[0]);
		if (!access(path, F_OK))
			return mounts[i];
		snprintf(why, 256, "this kernel has no tracepoint percpu:%s", events[0]);
		return NULL;
	}
	snprintf(why, 256, "tracefs is not mounted (mount -t tracefs tracefs %s)", mounts[0]);
	return NULL;
}

static bool write_word(const struct record_kernel *kernel, const char *name, const char *word)
{
	char path[1024];
	size_t nr = strlen(word);
	int file;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", kernel->folder, name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	ok = write(file, word, nr) == (ssize_t)nr;
	close(file);
	return ok;
}

static bool switch_on(struct record_kernel *kernel, char why[256])
{
	char size[16], name[128], path[1024];

	snprintf(size, sizeof(size), "%d", BUFFER_KB);
	write_word(kernel, "buffer_size_kb", size); /* a smaller one works: losses are reported */
	write_word(kernel, "options/hash-ptr", "0"); /* hashed pointers work too, but may collide */
	/* An order across CPUs that no clock blurs; with the usual clock it is nearly as good. */
	write_word(kernel, "trace_clock", "counter");
	/* Chunks first: an object must not come before its chunk. */
	for (int i = NR_EVENTS - 1; i >= 0; i--) {
		snprintf(name, sizeof(name), "events/percpu/%s/enable", events[i]);
		if (!write_word(kernel, name, "1") && i < NR_NEEDED) {
			snprintf(why, 256, "percpu:%s cannot be switched on: %s", events[i],
				 strerror(errno));
			return false;
		}
	}
	snprintf(path, sizeof(path), "%s/trace_pipe", kernel->folder);
	kernel->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel->pipe < 0)
		snprintf(why, 256, "trace_pipe cannot be opened: %s", strerror(errno));
	return kernel->pipe >= 0;
}

struct record_kernel *record_kernel_open(char why[256])
{
	struct record_kernel *kernel;
	const char *mount;

	if (geteuid() != 0) {
		snprintf(why, 256, "reading the kernel's tracepoints takes root");
		return NULL;
	}
	mount = find_tracefs(why);
	if (!mount)
		return NULL;
	kernel = g_malloc0(sizeof(*kernel));
	kernel->pipe = -1;
	snprintf(kernel->folder, sizeof(kernel->folder), "%s/instances/pcpu-lab-%d", mount,
		 (int)getpid());
	if (mkdir(kernel->folder, 0700)) {
		snprintf(why, 256, "no tracing instance can be made below %s: %s", mount,
			 strerror(errno));
		free(kernel);
		return NULL;
	}
	if (!switch_on(kernel, why)) {
		char ignored[256];

		record_kernel_close(kernel, NULL, ignored);
		return NULL;
	}
	return kernel;
}

static void take_bytes(struct record_kernel *kernel, struct record *record, const char *bytes,
		       size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (bytes[i] == '\n') {
			record_line(record, kernel->line, kernel->nr);
			kernel->nr = 0;
		} else if (kernel->nr < MAX_LINE) {
			kernel->line[kernel->nr++] = bytes[i];
		}
	}
}

void record_kernel_read(struct record_kernel *kernel, struct record *record)
{
	static char bytes[PIPE_BYTES];
	ssize_t nr;

	while ((nr = read(kernel->pipe, bytes, sizeof(bytes))) > 0)
		take_bytes(kernel, record, bytes, (size_t)nr);
}

bool record_kernel_close(struct record_kernel *kernel, struct record *record, char why[256])
{
	bool ok;

	write_word(kernel, "tracing_on", "0");
	if (kernel->pipe >= 0) {
		if (record)
			record_kernel_read(kernel, record);
		close(kernel->pipe);
	}
	ok = !rmdir(kernel->folder);
	if (!ok)
		snprintf(why, 256, "the tracing instance %.180s is left behind: %s",
			 kernel->folder, strerror(errno));
	free(kernel);
	return ok;
}
