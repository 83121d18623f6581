/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* rival.c - the list of rivals, and the proof that an adapter fulfils rival.h. */
#include "bench/rivals/rival.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define X(name) extern const struct rival rival_##name;
#include "bench/rivals/rivals.def"
#undef X

const struct rival *const rivals[] = {
#define X(name) &rival_##name,
#include "bench/rivals/rivals.def"
#undef X
};
const uint32_t nr_rivals = sizeof(rivals) / sizeof(rivals[0]);

const struct rival *rival_find(const char *name)
{
	for (uint32_t i = 0; i < nr_rivals; i++) {
		if (!strcmp(rivals[i]->name, name))
			return rivals[i];
	}
	return NULL;
}

enum { CPUS = 3, OBJECTS = 300 };

struct proof {
	const struct rival *rival;
	void *heap;
	uintptr_t object[OBJECTS]; /* 0: freed */
};

static size_t size_of(uint32_t i)
{
	static const size_t sizes[] = {1, 4, 8, 12, 64, 100, 513, 4096, 32768};

	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

static size_t align_of(uint32_t i)
{
	static const size_t aligns[] = {1, 4, 8, 16, 64, 4096, 8};

	return aligns[i % (sizeof(aligns) / sizeof(aligns[0]))];
}

static uint8_t *copy_of(const struct proof *p, uint32_t i, uint32_t cpu)
{
	return (uint8_t *)p->rival->address(p->heap, p->object[i], size_of(i), align_of(i), cpu);
}

static bool all_are(const uint8_t *bytes, size_t nr, uint8_t value)
{
	for (size_t i = 0; i < nr; i++) {
		if (bytes[i] != value)
			return false;
	}
	return true;
}

static const char *rival_make(struct proof *p, uint32_t i)
{
	p->object[i] = p->rival->alloc(p->heap, size_of(i), align_of(i));
	if (!p->object[i])
		return "an object could not be had";
	for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
		uint8_t *copy = copy_of(p, i, cpu);
		ptrdiff_t step = copy_of(p, i, 1) - copy_of(p, i, 0);

		if ((uintptr_t)copy % align_of(i))
			return "a copy is not aligned";
		if (copy != copy_of(p, i, 0) + cpu * step)
			return "copies do not lie at equal distances";
		if (!all_are(copy, size_of(i), 0))
			return "a copy is not zeroed";
		memset(copy, (int)(i * CPUS + cpu) % 255 + 1, size_of(i));
	}
	return NULL;
}

static const char *rival_inspect(const struct proof *p)
{
	uint64_t live_bytes = 0, held_bytes;

	for (uint32_t i = 0; i < OBJECTS; i++) {
		for (uint32_t cpu = 0; cpu < CPUS && p->object[i]; cpu++) {
			if (!all_are(copy_of(p, i, cpu), size_of(i), (i * CPUS + cpu) % 255 + 1))
				return "a copy does not keep what was written to it";
			live_bytes += size_of(i);
		}
	}
	held_bytes = p->rival->held_bytes(p->heap);
	if (held_bytes && held_bytes < live_bytes)
		return "it holds less than what lives";
	return NULL;
}

static void rival_drop(struct proof *p, uint32_t i)
{
	if (p->object[i])
		p->rival->free(p->heap, p->object[i], size_of(i), align_of(i));
	p->object[i] = 0;
}

/* Allocates all, frees every other one, allocates those again, so that memory is reused. */
static const char *rival_prove(struct proof *p)
{
	const void *program_break = sbrk(0);
	const char *broken = NULL;

	for (uint32_t i = 0; i < OBJECTS && !broken; i++)
		broken = rival_make(p, i);
	if (!p->rival->moves_break && sbrk(0) != program_break)
		broken = "it moves the program's break";
	if (!broken)
		broken = rival_inspect(p);
	for (uint32_t i = 0; i < OBJECTS; i += 2)
		rival_drop(p, i);
	p->rival->give_back();
	if (!broken)
		broken = rival_inspect(p);
	for (uint32_t i = 0; i < OBJECTS && !broken; i += 2)
		broken = rival_make(p, i);
	return broken ? broken : rival_inspect(p);
}

/* --- whose bytes are held ------------------------------------------------------------------ */

enum { HOLES = 100000, HOLE_BYTES = 100, KEPT_EACH = 100, HELD = 1000, HELD_BYTES = 64 };

/* Makes holes in the program's malloc: freed pieces between pieces that stay. */
static void **make_holes(void)
{
	void **hole = calloc(HOLES, sizeof(*hole));

	for (uint32_t i = 0; hole && i < HOLES; i++)
		hole[i] = malloc(HOLE_BYTES);
	for (uint32_t i = 0; hole && i < HOLES; i++) {
		if (i % KEPT_EACH == 0)
			continue;
		free(hole[i]);
		hole[i] = NULL;
	}
	return hole;
}

static void free_holes(void **hole)
{
	for (uint32_t i = 0; hole && i < HOLES; i++)
		free(hole[i]);
	free(hole);
}

/* An error of half of the bytes of all holes would be detected already. */
static const char *prove_held(const struct rival *rival, void *heap)
{
	uintptr_t object[HELD];
	uint64_t least = (uint64_t)HELD * HELD_BYTES * CPUS, held;

	for (uint32_t i = 0; i < HELD; i++)
		object[i] = rival->alloc(heap, HELD_BYTES, 8);
	held = rival->held_bytes(heap);
	for (uint32_t i = 0; i < HELD; i++)
		rival->free(heap, object[i], HELD_BYTES, 8);
	if (held && (held < least || held > least + (uint64_t)HOLES * HOLE_BYTES / 2))
		return "what it holds is not what its own objects need";
	return NULL;
}

static const char *held_broken(const struct rival *rival)
{
	void **hole = make_holes();
	void *heap = rival->create(CPUS);
	const char *broken = heap ? prove_held(rival, heap) : NULL;

	if (heap)
		rival->destroy(heap);
	free_holes(hole);
	return broken;
}

const char *rival_broken(const struct rival *rival, bool *there)
{
	struct proof p = {.rival = rival, .heap = rival->create(CPUS)};
	const char *broken;

	*there = p.heap != NULL;
	if (!p.heap)
		return NULL;
	broken = rival_prove(&p);
	for (uint32_t i = 0; i < OBJECTS; i++)
		rival_drop(&p, i);
	rival->destroy(p.heap);
	return broken ? broken : held_broken(rival);
}
