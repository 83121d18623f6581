/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_storm.S - an increment of this CPU's copy in three steps.
 *
 *	load | add | store	an interrupt at one of the two bars loses what it counts itself
 *
 * A translator of whole blocks (QEMU's TCG) lets interrupts in between blocks only: each jump ends
 * one. split_from and split_to are the first and the last address at which an interrupt falls
 * between load and store.
 */
	.text
	.globl split_increment, split_from, split_to
/* void split_increment(uintptr_t pointer): of 8 bytes */
split_increment:
	movq %gs:(%rdi), %rax
split_from:
	jmp 1f
1:	incq %rax
	jmp split_to
split_to:
	movq %rax, %gs:(%rdi)
	ret

	.section .note.GNU-stack, "", @progbits
