/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fake_machine.c - preloaded, makes a machine as busy and as full as a file says, which may change
 * while a program runs. FAKE_MACHINE names it: "LOAD FREE_BYTES IDLE_PERCENT".
 *
 * /proc/stat goes on by 100 jiffies each time that it is opened.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

typedef FILE *opener(const char *path, const char *mode);

static FILE *open_really(const char *path, const char *mode)
{
	union {
		void *symbol;
		opener *open;
	} next = {.symbol = dlsym(RTLD_NEXT, "fopen64")};

	return next.open(path, mode);
}

static void machine_read(double *load, unsigned long long *bytes, int *idle_percent)
{
	FILE *file = open_really(getenv("FAKE_MACHINE"), "re");

	if (!file || fscanf(file, "%lf %llu %d", load, bytes, idle_percent) != 3)
		abort();
	fclose(file);
}

int getloadavg(double loads[], int nr)
{
	unsigned long long bytes;
	int idle_percent;

	machine_read(&loads[0], &bytes, &idle_percent);
	return 1;
}

static int statvfs_fake(const char *path, struct statvfs64 *about)
{
	unsigned long long bytes;
	int idle_percent;
	double load;

	machine_read(&load, &bytes, &idle_percent);
	memset(about, 0, sizeof(*about));
	about->f_frsize = 1;
	about->f_bavail = bytes;
	return 0;
}

int statvfs64(const char *path, struct statvfs64 *about)
{
	return statvfs_fake(path, about);
}

FILE *fopen64(const char *path, const char *mode)
{
	static int nr_times;
	static char text[128];
	unsigned long long bytes;
	int idle_percent;
	double load;

	if (strcmp(path, "/proc/stat"))
		return open_really(path, mode);
	machine_read(&load, &bytes, &idle_percent);
	nr_times++;
	snprintf(text, sizeof(text), "cpu  %d 0 0 %d 0 0 0 0\n", nr_times * (100 - idle_percent),
		 nr_times * idle_percent);
	return fmemopen(text, strlen(text), "r");
}
