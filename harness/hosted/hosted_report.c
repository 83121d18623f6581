/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_report.c - what the core tells: events to the configured function, misuse and failed
 * assertions in words on stderr and an end to the program (or, for runs that misuse on purpose, a
 * record).
 */
#include <stdio.h>
#include <stdlib.h>

#include "hosted_plat.h"
#include "layout_text.h"

void plat_event(struct plat *plat, const struct pcpu_event *event)
{
	if (plat->config.event)
		plat->config.event(plat->config.context, event);
}

void plat_panic(struct plat *plat, const struct pcpu_report *report)
{
	char line[256];
	struct lab_text text;

	if (plat->config.record_misuse) {
		pthread_mutex_lock(&plat->report_lock);
		plat->report = *report;
		plat->has_report = true;
		pthread_mutex_unlock(&plat->report_lock);
		return;
	}
	lab_text_init(&text, line, sizeof(line));
	lab_put_report(&text, report);
	fprintf(stderr, "%s\n", line);
	abort();
}

bool lab_take_misuse(struct plat *plat, struct pcpu_report *report)
{
	bool had;

	pthread_mutex_lock(&plat->report_lock);
	had = plat->has_report;
	*report = plat->report;
	plat->has_report = false;
	pthread_mutex_unlock(&plat->report_lock);
	return had;
}

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	fprintf(stderr, "%s:%u: assertion failed: %s\n", file, line, what);
	abort();
}
