/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * smp.h - the other CPUs: started, interrupted, put to work.
 *
 *	smp_call_others	in an interrupt, at once, whatever they do; returns when all have
 *			acknowledged
 *	smp_run_all	in their idle loop, with interrupts on; returns when all are done
 */
#ifndef BOOT_SMP_H
#define BOOT_SMP_H

#include <pcpu/base.h>

uint32_t smp_nr_online(void);

/* Call it with interrupts on, without a lock of lock.h. */
void smp_call_others(void (*function)(void *argument), void *argument);
/* Runs it on the caller's CPU too, in an interrupt. */
void smp_call_all(void (*function)(void *argument), void *argument);
void smp_run_all(void (*function)(void *argument), void *argument);

/* Called by the handler of ARCH_CALL (arch.h). */
void smp_call_received(void);
/* Entry of a CPU that arch_cpu_start() started: never returns. */
_Noreturn void smp_main(void);

/* A watch ends the machine where a CPU does not wake up: only then may a planted defect lose what
   wakes it. */
extern bool smp_watched;

#endif
