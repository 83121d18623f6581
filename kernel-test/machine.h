/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* machine.h - what this machine is: the loader's start info and the ACPI tables, as our own
   tables. */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "acpi.h"
#include "layout.h"

struct machine {
	struct acpi_facts facts; /* CPU 0 is the boot CPU; the others in the MADT's order */
	struct pcpu_topology topology; /* its tables lie below */
	uint8_t node_state[ACPI_MAX_NODES];
	char command_line[2048];
	const char *module; /* the file given by -initrd, or NULL */
	uint64_t module_bytes;
};

extern struct machine machine;

/* Reads everything and gives the free memory to memory.c. Stops the machine when a table is bad. */
void machine_init(uint32_t start_info);

/* The value of NAME= on the command line, copied into value[room]; false when there is none. */
bool machine_option(const char *name, char *value, size_t room);

#endif
