/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trap.h - exceptions are reported and end the machine; the signals of arch.h are ours. */
#ifndef BOOT_TRAP_H
#define BOOT_TRAP_H

#include <pcpu/base.h>

/* Fills the table (once, on the boot CPU). */
void trap_init(void);
/* May a byte be read at this address? False when that faults. _here: at a percpu pointer, of this
   CPU's copy. */
bool probe_load(uintptr_t address);
bool probe_load_here(uintptr_t pointer);
/* Where this CPU's last failed probe faulted, as the processor told it. */
uintptr_t probe_fault(void);

#endif
