/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * x86_window.S - the first and last instructions of a kernel that was entered from user mode.
 *
 *	user mode | entry: GS base still the user's | swapgs | kernel ...
 *	           ^^^^^^^^^^ an NMI that comes here must not believe %gs:
 *	           (Intel SDM vol. 2, SWAPGS)
 *
 * Seen from within the kernel it is the same between two swapgs. Interrupts are off, as at entry.
 */
	.text
	.globl window_run
/* void window_run(void (*inside)(void *argument), void *argument): inside() may not use %gs: */
window_run:
	subq $8, %rsp
	movq %rdi, %rax
	movq %rsi, %rdi
	cli
	swapgs
	call *%rax
	swapgs
	sti
	addq $8, %rsp
	ret

	.section .note.GNU-stack, "", @progbits
