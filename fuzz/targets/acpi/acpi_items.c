/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_items.c - the items of an input: entries of tables, and damage to them.
 *
 *	'a' 2 0 0  0  1		SRAT: domain 2: local APIC 0, flags 1
 *	'b' 3 44 0 1		part 3: byte 44 is 1, summed up
 *
 * An item is a letter of rows[] (any other byte stands for one of them) and its fields,
 * little-endian; missing bytes at the end are zero.
 */
#include "fuzz/targets/acpi/acpi_parts.h"

/* --- items that add ---------------------------------------------------------------------- */

static uint64_t item_shifted(uint32_t base, uint32_t shift)
{
	return (uint64_t)base << (shift & 63);
}

static void add_apic(struct acpi_build *b, const uint32_t *f)
{
	struct acpi_bytes *madt = &b->part[ACPI_MADT];

	if (!acpi_has_room(madt, 8))
		return;
	acpi_put(madt, 0 | 8 << 8, 2);
	acpi_put(madt, madt->nr, 1);
	acpi_put(madt, f[0], 1);
	acpi_put(madt, f[1], 4);
}

static void put_x2apic(struct acpi_build *b, uint32_t id, uint32_t flags)
{
	struct acpi_bytes *madt = &b->part[ACPI_MADT];

	if (!acpi_has_room(madt, 16))
		return;
	acpi_put(madt, 9 | 16 << 8, 4);
	acpi_put(madt, id, 4);
	acpi_put(madt, flags, 4);
	acpi_put(madt, madt->nr, 4);
}

static void add_x2apic(struct acpi_build *b, const uint32_t *f)
{
	put_x2apic(b, f[0], f[1]);
}

static void add_many_cpus(struct acpi_build *b, const uint32_t *f)
{
	for (uint32_t i = 0; i < f[0]; i++)
		put_x2apic(b, f[1] + i * f[2], 1);
}

static void add_override(struct acpi_build *b, const uint32_t *f)
{
	struct acpi_bytes *madt = &b->part[ACPI_MADT];

	if (!acpi_has_room(madt, 12))
		return;
	acpi_put(madt, 5 | 12 << 8, 4);
	acpi_put(madt, item_shifted(f[0], f[1]), 8);
}

static void note_domain(struct acpi_build *b, uint32_t domain)
{
	b->has_srat = true;
	if (domain > b->max_domain)
		b->max_domain = domain;
}

static void add_apic_node(struct acpi_build *b, const uint32_t *f)
{
	struct acpi_bytes *srat = &b->part[ACPI_SRAT];

	note_domain(b, f[0]);
	if (!acpi_has_room(srat, 16))
		return;
	acpi_put(srat, 0 | 16 << 8, 2);
	acpi_put(srat, f[0], 1);
	acpi_put(srat, f[1], 1);
	acpi_put(srat, f[2], 4);
	acpi_put(srat, 0, 1);
	acpi_put(srat, f[0] >> 8, 3);
	acpi_put(srat, 0, 4);
}

static void add_x2apic_node(struct acpi_build *b, const uint32_t *f)
{
	struct acpi_bytes *srat = &b->part[ACPI_SRAT];

	note_domain(b, f[0]);
	if (!acpi_has_room(srat, 24))
		return;
	acpi_put(srat, 2 | 24 << 8, 4);
	acpi_put(srat, f[0], 4);
	acpi_put(srat, f[1], 4);
	acpi_put(srat, f[2], 4);
	acpi_put(srat, 0, 8);
}

static void put_memory(struct acpi_build *b, uint32_t domain, uint64_t start, uint64_t bytes,
		       uint32_t flags)
{
	struct acpi_bytes *srat = &b->part[ACPI_SRAT];

	note_domain(b, domain);
	if (!acpi_has_room(srat, 40))
		return;
	acpi_put(srat, 1 | 40 << 8, 2);
	acpi_put(srat, domain, 6);
	acpi_put(srat, start, 8);
	acpi_put(srat, bytes, 8);
	acpi_put(srat, 0, 4);
	acpi_put(srat, flags, 4);
	acpi_put(srat, 0, 8);
}

static void add_memory(struct acpi_build *b, const uint32_t *f)
{
	put_memory(b, f[0], item_shifted(f[1], f[2]), item_shifted(f[3], f[4]), f[5]);
}

static void add_many_nodes(struct acpi_build *b, const uint32_t *f)
{
	for (uint32_t i = 0; i < f[0]; i++)
		put_memory(b, f[1] + i * f[2], (uint64_t)i << 20, 1 << 20, 1);
}

/* Adds an entry whose length differs from the type's, with fewer bytes than it claims. */
static void add_raw(struct acpi_build *b, const uint32_t *f)
{
	struct acpi_bytes *part = &b->part[f[0] % 2 ? ACPI_SRAT : ACPI_MADT];

	b->has_srat |= f[0] % 2 != 0;
	if (!acpi_has_room(part, 2 + f[3] % 48))
		return;
	acpi_put(part, f[1], 1);
	acpi_put(part, f[2], 1);
	for (uint32_t i = 0; i < f[3] % 48; i++)
		acpi_put(part, f[4], 1);
}

static void set_localities(struct acpi_build *b, const uint32_t *f)
{
	b->has_slit = true;
	b->nr_localities = item_shifted(f[0], f[1]);
}

static void set_distance(struct acpi_build *b, const uint32_t *f)
{
	b->has_slit = true;
	b->distance[f[0] % ACPI_SLIT_ROWS][f[1] % ACPI_SLIT_ROWS] = (uint8_t)f[2];
}

static void add_pointer(struct acpi_build *b, const uint32_t *f)
{
	if (b->nr_pointers < ACPI_MAX_POINTERS)
		b->pointer[b->nr_pointers++] = (uint8_t)f[0];
}

/* --- items that damage ------------------------------------------------------------------- */

/* Finds a byte of a part in memory; false: there is none. */
static bool byte_of(const struct acpi_build *b, uint32_t which, uint32_t offset, uint32_t *at)
{
	const struct acpi_bytes *part = &b->part[which % ACPI_NR_PARTS];

	if (part->nr == 0)
		return false;
	*at = b->where[which % ACPI_NR_PARTS] + offset % part->nr;
	return true;
}

static void set_byte(struct acpi_build *b, const uint32_t *f)
{
	uint32_t at;

	if (!byte_of(b, f[0], f[1], &at))
		return;
	b->image->memory[at] = (uint8_t)f[2];
	acpi_sum_up_part(b, f[0] % ACPI_NR_PARTS);
}

static void flip_byte(struct acpi_build *b, const uint32_t *f)
{
	uint32_t at;

	if (byte_of(b, f[0], f[1], &at))
		b->image->memory[at] ^= (uint8_t)f[2];
}

/* Sums up over the claimed length, if that is in memory, so that the parser accepts it. */
static void set_length(struct acpi_build *b, const uint32_t *f)
{
	uint32_t which = f[0] % ACPI_NR_PARTS, at = b->where[which];

	if (which == ACPI_RSDP || b->part[which].nr < 8)
		return;
	for (uint32_t i = 0; i < 4; i++)
		b->image->memory[at + 4 + i] = (uint8_t)(f[1] >> (8 * i));
	if (f[1] <= b->image->nr - at)
		acpi_sum_up(b->image->memory + at, f[1], 9);
}

/* Runs last, so that items that damage find their parts. */
static void item_cut(struct acpi_build *b, const uint32_t *f)
{
	size_t nr = f[0] < b->image->nr ? f[0] : b->image->nr;

	b->image->nr -= nr;
	b->image->nr_behind += nr;
}

/* --- items ------------------------------------------------------------------------------- */

static const struct row {
	char letter;
	uint8_t phase;
	const char *widths; /* of the fields, in bytes */
	const char *words;
	void (*run)(struct acpi_build *b, const uint32_t *field);
} rows[] = {
	{'c', ACPI_ADD, "11", "MADT: local APIC %, flags %", add_apic},
	{'x', ACPI_ADD, "41", "MADT: x2APIC %, flags %", add_x2apic},
	{'N', ACPI_ADD, "121", "MADT: % x2APICs from %, each % more", add_many_cpus},
	{'o', ACPI_ADD, "11", "MADT: the local APIC's address is % << %", add_override},
	{'a', ACPI_ADD, "311", "SRAT: domain %: local APIC %, flags %", add_apic_node},
	{'y', ACPI_ADD, "441", "SRAT: domain %: x2APIC %, flags %", add_x2apic_node},
	{'m', ACPI_ADD, "411111", "SRAT: domain %: memory at % << %, % << % bytes, flags %",
	 add_memory},
	{'P', ACPI_ADD, "121", "SRAT: % domains from % with memory, each % more", add_many_nodes},
	{'e', ACPI_ADD, "11111",
	 "table % (SRAT if odd, else MADT): entry of type %, length %: % bytes %", add_raw},
	{'s', ACPI_ADD, "11", "SLIT: % << % localities", set_localities},
	{'d', ACPI_ADD, "111", "SLIT: from % to %: %", set_distance},
	{'r', ACPI_ADD, "1", "root: one more pointer, of kind %", add_pointer},
	{'b', ACPI_DAMAGE, "121", "part %: byte % is %, summed up", set_byte},
	{'k', ACPI_DAMAGE, "121", "part %: byte % xor %, not summed up", flip_byte},
	{'l', ACPI_DAMAGE, "13", "part %: its length is %, summed up", set_length},
	{'t', ACPI_CUT, "2", "memory ends % bytes sooner", item_cut},
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row *row_of(uint8_t byte)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if ((uint8_t)rows[i].letter == byte)
			return &rows[i];
	return &rows[byte % NR_ROWS];
}

void acpi_item_read(struct acpi_item *item, const uint8_t *bytes, size_t nr)
{
	const struct row *row = row_of(bytes[0]);
	size_t at = 1;

	*item = (struct acpi_item){.words = row->words};
	for (size_t i = 0; row->widths[i]; i++)
		for (int j = 0; j < row->widths[i] - '0'; j++, at++)
			item->field[i] |= at < nr ? (uint32_t)bytes[at] << (8 * j) : 0;
	item->bytes = at < nr ? at : nr;
}

size_t acpi_items_run(struct acpi_build *b, enum acpi_phase phase, const uint8_t *bytes, size_t nr)
{
	struct acpi_item item;
	size_t nr_items = 0;

	for (size_t at = ACPI_HEAD_BYTES; at < nr; at += item.bytes, nr_items++) {
		const struct row *row = row_of(bytes[at]);

		acpi_item_read(&item, bytes + at, nr - at);
		if (row->phase == phase)
			row->run(b, item.field);
	}
	return nr_items;
}
