/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* classes.c - which class a request has (SPEC.md 17.1). */
#include "magazine.h"

PCPU_STATIC_ASSERT(PCPU_NR_CLASSES <= 64, "a set of classes is a word");
PCPU_STATIC_ASSERT(PCPU_FRONT_MAX_BYTES <= PCPU_PAGE_BYTES, "an object is no longer than a page");

const struct pcpu_class pcpu_classes[PCPU_NR_CLASSES] = {
	{0},
#define X(least, bytes, granule_shift, nr_pages) {bytes, granule_shift, nr_pages},
#include "classes.def"
#undef X
};

enum class_number {
	CLASS_NONE,
#define X(least, bytes, granule_shift, nr_pages) CLASS_##bytes,
#include "classes.def"
#undef X
	NR_CLASSES
};
PCPU_STATIC_ASSERT(NR_CLASSES == PCPU_NR_CLASSES, "a number each");

const uint8_t pcpu_class_of[PCPU_FRONT_MAX_BYTES + 1] = {
#define X(least, bytes, granule_shift, nr_pages) [least... bytes] = CLASS_##bytes,
#include "classes.def"
#undef X
};

/*
 * A multiple of align has a class whose objects are aligned so: the sizes of classes are multiples
 * of their step, so either align is at least the step and the multiple is a class itself, or the
 * next class is a multiple of a step that align divides.
 */
uint32_t pcpu_class_find(size_t size, size_t align)
{
	size_t bytes = (size_t)pcpu_align_up(size, align);
	uint32_t class;

	if (size == 0 || size > PCPU_FRONT_MAX_BYTES || bytes > PCPU_FRONT_MAX_BYTES)
		return CLASS_NONE;
	class = pcpu_class_of[bytes];
	PCPU_DEBUG_ASSERT(pcpu_classes[class].bytes % align == 0);
	/* What alignment alone would waste is the engine's to place. */
	return bytes - size < 4 || bytes - size <= bytes / 8 ? class : CLASS_NONE;
}

uint32_t pcpu_class_span_pages(uint32_t class)
{
	return PCPU_PAGE_SHIFT == 12 ? pcpu_classes[class].nr_pages : 1;
}
