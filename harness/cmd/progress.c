/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* progress.c - one living line on stderr. */
#include "progress.h"
#include "tools.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES = 512, QUIET_SECONDS = 10 };

static bool shown; /* a state is on the terminal's last line */

static bool on_terminal(void)
{
	return isatty(STDERR_FILENO);
}

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 79;
	return size.ws_col - 1u;
}

void progress_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

void progress_show(const char *format, ...)
{
	static double last;
	char line[LINE_BYTES];
	va_list words;

	va_start(words, format);
	vsnprintf(line, sizeof(line), format, words);
	va_end(words);
	if (on_terminal()) {
		fprintf(stderr, "\r\033[K%.*s", (int)terminal_columns(), line);
		shown = true;
	} else if (tool_now() - last > QUIET_SECONDS) {
		fprintf(stderr, "%s\n", line);
		last = tool_now();
	}
}

void progress_say(const char *format, ...)
{
	va_list words;

	progress_clear();
	va_start(words, format);
	vfprintf(stderr, format, words);
	va_end(words);
	fputc('\n', stderr);
}
