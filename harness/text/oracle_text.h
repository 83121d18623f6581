/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * oracle_text.h - lines, words and numbers for oracles that read what the lab's parsers read:
 * second opinions, so nothing of text.c is used. Freestanding.
 */
#ifndef LAB_ORACLE_TEXT_H
#define LAB_ORACLE_TEXT_H

#include <pcpu/base.h>

#define LAB_ORACLE_MAX_PIECES 4096u
#define LAB_ORACLE_MANY	      (UINT64_C(1) << 62) /* stands for all larger numbers */

struct lab_piece {
	const char *at;
	size_t nr;
};

struct lab_pieces {
	size_t nr;
	struct lab_piece piece[LAB_ORACLE_MAX_PIECES];
};

/* Lines end at a newline, which like one CR before it is no part of them; what is behind the last
   newline is a line, unless it is empty. At most LAB_ORACLE_MAX_PIECES: asserted. */
void lab_oracle_lines(const char *text, size_t nr, struct lab_pieces *lines);
/* Words are what blanks and tabs part. */
void lab_oracle_words(const struct lab_piece *line, struct lab_pieces *words);
bool lab_oracle_is(const struct lab_piece *piece, const char *string);
/* One digit or more and nothing else, a number below `limit`. */
bool lab_oracle_below(const struct lab_piece *piece, uint64_t limit, uint64_t *n);

#endif
