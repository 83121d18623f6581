/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* x86_console.c - a 16550 at port 3F8h, polled, and QEMU's isa-debug-exit at F4h. */
#include "kernel-test/common/arch.h"
#include "kernel-test/common/console.h"

enum { COM1 = 0x3f8, COM_LINE_STATUS = COM1 + 5, COM_MAY_SEND = 0x20, DEBUG_EXIT = 0xf4 };

void console_init(void)
{
	static const uint8_t set_up[][2] = {
		{1, 0x00}, /* no interrupts */
		{3, 0x80}, {0, 1}, {1, 0}, /* 115200 baud */
		{3, 0x03}, /* 8N1 */
		{2, 0xc7}, /* queues on, emptied */
	};

	for (size_t i = 0; i < sizeof(set_up) / sizeof(set_up[0]); i++)
		port_write8(COM1 + set_up[i][0], set_up[i][1]);
}

void arch_put_char(char c)
{
	while (!(port_read8(COM_LINE_STATUS) & COM_MAY_SEND))
		cpu_pause();
	port_write8(COM1, (uint8_t)c);
}

/* The device itself makes code * 2 + 1 of it. */
void arch_exit(uint32_t status)
{
	__asm__ volatile("outl %0, %1" : : "a"(status / 2), "Nd"((uint16_t)DEBUG_EXIT));
}
