/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text.c - the lab's words without a C library: a bounded writer, a line reader, a hash.
 *
 *	at      bytes            room		the writer counts on beyond room, so that a
 *	|#######|................|		caller learns how much it would have needed
 */
#include "harness/text/text.h"

#define MAX_DIGITS 20 /* of UINT64_MAX */

void lab_text_init(struct lab_text *text, char *at, size_t capacity)
{
	*text = (struct lab_text){.at = at, .capacity = capacity};
	if (capacity > 0)
		at[0] = '\0';
}

void lab_put_char(struct lab_text *text, char c)
{
	if (text->bytes + 1 < text->capacity) {
		text->at[text->bytes] = c;
		text->at[text->bytes + 1] = '\0';
	}
	text->bytes++;
}

void lab_put(struct lab_text *text, const char *string)
{
	while (*string != '\0')
		lab_put_char(text, *string++);
}

void lab_put_bytes(struct lab_text *text, const char *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		lab_put_char(text, bytes[i]);
}

/* Digits of n in base (10 or 16), at least width of them. */
static void put_digits(struct lab_text *text, uint64_t n, uint32_t base, uint32_t width)
{
	char digits[MAX_DIGITS];
	uint32_t nr = 0;

	do {
		digits[nr++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0);
	for (; width > nr; width--)
		lab_put_char(text, '0');
	while (nr > 0)
		lab_put_char(text, digits[--nr]);
}

void lab_put_u64(struct lab_text *text, uint64_t n)
{
	put_digits(text, n, 10, 1);
}

void lab_put_number(struct lab_text *text, const char *what, uint64_t n)
{
	lab_put(text, what);
	lab_put_u64(text, n);
}

void lab_put_u64_padded(struct lab_text *text, uint64_t n, uint32_t width)
{
	put_digits(text, n, 10, width);
}

void lab_put_hex(struct lab_text *text, uint64_t n)
{
	lab_put(text, "0x");
	put_digits(text, n, 16, 1);
}

bool lab_next_line(struct lab_lines *lines, const char **line, size_t *bytes)
{
	const char *at = lines->at;

	if (at == lines->end)
		return false;
	while (at < lines->end && *at != '\n')
		at++;
	*line = lines->at;
	*bytes = (size_t)(at - lines->at);
	lines->at = at < lines->end ? at + 1 : at;
	lines->number++;
	if (*bytes > 0 && (*line)[*bytes - 1] == '\r')
		--*bytes;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool lab_next_word(const char **at, const char *end, const char **word, size_t *bytes)
{
	const char *c = *at;

	while (c < end && is_blank(*c))
		c++;
	*word = c;
	while (c < end && !is_blank(*c))
		c++;
	*bytes = (size_t)(c - *word);
	*at = c;
	return *bytes > 0;
}

bool lab_parse_u64(const char *word, size_t bytes, uint64_t max, uint64_t *n)
{
	uint64_t sum = 0;

	if (bytes == 0)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		uint64_t digit = (uint64_t)(unsigned char)word[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*n = sum;
	return true;
}

bool lab_word_is(const char *word, size_t bytes, const char *string)
{
	size_t i = 0;

	while (i < bytes && string[i] != '\0' && word[i] == string[i])
		i++;
	return i == bytes && string[i] == '\0';
}

uint64_t lab_fnv1a(uint64_t hash, const void *bytes, size_t nr)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < nr; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash;
}
