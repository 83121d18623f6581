/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* progress.c - one line of progress on stderr that is updated, or a few. */
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_BYTES = 512 };

#define QUIET_SECONDS  10.0
#define PARENT_SECONDS 0.5

static unsigned nr_shown; /* lines of the state at the end of the terminal's output */

static bool on_terminal(void)
{
	return isatty(STDERR_FILENO);
}

static struct winsize terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20 || size.ws_row < 2)
		return (struct winsize){.ws_col = 80, .ws_row = 24};
	return size;
}

static bool under_parent(void)
{
	const char *how = getenv("LAB_PROGRESS");

	return how && !strcmp(how, "parent");
}

/* Returns whether another line is due, where states are not rewritten. */
static bool is_due(double quiet_seconds)
{
	static double last;
	double now = clock_seconds();

	if (now - last < quiet_seconds)
		return false;
	last = now;
	return true;
}

void progress_clear(void)
{
	if (nr_shown > 1)
		fprintf(stderr, "\033[%uA", nr_shown - 1);
	if (nr_shown)
		fputs("\r\033[J", stderr);
	nr_shown = 0;
}

static void render_lines(const char *const lines[], unsigned nr_lines)
{
	struct winsize size = terminal_size();

	if (nr_lines > size.ws_row - 1u)
		nr_lines = size.ws_row - 1u;
	progress_clear();
	for (unsigned i = 0; i < nr_lines; i++)
		fprintf(stderr, "%s%.*s", i ? "\n" : "", size.ws_col - 1, lines[i]);
	nr_shown = nr_lines;
}

void progress_show_lines(const char *const lines[], unsigned nr_lines)
{
	if (on_terminal()) {
		render_lines(lines, nr_lines);
	} else if (under_parent()) {
		if (is_due(PARENT_SECONDS))
			fprintf(stderr, "\r%s\n", lines[0]);
	} else if (is_due(QUIET_SECONDS)) {
		for (unsigned i = 0; i < nr_lines; i++)
			fprintf(stderr, "%s\n", lines[i]);
	}
}

void progress_show(const char *format, ...)
{
	char line[LINE_BYTES];
	const char *lines[] = {line};
	va_list words;

	va_start(words, format);
	vsnprintf(line, sizeof(line), format, words);
	va_end(words);
	progress_show_lines(lines, 1);
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
