/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_cover.h - what each input alone covers, and a small choice of inputs that covers it all.
 *
 * What counts are lines and branch sides of core/ and of what reads and writes text in
 * harness/text/, as llvm-cov tells them of a replay of that input alone.
 */
#ifndef CORPUS_COVER_H
#define CORPUS_COVER_H

#include "harness/cli/coverage/coverage_data.h"

#include <jansson.h>

struct corpus_input {
	char *name; /* in the corpus */
	char *path; /* where it lies now */
	size_t bytes;
	bool stays; /* whatever it covers: people made it, or a defect's killer */
	bool committed;
	uint64_t *covers; /* a bit each; NULL: not measured */
	bool chosen;
};

/* One thing to cover. */
struct corpus_element {
	char *file;
	unsigned line, column; /* column 0: the line */
	unsigned to_column;    /* 0: its end */
	int side;	       /* of a branch */
};

struct corpus_cover {
	struct corpus_input *inputs;
	size_t nr;
	struct corpus_element *elements;
	size_t nr_elements, nr_words; /* words: of each input's covers */
	json_t *ids;		      /* of elements, by their place as text */
};

/*
 * Replays each input alone in `program` (flavour cov) and notes what it covers; work: a folder for
 * what is between. An input that breaks something is told and is not chosen. False after printing a
 * diagnostic: a tool failed, a committed input breaks something, or we were interrupted.
 */
bool corpus_cover_measure(struct corpus_cover *cover, const char *program, const char *work);

/* Chooses: all that stay, then whichever adds the most; then none that the others cover. */
void corpus_cover_choose(struct corpus_cover *cover);

/* How many elements the chosen ones cover together. */
size_t corpus_cover_count(const struct corpus_cover *cover);

/* What only this one of the chosen covers, in words; malloc'ed. NULL: nothing. */
char *corpus_cover_reason(const struct corpus_cover *cover, const struct corpus_input *input);

void corpus_cover_free(struct corpus_cover *cover);

/* The elements of one measurement, added to an input: for corpus_cover_measure and its test. */
void corpus_cover_add(struct corpus_cover *cover, struct corpus_input *input,
		      const struct coverage_data *data);

#endif
