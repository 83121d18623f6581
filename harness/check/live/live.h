/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * live.h - a plain list of live objects, for tests whose callers may be switched at any platform
 * call.
 *
 *	alloc	inside its chunk, aligned, disjoint from all live objects, lookups from each CPU's
 *	copy return the pointer, zero everywhere; then each CPU's copy gets a pattern free every
 *	copy still holds its pattern; it leaves the list before it is freed
 *
 *	|pattern|.......zeroes.......|pattern|	a large object is written at its ends only, and the
 *	|LIVE_EDGE|			     |	rest must stay zero, page by page
 *
 * It compares every pair of objects. A check does not end the test: the first error is a sentence
 * in `wrong`.
 */
#ifndef LIVE_H
#define LIVE_H

#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

#define LIVE_MAX  512u
#define LIVE_NONE UINT32_MAX
#define LIVE_EDGE 128u

struct live_object {
	struct pcpu_ptr pointer; /* {0}: not live */
	struct pcpu_place place;
	uint32_t size;
	uint8_t pattern; /* of CPU 0's copy; that of CPU n is pattern + n */
};

struct live {
	struct plat *plat;
	struct pcpu *pcpu;
	const char *wrong; /* NULL: nothing so far */
	bool brief;	   /* skips lookups from each copy, which cause many switches */
	uint32_t nr_allocated;
	uint32_t nr_entries; /* number of object[] ever used */
	struct live_object object[LIVE_MAX];
};

void live_init(struct live *live, struct plat *plat, struct pcpu *pcpu);
/* Calls pcpu_alloc() and checks the new object. Returns LIVE_NONE when it was refused. */
uint32_t live_alloc(struct live *live, size_t size, size_t align, unsigned flags);
/* Checks the contents, then writes a new pattern to each CPU's copy. */
void live_write(struct live *live, uint32_t id);
/* Checks the contents, then calls pcpu_free(). LIVE_NONE is ignored. */
void live_free(struct live *live, uint32_t id);
void live_free_all(struct live *live);
/* Checks the contents of all live objects. */
void live_check(struct live *live);

/*
 * Returns a number for what a failed call must not change (SPEC.md 11.9): every chunk with its
 * areas and populated pages, counts of live objects. Spare records and hints do not count: a search
 * that found nothing may improve both.
 */
uint64_t live_fingerprint(struct pcpu *pcpu);

#endif
