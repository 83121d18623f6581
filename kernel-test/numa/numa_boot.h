/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_boot.h - `pcpu-lab numa`: the kernel to boot, numa-init's output there, and its evaluation.
 */
#ifndef CMD_NUMA_BOOT_H
#define CMD_NUMA_BOOT_H

#include "kernel-test/host/boot.h"
#include "harness/cli/process.h"

/* --- numa_kernel.c ---------------------------------------------------------------------------- */

/* A Debian kernel in build/numa, fetched there when it is the first time: malloc'ed. NULL: there is
   none to be had, *why (malloc'ed) is the reason. */
char *numa_kernel_find(char **why);
/* Packs numa-init into build/numa/FLAVOUR.cpio, malloc'ed. NULL: *why as above. */
char *numa_initramfs_make(char **why);

/* --- numa_output.c --------------------------------------------------------------------------- */

struct numa_output {
	struct boot_output tap;
	uint64_t nr_pages, nr_there; /* unit pages over all placement lines */
	json_t *placements;	     /* [{name, there, pages}] */
	json_t *bench;		     /* {name: number} */
	char panic[256];	     /* the kernel's line; "": none */
	char complaint[256];	     /* QEMU's own last line; "": none */
};

void numa_output_init(struct numa_output *output);
void numa_output_free(struct numa_output *output);
void numa_output_line(struct numa_output *output, const char *line);
/* A line of QEMU itself (its stderr). */
void numa_output_complaint(struct numa_output *output, const char *line);

/* --- numa_evaluate.c -------------------------------------------------------------------------- */

/* Returns NULL when every unit page is on its node, the machine is the requested one, and the
   output is complete; else what is wrong, malloc'ed. */
char *numa_evaluate_placed(const struct boot_machine *machine, const struct process_result *result,
			   const struct numa_output *output);
/* NULL: with placement switched off exactly the checks that end in -local fail. */
char *numa_evaluate_control(const struct process_result *result, const struct numa_output *output);

#endif
