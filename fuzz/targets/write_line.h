/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* write_line.h - lines of C, for tests made from inputs. */
#ifndef FUZZ_WRITE_LINE_H
#define FUZZ_WRITE_LINE_H

#include <stdint.h>

/* Writes format as a line; each @ stands for the next number, each # for it in hex, each $ for the
   next word. */
void write_line(void (*line)(const char *text), const char *format, const uint64_t *numbers,
		const char *const *words);

/* Writes the start of a test, up to its brace; needs this header. */
void write_head(void (*line)(const char *text), const char *header, const char *test_name);

#endif
