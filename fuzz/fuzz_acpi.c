/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_acpi.c - the boot image's ACPI parser against a second reader.
 *
 *	bytes -> tables -> parser = reader	c 0 1 	MADT: local APIC 0, flags 1
 *						a 2 0 1	SRAT: domain 2: local APIC 0, flags 1
 */
#include "acpi_case.h"
#include "sim.h"
#include "text.h"

static size_t cut_size(size_t nr)
{
	return nr < FUZZ_MAX_BYTES ? nr : FUZZ_MAX_BYTES;
}

static const struct acpi_image *decode(const uint8_t *bytes, size_t nr)
{
	static struct acpi_image image;

	acpi_image_build(&image, bytes, cut_size(nr));
	return &image;
}

struct attempt {
	const struct acpi_image *image;
	struct fuzz_outcome *outcome;
	bool good;
};

static void attempt_run(void *argument)
{
	struct attempt *attempt = argument;
	const struct acpi_image *image = attempt->image;

	attempt->good = acpi_case_run(image->memory, image->nr, image->nr_behind, image->start,
				      image->rsdp, attempt->outcome);
}

static bool property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	struct attempt attempt = {.image = decode(bytes, nr), .outcome = outcome};
	const char *assertion;
	struct lab_text text;

	*outcome = (struct fuzz_outcome){.nr_ops = attempt.image->nr_items};
	assertion = sim_catch_assert(attempt_run, &attempt);
	if (!assertion && attempt.good)
		return true;
	outcome->step = outcome->nr_ops;
	if (assertion) {
		outcome->sentence = assertion;
		lab_text_init(&text, outcome->place, sizeof(outcome->place));
		lab_put(&text, "assertion");
	}
	lab_text_init(&text, outcome->words, sizeof(outcome->words));
	lab_put(&text, outcome->place);
	lab_put(&text, ": ");
	lab_put(&text, outcome->sentence);
	return false;
}

/* --- in words ---------------------------------------------------------------------------- */

static void tell_item(const struct acpi_item *item, void (*line)(const char *text))
{
	struct lab_text out;
	size_t field = 0;
	char room[160];

	lab_text_init(&out, room, sizeof(room));
	for (const char *at = item->words; *at; at++) {
		if (*at == '%')
			lab_put_u64(&out, item->field[field++]);
		else
			lab_put_char(&out, *at);
	}
	line(room);
}

/* What has to come out, as the second reader sees it. */
static void tell_facts(const struct acpi_image *image, void (*line)(const char *text))
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
	char room[160];

	if (blame != ACPI_GOOD) {
		line(blames[blame]);
		return;
	}
	lab_text_init(&out, room, sizeof(room));
	lab_put(&out, "# has to be accepted: CPUs ");
	lab_put_u64(&out, facts.nr_cpus);
	lab_put(&out, ", nodes ");
	lab_put_u64(&out, facts.nr_nodes);
	lab_put(&out, ", memory ranges ");
	lab_put_u64(&out, facts.nr_ranges);
	lab_put(&out, facts.has_slit ? ", with distances" : ", without distances");
	line(room);
}

static void describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	const struct acpi_image *image = decode(bytes, nr);
	struct acpi_item item;
	struct lab_text out;
	char room[160];

	lab_text_init(&out, room, sizeof(room));
	lab_put(&out, "# ");
	lab_put_u64(&out, image->nr);
	lab_put(&out, " bytes at ");
	lab_put_hex(&out, image->start);
	lab_put(&out, ", the RSDP at ");
	lab_put_hex(&out, image->rsdp);
	lab_put(&out, nr > 0 && bytes[0] & 1 ? ", an XSDT" : ", an RSDT");
	line(room);
	tell_facts(image, line);
	nr = cut_size(nr);
	for (size_t at = ACPI_HEAD_BYTES; at < nr; at += item.bytes) {
		acpi_item_read(&item, bytes + at, nr - at);
		tell_item(&item, line);
	}
}

static size_t pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t room)
{
	struct acpi_item item;
	size_t nr_pieces = 0;

	nr = cut_size(nr);
	for (size_t at = ACPI_HEAD_BYTES; at < nr && nr_pieces < room; at += item.bytes) {
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
	char room[160];

	for (size_t at = 0; at < nr; at += A_LINE) {
		lab_text_init(&out, room, sizeof(room));
		lab_put(&out, "\t\t");
		for (size_t i = at; i < nr && i < at + A_LINE; i++) {
			lab_put_hex(&out, image->memory[i]);
			lab_put(&out, i + 1 < nr && i + 1 < at + A_LINE ? ", " : ",");
		}
		line(room);
	}
}

static void write_test(const uint8_t *bytes, size_t nr, const char *test_name,
		       void (*line)(const char *text))
{
	const struct acpi_image *image = decode(bytes, nr);
	struct lab_text out;
	char room[160];

	line("#include \"acpi_case.h\"");
	line("");
	lab_text_init(&out, room, sizeof(room));
	lab_put(&out, "TEST(");
	lab_put(&out, test_name);
	lab_put(&out, ")");
	line(room);
	line("{");
	line("\tstatic const uint8_t memory[] = {");
	write_bytes(image, line);
	line("\t};");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	lab_text_init(&out, room, sizeof(room));
	lab_put(&out, "\tif (!acpi_case_run(memory, ");
	lab_put_u64(&out, image->nr);
	lab_put(&out, ", ");
	lab_put_u64(&out, image->nr_behind);
	lab_put(&out, ", ");
	lab_put_hex(&out, image->start);
	lab_put(&out, ", ");
	lab_put_hex(&out, image->rsdp);
	lab_put(&out, ", &outcome))");
	line(room);
	line("\t\tFAIL(\"%s: %s\", outcome.place, outcome.sentence);");
	line("}");
}

const struct fuzz_target fuzz_acpi = {
	.name = "fuzz_acpi",
	.summary = "the boot image's ACPI parser, against a second reader",
	.property = property,
	.describe = describe,
	.pieces = pieces,
	.write_test = write_test,
};
