/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_acpi_power.c - how ACPI powers a machine off, read from tables that are right, and from
 * tables that are not.
 *
 *	START: [RSDP][RSDT][FADT][DSDT ... _S5_ ...]	the block ends where the DSDT does
 */
#include <stdlib.h>
#include <string.h>

#include "harness/firmware/acpi_power.h"
#include "harness/test/lib/test.h"

enum { START = 0x7fe0000, ROOM = 1024, FADT_BYTES = 148, HEADER_BYTES = 36 };

struct tables {
	uint8_t at[ROOM];
	uint32_t nr, rsdt, fadt, dsdt; /* offsets */
};

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static void put_at(struct tables *t, uint32_t at, uint64_t value, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
		t->at[at + i] = (uint8_t)(value >> (8 * i));
}

static void fix_sum(uint8_t *at, uint32_t nr, uint32_t sum_at)
{
	uint8_t sum = 0;

	at[sum_at] = 0;
	for (uint32_t i = 0; i < nr; i++)
		sum = (uint8_t)(sum + at[i]);
	at[sum_at] = (uint8_t)-sum;
}

static void table_begin(struct tables *t, uint32_t *at, const char *name, uint32_t bytes)
{
	*at = t->nr;
	memset(t->at + t->nr, 0, bytes);
	memcpy(t->at + t->nr, name, 4);
	t->nr += bytes;
}

/* Lengths and checksums of all, with the DSDT up to the end. */
static void finish(struct tables *t)
{
	put_at(t, t->rsdt + 4, t->fadt - t->rsdt, 4);
	put_at(t, t->fadt + 4, t->dsdt - t->fadt, 4);
	put_at(t, t->dsdt + 4, t->nr - t->dsdt, 4);
	fix_sum(t->at + t->rsdt, t->fadt - t->rsdt, 9);
	fix_sum(t->at + t->fadt, t->dsdt - t->fadt, 9);
	fix_sum(t->at + t->dsdt, t->nr - t->dsdt, 9);
}

/* A machine as QEMU makes it; aml: what its DSDT holds. */
static void build(struct tables *t, const char *aml, uint32_t nr)
{
	memset(t, 0, sizeof(*t));
	memcpy(t->at, "RSD PTR ", 8);
	put_at(t, 16, START + HEADER_BYTES, 4);
	fix_sum(t->at, 20, 8);
	t->nr = HEADER_BYTES;
	table_begin(t, &t->rsdt, "RSDT", HEADER_BYTES + 4);
	put_at(t, t->rsdt + HEADER_BYTES, START + t->nr, 4);
	table_begin(t, &t->fadt, "FACP", FADT_BYTES);
	put_at(t, t->fadt + 40, START + t->nr, 4);
	put_at(t, t->fadt + 48, 0xb2, 4);
	t->at[t->fadt + 52] = 2;
	put_at(t, t->fadt + 64, 0x604, 4);
	table_begin(t, &t->dsdt, "DSDT", HEADER_BYTES);
	memcpy(t->at + t->nr, aml, nr);
	t->nr += nr;
	finish(t);
}

/* In a block of exactly that size, so that a sanitizer sees each read beyond it. */
static const char *find_in(const struct tables *t, uint32_t nr, struct acpi_power *power)
{
	uint8_t *block = malloc(nr);
	const char *wrong;

	CHECK(block);
	memcpy(block, t->at, nr);
	wrong = acpi_power_find(&(const struct acpi_memory){block, START, nr}, START, power);
	free(block);
	return wrong;
}

#define AML(text) text, sizeof(text) - 1
#define S5	  "\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07" /* 5 and 7, with room for two more */

static void wants(const char *aml, uint32_t nr, int a, int b)
{
	struct acpi_power power;
	struct tables t;

	build(&t, aml, nr);
	CHECK_STR(find_in(&t, t.nr, &power) ? "refused" : "found", a < 0 ? "refused" : "found");
	if (a < 0)
		return;
	CHECK_EQ(power.sleep_a, a);
	CHECK_EQ(power.sleep_b, b);
	CHECK_EQ(power.control_a, 0x604);
	CHECK_EQ(power.control_b, 0);
	CHECK_EQ(power.command, 0xb2);
	CHECK_EQ(power.enable, 2);
}

TEST(constants_of_each_form)
{
	wants(AML(S5), 5, 7);
	wants(AML("filler" S5 "more"), 5, 7);
	wants(AML("\x08\\_S5_\x12\x04\x02\x00\x01"), 0, 1);
	wants(AML("\x08_S5_\x12\x09\x04\x0b\x03\x00\x0b\x02\x00\x00"), 3, 2);
	wants(AML("\x08_S5_\x12\x0c\x02\x0c\x06\0\0\0\x0c\x04\0\0\0"), 6, 4);
	wants(AML("\x08_S5_\x12\x47\x00\x02\x0a\x02\x0a\x03"), 2, 3); /* a length of two bytes */
	wants(AML("\x08_S5_\x12\x88\x00\x00\x02\x0a\x02\x0a\x03"), 2, 3); /* ... of three */
	wants(AML("_S5_\x12\x06\x04" S5), 5, 7); /* a use of the name, then the name */
}

TEST(what_is_no_sleep_state)
{
	wants(AML(""), -1, 0);
	wants(AML("_S5_"), -1, 0);
	wants(AML("\x08_S4_\x12\x06\x04\x0a\x05\x0a\x07"), -1, 0);
	wants(AML("\x07_S5_\x12\x06\x04\x0a\x05\x0a\x07"), -1, 0);
	wants(AML("\x07\\_S5_\x12\x06\x04\x0a\x05\x0a\x07"), -1, 0);
	wants(AML("\x08_S5_\x11\x06\x04\x0a\x05\x0a\x07"), -1, 0);
	wants(AML("\x08_S5_\x12\x06\x01\x0a\x05\x0a\x07"), -1, 0); /* one element */
	wants(AML("\x08_S5_\x12\x05\x04\x0a\x05\x0a\x07"), -1, 0); /* the package ends before */
	wants(AML("\x08_S5_\x12\x07\x04\x0a\x05\x0a\x07"), -1, 0); /* ... beyond the table */
	wants(AML("\x08_S5_\x12\x47\x01\x02\x0a\x02\x0a\x03"), -1, 0);
	wants(AML("\x08_S5_\x12\x06\x04\x0a\x08\x0a\x07"), -1, 0); /* SLP_TYP has three bits */
	wants(AML("\x08_S5_\x12\x06\x04\x0a\x05\x0a\x08"), -1, 0);
	wants(AML("\x08_S5_\x12\x04\x04\x02\x00\x00"), -1, 0); /* an opcode that is no constant */
	wants(AML("\x08_S5_\x12\xc6\x00"), -1, 0);
	wants(AML("\x08_S5_\x12\x46"), -1, 0); /* the length itself is cut */
	wants(AML("\x08_S5_\x12\x80\x00"), -1, 0);
	wants(AML("\x08_S5_\x12\xc0\x00\x00"), -1, 0);
	wants(AML("\x08_S5_\x12\x06\x04\x0b\x05\x00\x0b"), -1, 0); /* a constant is */
	wants(AML("\x08_S5_\x12\x05\x04\x01\x0c\x07"), -1, 0);
}

/* What a read of a byte too many would see. */
TEST(cut_at_each_byte)
{
	struct acpi_power power;
	struct tables t;

	build(&t, AML(S5));
	for (uint32_t nr = 1; nr < t.nr; nr++)
		CHECK(find_in(&t, nr, &power));
	for (uint32_t nr = sizeof(S5) - 1; nr-- > 0;) {
		build(&t, S5, nr);
		CHECK(find_in(&t, t.nr, &power));
	}
}

TEST(the_fadt)
{
	struct acpi_power power;
	struct tables t, good;

	build(&good, AML(S5));
	t = good;
	put_at(&t, t.fadt + 68, 0x704, 4);
	put_at(&t, t.fadt + 48, 0, 4);
	finish(&t);
	CHECK(!find_in(&t, t.nr, &power));
	CHECK_EQ(power.control_b, 0x704);
	CHECK_EQ(power.command, 0);
	t = good;
	put_at(&t, t.fadt + 64, 0, 4);
	finish(&t);
	CHECK_STR(find_in(&t, t.nr, &power), "the FADT has no PM1a control port");
	t = good; /* the wide address counts, where there is one */
	put_at(&t, t.fadt + 140, START + t.fadt, 8);
	finish(&t);
	CHECK(find_in(&t, t.nr, &power));
	put_at(&t, t.fadt + 40, 0, 4);
	put_at(&t, t.fadt + 140, START + t.dsdt, 8);
	finish(&t);
	CHECK(!find_in(&t, t.nr, &power));
	t = good;
	memcpy(t.at + t.fadt, "FACS", 4);
	finish(&t);
	CHECK_STR(find_in(&t, t.nr, &power), "there is no FADT");
	t = good;
	t.at[t.dsdt + HEADER_BYTES + 7] ^= 1;
	CHECK_STR(find_in(&t, t.nr, &power), "an ACPI table's checksum is wrong");
	t = good;
	memcpy(t.at + t.dsdt, "SSDT", 4);
	finish(&t);
	CHECK(find_in(&t, t.nr, &power));
}

/* Versions without the wide address, and one that ends before the ports. */
TEST(a_short_fadt)
{
	struct acpi_power power;

	for (uint32_t bytes = HEADER_BYTES; bytes <= FADT_BYTES; bytes++) {
		struct tables t;
		const char *wrong;

		build(&t, AML(S5));
		put_at(&t, t.fadt + 4, bytes, 4);
		fix_sum(t.at + t.fadt, bytes, 9);
		wrong = find_in(&t, t.nr, &power);
		CHECK_STR(wrong ? wrong : "", bytes < 72 ? "there is no FADT" : "");
	}
}
