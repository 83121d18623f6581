/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * corpus_readme.h - corpus/TARGET/README.md: the reason of every input.
 *
 *	| name | reason |	or	- `name`: reason
 *
 * R1  An input written by people has a descriptive name and their reason: both stay.
 * R2  An input that was found is named by its content, 12 hexadecimal digits, and its row is
 *     rewritten by each minimisation.
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

/* Returns whether this is the name of a found input. */
bool corpus_is_found(const char *name);

/* Parses the text of a README.md (malloc'ed, takes ownership); "" when there is none. */
void corpus_readme_parse(struct corpus_readme *readme, char *text);
void corpus_readme_free(struct corpus_readme *readme);

/* Returns the reason of an input, or NULL. */
const char *corpus_readme_reason(const struct corpus_readme *readme, const char *name);

/*
 * Returns the text with the rows of found inputs replaced by these, after the last row that stays,
 * in the form of the other rows. target: for the heading of an empty text. malloc'ed.
 */
char *corpus_readme_write(const struct corpus_readme *readme, const char *target,
			  const struct corpus_row *found, size_t nr);

#endif
