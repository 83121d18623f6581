/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* arm64_cpu.h - one processor instruction a function (Arm ARM DDI 0487, under their names). */
#ifndef BOOT_ARM64_CPU_H
#define BOOT_ARM64_CPU_H

#include <pcpu/base.h>

#define FLAGS_MASKED (UINT64_C(1) << 7) /* DAIF.I */

/* Page table entries (VMSAv8-64 descriptors): valid; table; page: accessed, inner shareable, never
   executed. */
#define PTE_PRESENT 1u
#define PTE_TABLE   3u
#define PTE_PAGE    (UINT64_C(3) | 3u << 8 | 1u << 10 | UINT64_C(3) << 53)

#define REGISTER_READ(name) \
	__extension__({ \
		uint64_t value_; \
		__asm__ volatile("mrs %0, " #name : "=r"(value_) : : "memory"); \
		value_; \
	})
#define REGISTER_WRITE(name, value) \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline bool cpu_has_16_bytes(void)
{
	return true; /* LDXP and STXP are always available */
}

static inline void cpu_pause(void)
{
	__asm__ volatile("yield" : : : "memory");
}

static inline void cpu_halt(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

static inline void interrupts_on(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void interrupts_off(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

static inline uint64_t interrupts_save(void)
{
	uint64_t flags = REGISTER_READ(daif);

	interrupts_off();
	return flags;
}

static inline bool interrupts_were_on(uint64_t flags)
{
	return !(flags & FLAGS_MASKED);
}

static inline void interrupts_restore(uint64_t flags)
{
	if (interrupts_were_on(flags))
		interrupts_on();
}

/* wfi also ends for a masked interrupt, so no wake-up is lost between the two. A pending one is
   taken at the isb at the latest: without it a caller that masks again at once would keep it
   pending. */
static inline void interrupts_wait(void)
{
	__asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb" : : : "memory");
}

static inline uintptr_t percpu_base_read(void)
{
	return REGISTER_READ(tpidr_el1);
}

static inline void percpu_base_write(uintptr_t base)
{
	REGISTER_WRITE(tpidr_el1, base);
}

static inline uintptr_t thread_pointer_read(void)
{
	return REGISTER_READ(tpidr_el0);
}

/* Variables lie behind a header of two words, rounded up to their alignment (Arm's ABI for AArch64:
   variant I of ELF handling for thread-local storage). */
static inline uintptr_t tls_place(void *block, size_t bytes, void **variables)
{
	*variables = (char *)block + TLS_LINE_BYTES;
	return (uintptr_t)block;
}

static inline void instruction_barrier(void)
{
	__asm__ volatile("isb" : : : "memory");
}

/* The table walker is a separate observer, which a release does not order: DSB completes a store
   for it, and ISB discards earlier speculation of the code that follows. */
static inline void page_tables_written(void)
{
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

#endif
