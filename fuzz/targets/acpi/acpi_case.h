/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_case.h - gives physical memory to the boot image's ACPI parser and checks its results.
 * fuzz_acpi builds a case from bytes; a test made from a crash spells it out.
 *
 *	bytes -> acpi_items.c, acpi_tables.c -> memory -> harness/firmware/acpi.c = acpi_reader.c
 */
#ifndef FUZZ_ACPI_CASE_H
#define FUZZ_ACPI_CASE_H

#include "fuzz/targets/fuzz.h"

#include "harness/firmware/acpi.h"

/* --- the property ------------------------------------------------------------------------ */

/*
 * Returns true when nothing is wrong. nr bytes of memory are at `start`; the RSDP is passed as
 * `rsdp`. The parser must not use the nr_behind bytes after them: it runs once with them
 * unreadable, so that a sanitizer detects overreads, and once with them readable, so that trusting
 * them shows. Assertions go to plat_assert_failed().
 */
bool acpi_case_run(const uint8_t *memory, size_t nr, size_t nr_behind, uint64_t start,
		   uint64_t rsdp, struct fuzz_outcome *outcome);

/* --- the second reader ------------------------------------------------------------------- */

/* The faulty table; only that one is compared, since it may have several faults. */
enum acpi_blame { ACPI_GOOD, ACPI_BAD_ROOT, ACPI_BAD_MADT, ACPI_BAD_SRAT, ACPI_BAD_SLIT };

enum acpi_blame acpi_reader_read(const uint8_t *memory, size_t nr, uint64_t start, uint64_t rsdp,
				 struct acpi_facts *facts);

/* --- tables out of bytes ----------------------------------------------------------------- */

enum acpi_part { ACPI_RSDP, ACPI_ROOT, ACPI_MADT, ACPI_SRAT, ACPI_SLIT, ACPI_NR_PARTS };

enum {
	ACPI_HEAD_BYTES = 2,
	ACPI_PART_ROOM = 8192, /* an entry that does not fit is left out */
	ACPI_MAX_FIELDS = 6,
};

struct acpi_image {
	uint8_t memory[ACPI_NR_PARTS * ACPI_PART_ROOM];
	size_t nr, nr_behind; /* nr_behind: bytes that an item cut off */
	size_t nr_items;
	uint64_t start, rsdp;
};

/* One item of an input. */
struct acpi_item {
	const char *words; /* each % stands for a field */
	uint32_t field[ACPI_MAX_FIELDS];
	size_t bytes; /* of the input, including its letter */
};

void acpi_image_build(struct acpi_image *image, const uint8_t *bytes, size_t nr);
/* The item that starts at bytes[0]; bytes beyond nr are zero. nr > 0. */
void acpi_item_read(struct acpi_item *item, const uint8_t *bytes, size_t nr);

#endif
