/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* console.c - prints whole lines, and ends the machine. */
#include "kernel-test/common/console.h"
#include "kernel-test/common/arch.h"
#include "kernel-test/common/lock.h"

const char *machine_doing;
static struct spin console_lock;
static bool ending;

/* One CPU ends the machine, with whole words. Another that fails beside it waits for the end; that
   it ends the machine after some seconds helps if the first one fails in its own last words. */
static void end_alone(void)
{
	bool was = __atomic_exchange_n(&ending, true, __ATOMIC_ACQ_REL);

	interrupts_off();
	for (uint32_t i = 0; was && i < 1u << 28; i++)
		cpu_pause();
}

/* Lets a line that another CPU prints come to its end, which never comes if the failing CPU holds
   the lock; keeps all others out from then on. */
static void console_take_over(void)
{
	for (uint32_t i = 0; i < 1u << 16; i++) {
		if (__atomic_load_n(&console_lock.owner, __ATOMIC_RELAXED) ==
		    __atomic_load_n(&console_lock.next, __ATOMIC_RELAXED))
			break;
		cpu_pause();
	}
	__atomic_fetch_add(&console_lock.next, 1, __ATOMIC_RELAXED);
}

/* For the CPU that ends the machine: takes no lock. */
static void last_words(const char *text)
{
	for (; *text; text++)
		arch_put_char(*text);
}

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
static _Noreturn void machine_end(uint32_t code)
{
	const char *why;

	arch_exit(code * 2 + 1);
	why = arch_power_off();
	last_words("# the machine halts, it cannot be powered off: ");
	last_words(why);
	last_words("\n");
	for (;;) {
		interrupts_off();
		cpu_halt();
	}
}

void machine_exit(uint32_t code)
{
	end_alone();
	console_take_over();
	machine_end(code);
}

void machine_stop(const char *why)
{
	end_alone();
	console_take_over();
	last_words("\nBail out! ");
	if (machine_doing) {
		last_words(machine_doing);
		last_words(": ");
	}
	last_words(why);
	last_words("\n");
	machine_end(BOOT_EXIT_FAILED);
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
