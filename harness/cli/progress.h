/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * progress.h - progress on stderr: one line that is rewritten on a terminal; elsewhere a line every
 * ten seconds, which keeps a log short. Under cmd_run.c (LAB_PROGRESS=parent) the state is a line
 * that begins with a carriage return, twice a second at most.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

/* Shows the state; replaces the previous one. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Shows several lines as one state; under a parent only the first one, the total, is shown. */
void progress_show_lines(const char *const lines[], unsigned nr_lines);
/* Prints a line that stays. */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Removes the state. Call it before others write to the terminal. */
void progress_clear(void);

#endif
