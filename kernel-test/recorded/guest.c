/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * guest.c - as the only program of a guest: mounts, traces, makes traffic, brings out what was
 * traced.
 *
 *	/dev/kmsg ---------> debug console: port 0xe9, a file of the host
 *	tracefs: trace -->/
 */
#include "kernel-test/recorded/traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { DEBUG_PORT = 0xe9, ALL_PORTS = 3 };

#define TRACING "/sys/kernel/tracing"

static const char *const events[] = {
	"percpu_create_chunk", "percpu_destroy_chunk", "percpu_alloc_percpu", "percpu_free_percpu",
};

static bool guest_mount(const char *type, const char *at)
{
	mkdir(at, 0755);
	if (!mount(type, at, type, 0, NULL))
		return true;
	printf("# %s at %s: %s\n", type, at, strerror(errno));
	return false;
}

static bool write_word(const char *path, const char *word)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	bool good = file >= 0 && write(file, word, strlen(word)) == (ssize_t)strlen(word);

	if (!good)
		printf("# %s: %s\n", path, strerror(errno));
	if (file >= 0)
		close(file);
	return good;
}

static void bring_out(const char *bytes, size_t nr)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(nr) : "d"(DEBUG_PORT) : "memory");
}

/* All that can be read without waiting. */
static void bring_out_file(const char *path)
{
	static char bytes[1 << 16];
	int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t nr;

	if (file < 0)
		printf("# %s: %s\n", path, strerror(errno));
	while (file >= 0 && (nr = read(file, bytes, sizeof(bytes))) > 0)
		bring_out(bytes, (size_t)nr);
	if (file >= 0)
		close(file);
}

static bool trace_start(void)
{
	char path[128];
	bool good = write_word(TRACING "/buffer_size_kb", "16384") &&
		    write_word(TRACING "/options/hash-ptr", "0") &&
		    /* The order of events across CPUs; an emulated machine's clock may stand. */
		    write_word(TRACING "/trace_clock", "counter");

	for (size_t i = 0; good && i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(path, sizeof(path), TRACING "/events/percpu/%s/enable", events[i]);
		good = write_word(path, "1");
	}
	return good && write_word(TRACING "/tracing_on", "1");
}

static bool groups_start(void)
{
	return guest_mount("cgroup2", "/groups") &&
	       write_word("/groups/cgroup.subtree_control", "+memory +pids +cpu +io");
}

int guest_run(struct traffic *traffic)
{
	guest_mount("proc", "/proc");
	guest_mount("sysfs", "/sys");
	guest_mount("devtmpfs", "/dev");
	guest_mount("tracefs", TRACING);
	mkdir("/mnt", 0755);
	traffic->folder = "/mnt";
	traffic->groups = groups_start() ? "/groups" : NULL;
	if (iopl(ALL_PORTS)) {
		printf("# the debug console cannot be reached: %s\n", strerror(errno));
	} else if (trace_start()) {
		traffic_make(traffic);
		write_word(TRACING "/tracing_on", "0");
		bring_out_file("/dev/kmsg");
		bring_out_file(TRACING "/trace");
		printf("recorded\n");
	}
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	return 1;
}
