/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* console.h - the serial console, one line at a time, and the end of the machine. */
#ifndef BOOT_CONSOLE_H
#define BOOT_CONSOLE_H

#include "harness/text/text.h"

void console_init(void);
/* Writes whole text; lines of different CPUs do not mix. */
void console_put(const char *text);
/* "PREFIX" before every line of text. */
void console_put_lines(const char *prefix, const char *text);

/* Ends the machine: QEMU's exit status is code * 2 + 1 (isa-debug-exit, semihosting). Without such
   a device powers it off; if that fails, prints that and halts. */
enum { BOOT_EXIT_PASSED = 0x10, BOOT_EXIT_FAILED = 0x11 };
_Noreturn void machine_exit(uint32_t code);
/* The running test, or NULL. */
extern const char *machine_doing;
/* Prints "Bail out! TEST: WHY" and ends the machine. */
_Noreturn void machine_stop(const char *why);

/* A line that is assembled: LINE(line, bytes); lab_put...(&line, ...). */
#define LINE(name, bytes) \
	char name##_text[bytes]; \
	struct lab_text name; \
	lab_text_init(&name, name##_text, bytes)

#endif
