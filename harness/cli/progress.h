/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * progress.h - what goes on, on stderr: one line that is rewritten on a terminal; elsewhere a
 * line every ten seconds, so that a log shows life and stays short. Under a parent of ours
 * (LAB_PROGRESS=parent, set by cmd_run.c) the state goes up as a line that begins with a
 * carriage return, twice a second at most.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

/* The state now; replaces the one before. */
void progress_show(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Several lines as one state, the first of which tells the sum: it stands for all under a
   parent. */
void progress_show_lines(const char *const lines[], unsigned nr_lines);
/* A line that stays. */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Takes the state away, before others write to the terminal. */
void progress_clear(void);

#endif
