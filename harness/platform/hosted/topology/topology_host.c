/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_host.c - machines by hwloc, brought into the project's table.
 *
 *	this machine, XML, "synthetic:..."  --hwloc-->  nodes, CPUs, SLIT  -->  lab_topology
 *
 * The CPUs: of this machine, those that the kernel lists as possible (hwloc knows only those that
 * are or were online); of an export or a description, its PUs (topology_hwloc.c), where a CPU on no
 * node is an error.
 */
#include "harness/platform/hosted/hosted_topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted.h"
#include "harness/platform/hosted/topology/topology_guard.h"
#include "harness/platform/hosted/topology/topology_hwloc.h"
#include "harness/platform/hosted/topology/topology_possible.h"
#include "harness/platform/hosted/topology/topology_xml.h"

#define SYNTHETIC "synthetic:"
#define SYNTHETIC_EXPECTED "an hwloc description like `numa:4 pu:8`"
#define SLOW_SIBLINGS 4096 /* hwloc's time is quadratic in them */
#define XML_EXPECTED "an hwloc XML export"

static bool host_refuse(char error[256], const char *expected)
{
	snprintf(error, 256, "%s", expected);
	return false;
}

/* --- this machine ------------------------------------------------------------------------- */

/* hwloc prints bad input on stderr itself; the lab prints one line instead. */
static bool machine_init(hwloc_topology_t *machine, char error[256])
{
	setenv("HWLOC_HIDE_ERRORS", "2", 0);
	if (hwloc_topology_init(machine))
		return host_refuse(error, "memory for a topology");
	hwloc_topology_set_flags(*machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	return true;
}

/* Reports nodes without memory only for this machine: exports and descriptions often omit
   memory. */
static void take_memory(hwloc_topology_t machine, struct lab_topology *to)
{
	for (uint32_t n = 0; n < to->table.nr_nodes; n++) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(machine, to->node_id[n]);

		if (!node || node->attr->numanode.local_memory == 0)
			to->node_state[n] &= (uint8_t)~PCPU_NODE_MEMORY;
	}
}

/* Takes the possible CPUs, and from /sys what hwloc does not know of them. Without /sys, hwloc's
   CPUs. */
static bool take_possible(struct lab_topology *to, char error[256])
{
	const char *root = getenv("HWLOC_FSROOT");
	struct sys_tree tree;
	bool good, is_hidden;

	if (sys_tree_open(root && *root ? root : "/", &tree, error) == SYS_BAD)
		return false;
	good = hosted_take_possible(&tree, to, &is_hidden, error);
	sys_tree_close(&tree);
	if (good && to->table.nr_cpu_ids == 0)
		return host_refuse(error, "at least one CPU on a node");
	if (good && is_hidden)
		hosted_report_hidden(&tree);
	return good;
}

static bool take_live(hwloc_topology_t machine, struct lab_topology *to, char error[256])
{
	uint32_t nr_homeless;

	if (hwloc_topology_load(machine))
		return host_refuse(error, "a machine that hwloc can read");
	if (!hosted_take_machine(machine, to, &nr_homeless, error) || !take_possible(to, error))
		return false;
	take_memory(machine, to);
	hosted_take_distances(machine, to);
	return true;
}

bool hosted_topology_live(struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;
	bool good;

	if (!machine_init(&machine, error))
		return false;
	good = take_live(machine, topology, error);
	hwloc_topology_destroy(machine);
	return good;
}

const struct pcpu_topology *hosted_machine_create(char error[256])
{
	struct lab_topology *machine = calloc(1, sizeof(*machine));

	if (!machine) {
		host_refuse(error, "memory for a topology");
		return NULL;
	}
	if (hosted_topology_live(machine, error))
		return &machine->table;
	free(machine);
	return NULL;
}

/* The table is the first member. */
void hosted_machine_destroy(const struct pcpu_topology *machine)
{
	_Static_assert(offsetof(struct lab_topology, table) == 0, "the table starts its storage");
	free((void *)(uintptr_t)machine);
}

/* --- what strangers wrote: in a process of its own -------------------------------------------- */

/* Takes everything in an export or a description; error is `expected` when hwloc refuses it. */
static bool take_all(hwloc_topology_t machine, const char *expected, struct lab_topology *to,
		     char error[256])
{
	uint32_t nr_homeless;

	if (hwloc_topology_load(machine))
		return host_refuse(error, expected);
	if (!hosted_take_machine(machine, to, &nr_homeless, error))
		return false;
	if (nr_homeless > 0) {
		snprintf(error, 256, "a node for each CPU: %u of %d CPUs are on none",
			 nr_homeless, hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_PU));
		return false;
	}
	if (to->table.nr_cpu_ids == 0)
		return host_refuse(error, "at least one CPU on a node");
	hosted_take_distances(machine, to);
	return true;
}

static bool load_xml(const char *text, struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;

	if (!machine_init(&machine, error))
		return false;
	if (hwloc_topology_set_xmlbuffer(machine, text, (int)strlen(text) + 1))
		return host_refuse(error, XML_EXPECTED);
	return take_all(machine, XML_EXPECTED, topology, error);
}

bool hosted_topology_xml(const char *text, size_t bytes, struct lab_topology *topology,
			 char error[256])
{
	char *plain = hosted_xml_plain(text, bytes, XML_EXPECTED, error);
	bool good = plain && hosted_load_guarded(load_xml, plain, XML_EXPECTED, topology, error);

	free(plain);
	return good;
}

static bool load_synthetic(const char *description, struct lab_topology *topology, char error[256])
{
	hwloc_topology_t machine;

	if (!machine_init(&machine, error))
		return false;
	if (hwloc_topology_set_synthetic(machine, description))
		return host_refuse(error, SYNTHETIC_EXPECTED);
	return take_all(machine, SYNTHETIC_EXPECTED, topology, error);
}

/* Returns whether the description multiplies to more CPUs than the maximum; hwloc would build them
   all first. Each word is TYPE:COUNT or COUNT; attributes in (...) and memory in [...] do not
   count. last: the innermost count. */
static bool is_too_large(const char *description, unsigned long long *last)
{
	unsigned long long nr_cpus = 1, count;
	unsigned depth = 0;
	char *end;

	for (const char *at = description; *at && nr_cpus <= PCPU_MAX_CPUS; at++) {
		bool starts_count = at == description || at[-1] == ' ' || at[-1] == ':';

		depth += *at == '(' || *at == '[';
		depth -= depth > 0 && (*at == ')' || *at == ']');
		if (depth > 0 || !starts_count || *at < '0' || *at > '9')
			continue;
		count = strtoull(at, &end, 10);
		*last = count;
		nr_cpus = count > PCPU_MAX_CPUS ? count : nr_cpus * (count ? count : 1);
		at = end - 1;
	}
	return nr_cpus > PCPU_MAX_CPUS;
}

bool hosted_topology_synthetic(const char *description, struct lab_topology *topology,
			       char error[256])
{
	unsigned long long last = 0;

	if (strncmp(description, SYNTHETIC, strlen(SYNTHETIC)) == 0)
		description += strlen(SYNTHETIC);
	if (is_too_large(description, &last))
		return host_refuse(error, "a description of at most 8192 CPUs");
	if (last >= SLOW_SIBLINGS)
		fprintf(stderr,
			"topology: hwloc takes seconds for %llu CPUs below one object; with a "
			"level between, like `package:64 pu:128`, it does not\n",
			last);
	return hosted_load_guarded(load_synthetic, description, SYNTHETIC_EXPECTED, topology,
				   error);
}
