/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * engine_head.h - which engine an input is for.
 *
 *	| 0xfe | engine | the input's bytes ...		a row of engines.def, modulo their number
 *	| the input's bytes ...				the first row
 *
 * So any number of engines fits, and an input that has no such head means what it meant before
 * there were others. Committed inputs name rows that are there, so that theirs stay, too.
 */
#ifndef ENGINE_HEAD_H
#define ENGINE_HEAD_H

#include <pcpu/engine.h>

#define FUZZ_ENGINE_MARK  0xfeu
#define FUZZ_ENGINE_BYTES 2u

/* Bytes of the head, which may be none. */
static inline size_t fuzz_engine_head(const uint8_t *bytes, size_t nr,
				      const struct pcpu_engine **engine)
{
	bool marked = nr >= FUZZ_ENGINE_BYTES && bytes[0] == FUZZ_ENGINE_MARK;

	*engine = &pcpu_engines[marked ? bytes[1] % pcpu_nr_engines : 0];
	return marked ? FUZZ_ENGINE_BYTES : 0;
}

#endif
