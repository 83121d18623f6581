/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_cover.h - what each input alone covers, and a small choice of inputs that covers it all.
 *
 * Counted are lines and branch sides of core/ and of the readers and writers in harness/text/, as
 * llvm-cov reports them for a replay of that input alone.
 */
#ifndef CORPUS_COVER_H
#define CORPUS_COVER_H

#include "harness/cli/coverage/coverage_data.h"

#include <jansson.h>

struct corpus_input {
	char *name; /* in the corpus */
	char *path; /* its current path */
	size_t bytes;
	bool stays; /* always chosen: written by people, or kills a defect */
	bool committed;
	uint64_t *covers; /* one bit per element; NULL: not measured */
	bool chosen;
};

/* One element to cover. */
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
	json_t *ids;		      /* index of elements, by their place as text */
};

/*
 * Replays each input alone in `program` (flavour asan) and records what it covers; work: a folder
 * for intermediate files. An input that fails is reported and not chosen. False after printing a
 * diagnostic: a tool failed, a committed input fails, or a signal came.
 */
bool corpus_cover_measure(struct corpus_cover *cover, const char *program, const char *work);

/* Chooses all that stay, then repeatedly the one that adds the most; drops those that the others
   cover. */
void corpus_cover_choose(struct corpus_cover *cover);

/* Returns how many elements the chosen ones cover together. */
size_t corpus_cover_count(const struct corpus_cover *cover);

/* Describes what only this chosen input covers; malloc'ed. NULL: nothing. */
char *corpus_cover_reason(const struct corpus_cover *cover, const struct corpus_input *input);

void corpus_cover_free(struct corpus_cover *cover);

/* Adds the elements of one measurement to an input: for corpus_cover_measure and its test. */
void corpus_cover_add(struct corpus_cover *cover, struct corpus_input *input,
		      const struct coverage_data *data);

#endif
