/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * smp.h - the other CPUs: started, interrupted, put to work.
 *
 *	smp_call_others	in an interrupt, at once, whatever they do; returns when all have
    acknowledged
 *	smp_run_all	in their idle loop, with interrupts on; returns when all are done
 */
#ifndef BOOT_SMP_H
#define BOOT_SMP_H

#include "base.h"

/* Local APIC of the boot CPU on, old interrupt controllers off, interrupts enabled. */
void smp_init(void);
bool smp_has_x2apic(void);

/* Starts `cpu` with this GS base and stack; false when it does not come up within a second. */
bool smp_start(uint32_t cpu, uintptr_t gs_base, uintptr_t stack_top);
uint32_t smp_nr_online(void);

/* Interrupts are on, no lock.h lock is held. */
void smp_call_others(void (*function)(void *argument), void *argument);
void smp_run_all(void (*function)(void *argument), void *argument);

/* This CPU's timer: one interrupt VECTOR_TIMER after so many ticks of its own rate; 0: none. */
void smp_timer(uint32_t ticks);
/* The end of a handler of trap_handle(): the next interrupt may come. Not for an NMI. */
void smp_interrupt_done(void);

/* Ends another CPU's interrupts_wait(). */
void smp_wake(uint32_t cpu);

/* From trap.c */
void smp_call_received(void);
void smp_wake_received(void);

/* The APIC id this CPU has by itself. */
uint32_t smp_own_apic_id(void);

#endif
