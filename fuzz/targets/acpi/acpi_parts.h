/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_parts.h - tables while they are built: entries first, then where each lies in memory.
 *
 *	acpi_items.c  add ──> parts ──> acpi_tables.c  lays out, points, sums up ──> memory
 *	              damage, cut <───────────────────────────────────────────────────┘
 */
#ifndef FUZZ_ACPI_PARTS_H
#define FUZZ_ACPI_PARTS_H

#include "fuzz/targets/acpi/acpi_case.h"

enum { ACPI_SLIT_ROWS = 80, ACPI_MAX_POINTERS = 64 };

/* Flags of an input, its first byte. */
enum { FLAG_XSDT = 1, FLAG_NO_XSDT = 2, FLAG_HIGH = 4, FLAG_REVERSE = 8 };
enum { FLAG_NO_MADT = 16, FLAG_SRAT = 32, FLAG_SLIT = 64 };

struct acpi_bytes {
	uint8_t at[ACPI_PART_ROOM];
	uint32_t nr;
};

struct acpi_build {
	struct acpi_bytes part[ACPI_NR_PARTS];
	uint32_t where[ACPI_NR_PARTS]; /* in the image */
	uint8_t flags;
	bool has_srat, has_slit;
	uint64_t nr_localities; /* 0: as many as the SRAT wants */
	uint32_t max_domain;
	uint8_t distance[ACPI_SLIT_ROWS][ACPI_SLIT_ROWS]; /* 0: the default */
	uint8_t pointer[ACPI_MAX_POINTERS];		  /* of the root, before the usual ones */
	uint32_t nr_pointers;
	struct acpi_image *image;
};

static inline bool acpi_has_room(const struct acpi_bytes *part, uint32_t nr)
{
	return nr <= ACPI_PART_ROOM - part->nr;
}

/* A little-endian number, as far as there is room. */
static inline void acpi_put(struct acpi_bytes *part, uint64_t n, unsigned width)
{
	for (unsigned i = 0; i < width && part->nr < ACPI_PART_ROOM; i++)
		part->at[part->nr++] = (uint8_t)(i < 8 ? n >> (8 * i) : 0);
}

/* The byte at sum_at becomes what makes all nr bytes add up to 0; nothing, when it is not one of
   them. */
void acpi_sum_up(uint8_t *at, size_t nr, size_t sum_at);
/* All sums of a part that is in memory. */
void acpi_sum_up_part(struct acpi_build *b, uint32_t which);

/* Items do their work in one of these, in this order. */
enum acpi_phase { ACPI_ADD, ACPI_DAMAGE, ACPI_CUT };

/* Returns how many items there are, of any phase. */
size_t acpi_items_run(struct acpi_build *b, enum acpi_phase phase, const uint8_t *bytes, size_t nr);

#endif
