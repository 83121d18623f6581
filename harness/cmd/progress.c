/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* progress.c - one living line on stderr. */
#include "progress.h"
#include "tools.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES = 512 };

#define QUIET_SECONDS  10.0
#define PARENT_SECONDS 0.5

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

static bool under_parent(void)
{
	const char *how = getenv("LAB_PROGRESS");

	return how && !strcmp(how, "parent");
}

/* Is it time for another line of a state that is not rewritten? */
static bool is_due(double quiet_seconds)
{
	static double last;
	double now = tool_now();

	if (now - last < quiet_seconds)
		return false;
	last = now;
	return true;
}

void progress_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

void progress_show(const char *format, ...)
{
	char line[LINE_BYTES];
	va_list words;

	va_start(words, format);
	vsnprintf(line, sizeof(line), format, words);
	va_end(words);
	if (on_terminal()) {
		fprintf(stderr, "\r\033[K%.*s", (int)terminal_columns(), line);
		shown = true;
	} else if (under_parent()) {
		if (is_due(PARENT_SECONDS))
			fprintf(stderr, "\r%s\n", line);
	} else if (is_due(QUIET_SECONDS)) {
		fprintf(stderr, "%s\n", line);
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
