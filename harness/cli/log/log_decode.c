/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_decode.c - decodes bytes to characters. A kernel's lines are ASCII, so one byte per character
 * suffices and the text never grows.
 *
 *	ff fe | 5b 00 20 00 ...		UTF-16, low byte first		"[ "
 *	fe ff | 00 5b 00 20 ...		UTF-16, high byte first
 *	ef bb bf | 5b 20 ...		UTF-8
 */
#include "harness/cli/log/log_clean.h"

#include <string.h>

enum order { ORDER_NONE, ORDER_LOW_FIRST, ORDER_HIGH_FIRST };
enum { SAMPLE_BYTES = 512, LEAST_BYTES = 8 };

static bool decode_refuse(struct lab_error *error, const char *expected)
{
	*error = (struct lab_error){ .line = 1, .expected = expected };
	return false;
}

static bool decode_starts(const struct log_text *text, const char *mark, size_t nr)
{
	return text->bytes >= nr && memcmp(text->at, mark, nr) == 0;
}

/* Without a mark: in ASCII each pair has a NUL, always on the same side. */
static enum order guess_order(const struct log_text *text)
{
	size_t nr = text->bytes < SAMPLE_BYTES ? text->bytes & ~(size_t)1 : SAMPLE_BYTES;
	size_t nuls[2] = { 0, 0 };

	for (size_t i = 0; i < nr; i++)
		nuls[i % 2] += text->at[i] == '\0';
	if (nr < LEAST_BYTES)
		return ORDER_NONE;
	if (nuls[0] == 0 && nuls[1] * 4 > nr)
		return ORDER_LOW_FIRST;
	return nuls[1] == 0 && nuls[0] * 4 > nr ? ORDER_HIGH_FIRST : ORDER_NONE;
}

static void drop_front(struct log_text *text, size_t nr)
{
	memmove(text->at, text->at + nr, text->bytes - nr);
	text->bytes -= nr;
}

/* Returns whether it is the second half of a surrogate pair: one `?` replaces both halves. */
static bool is_low_surrogate(unsigned character)
{
	return character >= 0xdc00 && character < 0xe000;
}

static void decode_narrow(struct log_text *text, enum order order)
{
	const unsigned char *in = (const unsigned char *)text->at;
	size_t high = order == ORDER_LOW_FIRST ? 1 : 0, nr = 0;

	for (size_t i = 0; i + 1 < text->bytes; i += 2) {
		unsigned character = (unsigned)in[i + high] << 8 | in[i + 1 - high];

		if (character == 0xa0)
			text->at[nr++] = ' ';
		else if (!is_low_surrogate(character))
			text->at[nr++] = character < 0x80 ? (char)character : '?';
	}
	text->bytes = nr;
}

bool log_decode(struct log_text *text, struct lab_error *error)
{
	enum order order = ORDER_NONE;

	if (decode_starts(text, "\xff\xfe\0\0", 4) || decode_starts(text, "\0\0\xfe\xff", 4))
		return decode_refuse(error, "a text in UTF-8 or UTF-16, not in UTF-32");
	if (decode_starts(text, "\xef\xbb\xbf", 3)) {
		drop_front(text, 3);
		return true;
	}
	if (decode_starts(text, "\xff\xfe", 2))
		order = ORDER_LOW_FIRST;
	else if (decode_starts(text, "\xfe\xff", 2))
		order = ORDER_HIGH_FIRST;
	if (order != ORDER_NONE)
		drop_front(text, 2);
	else
		order = guess_order(text);
	if (order == ORDER_NONE)
		return true;
	if (text->bytes % 2)
		return decode_refuse(error, "whole characters of UTF-16: an even number of bytes");
	decode_narrow(text, order);
	return true;
}
