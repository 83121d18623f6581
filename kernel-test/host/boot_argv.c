/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_argv.c - QEMU's arguments for a machine, and the image's for the machine it must find. */
#include <stdarg.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/host/boot.h"
#include "harness/cli/memory_file.h"

enum { MAX_WORDS = 512, MANY_CPUS = 4 };

struct words {
	char **at;
	size_t nr;
};

__attribute__((format(printf, 2, 3))) static void argv_add(struct words *w, const char *format, ...)
{
	va_list arguments;

	if (w->nr + 1 >= MAX_WORDS)
		abort(); /* the limits of struct boot_machine prevent this */
	va_start(arguments, format);
	w->at[w->nr++] = g_strdup_vprintf(format, arguments);
	va_end(arguments);
}

static void add_all(struct words *w, const char *const *fixed)
{
	for (; *fixed; fixed++)
		argv_add(w, "%s", *fixed);
}

/*
 * A CPU that spins for a lock makes no progress while the holder has no CPU of the host. So with
 * more than MANY_CPUS for each of the host's, they run in turns, and a pausing CPU gives its turn
 * away.
 */
static const char *tcg_threads(const struct boot_machine *m)
{
	return m->nr_cpus > MANY_CPUS * (unsigned long)sysconf(_SC_NPROCESSORS_ONLN) ?
		       "tcg,thread=single" :
		       "tcg,thread=multi";
}

static void add_fixed(struct words *w, const struct boot_launch *launch)
{
	static const char *const x86[] = {
		"qemu-system-x86_64",
		"-machine",
		"q35",
		"-bios",
		"qboot.rom",
		"-device",
		"isa-debug-exit,iobase=0xf4,iosize=0x4",
		NULL,
	};
	static const char *const arm64[] = {
		"qemu-system-aarch64",	   "-machine", "virt,gic-version=3", "-semihosting-config",
		"enable=on,target=native", NULL,
	};
	static const char *const both[] = {
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-cpu",
		"max",	       "-serial",	  "stdio",	NULL,
	};
	bool is_arm64 = boot_is_arm64(launch->machine->image);

	add_all(w, is_arm64 ? arm64 : x86);
	add_all(w, both);
	if (launch->machine->single_step)
		argv_add(w, "-singlestep");
	argv_add(w, "-accel");
	argv_add(w, "%s",
	    strcmp(launch->accel, "tcg") == 0 ? tcg_threads(launch->machine) : launch->accel);
}

/* Prints its CPUs in runs, as -numa needs them: ",cpus=0-1,cpus=8". */
static void put_cpus(FILE *out, const struct boot_machine *m, uint32_t node)
{
	uint32_t nr = boot_nr_possible(m);

	for (uint32_t cpu = 0; cpu < nr; cpu++) {
		uint32_t first = cpu;

		if (boot_cpu_node(m, cpu) != node)
			continue;
		while (cpu + 1 < nr && boot_cpu_node(m, cpu + 1) == node)
			cpu++;
		fprintf(out, ",cpus=%u-%u", first, cpu);
	}
}

static void add_node(struct words *w, const struct boot_machine *m, uint32_t node, uint32_t node_mb)
{
	bool has_memory = !(m->no_memory >> node & 1);
	char *text;
	size_t bytes;
	FILE *out = memory_file_open(&text, &bytes);

	if (has_memory) {
		argv_add(w, "-object");
		argv_add(w, "memory-backend-ram,id=m%u,size=%uM", node, node_mb);
	}
	fprintf(out, "node,nodeid=%u", node);
	if (has_memory)
		fprintf(out, ",memdev=m%u", node);
	put_cpus(out, m, node);
	memory_file_close(out);
	argv_add(w, "-numa");
	argv_add(w, "%s", text);
	free(text);
}

static void add_nodes(struct words *w, const struct boot_machine *m, uint32_t memory_mb)
{
	uint32_t nr_with = m->nr_nodes - (uint32_t)__builtin_popcount(m->no_memory);
	uint32_t node_mb = (memory_mb ? memory_mb : boot_memory_mb(m)) / nr_with;

	argv_add(w, "-m");
	argv_add(w, "%u", node_mb * nr_with);
	if (m->no_numa)
		return;
	for (uint32_t node = 0; node < m->nr_nodes; node++)
		add_node(w, m, node, node_mb);
	for (uint32_t from = 0; from < m->nr_nodes && !m->no_slit; from++)
		for (uint32_t to = from + 1; to < m->nr_nodes; to++) {
			argv_add(w, "-numa");
			argv_add(w, "dist,src=%u,dst=%u,val=%u", from, to,
				 boot_distance(m, from, to));
		}
}

/* Adds the expected machine, for the image's tests. */
static void add_expected(struct words *w, const struct boot_launch *launch)
{
	const struct boot_machine *m = launch->machine;
	uint32_t nr = boot_nr_possible(m);
	bool sparse = m->apic_id[nr - 1] != 0;
	char *text;
	size_t bytes;
	FILE *out = memory_file_open(&text, &bytes);

	fprintf(out,
		"%s%scpus=%u possible=%u nodes=%u cpu_nodes=", launch->first ? launch->first : "",
		launch->first ? " " : "", m->nr_cpus, nr, m->nr_nodes);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		fprintf(out, "%s%u", cpu ? "," : "", boot_cpu_node(m, cpu));
	fputs(" hw_ids=", out);
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		fprintf(out, "%s%u", cpu ? "," : "", sparse ? m->apic_id[cpu] : cpu);
	fputs(" distances=", out);
	for (uint32_t i = 0; i < m->nr_nodes * m->nr_nodes; i++)
		fprintf(out, "%s%u", i ? "," : "",
			boot_distance(m, i / m->nr_nodes, i % m->nr_nodes));
	fprintf(out, "%s%s%s%s%s", m->page ? " percpu_alloc=page" : "",
		m->fall_back ? " fail_area=1" : "", m->front ? " front=on" : "",
		launch->append ? " " : "", launch->append ? launch->append : "");
	memory_file_close(out);
	argv_add(w, "-append");
	argv_add(w, "%s", text);
	free(text);
}

char **boot_argv(const struct boot_launch *launch)
{
	struct words w = {.at = g_new0(char *, MAX_WORDS)};
	const struct boot_machine *m = launch->machine;

	add_fixed(&w, launch);
	argv_add(&w, "-smp");
	if (m->smp)
		argv_add(&w, "%s", m->smp);
	else
		argv_add(&w, "%u,maxcpus=%u", m->nr_cpus, boot_nr_possible(m));
	add_nodes(&w, m, launch->memory_mb);
	argv_add(&w, "-kernel");
	argv_add(&w, "%s", launch->image);
	if (launch->module) {
		argv_add(&w, "-initrd");
		argv_add(&w, "%s", launch->module);
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
