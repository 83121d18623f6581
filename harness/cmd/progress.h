/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * progress.h - what goes on, on stderr: one line that is rewritten on a terminal; elsewhere a line every
 * ten seconds, so that a log shows life and stays short.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

/* The state now; replaces the one before. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line that stays. */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Takes the state away, before others write to the terminal. */
void progress_clear(void);

#endif
