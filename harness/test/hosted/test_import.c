/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_import.c - machines by hwloc: this one, synthetic ones, and (with LAB_DATA) exports and
 * snapshots of /sys, which must give the machines of corpus/topologies.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted.h"
#include "harness/platform/hosted/hosted_topology.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_files.h"
#include "harness/test/lib/topology_compare.h"
#include "harness/platform/hosted/topology/topology_guard.h"
#include "harness/platform/hosted/topology/topology_possible.h"

static struct lab_topology imported, expected;
static char error[256];

static void parse_expected(const char *kind, const char *name)
{
	struct lab_error wrong = { 0 };
	char path[4096], *text;
	size_t bytes;

	snprintf(path, sizeof(path), "corpus/topologies/%s-%s.topo", kind, name);
	text = test_read_file(test_source_path(path), &bytes);
	if (!lab_topology_parse(text, bytes, &expected, &wrong))
		FAIL("%s:%u: %s", path, wrong.line, wrong.expected);
	free(text);
}

static void check_same(const char *name)
{
	const char *difference = topology_difference(&imported.table, &expected.table, false);

	if (difference)
		FAIL("%s: other %s", name, difference);
	for (uint32_t n = 1; n < imported.table.nr_nodes; n++)
		CHECK(imported.node_id[n - 1] < imported.node_id[n]);
}

/* --- exports ---------------------------------------------------------------------------------- */

static void import_xml(const char *path, const char *name)
{
	size_t bytes;
	char *text = test_read_file(path, &bytes);

	parse_expected("xml", name);
	if (!hosted_topology_xml(text, bytes, &imported, error))
		FAIL("%s: %s", name, error);
	free(text);
	check_same(name);
}

TEST(xml_exports_give_the_machines_of_the_corpus)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/topologies/xml", test_data_folder());
	CHECK_EQ(test_each_file(folder, ".xml", import_xml), 15);
}

/* --- snapshots of /sys ------------------------------------------------------------------------ */

static char unpacked[] = "/tmp/pcpu-lab-import-XXXXXX";

/* What tells nothing of nodes and CPUs: nearly all of the 78,000 files. Nor do owners and times. */
#define LEFT_OUT                                                                                   \
	"--no-same-owner --no-same-permissions --touch "                                           \
	"--exclude='*/cpu[0-9]*/cache' --exclude='*/cpufreq' --exclude='*/cpuidle' "               \
	"--exclude='*/thermal_throttle' --exclude='*/power' --exclude='*/microcode' "              \
	"--exclude='*/hugepages' --exclude='*/devices/pci*' --exclude='*/crash_notes*' "           \
	"--exclude='*/node[0-9]*/memory[0-9]*' --exclude='*/device-tree' --exclude='*.slice' "     \
	"--exclude='*/LNXSYSTM*' --exclude='*/dmi' --exclude='*/hmem.*' "                          \
	"--exclude='*_list' --exclude='*/subsystem' --exclude='*/uevent' "                         \
	"--exclude='*/numastat' --exclude='*/firmware_node'"

static void run(const char *format, const char *a, const char *b)
{
	char command[8192];

	snprintf(command, sizeof(command), format, a, b);
	if (system(command) != 0)
		FAIL("%s", command);
}

/* Where the machine of a snapshot without hwloc is another one, and is known. */
static const char *sys_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "corpus/topologies/sys-%s.topo", name);
	return path;
}

/* An archive holds one folder, whose name may be another than the archive's. */
static void import_dump(const char *path, const char *name)
{
	char root[4096];
	struct dirent **entries;
	static unsigned nr;
	int count;

	if (nr++ % 4 && !test_is_thorough()) /* unpacking them takes the time */
		return;
	parse_expected("linux", name);
	run("rm -rf '%s' && mkdir '%s'", unpacked, unpacked);
	run("tar -xjf '%s' -C '%s' " LEFT_OUT " 2>/dev/null", path, unpacked);
	count = scandir(unpacked, &entries, NULL, alphasort);
	CHECK_EQ(count, 3); /* . .. and the folder */
	snprintf(root, sizeof(root), "%s/%s", unpacked, entries[2]->d_name);
	while (count > 0)
		free(entries[--count]);
	free(entries);
	setenv("HWLOC_FSROOT", root, 1);
	if (!hosted_topology_live(&imported, error))
		FAIL("%s: %s", name, error);
	check_same(name);
	if (!hosted_topology_sys(root, &imported, error))
		FAIL("%s: %s", name, error);
	if (access(test_source_path(sys_path(name)), R_OK) == 0)
		parse_expected("sys", name);
	check_same(name);
}

TEST(snapshots_of_sys_give_the_machines_of_the_corpus)
{
	char folder[4096];
	unsigned nr;

	snprintf(folder, sizeof(folder), "%s/topologies/dumps", test_data_folder());
	if (!mkdtemp(unpacked))
		FAIL("%s", unpacked);
	setenv("HWLOC_COMPONENTS", "linux,stop", 1);
	setenv("HWLOC_THISSYSTEM", "0", 1);
	nr = test_each_file(folder, ".tar.bz2", import_dump);
	unsetenv("HWLOC_FSROOT");
	unsetenv("HWLOC_COMPONENTS");
	unsetenv("HWLOC_THISSYSTEM");
	run("rm -rf '%s'%s", unpacked, "");
	CHECK_EQ(nr, 34);
}

/* --- synthetic -------------------------------------------------------------------------------- */

TEST(synthetic_machines)
{
	CHECK(hosted_topology_synthetic("synthetic:numa:4 pu:8", &imported, error));
	CHECK_EQ(imported.table.nr_nodes, 4);
	CHECK_EQ(imported.table.nr_cpu_ids, 32);
	CHECK_EQ(imported.cpu_node[31], 3);
	CHECK_EQ(imported.distance[0], 10);
	CHECK_EQ(imported.distance[1], 20);
	CHECK(hosted_topology_synthetic(
		"numa:2(indexes=8,0) pu:4(indexes=88,89,90,91,0,1,2,3)", &imported, error));
	CHECK_EQ(imported.table.nr_cpu_ids, 92);
	CHECK_EQ(imported.node_id[0], 0);
	CHECK_EQ(imported.node_id[1], 8);
	CHECK_EQ(imported.cpu_node[0], 0);
	CHECK_EQ(imported.cpu_node[91], 1);
	CHECK_EQ(imported.cpu_node[40], PCPU_NO_NODE);
}

static void check_refused(const char *description, const char *sentence)
{
	error[0] = '\0';
	CHECK(!hosted_topology_synthetic(description, &imported, error));
	CHECK_STR(error, sentence);
}

TEST(synthetic_machines_beyond_the_limits_are_refused)
{
	check_refused("synthetic:", "an hwloc description like `numa:4 pu:8`");
	check_refused("synthetic:numa:x", "an hwloc description like `numa:4 pu:8`");
	check_refused("synthetic:numa:1025 pu:1", "at most 1024 nodes, with ids from 0 to 1023");
	check_refused("synthetic:numa:1(indexes=1024) pu:1",
		      "at most 1024 nodes, with ids from 0 to 1023");
	check_refused("synthetic:numa:1 pu:1(indexes=8192)", "CPU ids from 0 to 8191");
	check_refused("synthetic:numa:1 pu:8193", "a description of at most 8192 CPUs");
	check_refused("synthetic:9999999 9999999 pu:1", "a description of at most 8192 CPUs");
	check_refused("synthetic:numa:99999999999999999999999 pu:1",
		      "a description of at most 8192 CPUs");
}

TEST(synthetic_machine_of_8192_cpus)
{
	CHECK(hosted_topology_synthetic("synthetic:numa:64 pu:128", &imported, error));
	CHECK_EQ(imported.table.nr_nodes, 64);
	CHECK_EQ(imported.table.nr_cpu_ids, 8192);
}

/* --- an export made here ---------------------------------------------------------------------- */

/* Nodes 0 and 1 have a PU each; PU 2 is on a node without memory, and PU 3 on none but, by what it
   has of nodes, on node 1. The distances are not symmetrical. */
#define SETS(cpus, own, nodes) \
	"cpuset=\"" cpus "\" complete_cpuset=\"" cpus "\" nodeset=\"" own "\" " \
	"complete_nodeset=\"" nodes "\""
#define PACKAGE(id, set)                                                                           \
	"<object type=\"Package\" gp_index=\"1" id "\" os_index=\"" id                             \
	"\" " SETS(set, set, set) ">"                                                              \
				  "<object type=\"NUMANode\" gp_index=\"2" id "\" os_index=\"" id  \
				  "\" " SETS(set, set, set) " local_memory=\"4096000\"/>" PU(      \
					  id, set, set, set) "</object>\n"
#define PU(id, cpus, own, nodes)                                                                   \
	"<object type=\"PU\" gp_index=\"3" id "\" os_index=\"" id                                  \
	"\" " SETS(cpus, own, nodes) "/>\n"
#define EXPORT(kind) \
	"<topology version=\"2.0\">\n" \
	"<object type=\"Machine\" gp_index=\"9\" os_index=\"0\" " SETS("0xf", "0x3", "0x7") \
	" allowed_cpuset=\"0xf\" allowed_nodeset=\"0x3\">\n" \
	PACKAGE("0", "0x1") PACKAGE("1", "0x2") PU("2", "0x4", "0x0", "0x4") \
	PU("3", "0x8", "0x0", "0x2") "</object>\n" \
	"<distances2 type=\"NUMANode\" nbobjs=\"2\" kind=\"" kind "\" name=\"NUMALatency\" " \
	"indexing=\"os\"><indexes length=\"4\">0 1 </indexes>" \
	"<u64values length=\"12\">10 21 31 10 </u64values></distances2></topology>\n"

static void export_check(const char *text, uint8_t there, uint8_t back)
{
	uint32_t nr;

	memset(&imported, 0, sizeof(imported));
	if (!hosted_topology_xml(text, strlen(text), &imported, error))
		FAIL("%s", error);
	nr = imported.table.nr_nodes;
	CHECK(imported.table.cpu_node == imported.cpu_node);
	CHECK(imported.table.node_id == imported.node_id);
	CHECK(imported.table.node_state == imported.node_state);
	CHECK(imported.table.distance == imported.distance);
	CHECK(nr == 3 && imported.table.nr_cpu_ids == 4);
	CHECK(imported.cpu_node[0] == 0 && imported.cpu_node[1] == 1);
	CHECK(imported.cpu_node[2] == 2 && imported.cpu_node[3] == 1);
	for (uint32_t n = 0; n < nr; n++)
		CHECK_EQ(!(imported.node_state[n] & PCPU_NODE_MEMORY), n == 2);
	CHECK_EQ(imported.distance[1], there);
	CHECK_EQ(imported.distance[nr], back);
	CHECK(imported.distance[0] == 10 && imported.distance[2] == 20);
}

/* The operating system's latencies are distances, row by row; a matrix of bandwidths is none. */
TEST(an_export_with_all_its_oddities)
{
	export_check(EXPORT("5"), 21, 31);
	export_check(EXPORT("9"), 20, 20);
}

/* --- XML that is none ------------------------------------------------------------------------- */

TEST(what_is_no_export_is_refused)
{
	static const char *const texts[] = { "", "node", "<", "<!--", "<topology", "<topology>",
					     "<?xml?><root></root>" };

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(!hosted_topology_xml(texts[i], strlen(texts[i]), &imported, error));
		CHECK_STR(error, "an hwloc XML export");
	}
}

static bool load_and_crash(const char *input, struct lab_topology *topology, char sentence[256])
{
	abort();
}

/* hwloc 2.9 crashes on some damaged exports; we do not. */
TEST(a_crash_of_the_reader_is_a_refusal)
{
	CHECK(!hosted_load_guarded(load_and_crash, "", "an export", &imported, error));
	CHECK_STR(error, "an export (hwloc crashed on this one)");
}

/* --- this machine ----------------------------------------------------------------------------- */

TEST(this_machine_has_the_cpus_it_says_are_possible)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
	char list[65536], text[65536 + 64];
	struct lab_error wrong = { 0 };

	if (!file || !fgets(list, sizeof(list), file)) {
		if (file)
			fclose(file);
		SKIP("this machine hides /sys/devices/system/cpu/possible");
	}
	fclose(file);
	CHECK(hosted_topology_live(&imported, error));
	snprintf(text, sizeof(text), "# pcpu-topology 1\nnode 0 cpus -\npossible %s", list);
	CHECK(lab_topology_parse(text, strlen(text), &expected, &wrong));
	CHECK_EQ(imported.table.nr_cpu_ids, expected.table.nr_cpu_ids);
	for (uint32_t cpu = 0; cpu < expected.table.nr_cpu_ids; cpu++)
		CHECK_EQ(imported.cpu_node[cpu] == PCPU_NO_NODE,
			 expected.cpu_node[cpu] == PCPU_NO_NODE);
}

/* What programs that link the platform start with; one at a time is in nobody's way. */
TEST(a_program_gets_this_machine)
{
	const struct pcpu_topology *machine, *other;

	CHECK(hosted_topology_live(&imported, error));
	machine = hosted_machine_create(error);
	other = hosted_machine_create(error);
	CHECK(machine && other && machine != other);
	CHECK(topology_difference(machine, &imported.table, true) == NULL);
	hosted_machine_destroy(other);
	CHECK(topology_difference(machine, &imported.table, true) == NULL);
	hosted_machine_destroy(machine);
	hosted_machine_destroy(NULL);
}

TEST(a_machine_that_cannot_be_read_is_none)
{
	static char bad_root[] = "/tmp/pcpu-lab-root-XXXXXX";
	const struct pcpu_topology *machine;

	CHECK(mkdtemp(bad_root) != NULL);
	run("mkdir -p '%s%s'", bad_root, "/sys/devices/system/cpu/possible"); /* a folder */
	setenv("HWLOC_FSROOT", bad_root, 1);
	error[0] = '\0';
	machine = hosted_machine_create(error);
	unsetenv("HWLOC_FSROOT");
	run("rm -rf '%s'%s", bad_root, "");
	CHECK(machine == NULL);
	CHECK(error[0] != '\0');
}

/* --- possible CPUs ---------------------------------------------------------------------------- */

static char fake_root[] = "/tmp/pcpu-lab-root-XXXXXX";

static void write_possible(const char *list)
{
	char path[4096];
	FILE *file;

	run("mkdir -p '%s%s'", fake_root, "/sys/devices/system/cpu");
	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/possible", fake_root);
	file = fopen(path, "we");
	CHECK(file != NULL);
	fputs(list, file);
	fclose(file);
}

static bool take_possible(const char *list)
{
	struct sys_tree tree;
	bool good, is_hidden;

	CHECK(hosted_topology_synthetic("numa:2(indexes=3,7) pu:2", &imported, error));
	write_possible(list);
	error[0] = '\0';
	CHECK_EQ(sys_tree_open(fake_root, &tree, error), SYS_READ);
	good = hosted_take_possible(&tree, &imported, &is_hidden, error);
	sys_tree_close(&tree);
	CHECK(!is_hidden);
	return good;
}

TEST(possible_cpus_decide_which_there_are)
{
	bool good, bad, no_node;

	CHECK(mkdtemp(fake_root) != NULL);
	run("mkdir -p '%s%s'", fake_root, "/sys/devices/system/cpu/cpu9/node7");
	run("mkdir -p '%s%s'", fake_root, "/sys/devices/system/cpu/cpu10/node5");
	good = take_possible("0-2,8-12\n");
	CHECK_EQ(imported.table.nr_cpu_ids, 13);
	CHECK_EQ(imported.table.nr_nodes, 3);
	CHECK_EQ(imported.node_id[1], 5); /* nothing but a link names it */
	CHECK_EQ(imported.node_state[1], PCPU_NODE_ONLINE);
	CHECK_EQ(imported.cpu_node[2], 2);
	CHECK_EQ(imported.cpu_node[3], PCPU_NO_NODE); /* on a node, not possible */
	CHECK_EQ(imported.cpu_node[8], 0);	      /* dealt to the smallest id */
	CHECK_EQ(imported.cpu_node[9], 2);	      /* offline, by its link */
	CHECK_EQ(imported.cpu_node[10], 1);
	CHECK_EQ(imported.cpu_node[11], 1); /* dealt to the next */
	CHECK_EQ(imported.cpu_node[12], 2);
	run("mkdir -p '%s%s'", fake_root, "/sys/devices/system/cpu/cpu11/node1024");
	no_node = !take_possible("0-2,8-12\n") && strstr(error, "1023");
	bad = take_possible("0-9000\n");
	run("rm -rf '%s'%s", fake_root, "");
	CHECK(good && no_node && !bad);
	CHECK_STR(error, "/sys/devices/system/cpu/possible:1: CPU ids from 0 to 8191");
}
