/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * bisect_alert.h - the alert that a bisection is about: where it looks when the user names no
 * revisions, and what it found, in the alert's text.
 */
#ifndef BISECT_ALERT_H
#define BISECT_ALERT_H

#include "bench/track/count_named.h"
#include "harness/cli/git.h"

/*
 * Finds the newest alert of this count that is new or seen and lies between two commits of this
 * repository, one an ancestor of the other. Returns its number, 0 when there is none. path: the
 * history; one that does not exist has no alerts.
 */
int64_t bisect_alert_find(const char *path, const struct counted_metric *metric,
			  char good[GIT_ID_BYTES], char bad[GIT_ID_BYTES]);

/*
 * Adds words to the newest alert of this count that is not fixed and whose rise the commit may be:
 * it is no ancestor of the revision before, but one of the alert's. Returns its number; 0: there
 * is none, or it could not be written, which was printed. Words that stand there stand there once.
 */
int64_t bisect_alert_note(const char *path, const struct counted_metric *metric, const char *id,
			  const char *words);

#endif
