/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* vars.h - the image's static per-CPU variables, and the default instance made of them. */
#ifndef BOOT_VARS_H
#define BOOT_VARS_H

#include <pcpu/percpu.h>

enum { IRQ_STACK_BYTES = 16384 };

/* The first object: compilers look for the canary at %gs:40 (psABI, stack protector). */
struct canary_page {
	char pad[40];
	uint64_t canary;
};

DECLARE_PER_CPU_FIRST(struct canary_page, canary_page);
DECLARE_PER_CPU(char[IRQ_STACK_BYTES], irq_stack);
DECLARE_PER_CPU(uintptr_t, irq_stack_top);
DECLARE_PER_CPU(uint32_t, hw_id);
DECLARE_PER_CPU(uint16_t, cpu_node);
DECLARE_PER_CPU(uint32_t, reader_depth);
DECLARE_PER_CPU(uint64_t, reader_flags);
DECLARE_PER_CPU(uint32_t, preempt_depth);
DECLARE_PER_CPU(uint64_t, nr_barriers); /* answered (plat_cpus_barrier) */

/* The load image before any change. */
extern char percpu_image[];
extern const char *percpu_pristine;

extern struct plat *default_plat;
/* Contents of the early arrays, for tests; set-up clears the arrays' pointers. */
extern void *early_hw_id, *early_node;

/* Call it before the first per-CPU variable changes. */
void vars_keep_image(void);
/* Creates the default instance: choice is percpu_alloc='s value or NULL. Stops the machine on
   failure. */
void vars_create(const char *choice);
/* The calling CPU serves itself from the default instance's front, if that has one. */
void vars_cpu_enter(void *unused);
/* Makes thread-local variables for a CPU, with their initial values; returns its thread pointer
   (tls.c). Stops the machine when there is no memory. */
uintptr_t tls_create(void);
/* Starts all other CPUs in their units; false when one does not start. */
bool vars_start_cpus(void);

#endif
