/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_traps.S - 256 entries that all lead to trap_dispatch(struct trap_frame *).
 *
 * The processor pushes an error code for some vectors only (Intel SDM vol. 3, 6.13); the entries of
 * the others push a zero, so that the frame is always the same. Each entry is 16 bytes long.
 */

	.text
	.align 16
	.globl trap_entries
trap_entries:
	.set vector, 0
	.rept 256
	.align 16
	.if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

trap_common:
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	cld
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	call trap_dispatch
	movq %rbp, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

/* bool probe_load(uintptr_t address), probe_load_here(uintptr_t pointer): may a byte be read there?
   A page fault at probe_at or probe_here_at goes on at probe_failed instead (x86_trap.c). */
	.globl probe_load, probe_load_here, probe_at, probe_here_at, probe_failed
probe_load:
probe_at:
	movb (%rdi), %al
	movl $1, %eax
	ret
probe_load_here:
probe_here_at:
	movb %gs:(%rdi), %al
	movl $1, %eax
	ret
probe_failed:
	xorl %eax, %eax
	ret

	.section .note.GNU-stack, "", @progbits
