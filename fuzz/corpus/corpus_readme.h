/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_readme.h - corpus/TARGET/README.md: the reason of every input.
 *
 *	| name | reason |	or	- `name`: reason
 *
 * R1  An input that people made has a name in words and a reason in their words: both stay.
 * R2  An input that was found is named by its content, 12 hexadecimal digits, and its row is
 *     rewritten whenever the corpus is made small.
 */
#ifndef CORPUS_README_H
#define CORPUS_README_H

#include <stdbool.h>
#include <stddef.h>

struct corpus_row {
	char *name, *reason;
	unsigned line; /* of README.md */
};

struct corpus_readme {
	char *text;
	struct corpus_row *rows;
	size_t nr;
};

enum { CORPUS_FOUND_NAME = 12 }; /* digits */

/* Is this the name of a found input? */
bool corpus_is_found(const char *name);

/* A text as in README.md (malloc'ed, taken); "" for none. */
void corpus_readme_parse(struct corpus_readme *readme, char *text);
void corpus_readme_free(struct corpus_readme *readme);

/* The reason of an input, or NULL. */
const char *corpus_readme_reason(const struct corpus_readme *readme, const char *name);

/*
 * The text with the rows of found inputs replaced by these, behind the last row that stays, in the
 * form that the others have. target: for the heading of a text that is empty. malloc'ed.
 */
char *corpus_readme_write(const struct corpus_readme *readme, const char *target,
			  const struct corpus_row *found, size_t nr);

#endif
