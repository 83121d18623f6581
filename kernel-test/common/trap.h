/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trap.h - exceptions are reported and end the machine; signals are arch.h's. */
#ifndef BOOT_TRAP_H
#define BOOT_TRAP_H

#include <pcpu/base.h>

/* Fills the table (once, on the boot CPU). */
void trap_init(void);
/* Returns whether a byte can be read at this address without a fault. _here: at a percpu pointer,
   from this CPU's copy. */
bool probe_load(uintptr_t address);
bool probe_load_here(uintptr_t pointer);
/* Returns where this CPU's last failed probe faulted, as reported by the processor. */
uintptr_t probe_fault(void);

#endif
