/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_corpora.h - the committed inputs of each target, and what one of them shows of a defect: in a
 * process of its own, which a defect may end as it likes.
 */
#ifndef ZOO_CORPORA_H
#define ZOO_CORPORA_H

#include "fuzz/targets/fuzz.h"
#include "fuzz/targets/inputs.h"
#include "fuzz/zoo/zoo_counts.h"
#include "harness/zoo/zoo.h"

enum { ZOO_MAX_TARGETS = 16 };

struct zoo_corpus {
	const struct fuzz_target *target;
	struct inputs inputs; /* one at least */
};

struct zoo_corpora {
	struct zoo_corpus corpus[ZOO_MAX_TARGETS];
	size_t nr;
	bool measures; /* also what is reached and triggered, which runs what is reached twice */
	struct zoo_reply *reply; /* of the latest try; shared with its process */
};

/* Which input was caught, by whom and in what words. */
struct zoo_reply {
	struct zoo_counts counts; /* of this try */
	bool reached;		  /* by the input that ran last */
	volatile size_t at;
	volatile enum finding_by by; /* FINDING_NONE: no input was */
	char sentence[FUZZ_WORDS_ROOM];
};

/* Reads FOLDER/<target> for each target of the program. One without inputs ends the program with
   status 2. */
void zoo_corpora_load(struct zoo_corpora *corpora, const char *folder);

/* Adds the inputs of a file or folder, none as well, for a target. */
void zoo_corpora_add(struct zoo_corpora *corpora, const struct fuzz_target *target,
		     const char *path);

/* The last part of an input's path. */
const char *zoo_input_name(const struct input *input);

/*
 * Replays inputs of a corpus from number `from` on with a defect (NULL: none) until one is caught:
 * the property is broken, an assertion fails, a signal or a sanitizer ends the process, or an input
 * never ends. Those for which is_first() holds (NULL: none) are replayed before all. Returns
 * whether one was; corpora->reply has it.
 */
bool zoo_corpus_try(struct zoo_corpora *corpora, const struct zoo_corpus *corpus,
		    const struct zoo_defect *defect, size_t from,
		    bool (*is_first)(const void *context, const struct zoo_defect *defect,
				     const struct zoo_corpus *corpus, const struct input *input),
		    const void *context);

#endif
