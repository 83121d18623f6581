/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_apic.h - the local APIC, for the other x86_* files. */
#ifndef BOOT_X86_APIC_H
#define BOOT_X86_APIC_H

#include <pcpu/base.h>

extern uint64_t x86_local_apic; /* physical address of the registers, by the MADT */

/* Not to be kept out by interrupts off. Uses no %gs:. */
void x86_apic_send_nmi(uint32_t cpu);

/* This CPU's timer: one VECTOR_TIMER after so many ticks of its own rate; 0: none. */
void x86_apic_timer(uint32_t ticks);
/* None from now on. One that has come already is let in, so its handler is still there; it starts
   none. Not in the handler of an interrupt. */
void x86_apic_timer_stop(void);

/* Waits so long, up to 50 ms, by the 8254. One CPU at a time. */
void x86_delay_us(uint32_t us);

/* The interrupt that is being handled is done. */
void x86_apic_done(void);

#endif
