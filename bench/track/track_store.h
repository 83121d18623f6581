/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* track_store.h - what the history has of a revision, and what is added to it. */
#ifndef TRACK_STORE_H
#define TRACK_STORE_H

#include "bench/history/history.h"

/* Which of the runs (history_list()) are of flavour release, of what is committed. */
struct track_stored {
	json_t *runs;
	char *key; /* revision_key() */
};

bool track_has_counts(const struct track_stored *stored, const char *id);
bool track_has_times(const struct track_stored *stored, const char *id);

/* The counts of a revision as gate_count() gives them; {} when the history has none. */
json_t *track_counts_of(struct history *history, const struct track_stored *stored,
			const char *id);

#endif
