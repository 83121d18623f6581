/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* input_packed.h - unpacks the blocks of an input (input.h) as they come: .gz by zlib, .xz by
   libLZMA; several members one behind the other are one text, as their own tools have it. */
#ifndef INPUT_PACKED_H
#define INPUT_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_HEAD_BYTES 12u /* enough to know what an input is */

/* A block as it is stored: [at, nr) is still to be read. */
struct input_raw {
	size_t at, nr;
	bool ended; /* there is no further block */
	uint8_t bytes[65536];
};

enum input_step {
	INPUT_GOES_ON, /* wants the next block, or more room */
	INPUT_ENDED,
	INPUT_BROKEN, /* *expected has the sentence */
};

struct input_packed;

/* For what begins with these bytes; NULL for plain text, and with *expected set where a packer is
   known whose files are not read. */
struct input_packed *input_packed_create(const uint8_t *head, size_t nr, const char **expected);
/* Unpacks [raw->at, raw->nr) into to[nr]; *got: bytes made. */
enum input_step input_packed_step(struct input_packed *packed, struct input_raw *raw, uint8_t *to,
				  size_t nr, size_t *got, const char **expected);
void input_packed_destroy(struct input_packed *packed);

#endif
