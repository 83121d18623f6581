/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* input_packed.h - unpacks the blocks of an input (input.h) as they come: .gz by zlib, .xz by
   libLZMA; several consecutive members are one text, as for their own tools. */
#ifndef INPUT_PACKED_H
#define INPUT_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_HEAD_BYTES 12u /* enough to identify the kind of an input */

/* A block as it is stored: [at, nr) is not yet read. */
struct input_raw {
	size_t at, nr;
	bool ended; /* there is no further block */
	uint8_t bytes[65536];
};

enum input_step {
	INPUT_GOES_ON, /* needs the next block, or more room */
	INPUT_ENDED,
	INPUT_BROKEN, /* *expected has the sentence */
};

struct input_packed;

/* Creates an unpacker for data that begins with these bytes; NULL for plain text, and with
   *expected set for packed formats that are not supported. */
struct input_packed *input_packed_create(const uint8_t *head, size_t nr, const char **expected);
/* Unpacks [raw->at, raw->nr) into to[nr]; *got: bytes made. */
enum input_step input_packed_step(struct input_packed *packed, struct input_raw *raw, uint8_t *to,
				  size_t nr, size_t *got, const char **expected);
void input_packed_destroy(struct input_packed *packed);

#endif
