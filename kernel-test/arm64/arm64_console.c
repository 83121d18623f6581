/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * arm64_console.c - a PL011 (Arm DDI 0183), polled, and the way out by semihosting (Arm,
 * "Semihosting for AArch32 and AArch64", SYS_EXIT).
 */
#include "kernel-test/common/arch.h"
#include "kernel-test/arm64/arm64_machine.h"
#include "kernel-test/arm64/arm64_trap.h"
#include "kernel-test/common/console.h"

/* The fixed address on QEMU's virt: errors in the device tree must be printed, too. */
enum { UART = 0x09000000, UART_DATA = 0, UART_FLAGS = 0x18, FLAGS_FULL = 1 << 5 };
enum { SYS_EXIT = 0x18 };
#define APPLICATION_EXIT UINT64_C(0x20026)

/* QEMU's UART needs no set-up. */
void console_init(void)
{
}

void arch_put_char(char c)
{
	uint64_t uart = arm64_facts.uart ? arm64_facts.uart : UART;

	while (*(volatile uint32_t *)(uart + UART_FLAGS) & FLAGS_FULL)
		cpu_pause();
	*(volatile uint32_t *)(uart + UART_DATA) = (uint8_t)c;
}

void arch_exit(uint32_t status)
{
	const uint64_t block[2] = {APPLICATION_EXIT, status};

	semihosting_call(SYS_EXIT, block);
}
