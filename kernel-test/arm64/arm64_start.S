/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arm64_start.S - from the loader to C, on the boot CPU and on the others.
 *
 *	loader (MMU off, x0 -> device tree)  ->  bss  ->  page tables  ->  MMU on  ->  boot_main
 *	PSCI   (MMU off, x0 -> struct cpu_start)                       ->  MMU on  ->  smp_main
 *
 * The first 4 GiB are mapped to themselves with blocks, of 1 GiB where a page has 4 KiB (tables of
 * levels 0 and 1), of 512 MiB where it has 64 KiB (levels 1 and 2): a gigabyte of devices, then
 * three of memory.
 * Arm ARM DDI 0487: MAIR_EL1, TCR_EL1, SCTLR_EL1; VMSAv8-64 block and table descriptors. The header
 * is that of an AArch64 boot image, for which loaders hand over device tree, command line, module.
 */

#define BOOT_STACK_BYTES 65536
#define TEXT_OFFSET	 0x80000
#ifndef PCPU_PAGE_SHIFT
#define PCPU_PAGE_SHIFT	 12
#endif
#define PAGE_BYTES	 (1 << PCPU_PAGE_SHIFT)
#if PCPU_PAGE_SHIFT == 12
#define FLAGS_PAGES	 2	/* of the image: bits 2:1 */
#define GRANULE		 (0 << 14)
#define BLOCK_SHIFT	 30
#elif PCPU_PAGE_SHIFT == 16
#define FLAGS_PAGES	 6
#define GRANULE		 (1 << 14)
#define BLOCK_SHIFT	 29
#else
#error "pages of 4 or 64 KiB were expected"
#endif

/* Attribute 0: write-back memory, 1: devices (nGnRE). */
#define MAIR	  0x04ff
/* 48 bits of address, the granule, inner shareable write-back tables; no TTBR1; 64 GiB physical. */
#define TCR	  (16 | 1 << 8 | 1 << 10 | 3 << 12 | GRANULE | 1 << 23 | 1 << 32)
/* MMU, data and instruction cache, stack alignment; the rest are bits that must be one. */
#define SCTLR	  (0x30d00800 | 1 | 1 << 2 | 1 << 3 | 1 << 12)
/* Blocks: valid, accessed; memory is inner shareable, devices are not executable. */
#define MEMORY	  (1 | 3 << 8 | 1 << 10)
#define DEVICES	  (1 | 1 << 2 | 1 << 10 | 3 << 53)
#define TABLE	  3

	.section .text.start, "ax"
	.globl image_header
image_header:
	b boot_entry
	.long 0
	.quad TEXT_OFFSET
	.quad image_bytes
	.quad FLAGS_PAGES
	.quad 0, 0, 0
	.ascii "ARM\x64"
	.long 0

boot_entry:
	msr daifset, #15
	mov x20, x0
	ldr x1, =bss_start
	ldr x2, =image_end
1:	stp xzr, xzr, [x1], #16
	cmp x1, x2
	b.lo 1b
	bl map_low
	bl mmu_on
	ldr x1, =boot_stack_end
	mov sp, x1
	/* Thread-local variables begin behind a header of one line (arm64_cpu.h). */
	ldr x1, =tls_boot_block
	msr tpidr_el0, x1
	add x1, x1, #64
	ldr x2, =tls_image
	ldr x3, =tls_bytes
3:	cbz x3, 4f
	ldp x4, x5, [x2], #16
	stp x4, x5, [x1], #16
	sub x3, x3, #16
	b 3b
4:
	/* Until there are units the load image serves as CPU 0's copy: sections start at 0. */
	ldr x1, =percpu_image
	msr tpidr_el1, x1
	mov x29, xzr
	mov x0, x20
	bl boot_main
2:	wfi
	b 2b

map_low:
	ldr x1, =boot_root
	ldr x2, =boot_directory
	orr x3, x2, #TABLE
	str x3, [x1]
	ldr x5, =DEVICES
	mov x4, #0
1:	cmp x4, #(1 << (30 - BLOCK_SHIFT))
	b.lo 2f
	ldr x5, =MEMORY
2:	lsl x3, x4, #BLOCK_SHIFT
	orr x3, x3, x5
	str x3, [x2, x4, lsl #3]
	add x4, x4, #1
	cmp x4, #(4 << (30 - BLOCK_SHIFT))
	b.lo 1b
	ret

/* Both kinds of CPU come through here; keeps x20. */
mmu_on:
	ldr x1, =MAIR
	msr mair_el1, x1
	ldr x1, =TCR
	msr tcr_el1, x1
	ldr x1, =boot_root
	msr ttbr0_el1, x1
	dsb sy
	tlbi vmalle1
	dsb nsh
	isb
	ldr x1, =SCTLR
	msr sctlr_el1, x1
	isb
	ret

	.globl cpu_entry
cpu_entry:
	msr daifset, #15
	mov x20, x0
	bl mmu_on
	ldp x1, x2, [x20]	/* struct cpu_start (arch.h) */
	ldr x3, [x20, #16]
	msr tpidr_el1, x1
	msr tpidr_el0, x2
	mov sp, x3
	mov x29, xzr
	bl smp_main

	.bss
	.align PCPU_PAGE_SHIFT
	.globl boot_root
boot_root:	.skip PAGE_BYTES
boot_directory:	.skip PAGE_BYTES
	.skip BOOT_STACK_BYTES
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
