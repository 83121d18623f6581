/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_place.c - chooses the addresses of chunks: they differ unpredictably from run to run.
 *
 *	first chunk	where the kernel puts its areas, next to each other (its anchor)
 *	later chunks	the first one anywhere in the 2^40 bytes below the anchor; each further one
 *			below the one before, up to 15 atoms away: near enough to share the nodes of
 *			the core's index; none farther than twice that from the anchor, so pointers
 *			of an instance whose static part is linked stay near its program
 *
 * When a place is taken another is tried; finally the kernel chooses.
 */
#include <sys/auxv.h>
#include <sys/random.h>

#include "harness/platform/hosted/hosted_plat.h"

#define RESERVE_BYTES (UINT64_C(1) << 40)
#define GAP_ATOMS     16u
#define PLACE_TRIES   4

/* --- numbers --------------------------------------------------------------------------------- */

/* splitmix64 (Steele, Lea, Flood, 2014) */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* If getrandom(2) is refused: returns random bytes that the kernel gave the process when it
   started, advanced by one step for each instance. */
static uint64_t seed_of_process(void)
{
	static uint64_t state; /* atomic */
	uint64_t seed = 0, given[2] = {0};
	const void *start = (const void *)getauxval(AT_RANDOM);

	if (start)
		memcpy(given, start, sizeof(given));
	seed = given[0] ^ given[1] << 1 ^
	       __atomic_add_fetch(&state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
	return random_next(&seed);
}

void hosted_place_init(struct plat *plat)
{
	plat->random = plat->config.seed;
	if (plat->random)
		return;
	if (getrandom(&plat->random, sizeof(plat->random), GRND_NONBLOCK) !=
	    sizeof(plat->random))
		plat->random = seed_of_process();
}

/* --- places ---------------------------------------------------------------------------------- */

/* Returns a random place in the reserve, or in the part of it that is below the anchor. */
static uintptr_t place_random(struct plat *plat)
{
	uint64_t reserve = RESERVE_BYTES;

	while (reserve > plat->anchor / 2)
		reserve /= 2;
	return plat->anchor - (uintptr_t)(random_next(&plat->random) & (reserve - 1));
}

/* Returns a place a little below the previous one, or a random one when there is none. */
static uintptr_t place_next(struct plat *plat, uint64_t align)
{
	uint64_t gap = (random_next(&plat->random) % GAP_ATOMS) * align;

	if (plat->next_below <= gap || plat->anchor - plat->next_below > 2 * RESERVE_BYTES)
		return place_random(plat);
	return plat->next_below - (uintptr_t)gap;
}

/* Returns the start of `bytes` that end below `below`; 0 when there is no such place. */
static uintptr_t place_below(uintptr_t below, uint64_t bytes, uint64_t align)
{
	uint64_t need = bytes + align + UINT64_C(2) * HOSTED_GUARD_BYTES;

	if (below <= need)
		return 0;
	return (uintptr_t)((below - HOSTED_GUARD_BYTES - bytes) & ~(align - 1));
}

bool hosted_place(struct plat *plat, uint64_t bytes, uint64_t align,
		  struct hosted_mapping *mapping)
{
	bool done = false;

	if (bytes == 0 || bytes > UINT64_MAX / 4 || align > UINT64_MAX / 4)
		return false;
	if (!plat->anchor) {
		done = hosted_reserve(bytes, align, mapping);
		plat->lowest = done ? mapping->low : plat->lowest;
		return done;
	}
	for (int i = 0; i < PLACE_TRIES && !done && !mapping->low; i++) {
		uintptr_t below = i == 0 ? place_next(plat, align) : place_random(plat);
		uintptr_t at = place_below(below, bytes, align);

		done = at && hosted_reserve_at(at, bytes, mapping);
	}
	if (!done && !mapping->low)
		done = hosted_reserve(bytes, align, mapping);
	if (done)
		plat->next_below = mapping->low;
	return done;
}

void hosted_place_later(struct plat *plat)
{
	hosted_lock_take(&plat->region_lock);
	if (!plat->anchor)
		plat->anchor = plat->lowest;
	hosted_lock_give(&plat->region_lock);
}
