/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* oracle_text.c - see oracle_text.h: the plainest loops that do. */
#include "harness/text/oracle_text.h"

static void oracle_add(struct lab_pieces *pieces, const char *at, size_t nr)
{
	PCPU_ASSERT(pieces->nr < LAB_ORACLE_MAX_PIECES);
	pieces->piece[pieces->nr++] = (struct lab_piece){at, nr};
}

void lab_oracle_lines(const char *text, size_t nr, struct lab_pieces *lines)
{
	size_t start = 0;

	lines->nr = 0;
	for (size_t i = 0; i < nr; i++) {
		if (text[i] == '\n') {
			oracle_add(lines, text + start, i - start);
			start = i + 1;
		}
	}
	if (start < nr)
		oracle_add(lines, text + start, nr - start);
	for (size_t i = 0; i < lines->nr; i++) {
		struct lab_piece *line = &lines->piece[i];

		if (line->nr > 0 && line->at[line->nr - 1] == '\r')
			line->nr--;
	}
}

void lab_oracle_words(const struct lab_piece *line, struct lab_pieces *words)
{
	bool within = false;

	words->nr = 0;
	for (size_t i = 0; i < line->nr; i++) {
		bool blank = line->at[i] == ' ' || line->at[i] == '\t';

		if (!blank && !within)
			oracle_add(words, line->at + i, 0);
		if (!blank)
			words->piece[words->nr - 1].nr++;
		within = !blank;
	}
}

bool lab_oracle_is(const struct lab_piece *piece, const char *string)
{
	for (size_t i = 0; i < piece->nr; i++)
		if (string[i] == '\0' || string[i] != piece->at[i])
			return false;
	return string[piece->nr] == '\0';
}

/* *n is at most LAB_ORACLE_MANY. */
static bool oracle_number(const struct lab_piece *piece, uint64_t *n)
{
	*n = 0;
	for (size_t i = 0; i < piece->nr; i++) {
		if (piece->at[i] < '0' || piece->at[i] > '9')
			return false;
		*n = *n >= LAB_ORACLE_MANY / 16 ? LAB_ORACLE_MANY / 16 :
						  *n * 10 + (uint64_t)(piece->at[i] - '0');
	}
	if (*n >= LAB_ORACLE_MANY / 16)
		*n = LAB_ORACLE_MANY;
	return piece->nr > 0;
}

bool lab_oracle_below(const struct lab_piece *piece, uint64_t limit, uint64_t *n)
{
	return oracle_number(piece, n) && *n < limit;
}
