/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * map_stream.h - a trace and what an engine made of it, as the player on the page reads them:
 * bytes, base64 in the document. reports/page/js/map_stream.js reads what this writes.
 *
 * A number is seven bits a byte, the least first, the top bit set in all but the last. A signed one
 * is a number 2n, or -2n - 1 when negative.
 *
 *	the trace, for each event:
 *	a	4 * shape	  shape: which of "shapes"
 *	f	4 * back + 1	  back: the object was made by the back-th `a` before; 0: none was
 *	else	4 * kind + 2	  kind: enum lab_op_kind
 *
 *	an engine: changes at the start, then for each event:
 *	a	changes, outcome: 0 skipped, 1 refused, else 2 + 2 * chunk + more; then, signed, the
 *		offset less the end of the area placed before; then, where more, how many bytes
 *		beyond its size the map gave it
 *	f	outcome: 0 nothing, 1 the trace's object, else 2 + object; changes
 *	else	changes
 *
 *	changes: how many, then for each 8 * chunk + what, and
 *	MADE	kind (0 first, 1 reserved, 2 later), id, bytes the map covers, bytes used at its
 *		start, slot + 1, hint
 *	GONE	-
 *	SLOT	slot + 1		HINT	bytes		APART	1 out of use, 0 in use
 *	BACKED	first page, pages	BARE	first page, pages
 *
 * Objects count the `a` of the trace from 0, chunks those that this engine had, from 0.
 */
#ifndef MAP_STREAM_H
#define MAP_STREAM_H

#include <glib.h>
#include <stdint.h>

enum map_change { MAP_MADE, MAP_GONE, MAP_SLOT, MAP_HINT, MAP_APART, MAP_BACKED, MAP_BARE };

static inline void map_put(GByteArray *to, uint64_t number)
{
	guint8 bytes[10];
	guint nr = 0;

	for (; number >= 128; number >>= 7)
		bytes[nr++] = (guint8)(number | 128);
	bytes[nr++] = (guint8)number;
	g_byte_array_append(to, bytes, nr);
}

static inline void map_put_signed(GByteArray *to, int64_t number)
{
	map_put(to, number < 0 ? -2 * (uint64_t)number - 1 : 2 * (uint64_t)number);
}

#endif
