/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_cpu.h - one processor instruction a function (Intel SDM vol. 2). */
#ifndef BOOT_X86_CPU_H
#define BOOT_X86_CPU_H

#include <pcpu/base.h>

#define MSR_FS_BASE   0xc0000100u
#define MSR_GS_BASE   0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define CPUID_CMPXCHG16B (1u << 13) /* leaf 1, ECX */
#define FLAGS_IF      (UINT64_C(1) << 9)

/* Page table entries (Intel SDM vol. 3, 4.5): present, writable. */
#define PTE_PRESENT 1u
#define PTE_TABLE   3u
#define PTE_PAGE    3u

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_write16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint16_t port_read16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline void x86_cpuid(uint32_t leaf, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(0));
}

static inline bool cpu_has_16_bytes(void)
{
	uint32_t leaf[4];

	x86_cpuid(1, leaf);
	return leaf[2] & CPUID_CMPXCHG16B;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void cpu_halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

/* All earlier loads and stores are done before anything later begins. */
static inline void cpu_fence(void)
{
	__asm__ volatile("mfence; lfence" : : : "memory");
}

static inline void interrupts_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void interrupts_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* Interrupts off; returns the flags as they were, for interrupts_restore(). */
static inline uint64_t interrupts_save(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void interrupts_restore(uint64_t flags)
{
	if (flags & FLAGS_IF)
		interrupts_on();
}

static inline bool interrupts_were_on(uint64_t flags)
{
	return flags & FLAGS_IF;
}

/* sti takes effect after the next instruction: no wake-up falls between the two. */
static inline void interrupts_wait(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

/* The per-CPU base: what %gs: adds. */
static inline uintptr_t percpu_base_read(void)
{
	return msr_read(MSR_GS_BASE);
}

static inline void percpu_base_write(uintptr_t base)
{
	msr_write(MSR_GS_BASE, base);
}

/* What %fs: adds. */
static inline uintptr_t thread_pointer_read(void)
{
	return msr_read(MSR_FS_BASE);
}

/* Variables end at the pointer, which leads to its own address (psABI, x86-64: variant II of ELF
   handling for thread-local storage). */
static inline uintptr_t tls_place(void *block, size_t bytes, void **variables)
{
	uintptr_t pointer = (uintptr_t)block + bytes;

	*variables = block;
	*(uintptr_t *)pointer = pointer;
	return pointer;
}

/* The GS base changes places with MSR_KERNEL_GS_BASE. */
static inline void cpu_swapgs(void)
{
	__asm__ volatile("swapgs" : : : "memory");
}

static inline uint64_t root_read(void)
{
	uint64_t root;

	__asm__ volatile("movq %%cr3, %0" : "=r"(root) : : "memory");
	return root;
}

static inline void root_write(uint64_t root)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(root) : "memory");
}

static inline uint64_t fault_address(void)
{
	uint64_t address;

	__asm__ volatile("movq %%cr2, %0" : "=r"(address));
	return address;
}

/* Walks see stores in order, and entries that are not present are in no TLB (Intel SDM vol. 3,
   4.10.4.3): a store is enough. */
static inline void page_tables_written(void)
{
}

static inline void page_forget(uintptr_t address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

#endif
