/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* console.c - a 16550 at port 3F8h, polled, and QEMU's isa-debug-exit at F4h. */
#include "console.h"
#include "cpu.h"
#include "lock.h"

enum { COM1 = 0x3f8, COM_LINE_STATUS = COM1 + 5, COM_MAY_SEND = 0x20, DEBUG_EXIT = 0xf4 };

const char *machine_doing;
static struct spin console_lock;

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

static void put_char(char c)
{
	while (!(port_read8(COM_LINE_STATUS) & COM_MAY_SEND))
		cpu_pause();
	port_write8(COM1, (uint8_t)c);
}

void console_put(const char *text)
{
	uint64_t flags = spin_lock(&console_lock);

	for (; *text; text++)
		put_char(*text);
	spin_unlock(&console_lock, flags);
}

void console_put_lines(const char *prefix, const char *text)
{
	bool at_start = true;
	uint64_t flags = spin_lock(&console_lock);

	for (; *text; text++) {
		for (const char *p = prefix; at_start && *p; p++)
			put_char(*p);
		put_char(*text);
		at_start = *text == '\n';
	}
	if (!at_start)
		put_char('\n');
	spin_unlock(&console_lock, flags);
}

void machine_exit(uint32_t code)
{
	__asm__ volatile("outl %0, %1" : : "a"(code), "Nd"((uint16_t)DEBUG_EXIT));
	for (;;)
		__asm__ volatile("cli; hlt");
}

void machine_stop(const char *why)
{
	/* The lock may be held by whoever is in trouble: this line goes out regardless. */
	console_lock.owner = console_lock.next;
	console_put("\nBail out! ");
	if (machine_doing) {
		console_put(machine_doing);
		console_put(": ");
	}
	console_put(why);
	console_put("\n");
	machine_exit(BOOT_EXIT_FAILED);
}

void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	LINE(text, 256);

	lab_put(&text, file);
	lab_put_char(&text, ':');
	lab_put_u64(&text, line);
	lab_put(&text, ": not true: ");
	lab_put(&text, what);
	machine_stop(text_text);
}
