/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_step.S - a call with a debug exception after each of its instructions (Intel SDM vol. 3,
 * 17.3.1.4: the trap flag). Entries of exceptions and interrupts switch the flag off, returns from
 * them on again.
 */
#define FLAGS_TRAP 0x100

	.text
	.globl step_call, step_end
/* void step_call(void (*call)(void)): step_end is the first instruction behind the call. */
step_call:
	subq $8, %rsp
	pushfq
	orq $FLAGS_TRAP, (%rsp)
	popfq
	call *%rdi
step_end:
	pushfq
	andq $~FLAGS_TRAP, (%rsp)
	popfq
	addq $8, %rsp
	ret

	.section .note.GNU-stack, "", @progbits
