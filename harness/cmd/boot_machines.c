/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_machines.c - the machines to boot on, and QEMU's words for them. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"

enum { MAX_WORDS = 512, MEMORY_MB = 512 };

const struct boot_machine boot_machines[] = {
	{ .name = "standard", .nr_cpus = 8, .nr_nodes = 4,
	  .why = "two CPUs on each of four nodes, distances from the SLIT" },
	{ .name = "single", .nr_cpus = 1, .nr_nodes = 1, .no_slit = true,
	  .why = "one CPU: one unit fills the atom, nobody to interrupt" },
	{ .name = "pair", .nr_cpus = 2, .nr_nodes = 1, .no_slit = true,
	  .why = "one group, one area" },
	{ .name = "sparse", .nr_cpus = 6, .nr_nodes = 2, .smp = "6,sockets=2,cores=3",
	  .apic_id = { 0, 1, 2, 4, 5, 6 }, .why = "APIC ids with holes, and nodes with three CPUs" },
	{ .name = "uneven", .nr_cpus = 8, .nr_nodes = 3, .node_cpus = { 5, 2, 1 },
	  .why = "groups of different sizes: units without a CPU" },
	{ .name = "wide", .nr_cpus = 16, .nr_nodes = 2, .no_slit = true,
	  .why = "eight CPUs a node, no SLIT: distances are 10 and 20" },
	{ .name = "page", .nr_cpus = 4, .nr_nodes = 2, .page = true,
	  .why = "percpu_alloc=page: the first chunk lies in page tables too" },
	{ 0 },
};

static uint32_t cpus_of_node(const struct boot_machine *m, uint32_t node)
{
	uint32_t rest = m->nr_cpus % m->nr_nodes;

	if (m->node_cpus[0])
		return m->node_cpus[node];
	return m->nr_cpus / m->nr_nodes + (node < rest);
}

uint32_t boot_cpu_node(const struct boot_machine *m, uint32_t cpu)
{
	uint32_t node = 0;

	while (cpu >= cpus_of_node(m, node))
		cpu -= cpus_of_node(m, node++);
	return node;
}

uint32_t boot_distance(const struct boot_machine *m, uint32_t from, uint32_t to)
{
	uint32_t apart = from < to ? to - from : from - to;

	if (apart == 0)
		return 10;
	return m->no_slit ? 20 : 14 + 2 * apart;
}

/* --- words ------------------------------------------------------------------------------------ */

struct words {
	char **at;
	size_t nr;
};

__attribute__((format(printf, 2, 3))) static void add(struct words *w, const char *format, ...)
{
	va_list arguments;
	int n;

	if (w->nr + 1 >= MAX_WORDS)
		abort(); /* the limits of struct boot_machine keep us far below */
	va_start(arguments, format);
	n = vasprintf(&w->at[w->nr++], format, arguments);
	va_end(arguments);
	if (n < 0)
		abort();
}

static void add_fixed(struct words *w, const struct boot_launch *launch)
{
	static const char *const fixed[] = {
		"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
		"none", "-machine", "q35", "-bios", "qboot.rom", "-cpu", "max", "-serial", "stdio",
		"-device", "isa-debug-exit,iobase=0xf4,iosize=0x4",
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(w, "%s", fixed[i]);
	add(w, "-accel");
	add(w, "%s", strcmp(launch->accel, "tcg") == 0 ? "tcg,thread=multi" : launch->accel);
}

static void add_nodes(struct words *w, const struct boot_machine *m, uint32_t memory_mb)
{
	uint32_t first = 0, node_mb = (memory_mb ? memory_mb : MEMORY_MB) / m->nr_nodes;

	add(w, "-m");
	add(w, "%u", node_mb * m->nr_nodes);
	for (uint32_t node = 0; node < m->nr_nodes; node++) {
		uint32_t nr = cpus_of_node(m, node);

		add(w, "-object");
		add(w, "memory-backend-ram,id=m%u,size=%uM", node, node_mb);
		add(w, "-numa");
		if (nr)
			add(w, "node,nodeid=%u,memdev=m%u,cpus=%u-%u", node, node, first,
			    first + nr - 1);
		else
			add(w, "node,nodeid=%u,memdev=m%u", node, node);
		first += nr;
	}
	for (uint32_t from = 0; from < m->nr_nodes && !m->no_slit; from++)
		for (uint32_t to = from + 1; to < m->nr_nodes; to++) {
			add(w, "-numa");
			add(w, "dist,src=%u,dst=%u,val=%u", from, to, boot_distance(m, from, to));
		}
}

/* What the image must find, as its tests want it. */
static void add_expected(struct words *w, const struct boot_launch *launch)
{
	const struct boot_machine *m = launch->machine;
	bool sparse = m->apic_id[m->nr_cpus - 1] != 0;
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		abort();
	fprintf(out, "%s%scpus=%u nodes=%u cpu_nodes=", launch->first ? launch->first : "",
		launch->first ? " " : "", m->nr_cpus, m->nr_nodes);
	for (uint32_t cpu = 0; cpu < m->nr_cpus; cpu++)
		fprintf(out, "%s%u", cpu ? "," : "", boot_cpu_node(m, cpu));
	fputs(" hw_ids=", out);
	for (uint32_t cpu = 0; cpu < m->nr_cpus; cpu++)
		fprintf(out, "%s%u", cpu ? "," : "", sparse ? m->apic_id[cpu] : cpu);
	fputs(" distances=", out);
	for (uint32_t i = 0; i < m->nr_nodes * m->nr_nodes; i++)
		fprintf(out, "%s%u", i ? "," : "",
			boot_distance(m, i / m->nr_nodes, i % m->nr_nodes));
	fprintf(out, "%s%s%s", m->page ? " percpu_alloc=page" : "", launch->append ? " " : "",
		launch->append ? launch->append : "");
	if (fclose(out))
		abort();
	add(w, "-append");
	add(w, "%s", text);
	free(text);
}

char **boot_argv(const struct boot_launch *launch)
{
	struct words w = { .at = calloc(MAX_WORDS, sizeof(char *)) };
	const struct boot_machine *m = launch->machine;

	if (!w.at)
		abort();
	add_fixed(&w, launch);
	add(&w, "-smp");
	if (m->smp)
		add(&w, "%s", m->smp);
	else
		add(&w, "%u", m->nr_cpus);
	add_nodes(&w, m, launch->memory_mb);
	add(&w, "-kernel");
	add(&w, "%s", launch->image);
	if (launch->module) {
		add(&w, "-initrd");
		add(&w, "%s", launch->module);
	}
	add_expected(&w, launch);
	return w.at;
}

void boot_argv_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}
