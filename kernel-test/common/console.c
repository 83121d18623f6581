/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* console.c - prints whole lines, and ends the machine. */
#include "kernel-test/common/console.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/lock.h"

const char *machine_doing;
static struct spin console_lock;

void console_put(const char *text)
{
	uint64_t flags = spin_lock(&console_lock);

	for (; *text; text++)
		arch_put_char(*text);
	spin_unlock(&console_lock, flags);
}

void console_put_lines(const char *prefix, const char *text)
{
	bool at_start = true;
	uint64_t flags = spin_lock(&console_lock);

	for (; *text; text++) {
		for (const char *p = prefix; at_start && *p; p++)
			arch_put_char(*p);
		arch_put_char(*text);
		at_start = *text == '\n';
	}
	if (!at_start)
		arch_put_char('\n');
	spin_unlock(&console_lock, flags);
}

/* The exit status has the result. Without a device for it powers off, so that the runner does not
   wait. */
void machine_exit(uint32_t code)
{
	const char *why;

	arch_exit(code * 2 + 1);
	why = arch_power_off();
	console_lock.owner = console_lock.next;
	console_put("# the machine halts, it cannot be powered off: ");
	console_put(why);
	console_put("\n");
	for (;;) {
		interrupts_off();
		cpu_halt();
	}
}

void machine_stop(const char *why)
{
	/* The failing CPU may hold the lock: prints this line anyway. */
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
