/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot.h - `pcpu-lab boot`: machines that QEMU builds, what the image must find there, what it
 * said.
 */
#ifndef CMD_BOOT_H
#define CMD_BOOT_H

#include <jansson.h>

#include "cmd.h"

enum { BOOT_MAX_CPUS = 64, BOOT_MAX_NODES = 16 };

/* One machine. CPUs are dealt to the nodes in order of their ids. */
struct boot_machine {
	const char *name, *why;
	uint32_t nr_cpus, nr_nodes;
	const char *smp;			/* -smp; NULL: nr_cpus */
	uint32_t node_cpus[BOOT_MAX_NODES];	/* how many on each; all 0: evenly */
	uint32_t apic_id[BOOT_MAX_CPUS];	/* all 0: 0, 1, 2 ... */
	bool no_slit;				/* no distances are told: 10 and 20 */
	bool page;				/* percpu_alloc=page */
};

extern const struct boot_machine boot_machines[]; /* the first is the standard one; name NULL ends */

uint32_t boot_cpu_node(const struct boot_machine *machine, uint32_t cpu);
uint32_t boot_distance(const struct boot_machine *machine, uint32_t from, uint32_t to);

/* How to start it. */
struct boot_launch {
	const struct boot_machine *machine;
	const char *image, *accel;
	const char *module; /* -initrd: a trace, or an initramfs; NULL: none */
	const char *first;  /* words of the command line before those that tell the machine, or NULL */
	const char *append; /* ... and after them, or NULL */
	uint32_t memory_mb; /* of all nodes; 0: 512 */
};

/* QEMU's arguments, malloc'ed, NULL-terminated. boot_argv_free() takes NULL. */
char **boot_argv(const struct boot_launch *launch);
void boot_argv_free(char **argv);
/* Writes a script that boots the same once more; passed: what a pass looks like, a sentence. */
void boot_write_script(const char *path, char *const argv[], const char *passed);

/* What the image said. */
struct boot_said {
	uint32_t nr_ok, nr_not_ok, nr_skipped, plan; /* plan UINT32_MAX: no plan line */
	uint64_t hash;
	bool has_hash, bailed_out;
	char *layout; /* its pcpu-alloc: lines */
	size_t layout_bytes;
	json_t *tests;	     /* [{name, result, reason}] */
	char reason[512]; /* of the first failure */
};

void boot_said_init(struct boot_said *said);
void boot_said_free(struct boot_said *said);
void boot_said_line(struct boot_said *said, const char *line);

/* What the host makes of the same: true when equal, else *why is a malloc'ed sentence. */
bool boot_layout_equal(const struct boot_machine *machine, const struct boot_said *said,
		       char **why);
/* The run hash of a trace on the hosted platform with the sizes of `replay`. */
bool boot_host_hash(const char *text, size_t bytes, uint64_t *hash);

#endif
