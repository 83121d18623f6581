/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_escape.S - back to where escape_set() was called, from however deep below it.
 *
 *	struct escape: rbx rbp r12 r13 r14 r15 rsp rip (what a called function keeps, psABI)
 */
	.text
	.globl escape_set, escape_go
/* int escape_set(struct escape *): 0; and 1 when escape_go() comes back to it */
escape_set:
	movq %rbx, (%rdi)
	movq %rbp, 8(%rdi)
	movq %r12, 16(%rdi)
	movq %r13, 24(%rdi)
	movq %r14, 32(%rdi)
	movq %r15, 40(%rdi)
	leaq 8(%rsp), %rax
	movq %rax, 48(%rdi)
	movq (%rsp), %rax
	movq %rax, 56(%rdi)
	xorl %eax, %eax
	ret
/* void escape_go(const struct escape *) */
escape_go:
	movq (%rdi), %rbx
	movq 8(%rdi), %rbp
	movq 16(%rdi), %r12
	movq 24(%rdi), %r13
	movq 32(%rdi), %r14
	movq 40(%rdi), %r15
	movq 48(%rdi), %rsp
	movl $1, %eax
	jmp *56(%rdi)

	.section .note.GNU-stack, "", @progbits
