/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_ap.S - from the start-up IPI to C on every other CPU.
 *
 *	real mode, copied to ap_page  ->  32 bits in place  ->  long mode  ->  bases  ->  smp_main
 *
 * CPUs start one at a time: x86_apic.c fills ap_start for the next one. The bases are written
 * before the first C function runs, since C code may look at %gs:40 (canary) and at thread-local
 * variables (%fs:).
 */

/* struct cpu_start (arch.h). */
#define PERCPU_BASE    0
#define THREAD_POINTER 8
#define STACK_TOP      16

	.section .text.ap, "ax"
	.code16
	.globl ap_code, ap_code_end
ap_code:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl ap_gdtr - ap_code
	movl %cr0, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl $0x08, $ap_entry32
	.align 8
ap_gdtr:
	.word 31
	.long ap_gdt
ap_code_end:

	.code32
ap_entry32:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %ss
	movl %eax, %es
	movl $ap_small_stack_end, %esp
	call enable_long
	ljmp $0x10, $ap_entry64

	.code64
ap_entry64:
	lgdt boot_gdtr
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movl $0xc0000101, %ecx
	movl ap_start + PERCPU_BASE, %eax
	movl ap_start + PERCPU_BASE + 4, %edx
	wrmsr
	movl $0xc0000100, %ecx
	movl ap_start + THREAD_POINTER, %eax
	movl ap_start + THREAD_POINTER + 4, %edx
	wrmsr
	movq ap_start + STACK_TOP, %rsp
	xorl %ebp, %ebp
	call smp_main
1:	hlt
	jmp 1b

	.section .rodata
	.align 16
ap_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff

	.bss
	.align 16
	.skip 64
ap_small_stack_end:

	.section .note.GNU-stack, "", @progbits
