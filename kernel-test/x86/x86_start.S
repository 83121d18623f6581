/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_start.S - from the loader to C on the boot CPU.
 *
 *	PVH entry (32-bit, paging off, EBX -> start info)  ->  page tables  ->  long mode  -> 
    boot_main
 *
 * The first 4 GiB are mapped to themselves with 2 MiB pages; the topmost GiB, where the
 * devices are, uncached. The
 * PVH start of day: xen.org, docs/misc/pvh; the switch: Intel SDM vol. 3, 9.8.5.
 */

#define BOOT_STACK_BYTES 65536
#define NOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a", @note
	.align 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long pvh_entry

	.section .text.start, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	cli
	cld
	movl $boot_stack_end, %esp
	movl %ebx, boot_start_info
	call map_low
	lgdt boot_gdtr
	call enable_long
	ljmp $0x10, $boot_entry64

/* Root -> one table of 1 GiB entries -> four tables of 2 MiB pages. */
map_low:
	movl $boot_directory, %eax
	orl $3, %eax
	movl %eax, boot_root
	movl $boot_pages, %eax
	orl $3, %eax
	movl $boot_directory, %edi
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	loop 1b
	movl $boot_pages, %edi
	movl $0x83, %eax		/* present, writable, 2 MiB */
	movl $2048, %ecx
2:	movl %eax, (%edi)
	cmpl $0xc0000000, %eax
	jb 3f
	orl $0x18, (%edi)		/* write-through, not cached */
3:	addl $0x200000, %eax
	addl $8, %edi
	loop 2b
	ret

/* PAE, the root, EFER.LME, then paging; both kinds of CPU come through here. */
	.globl enable_long
enable_long:
	movl %cr4, %eax
	orl $0x20, %eax
	movl %eax, %cr4
	movl $boot_root, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl %cr0, %eax
	andl $0x9fffffff, %eax		/* caches on */
	orl $0x80010001, %eax		/* paging, write protection, protected mode */
	movl %eax, %cr0
	ret

	.code64
boot_entry64:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	/* Thread-local variables end at the FS base, where its own address is (x86_cpu.h). */
	movl $tls_image, %esi
	movl $tls_boot_block, %edi
	movl $tls_bytes, %ecx
	rep movsb
	movq %rdi, (%rdi)
	movl $0xc0000100, %ecx
	movl %edi, %eax
	xorl %edx, %edx
	wrmsr
	/* Until there are units the load image serves as CPU 0's copy: sections start at 0. */
	movl $0xc0000101, %ecx
	movl $percpu_image, %eax
	xorl %edx, %edx
	wrmsr
	movl $boot_stack_end, %esp
	xorl %ebp, %ebp
	movl boot_start_info, %edi
	call boot_main
1:	hlt
	jmp 1b

	.section .rodata
	.align 16
boot_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 08: code, 32 bits */
	.quad 0x00af9b000000ffff	/* 10: code, 64 bits */
	.quad 0x00cf93000000ffff	/* 18: data */
	.globl boot_gdtr
boot_gdtr:
	.word boot_gdtr - boot_gdt - 1
	.quad boot_gdt

	.data
	.align 8
boot_start_info:
	.quad 0

	.bss
	.align 4096
	.globl boot_root
boot_root:	.skip 4096
boot_directory:	.skip 4096
boot_pages:	.skip 4 * 4096
	.align 16
	.skip BOOT_STACK_BYTES
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
