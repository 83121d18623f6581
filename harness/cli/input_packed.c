/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * input_packed.c - see input_packed.h.
 *
 *	gz:	member member ... NULs		each with its own checksum; NULs pad a tape's block
 *	xz:	stream stream ...		libLZMA takes them as one
 */
#include "harness/cli/input_packed.h"

#include <glib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	MAX_XZ_MEMORY = 1 << 28, /* that an .xz file may require */
	GZIP_ONLY = 16,		 /* inflateInit2: a gzip header, no other */
};

struct input_packed {
	bool is_xz;
	bool between; /* gz: a member has ended, the next has not begun */
	z_stream gz;
	lzma_stream xz;
};

struct magic {
	uint8_t bytes[6];
	size_t nr;
	const char *expected; /* NULL: supported here */
};

#define INSTEAD "a plain, .gz or .xz file, not one packed by "

static const struct magic magics[] = {
	{ { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, NULL },
	{ { 0x1f, 0x8b }, 2, NULL },
	{ { 'B', 'Z', 'h' }, 3, INSTEAD "bzip2" },
	{ { 0x28, 0xb5, 0x2f, 0xfd }, 4, INSTEAD "zstd" },
	{ { 'P', 'K', 3, 4 }, 4, INSTEAD "zip" },
	{ { '7', 'z', 0xbc, 0xaf, 0x27, 0x1c }, 6, INSTEAD "7-Zip" },
	{ { 0x04, 0x22, 0x4d, 0x18 }, 4, INSTEAD "lz4" },
	{ { 0x1f, 0x9d }, 2, INSTEAD "compress" },
};
enum { MAGIC_XZ, MAGIC_GZ, NR_MAGICS = sizeof(magics) / sizeof(magics[0]) };

static size_t find_magic(const uint8_t *head, size_t nr)
{
	size_t i = 0;

	while (i < NR_MAGICS && (nr < magics[i].nr || memcmp(head, magics[i].bytes, magics[i].nr)))
		i++;
	return i;
}

struct input_packed *input_packed_create(const uint8_t *head, size_t nr, const char **expected)
{
	size_t magic = find_magic(head, nr);
	struct input_packed *packed;
	bool ok;

	*expected = magic < NR_MAGICS ? magics[magic].expected : NULL;
	if (magic == NR_MAGICS || *expected)
		return NULL;
	packed = g_malloc0(sizeof(*packed));
	packed->is_xz = magic == MAGIC_XZ;
	packed->xz = (lzma_stream)LZMA_STREAM_INIT;
	ok = packed->is_xz ? lzma_stream_decoder(&packed->xz, MAX_XZ_MEMORY, LZMA_CONCATENATED) ==
				     LZMA_OK :
			     inflateInit2(&packed->gz, MAX_WBITS + GZIP_ONLY) == Z_OK;
	if (ok)
		return packed;
	*expected = "memory to unpack a file";
	input_packed_destroy(packed);
	return NULL;
}

/* --- xz ------------------------------------------------------------------------------------ */

static const char *xz_sentence(lzma_ret status)
{
	switch (status) {
	case LZMA_BUF_ERROR:
		return "a whole .xz file, not a truncated one";
	case LZMA_MEMLIMIT_ERROR:
		return "an .xz file that needs at most 256 MiB to unpack";
	case LZMA_MEM_ERROR:
		return "an .xz file that fits into memory";
	default:
		return "an undamaged .xz file";
	}
}

static enum input_step step_xz(lzma_stream *xz, struct input_raw *raw, uint8_t *to, size_t nr,
			       size_t *got, const char **expected)
{
	lzma_ret status;

	xz->next_in = raw->bytes + raw->at;
	xz->avail_in = raw->nr - raw->at;
	xz->next_out = to;
	xz->avail_out = nr;
	status = lzma_code(xz, raw->ended ? LZMA_FINISH : LZMA_RUN);
	raw->at = raw->nr - xz->avail_in;
	*got = nr - xz->avail_out;
	if (status == LZMA_STREAM_END)
		return INPUT_ENDED;
	if (status == LZMA_OK)
		return INPUT_GOES_ON;
	*expected = xz_sentence(status);
	return INPUT_BROKEN;
}

/* --- gz ------------------------------------------------------------------------------------ */

static void skip_nuls(struct input_raw *raw)
{
	while (raw->at < raw->nr && !raw->bytes[raw->at])
		raw->at++;
}

/* After the end of a member: another one, padding, or the end. */
static enum input_step step_between(struct input_packed *packed, struct input_raw *raw,
				    const char **expected)
{
	skip_nuls(raw);
	if (raw->at == raw->nr)
		return raw->ended ? INPUT_ENDED : INPUT_GOES_ON;
	packed->between = false;
	if (raw->bytes[raw->at] == magics[MAGIC_GZ].bytes[0] && inflateReset(&packed->gz) == Z_OK)
		return INPUT_GOES_ON;
	*expected = "a .gz file with nothing behind its end";
	return INPUT_BROKEN;
}

static enum input_step step_gz(struct input_packed *packed, struct input_raw *raw, uint8_t *to,
			       size_t nr, size_t *got, const char **expected)
{
	z_stream *gz = &packed->gz;
	int status;

	if (packed->between)
		return step_between(packed, raw, expected);
	gz->next_in = raw->bytes + raw->at;
	gz->avail_in = (uInt)(raw->nr - raw->at);
	gz->next_out = to;
	gz->avail_out = (uInt)nr;
	status = inflate(gz, Z_NO_FLUSH);
	raw->at = raw->nr - gz->avail_in;
	*got = nr - gz->avail_out;
	packed->between = status == Z_STREAM_END;
	if (status == Z_STREAM_END || status == Z_OK || (status == Z_BUF_ERROR && !raw->ended))
		return INPUT_GOES_ON;
	*expected = status == Z_BUF_ERROR ? "a whole .gz file, not a truncated one" :
		    status == Z_MEM_ERROR ? "a .gz file that fits into memory" :
					    "an undamaged .gz file";
	return INPUT_BROKEN;
}

enum input_step input_packed_step(struct input_packed *packed, struct input_raw *raw, uint8_t *to,
				  size_t nr, size_t *got, const char **expected)
{
	*got = 0;
	return packed->is_xz ? step_xz(&packed->xz, raw, to, nr, got, expected) :
			       step_gz(packed, raw, to, nr, got, expected);
}

void input_packed_destroy(struct input_packed *packed)
{
	if (!packed)
		return;
	lzma_end(&packed->xz);
	if (!packed->is_xz)
		inflateEnd(&packed->gz);
	free(packed);
}
