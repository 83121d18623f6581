/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * traffic.c - makes percpu allocations of many sizes and kinds in the kernel that it runs on.
 *
 *	as PID 1   traces them by tracefs; trace and kernel log leave by QEMU's debug console
 *	else       makes them: for `lab record -o FILE -- traffic`
 *
 * Two processes make and close BPF maps and fork; the first also mounts, makes control groups and
 * network namespaces. What a kernel does not have is passed over and counted. Before that come maps
 * that stay: they fill the chunks that are there, so that most of the rest goes to new ones.
 * rounds=N is how often.
 */
#include "kernel-test/recorded/traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NR_MAPS = 32, NR_GROUPS = 12, MAX_ENTRIES = 160, NR_FILLERS = 48 };

static uint32_t nr_made[TRAFFIC_NR_KINDS], nr_refused[TRAFFIC_NR_KINDS];

static const char *const names[TRAFFIC_NR_KINDS] = {
	[TRAFFIC_MAP] = "maps", [TRAFFIC_FORK] = "forks", [TRAFFIC_MOUNT] = "mounts",
	[TRAFFIC_GROUP] = "groups", [TRAFFIC_NET] = "network namespaces",
};

static bool count_made(enum traffic_kind kind, bool made)
{
	*(made ? &nr_made[kind] : &nr_refused[kind]) += 1;
	return made;
}

/* splitmix64 (Steele, Lea, Flood 2014): the seed is the sequence. */
static uint32_t random_below(uint64_t *state, uint32_t n)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((x ^ x >> 31) % n);
}

/* A map has one percpu object for each entry, aligned to 8. Returns its file, or -1. */
static int map_create(uint32_t type, uint32_t value_bytes, uint32_t nr_entries)
{
	union bpf_attr attr;
	int map;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = 4;
	attr.value_size = value_bytes;
	attr.max_entries = nr_entries;
	map = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	count_made(TRAFFIC_MAP, map >= 0);
	return map;
}

static int map_make(uint64_t *state)
{
	static const uint16_t sizes[] = { 8, 8, 16, 24, 40, 64, 104, 200, 512, 1000, 3000, 8192 };
	uint32_t at = random_below(state, sizeof(sizes) / sizeof(sizes[0]));
	uint32_t type = random_below(state, 3) ? BPF_MAP_TYPE_PERCPU_HASH :
						 BPF_MAP_TYPE_PERCPU_ARRAY;

	return map_create(type, sizes[at], 1 + random_below(state, MAX_ENTRIES / (1 + at / 3)));
}

/* 64 KiB a map and CPU; they are there until the process ends. */
static void chunks_fill(void)
{
	for (uint32_t i = 0; i < NR_FILLERS; i++)
		map_create(BPF_MAP_TYPE_PERCPU_ARRAY, 8192, 8);
}

/* Closes the map of a slot, or makes one there. */
static void map_step(int *map, uint64_t *state)
{
	if (*map >= 0) {
		close(*map);
		*map = -1;
		return;
	}
	*map = map_make(state);
}

static void fork_step(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	if (count_made(TRAFFIC_FORK, child > 0))
		waitpid(child, NULL, 0);
}

static void mount_step(const char *folder)
{
	if (count_made(TRAFFIC_MOUNT, !mount("tmpfs", folder, "tmpfs", 0, NULL)))
		umount(folder);
}

static void group_step(const char *groups, bool *made, uint32_t i)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/pcpu-lab-%u", groups, i);
	if (*made)
		*made = rmdir(path) != 0;
	else
		*made = count_made(TRAFFIC_GROUP, !mkdir(path, 0755));
}

static void net_step(void)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0)
		_exit(unshare(CLONE_NEWNET) != 0);
	if (child > 0)
		waitpid(child, &status, 0);
	count_made(TRAFFIC_NET, status == 0);
}

/* The second stops after a quarter: events of two CPUs are what comes out of order. */
static void traffic_work(const struct traffic *traffic, uint64_t seed, bool is_first)
{
	uint32_t nr_rounds = is_first ? traffic->nr_rounds : traffic->nr_rounds / 4;
	int map[NR_MAPS];
	bool group[NR_GROUPS] = { false };

	for (uint32_t i = 0; i < NR_MAPS; i++)
		map[i] = -1;
	for (uint32_t round = 0; round < nr_rounds; round++) {
		for (uint32_t i = 0; i < 4; i++)
			map_step(&map[random_below(&seed, NR_MAPS)], &seed);
		fork_step();
		if (!is_first)
			continue;
		mount_step(traffic->folder);
		if (traffic->groups) {
			uint32_t i = random_below(&seed, NR_GROUPS);

			group_step(traffic->groups, &group[i], i);
		}
		if (round % 8 == 0)
			net_step();
	}
	for (uint32_t i = 0; i < NR_GROUPS; i++)
		if (group[i])
			group_step(traffic->groups, &group[i], i);
}

static void print_counts(const char *who)
{
	printf("# %s:", who);
	for (int kind = 0; kind < TRAFFIC_NR_KINDS; kind++)
		printf(" %u %s%s", nr_made[kind], names[kind],
		       nr_refused[kind] ? " (others refused)," : ",");
	printf(" done\n");
	fflush(stdout);
}

void traffic_make(const struct traffic *traffic)
{
	static const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t child;

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	chunks_fill();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		traffic_work(traffic, 2, false);
		print_counts("second");
		_exit(0);
	}
	traffic_work(traffic, 1, true);
	if (child > 0)
		waitpid(child, NULL, 0);
	print_counts("first");
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/pcpu-traffic.XXXXXX";
	struct traffic traffic = { .nr_rounds = 200, .folder = folder };

	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "rounds=", 7))
			traffic.nr_rounds = (uint32_t)strtoul(argv[i] + 7, NULL, 10);
	if (getpid() == 1)
		return guest_run(&traffic);
	/* Mounts are nobody else's business. */
	if (!mkdtemp(folder) || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		perror(folder);
		return 1;
	}
	traffic_make(&traffic);
	rmdir(folder);
	return 0;
}
