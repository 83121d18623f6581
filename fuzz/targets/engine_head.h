/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * engine_head.h - which engine an input is for.
 *
 *	| 0xfe | engine | the input's bytes ...		a row of engines.def, modulo their number
 *	| the input's bytes ...				the first row
 *
 * The upper bit of the engine's byte puts the fast front before it, where its map has the granules
 * that the front needs; the next one makes the platform's pages come zeroed. The third skews
 * units, whatever stride the rest names.
 *
 * So any number of engines fits, and an input that has no such head means what it meant before
 * there were others. Committed inputs name rows that are there, so that theirs stay, too.
 */
#ifndef ENGINE_HEAD_H
#define ENGINE_HEAD_H

#include <pcpu/front.h>

#define FUZZ_ENGINE_MARK  0xfeu
#define FUZZ_ENGINE_BYTES 2u
#define FUZZ_ENGINE_ROW	   0x1fu
#define FUZZ_ENGINE_FRONT  0x80u
#define FUZZ_ENGINE_ZEROED 0x40u
#define FUZZ_ENGINE_SKEWED 0x20u

/* Bytes of the head, which may be none. */
static inline size_t fuzz_engine_head(const uint8_t *bytes, size_t nr,
				      const struct pcpu_engine **engine)
{
	bool marked = nr >= FUZZ_ENGINE_BYTES && bytes[0] == FUZZ_ENGINE_MARK;

	*engine = &pcpu_engines[marked ? (bytes[1] & FUZZ_ENGINE_ROW) % pcpu_nr_engines : 0];
	return marked ? FUZZ_ENGINE_BYTES : 0;
}

static inline bool fuzz_engine_front(const uint8_t *bytes, size_t nr)
{
	const struct pcpu_engine *engine;

	return fuzz_engine_head(bytes, nr, &engine) != 0 && bytes[1] & FUZZ_ENGINE_FRONT &&
	       engine->map->granule_bytes == PCPU_FRONT_GRANULE;
}

static inline bool fuzz_engine_skewed(const uint8_t *bytes, size_t nr)
{
	const struct pcpu_engine *engine;

	return fuzz_engine_head(bytes, nr, &engine) != 0 && bytes[1] & FUZZ_ENGINE_SKEWED;
}

static inline bool fuzz_engine_zeroed(const uint8_t *bytes, size_t nr)
{
	return fuzz_engine_front(bytes, nr) && bytes[1] & FUZZ_ENGINE_ZEROED;
}

#endif
