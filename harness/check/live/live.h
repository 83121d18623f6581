/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * live.h - a plain list of live objects, for tests whose callers may be switched at any platform
 * call.
 *
 *	alloc	inside its chunk, aligned, apart from all that lives, the way from each CPU's copy
 *		back to the pointer is right, zero everywhere; then each CPU's copy gets a pattern
 *	free	every copy still holds its pattern; it leaves the list before it is freed
 *
 *	|pattern|.......zeroes.......|pattern|	a large object is written at its ends only, and the
 *	|LIVE_EDGE|			     |	rest must stay zero, page by page
 *
 * It compares everything with everything. Nothing here checks by leaving the test: what is wrong
 * first is a sentence in `wrong`.
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
	uint8_t pattern; /* of CPU 0's copy; CPU n's is pattern + n */
};

struct live {
	struct plat *plat;
	struct pcpu *pcpu;
	const char *wrong; /* NULL: nothing so far */
	bool brief;	   /* skips the ways back from each copy: many lookups, so many switches */
	uint32_t nr_allocated;
	uint32_t nr_entries; /* of object[], that were ever live */
	struct live_object object[LIVE_MAX];
};

void live_init(struct live *live, struct plat *plat, struct pcpu *pcpu);
/* Calls pcpu_alloc() and checks the new object. Returns LIVE_NONE when it was refused. */
uint32_t live_alloc(struct live *live, size_t size, size_t align, unsigned flags);
/* Checks the contents, then each CPU's copy gets a new pattern. */
void live_write(struct live *live, uint32_t id);
/* Checks the contents, then pcpu_free(). LIVE_NONE is fine. */
void live_free(struct live *live, uint32_t id);
void live_free_all(struct live *live);
/* The contents of all that lives. */
void live_check(struct live *live);

/*
 * What a failed call must not change (SPEC.md 11.9), as one number: every chunk with its areas
 * and populated pages, counts of live objects. Not spare room, not hints: a search that found
 * nothing may leave both better than they were.
 */
uint64_t live_fingerprint(struct pcpu *pcpu);

#endif
