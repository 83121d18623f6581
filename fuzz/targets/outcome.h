/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* outcome.h - helpers of targets for outcomes: expectations, and assertions. */
#ifndef FUZZ_OUTCOME_H
#define FUZZ_OUTCOME_H

#include "fuzz/targets/fuzz.h"

/* Returns the detector of this sentence: the walker, if it is in invariants.def, or `otherwise`. */
enum finding_by fuzz_seen_by(const char *sentence, enum finding_by otherwise);

/* holds, or false with the sentence and the place in the outcome, seen by walker or oracle. */
bool fuzz_expect(struct fuzz_outcome *outcome, bool holds, const char *place, const char *sentence);

/* "PLACE: SENTENCE", for a target that has no more to tell of what is wrong. */
void fuzz_put_words(struct fuzz_outcome *outcome);

/* run(), which leaves what is wrong in the outcome; an assertion that fails in it is wrong at
   "assertion". */
bool fuzz_try(bool (*run)(const void *input, struct fuzz_outcome *outcome), const void *input,
	      struct fuzz_outcome *outcome);

#endif
