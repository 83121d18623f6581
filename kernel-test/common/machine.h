/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* machine.h - the description of this machine: data of loader and firmware, in our tables. */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "harness/firmware/facts.h"
#include <pcpu/layout.h>

struct machine {
	struct machine_facts facts; /* CPU 0 is the boot CPU; the others in the firmware's order */
	struct pcpu_topology topology; /* its tables lie below */
	uint8_t node_state[MACHINE_MAX_NODES];
	char command_line[2048];
	const char *module; /* the file given by -initrd, or NULL */
	uint64_t module_bytes;
};

extern struct machine machine;

/* Of each architecture: reads everything and gives the free memory to memory.c. Stops the machine
   when a table is bad. */
void machine_init(uintptr_t start_info);

/* Copies the value of NAME= on the command line into value[capacity]; false when there is none. */
bool machine_option(const char *name, char *value, size_t capacity);

/* Parts of machine_init(). facts are complete, except for the order of CPUs. */
void machine_take_command_line(const char *from, size_t bytes);
void machine_boot_cpu_first(uint32_t own_id); /* makes it CPU 0 */
void machine_topology_fill(void);
/* Gives RAM to its nodes, except for parts without a node and taken parts. */
void machine_ram_give(uint64_t start, uint64_t bytes);

#endif
