/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* outcome.c - see outcome.h. */
#include "fuzz/targets/outcome.h"
#include "harness/platform/sim/sim.h"
#include "harness/text/text.h"

#include <pcpu/pcpu.h>

enum finding_by fuzz_seen_by(const char *sentence, enum finding_by otherwise)
{
	for (enum pcpu_invariant i = PCPU_HOLDS + 1; i < PCPU_NR_INVARIANTS; i++)
		if (sentence == pcpu_invariant_text(i))
			return FINDING_WALKER;
	return otherwise;
}

bool fuzz_expect(struct fuzz_outcome *outcome, bool holds, const char *place, const char *sentence)
{
	struct lab_text text;

	if (holds)
		return true;
	outcome->by = fuzz_seen_by(sentence, FINDING_ORACLE);
	outcome->sentence = sentence;
	lab_text_init(&text, outcome->place, sizeof(outcome->place));
	lab_put(&text, place);
	return false;
}

void fuzz_put_words(struct fuzz_outcome *outcome)
{
	struct lab_text text;

	lab_text_init(&text, outcome->words, sizeof(outcome->words));
	lab_put(&text, outcome->place);
	lab_put(&text, ": ");
	lab_put(&text, outcome->sentence);
}

struct attempt {
	bool (*run)(const void *input, struct fuzz_outcome *outcome);
	const void *input;
	struct fuzz_outcome *outcome;
	bool good;
};

static void attempt_run(void *argument)
{
	struct attempt *attempt = argument;

	attempt->good = attempt->run(attempt->input, attempt->outcome);
}

bool fuzz_try(bool (*run)(const void *input, struct fuzz_outcome *outcome), const void *input,
	      struct fuzz_outcome *outcome)
{
	struct attempt attempt = {.run = run, .input = input, .outcome = outcome};
	const char *assertion = sim_catch_assert(attempt_run, &attempt);

	if (fuzz_expect(outcome, !assertion, "assertion", assertion))
		return attempt.good;
	outcome->by = FINDING_ASSERTION;
	return false;
}
