/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* shrink.c - see shrink.h. Windows move from the end to the start: later operations depend on
   earlier ones, seldom the other way. */
#include "fuzz/crash/shrink.h"

#include <stdlib.h>
#include <string.h>

enum { NR_REFUSED = 1 << 15 };

struct work {
	struct shrink *how;
	uint64_t *refused; /* hashes of inputs that do not fail: rounds repeat many of them */
	uint8_t *best;
	size_t nr;
	uint8_t candidate[FUZZ_MAX_BYTES];
	size_t starts[FUZZ_MAX_BYTES + 1];
	bool changed; /* in this round */
};

/* Never 0, which marks an empty entry. */
static uint64_t hash_of(const uint8_t *bytes, size_t nr)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ nr; /* FNV-1a */

	for (size_t i = 0; i < nr; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash | 1;
}

/* Tries candidate[nr]; keeps it as the best when it still fails. */
static bool shrink_attempt(struct work *work, size_t nr)
{
	uint64_t hash = hash_of(work->candidate, nr);
	uint64_t *refused = &work->refused[hash >> 20 & (NR_REFUSED - 1)];
	struct shrink *how = work->how;

	if (*refused == hash)
		return false;
	if (how->nr_attempts == how->max_attempts) {
		how->stopped = true;
		return false;
	}
	if (how->tick)
		how->tick(how->context, how->nr_attempts, work->nr);
	how->nr_attempts++;
	if (!how->still(how->context, work->candidate, nr)) {
		*refused = hash; /* replaces an older hash, whose input is then tried again */
		return false;
	}
	memcpy(work->best, work->candidate, nr);
	work->nr = nr;
	work->changed = true;
	return true;
}

static bool shrink_cut(struct work *work, size_t from, size_t to)
{
	if (from >= to || to > work->nr)
		return false; /* a part of no bytes: it would be tried for ever (R2) */
	memcpy(work->candidate, work->best, from);
	memcpy(work->candidate + from, work->best + to, work->nr - to);
	return shrink_attempt(work, work->nr - (to - from));
}

/* --- windows --------------------------------------------------------------------------------- */

/* Sets where the current parts start, followed by the end. Returns how many parts. */
static size_t find_pieces(struct work *work)
{
	size_t nr = work->how->pieces(work->best, work->nr, work->starts, FUZZ_MAX_BYTES);

	work->starts[nr] = work->nr;
	return nr;
}

static size_t find_bytes(struct work *work)
{
	for (size_t i = 0; i <= work->nr; i++)
		work->starts[i] = i;
	return work->nr;
}

/* A cut may change the number of parts, but must not raise it, or windows would not end. */
static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void cut_windows(struct work *work, size_t (*find)(struct work *work), size_t size)
{
	size_t end = find(work);

	while (end > 0 && !work->how->stopped) {
		size_t from = end > size ? end - size : 0;

		if (shrink_cut(work, work->starts[from], work->starts[end]))
			end = min_size(from, find(work));
		else
			end = from;
	}
}

static void cut_parts(struct work *work, size_t (*find)(struct work *work))
{
	for (size_t size = find(work); size > 0 && !work->how->stopped; size /= 2)
		cut_windows(work, find, size);
}

/* --- bytes ----------------------------------------------------------------------------------- */

static bool shrink_set(struct work *work, size_t at, uint8_t byte)
{
	memcpy(work->candidate, work->best, work->nr);
	work->candidate[at] = byte;
	return shrink_attempt(work, work->nr);
}

/* Tries the floor; else lowers by halving the distance, then by bits. */
static void shrink_lower(struct work *work, size_t at)
{
	uint8_t *byte = &work->best[at], floor = work->how->floor;

	if (*byte <= floor || shrink_set(work, at, floor))
		return;
	for (unsigned step = (*byte - floor) / 2u; step > 0; step /= 2)
		while (*byte - floor > (int)step && shrink_set(work, at, (uint8_t)(*byte - step)))
			;
	for (unsigned bit = 128; bit > 0; bit /= 2)
		if (*byte & bit && (*byte & ~bit) > floor)
			shrink_set(work, at, (uint8_t)(*byte & ~bit));
}

static void lower_bytes(struct work *work)
{
	for (size_t at = 0; at < work->nr && !work->how->stopped; at++)
		shrink_lower(work, at);
}

size_t shrink(struct shrink *how, uint8_t *bytes, size_t nr)
{
	struct work work = {.how = how, .best = bytes, .nr = nr, .changed = true};

	work.refused = calloc(NR_REFUSED, sizeof(*work.refused));
	if (!work.refused)
		abort();
	how->nr_attempts = 0;
	how->stopped = false;
	while (work.changed && !how->stopped) {
		work.changed = false;
		if (how->pieces)
			cut_parts(&work, find_pieces);
		cut_parts(&work, find_bytes);
		lower_bytes(&work);
	}
	free(work.refused);
	return work.nr;
}
