/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_tables.c - builds ACPI tables from any bytes, with right checksums unless an item requests a
 * wrong one: otherwise a fuzzer would not get past them.
 *
 *	| flags | turn | item | item ...	-> start: [RSDP][RSDT or XSDT][MADT][SRAT][SLIT]
 *
 * `turn` parts go from the front to the end, so that each part is the last before memory ends.
 * Items add entries; then the tables are laid out and summed up; then items that damage are applied
 * in order; those that cut memory come last.
 */
#include "fuzz/targets/acpi/acpi_parts.h"

#include <string.h>

#define START UINT64_C(0x7fe0000)
#define HIGH  UINT64_C(0x300000000) /* no RSDT reaches it */

enum { HEADER = 36, MADT_ENTRIES = 44, SRAT_ENTRIES = 48 };

/* --- bytes ------------------------------------------------------------------------------- */

static void tables_begin(struct acpi_bytes *part, const char *name, uint32_t nr)
{
	memset(part->at, 0, nr);
	memcpy(part->at, name, strlen(name));
	part->nr = nr;
}

void acpi_sum_up(uint8_t *at, size_t nr, size_t sum_at)
{
	uint8_t sum = 0;

	if (sum_at >= nr)
		return;
	at[sum_at] = 0;
	for (size_t i = 0; i < nr; i++)
		sum = (uint8_t)(sum + at[i]);
	at[sum_at] = (uint8_t)-sum;
}

void acpi_sum_up_part(struct acpi_build *b, uint32_t which)
{
	uint8_t *at = b->image->memory + b->where[which];
	uint32_t nr = b->part[which].nr;

	if (which != ACPI_RSDP) {
		acpi_sum_up(at, nr, 9);
		return;
	}
	acpi_sum_up(at, 20, 8);
	if (nr == 36)
		acpi_sum_up(at, 36, 32);
}

/* --- tables ------------------------------------------------------------------------------ */

static void make_slit(struct acpi_build *b)
{
	struct acpi_bytes *slit = &b->part[ACPI_SLIT];
	uint64_t nr = b->nr_localities ? b->nr_localities : b->max_domain + UINT64_C(1);
	uint64_t rows_there = nr < ACPI_SLIT_ROWS ? nr : ACPI_SLIT_ROWS;

	tables_begin(slit, "SLIT", HEADER);
	acpi_put(slit, nr, 8);
	for (uint64_t i = 0; i < rows_there; i++)
		for (uint64_t j = 0; j < rows_there; j++)
			acpi_put(slit, b->distance[i][j] ? b->distance[i][j] : i == j ? 10 : 20, 1);
}

static unsigned width_of(const struct acpi_build *b)
{
	return b->flags & FLAG_XSDT ? 8 : 4;
}

/* Which tables the root names, in order. */
static uint32_t usual_pointers(const struct acpi_build *b, uint32_t which[3])
{
	uint32_t nr = 0;

	if (!(b->flags & FLAG_NO_MADT))
		which[nr++] = ACPI_MADT;
	if (b->has_srat)
		which[nr++] = ACPI_SRAT;
	if (b->has_slit)
		which[nr++] = ACPI_SLIT;
	if (b->flags & FLAG_REVERSE && nr > 1) {
		uint32_t first = which[0];

		which[0] = which[nr - 1];
		which[nr - 1] = first;
	}
	return nr;
}

static void begin_tables(struct acpi_build *b)
{
	bool has_xsdt = b->flags & FLAG_XSDT, is_second = b->flags & (FLAG_XSDT | FLAG_NO_XSDT);

	tables_begin(&b->part[ACPI_RSDP], "RSD PTR ", is_second ? 36 : 20);
	b->part[ACPI_RSDP].at[15] = is_second ? 2 : 0;
	tables_begin(&b->part[ACPI_ROOT], has_xsdt ? "XSDT" : "RSDT", HEADER);
	tables_begin(&b->part[ACPI_MADT], "APIC", MADT_ENTRIES);
	b->part[ACPI_MADT].at[38] = 0xe0;
	b->part[ACPI_MADT].at[39] = 0xfe;
	tables_begin(&b->part[ACPI_SRAT], "SRAT", SRAT_ENTRIES);
	b->part[ACPI_SLIT].nr = 0;
}

/* Lays the parts out; the root's own pointers are zeroes yet. */
static void lay_out(struct acpi_build *b, uint32_t turn)
{
	uint32_t which[3], nr = b->nr_pointers + usual_pointers(b, which);

	memset(b->part[ACPI_ROOT].at + HEADER, 0, nr * width_of(b));
	b->part[ACPI_ROOT].nr += nr * width_of(b);
	if (!b->has_srat)
		b->part[ACPI_SRAT].nr = 0;
	b->image->nr = b->image->nr_behind = 0;
	for (uint32_t i = 0; i < ACPI_NR_PARTS; i++) {
		uint32_t at = (i + turn) % ACPI_NR_PARTS;

		b->where[at] = (uint32_t)b->image->nr;
		b->image->nr += b->part[at].nr;
	}
}

/* Returns a pointer that an item requests: to a table, or to a place where no table can be. */
static uint64_t pointer_of(const struct acpi_build *b, uint8_t kind)
{
	const struct acpi_image *image = b->image;

	switch (kind % 8) {
	case 5:
		return image->start + image->nr - 1; /* no header fits */
	case 6:
		return image->start + image->nr; /* just behind */
	case 7:
		return image->start - 1; /* just before */
	default:
		return image->start + b->where[kind % 8];
	}
}

static void fill_root(struct acpi_build *b)
{
	struct acpi_bytes root = {.nr = HEADER};
	uint32_t which[3], nr = usual_pointers(b, which);
	unsigned width = width_of(b);

	for (uint32_t i = 0; i < b->nr_pointers; i++)
		acpi_put(&root, pointer_of(b, b->pointer[i]), width);
	for (uint32_t i = 0; i < nr; i++)
		acpi_put(&root, b->image->start + b->where[which[i]], width);
	memcpy(b->part[ACPI_ROOT].at + HEADER, root.at + HEADER, root.nr - HEADER);
}

static void fill_rsdp(struct acpi_build *b)
{
	struct acpi_bytes *rsdp = &b->part[ACPI_RSDP];
	uint64_t root = b->image->start + b->where[ACPI_ROOT];
	bool has_xsdt = b->flags & FLAG_XSDT;
	uint32_t nr = rsdp->nr;

	rsdp->nr = 16;
	acpi_put(rsdp, has_xsdt ? 0 : root, 4);
	if (nr == 36) {
		acpi_put(rsdp, 36, 4);
		acpi_put(rsdp, has_xsdt ? root : 0, 8);
	}
	rsdp->nr = nr;
}

/* Parts into the image, with their lengths and sums. */
static void copy_parts(struct acpi_build *b)
{
	for (uint32_t i = 0; i < ACPI_NR_PARTS; i++) {
		struct acpi_bytes *part = &b->part[i];

		if (part->nr == 0)
			continue;
		if (i != ACPI_RSDP)
			memcpy(part->at + 4, &(uint32_t){part->nr}, 4);
		memcpy(b->image->memory + b->where[i], part->at, part->nr);
		acpi_sum_up_part(b, i);
	}
}

void acpi_image_build(struct acpi_image *image, const uint8_t *bytes, size_t nr)
{
	static struct acpi_build b;

	b.flags = nr > 0 ? bytes[0] : 0;
	b.has_srat = b.flags & FLAG_SRAT;
	b.has_slit = b.flags & FLAG_SLIT;
	b.nr_localities = b.max_domain = b.nr_pointers = 0;
	memset(b.distance, 0, sizeof(b.distance));
	b.image = image;
	image->start = b.flags & FLAG_HIGH && b.flags & FLAG_XSDT ? HIGH : START;
	begin_tables(&b);
	image->nr_items = acpi_items_run(&b, ACPI_ADD, bytes, nr);
	if (b.has_slit)
		make_slit(&b);
	lay_out(&b, nr > 1 ? bytes[1] % ACPI_NR_PARTS : 0);
	image->rsdp = image->start + b.where[ACPI_RSDP];
	fill_root(&b);
	fill_rsdp(&b);
	copy_parts(&b);
	acpi_items_run(&b, ACPI_DAMAGE, bytes, nr);
	acpi_items_run(&b, ACPI_CUT, bytes, nr);
}
