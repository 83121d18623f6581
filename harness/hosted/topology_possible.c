/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_possible.c - the CPUs that may ever come up, as this kernel says.
 *
 * hwloc knows CPUs that are online; /sys knows the possible ones, up to eleven times as many. The
 * kernel's list has the syntax of our own format, so the file is read by our own parser: nodes
 * and the list become one small topology text.
 */
#include "topology_possible.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"

#define POSSIBLE "/sys/devices/system/cpu/possible"
#define LIST_BYTES_MAX 65536 /* 8192 ids, each with its comma, fit */

/* The file's first line; NULL with errno when it cannot be read. */
static char *read_possible(void)
{
	const char *root = getenv("HWLOC_FSROOT");
	char path[4096], *list;
	FILE *file;

	snprintf(path, sizeof(path), "%s" POSSIBLE, root ? root : "");
	file = fopen(path, "re");
	if (!file)
		return NULL;
	list = calloc(1, LIST_BYTES_MAX);
	if (list && !fgets(list, LIST_BYTES_MAX, file)) {
		free(list);
		list = NULL;
		errno = EIO;
	}
	fclose(file);
	return list;
}

/* Reads the list as the `possible` line of a topology of one node. */
static struct lab_topology *parse_list(const char *list)
{
	static const char head[] = "# pcpu-topology 1\nnode 0 cpus -\npossible ";
	struct lab_topology *parsed = malloc(sizeof(*parsed));
	char *text = malloc(sizeof(head) + strlen(list));
	struct lab_error ignored;

	if (parsed && text) {
		strcpy(text, head);
		strcat(text, list);
		if (!lab_topology_parse(text, strlen(text), parsed, &ignored)) {
			free(parsed);
			parsed = NULL;
		}
	}
	free(text);
	return parsed;
}

static void apply(struct lab_topology *to, const struct pcpu_topology *possible)
{
	uint32_t nr_ids = 0;

	for (uint32_t cpu = 0; cpu < PCPU_MAX_CPUS; cpu++) {
		if (cpu >= possible->nr_cpu_ids || possible->cpu_node[cpu] == PCPU_NO_NODE) {
			to->cpu_node[cpu] = PCPU_NO_NODE;
			continue;
		}
		if (to->cpu_node[cpu] == PCPU_NO_NODE)
			to->cpu_node[cpu] = 0; /* nodes are in ascending order of their ids */
		nr_ids = cpu + 1;
	}
	to->table.nr_cpu_ids = nr_ids;
}

bool hosted_take_possible(struct lab_topology *topology, char error[256])
{
	char *list = read_possible();
	struct lab_topology *parsed;

	if (!list) {
		fprintf(stderr, "topology: " POSSIBLE ": %s: taking the CPUs of the nodes as all "
			"possible ones\n", strerror(errno));
		return true;
	}
	parsed = parse_list(list);
	free(list);
	if (!parsed) {
		snprintf(error, 256, POSSIBLE " with a list of CPU ids from 0 to 8191");
		return false;
	}
	apply(topology, &parsed->table);
	free(parsed);
	return true;
}
