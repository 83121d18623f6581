/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* maps.c - /proc/self/maps, smaps and mincore(2) in numbers. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <pcpu/base.h>
#include "harness/test/lib/maps.h"
#include "harness/test/lib/test.h"

struct map {
	uintptr_t from, to;
	char access[5];
	bool is_plain; /* anonymous, without a name */
};

/* A line of maps; false: it is something else. */
static bool map_parse(const char *line, struct map *map)
{
	unsigned long from, to, inode;
	int end = 0;

	if (sscanf(line, "%lx-%lx %4s %*s %*s %lu%n", &from, &to, map->access, &inode, &end) != 4)
		return false;
	map->from = from;
	map->to = to;
	map->is_plain = inode == 0 && line[end + (int)strspn(line + end, " ")] == '\n';
	return true;
}

static bool is_open(const struct map *map)
{
	return !strcmp(map->access, "rw-p");
}

static bool is_closed(const struct map *map)
{
	return !strcmp(map->access, "---p");
}

void maps_count(struct maps_count *count)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	struct map map;

	CHECK(file);
	*count = (struct maps_count){0};
	while (fgets(line, sizeof(line), file)) {
		if (!map_parse(line, &map) || !map.is_plain)
			continue;
		count->open_bytes += is_open(&map) ? map.to - map.from : 0;
		count->closed_bytes += is_closed(&map) ? map.to - map.from : 0;
	}
	fclose(file);
}

void __asan_init(void) __attribute__((weak));
void __tsan_init(void) __attribute__((weak));

bool maps_are_ours(void)
{
	return !__asan_init && !__tsan_init;
}

void maps_check_equal(const struct maps_count *before)
{
	struct maps_count now;

	if (!maps_are_ours())
		return;
	maps_count(&now);
	CHECK_EQ(now.closed_bytes, before->closed_bytes);
	CHECK_EQ(now.open_bytes, before->open_bytes);
}

bool maps_are(uintptr_t from, uintptr_t to, bool open)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	struct map map;

	CHECK(file);
	while (from < to && fgets(line, sizeof(line), file))
		if (map_parse(line, &map) && map.from <= from && from < map.to) {
			if (!map.is_plain || !(open ? is_open(&map) : is_closed(&map)))
				break;
			from = map.to;
		}
	fclose(file);
	return from >= to;
}

bool maps_have_flag(uintptr_t from, uintptr_t to, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	bool inside = false, all = true;
	char line[512], word[8];
	struct map map;

	CHECK(file);
	snprintf(word, sizeof(word), " %s", flag);
	while (fgets(line, sizeof(line), file)) {
		if (map_parse(line, &map))
			inside = map.from < to && map.to > from;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			all = all && strstr(line, word);
	}
	fclose(file);
	return all;
}

uint64_t maps_resident_bytes(uintptr_t from, uintptr_t to)
{
	uint64_t sum = 0;

	for (; from < to; from += PCPU_PAGE_BYTES) {
		unsigned char is_resident = 0;

		if (mincore((void *)from, PCPU_PAGE_BYTES, &is_resident) == 0)
			sum += is_resident & 1 ? PCPU_PAGE_BYTES : 0;
	}
	return sum;
}
