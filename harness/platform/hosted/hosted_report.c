/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_report.c - reports of the core. Events go to the configured function. Misuse and failed
 * assertions are printed on stderr and end the program (or, for runs that misuse on purpose, misuse
 * is recorded). A handler may cause misuse too: messages are written by write(2), and the record's
 * lock is held with all signals blocked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/text/layout_text.h"

void plat_event(struct plat *plat, const struct pcpu_event *event)
{
	int state;

	if (!plat->config.event)
		return;
	state = hosted_cancel_forbid(); /* the callback may write, which is a cancellation point */
	plat->config.event(plat->config.context, event);
	hosted_cancel_restore(state);
}

/* Returns true when it took the lock. A handler that interrupted a fork of this thread finds it
   held by the fork (hosted_fork.c), so no other thread can access the record. */
static bool record_lock(struct plat *plat, sigset_t *before)
{
	hosted_signals_block(before);
	if (hosted_lock_is_mine(&plat->report_lock))
		return false;
	hosted_lock_take(&plat->report_lock);
	return true;
}

static void record_unlock(struct plat *plat, const sigset_t *before, bool taken)
{
	if (taken)
		hosted_lock_give(&plat->report_lock);
	hosted_signals_restore(before);
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	char line[256];
	struct lab_text text;
	sigset_t before;

	if (plat->config.record_misuse) {
		bool taken = record_lock(plat, &before);

		plat->report = *report;
		plat->has_report = true;
		record_unlock(plat, &before, taken);
		return;
	}
	lab_text_init(&text, line, sizeof(line) - 1);
	lab_put_report(&text, report);
	memcpy(line + strlen(line), "\n", 2);
	hosted_say(line);
	abort();
}

bool hosted_take_misuse(struct plat *plat, struct pcpu_report *report)
{
	sigset_t before;
	bool had, taken = record_lock(plat, &before);

	had = plat->has_report;
	*report = plat->report;
	plat->has_report = false;
	record_unlock(plat, &before, taken);
	return had;
}

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	char text[512];

	snprintf(text, sizeof(text), "%s:%u: assertion failed: %s\n", file, line, what);
	hosted_say(text);
	abort();
}
