/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arch.h - the interface of a processor for the portable files: implemented by x86_* files for
 * x86-64, by arm64_* for AArch64.
 *
 * Inline, one instruction or so each (x86_cpu.h, arm64_cpu.h)
 *	cpu_pause()				in a loop that waits
 *	cpu_halt()				until an interrupt, if they are on
 *	interrupts_on(), _off(), _save(), _restore(flags), interrupts_were_on(flags)
 *	interrupts_wait()			enables and halts until one came: no wake-up is lost
 *	percpu_base_read(), _write(base)	the offset that this_cpu_* adds on this CPU
 *	thread_pointer_read()			where this CPU's thread-local variables are
 *	tls_place(block, bytes, &variables)	the thread pointer for a block (tls.c), and where in
 *						it the variables are
 *	cpu_has_16_bytes()			for this_cpu_cmpxchg_double()
 *	PTE_PRESENT, PTE_TABLE, PTE_PAGE	page table entries: which bit, and what to add to
 *						the address of a next table, of a writable page.
 *						Tables of a page each (paging.c), root: boot_root
 *	page_tables_written() call it after filling empty entries: all CPUs' walks see them And
 * machine_init() (machine.h), trap.h, memcpy() and the like (base.h).
 */
#ifndef BOOT_ARCH_H
#define BOOT_ARCH_H

/* Of a block of thread-local variables (tls.c): its alignment, and how much longer it is than they.
   The linker scripts have it, too. */
#define TLS_LINE_BYTES 64

#if defined(__x86_64__)
#include "kernel-test/x86/x86_cpu.h"
#elif defined(__aarch64__)
#include "kernel-test/arm64/arm64_cpu.h"
#endif

/* Start-up code maps this much one-to-one, from 0 on. */
#define ARCH_MAPPED_BYTES (UINT64_C(4) << 30)

/* Returns this CPU's hardware id: machine.facts.hw_id[] of its number. */
uint32_t cpu_own_id(void);

/* Initialises interrupts of the boot CPU. */
void arch_interrupts_init(void);

/* What a CPU has when its first C code runs. The start-up code reads it, in this order. */
struct cpu_start {
	uintptr_t percpu_base, thread_pointer, stack_top;
};

/* Starts `cpu` at smp_main(), one at a time; false when it does not start within a second. */
bool arch_cpu_start(uint32_t cpu, const struct cpu_start *start);
/* Initialises exceptions and interrupts of the calling CPU. */
void arch_cpu_init(void);

/* Interrupts `cpu`. Its handler of ARCH_CALL is smp_call_received(); ARCH_WAKE only ends
   an interrupts_wait(). */
enum arch_signal { ARCH_CALL, ARCH_WAKE };
void arch_send(uint32_t cpu, enum arch_signal signal);

/* Removes stale translations of the range from all CPUs; everywhere false: from this one. */
void arch_tlb_flush(uintptr_t address, uint64_t bytes, bool everywhere);

/*
 * Stops the machine when the counter, which the caller changes at each step, has not changed for
 * seconds; NULL: ends this. For waits on the boot CPU that might never end. On AArch64 the runner's
 * time-out does this.
 */
void arch_watch(const uint32_t *counter);

void arch_put_char(char c);

/* Powers the machine off. When it cannot, returns why, a constant sentence. */
const char *arch_power_off(void);
/* Ends the emulator with this exit status. Returns when there is none. */
void arch_exit(uint32_t status);

#endif
