/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text.h - the lab's words without a C library: a bounded writer and a line reader. Freestanding,
 * so that the boot image prints what the host prints.
 */
#ifndef LAB_TEXT_H
#define LAB_TEXT_H

#include <pcpu/base.h>

/* A writer that never overruns: bytes beyond room are counted, not stored. */
struct lab_text {
	char *at;     /* NUL-terminated whenever room > 0 */
	size_t capacity; /* bytes at `at`, the NUL included */
	size_t bytes;	 /* written so far, or needed when > room - 1 */
};

void lab_text_init(struct lab_text *text, char *at, size_t capacity);
void lab_put_char(struct lab_text *text, char c);
void lab_put(struct lab_text *text, const char *string);
void lab_put_bytes(struct lab_text *text, const char *bytes, size_t nr);
void lab_put_u64(struct lab_text *text, uint64_t n);
/* What it is, and the number: ", CPUs 8". */
void lab_put_number(struct lab_text *text, const char *what, uint64_t n);
/* At least `width` digits, zero-padded. */
void lab_put_u64_padded(struct lab_text *text, uint64_t n, uint32_t width);
void lab_put_hex(struct lab_text *text, uint64_t n); /* 0x..., no padding */
static inline bool lab_text_fits(const struct lab_text *text)
{
	return text->bytes < text->capacity;
}

/* Cuts a text into lines: false at its end. A line excludes its newline (and CR before it). */
struct lab_lines {
	const char *at, *end;
	uint32_t number; /* of the line last returned, from 1 */
};
bool lab_next_line(struct lab_lines *lines, const char **line, size_t *bytes);

/* Cuts a line into words at blanks (space, tab): false when none is left. */
bool lab_next_word(const char **at, const char *end, const char **word, size_t *bytes);

/* All of [word, word+bytes) is one decimal number <= max. */
bool lab_parse_u64(const char *word, size_t bytes, uint64_t max, uint64_t *n);
bool lab_word_is(const char *word, size_t bytes, const char *string);

/* 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv): start with LAB_FNV_START. */
#define LAB_FNV_START UINT64_C(0xcbf29ce484222325)
uint64_t lab_fnv1a(uint64_t hash, const void *bytes, size_t nr);

#endif
