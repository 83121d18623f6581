/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_acpi.c - the boot image's ACPI parser against a second reader.
 *
 *	bytes -> tables -> parser = reader	c 0 1 	MADT: local APIC 0, flags 1
 *						a 2 0 1	SRAT: domain 2: local APIC 0, flags 1
 */
#include "fuzz/targets/acpi/acpi_case.h"
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"
#include "fuzz/targets/write_line.h"

static size_t cut_size(size_t nr)
{
	return nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
}

static const struct acpi_image *acpi_decode(const uint8_t *bytes, size_t nr)
{
	static struct acpi_image image;

	acpi_image_build(&image, bytes, cut_size(nr));
	return &image;
}

static bool acpi_run(const void *input, struct fuzz_outcome *outcome)
{
	const struct acpi_image *image = input;

	return acpi_case_run(image->memory, image->nr, image->nr_behind, image->start, image->rsdp,
			     outcome);
}

static bool acpi_property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	const struct acpi_image *image = acpi_decode(bytes, nr);

	*outcome = (struct fuzz_outcome){.nr_ops = image->nr_items};
	if (fuzz_try(acpi_run, image, outcome))
		return true;
	outcome->step = outcome->nr_ops;
	fuzz_put_words(outcome);
	return false;
}

/* --- in words ---------------------------------------------------------------------------- */

static void describe_item(const struct acpi_item *item, void (*line)(const char *text))
{
	struct lab_text out;
	size_t field = 0;
	char capacity[160];

	lab_text_init(&out, capacity, sizeof(capacity));
	for (const char *at = item->words; *at; at++) {
		if (*at == '%')
			lab_put_u64(&out, item->field[field++]);
		else
			lab_put_char(&out, *at);
	}
	line(capacity);
}

/* Prints the expected facts, from the second reader. */
static void describe_facts(const struct acpi_image *image, void (*line)(const char *text))
{
	static const char *const blames[] = {
		[ACPI_BAD_ROOT] = "# has to be refused: the RSDP, or what it leads to",
		[ACPI_BAD_MADT] = "# has to be refused: the MADT",
		[ACPI_BAD_SRAT] = "# has to be refused: the SRAT",
		[ACPI_BAD_SLIT] = "# has to be refused: the SLIT",
	};
	static struct acpi_facts facts;
	enum acpi_blame blame =
		acpi_reader_read(image->memory, image->nr, image->start, image->rsdp, &facts);
	struct lab_text out;
	char capacity[160];

	if (blame != ACPI_GOOD) {
		line(blames[blame]);
		return;
	}
	lab_text_init(&out, capacity, sizeof(capacity));
	lab_put_number(&out, "# has to be accepted: CPUs ", facts.nr_cpus);
	lab_put_number(&out, ", nodes ", facts.nr_nodes);
	lab_put_number(&out, ", memory ranges ", facts.nr_ranges);
	lab_put(&out, facts.has_slit ? ", with distances" : ", without distances");
	line(capacity);
}

static void acpi_describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	const struct acpi_image *image = acpi_decode(bytes, nr);
	struct acpi_item item;
	struct lab_text out;
	char capacity[160];

	lab_text_init(&out, capacity, sizeof(capacity));
	lab_put_number(&out, "# ", image->nr);
	lab_put(&out, " bytes at ");
	lab_put_hex(&out, image->start);
	lab_put(&out, ", the RSDP at ");
	lab_put_hex(&out, image->rsdp);
	lab_put(&out, nr > 0 && bytes[0] & 1 ? ", an XSDT" : ", an RSDT");
	line(capacity);
	describe_facts(image, line);
	nr = cut_size(nr);
	for (size_t at = ACPI_HEAD_BYTES; at < nr; at += item.bytes) {
		acpi_item_read(&item, bytes + at, nr - at);
		describe_item(&item, line);
	}
}

static size_t acpi_pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	struct acpi_item item;
	size_t nr_pieces = 0;

	nr = cut_size(nr);
	for (size_t at = ACPI_HEAD_BYTES; at < nr && nr_pieces < capacity; at += item.bytes) {
		acpi_item_read(&item, bytes + at, nr - at);
		starts[nr_pieces++] = at;
	}
	return nr_pieces;
}

/* --- as a test --------------------------------------------------------------------------- */

static void write_bytes(const struct acpi_image *image, void (*line)(const char *text))
{
	enum { A_LINE = 12 };
	size_t nr = image->nr + image->nr_behind;
	struct lab_text out;
	char capacity[160];

	for (size_t at = 0; at < nr; at += A_LINE) {
		lab_text_init(&out, capacity, sizeof(capacity));
		lab_put(&out, "\t\t");
		for (size_t i = at; i < nr && i < at + A_LINE; i++) {
			lab_put_hex(&out, image->memory[i]);
			lab_put(&out, i + 1 < nr && i + 1 < at + A_LINE ? ", " : ",");
		}
		line(capacity);
	}
}

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	const struct acpi_image *image = acpi_decode(bytes, nr);

	write_head(line, "fuzz/targets/acpi/acpi_case.h", test_name);
	line("\tstatic const uint8_t memory[] = {");
	write_bytes(image, line);
	line("\t};");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	write_line(line, "\tif (!acpi_case_run(memory, @, @, #, #, &outcome))",
		   (const uint64_t[]){image->nr, image->nr_behind, image->start, image->rsdp},
		   NULL);
	line("\t\tFAIL(\"%s: %s\", outcome.place, outcome.sentence);");
	line("}");
}

const struct fuzz_target fuzz_acpi = {
	.name = "fuzz_acpi",
	.summary = "the boot image's ACPI parser, against a second reader",
	.property = acpi_property,
	.describe = acpi_describe,
	.pieces = acpi_pieces,
	.write_test = write_test,
};
