/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arm64_traps.S - the 16 entries of the vector table (Arm ARM DDI 0487, VBAR_EL1), 128 bytes each,
 * all lead to trap_dispatch(number of the entry, struct trap_frame *).
 */

#define FRAME_BYTES 272

	.text
	.align 11
	.globl trap_entries
trap_entries:
	.set entry, 0
	.rept 16
	.align 7
	sub sp, sp, #FRAME_BYTES
	stp x0, x1, [sp]
	mov x0, #entry
	b trap_common
	.set entry, entry + 1
	.endr

trap_common:
	stp x2, x3, [sp, #16]
	stp x4, x5, [sp, #32]
	stp x6, x7, [sp, #48]
	stp x8, x9, [sp, #64]
	stp x10, x11, [sp, #80]
	stp x12, x13, [sp, #96]
	stp x14, x15, [sp, #112]
	stp x16, x17, [sp, #128]
	stp x18, x19, [sp, #144]
	stp x20, x21, [sp, #160]
	stp x22, x23, [sp, #176]
	stp x24, x25, [sp, #192]
	stp x26, x27, [sp, #208]
	stp x28, x29, [sp, #224]
	mrs x1, elr_el1
	mrs x2, spsr_el1
	stp x30, x1, [sp, #240]
	str x2, [sp, #256]
	mov x1, sp
	bl trap_dispatch
	ldr x2, [sp, #256]
	ldp x30, x1, [sp, #240]
	msr spsr_el1, x2
	msr elr_el1, x1
	ldp x28, x29, [sp, #224]
	ldp x26, x27, [sp, #208]
	ldp x24, x25, [sp, #192]
	ldp x22, x23, [sp, #176]
	ldp x20, x21, [sp, #160]
	ldp x18, x19, [sp, #144]
	ldp x16, x17, [sp, #128]
	ldp x14, x15, [sp, #112]
	ldp x12, x13, [sp, #96]
	ldp x10, x11, [sp, #80]
	ldp x8, x9, [sp, #64]
	ldp x6, x7, [sp, #48]
	ldp x4, x5, [sp, #32]
	ldp x2, x3, [sp, #16]
	ldp x0, x1, [sp]
	add sp, sp, #FRAME_BYTES
	eret

/* bool probe_load(uintptr_t address), probe_load_here(uintptr_t pointer): may a byte be read there?
   A data abort at probe_at or probe_here_at goes on at probe_failed instead (arm64_trap.c). */
	.globl probe_load, probe_load_here, probe_at, probe_here_at, probe_failed
probe_load:
probe_at:
	ldrb w1, [x0]
	mov w0, #1
	ret
probe_load_here:
	mrs x1, tpidr_el1
probe_here_at:
	ldrb w1, [x1, x0]
	mov w0, #1
	ret
probe_failed:
	mov w0, #0
	ret

/* void semihosting_call(uint64_t operation, const void *parameter). Where nobody answers it is an
   undefined instruction: the exception at semihosting_at goes on behind it (arm64_trap.c). */
	.globl semihosting_call, semihosting_at
semihosting_call:
semihosting_at:
	hlt #0xf000
	ret

	.section .note.GNU-stack, "", @progbits
