/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* acpi_power.c - see acpi_power.h. */
#include "harness/firmware/acpi_power.h"

/* Offsets in the FADT (ACPI 6.5, table 5.9), and bytes of AML (20.3). */
enum { FADT_DSDT = 40, FADT_COMMAND = 48, FADT_ENABLE = 52, FADT_CONTROL_A = 64,
       FADT_CONTROL_B = 68, FADT_LEAST_BYTES = 72, FADT_DSDT_WIDE = 140 };
enum { HEADER_BYTES = 36 };
enum { AML_NAME = 0x08, AML_BYTE = 0x0a, AML_WORD = 0x0b, AML_DWORD = 0x0c, AML_PACKAGE = 0x12,
       AML_ROOT = '\\', SLEEP_MAX = 7 };

struct table {
	const uint8_t *at;
	uint32_t nr;
};

/* Little-endian number; 0 where the table does not reach. */
static uint64_t power_number(const struct table *t, uint32_t at, uint32_t width)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < width && at + width <= t->nr; i++)
		n |= (uint64_t)t->at[at + i] << (8 * i);
	return n;
}

/* A constant of the package; false at its end, or for what is no constant. */
static bool constant_read(const struct table *t, uint32_t *at, uint32_t end, uint64_t *value)
{
	uint32_t width = 0;
	uint8_t code;

	if (*at >= end)
		return false;
	code = t->at[(*at)++];
	if (code == AML_BYTE || code == AML_WORD || code == AML_DWORD)
		width = 1u << (code - AML_BYTE);
	else if (code > 1) /* ZeroOp, OneOp */
		return false;
	if (end - *at < width)
		return false;
	*value = width ? power_number(t, *at, width) : code;
	*at += width;
	return true;
}

/* Where the package at `at` ends, by its PkgLength (ACPI 6.5, 20.2.4), and where its elements
   begin; 0: not inside the table. */
static uint32_t package_end(const struct table *t, uint32_t at, uint32_t *elements)
{
	uint32_t lead = t->at[at], nr_more = lead >> 6, bytes = nr_more ? lead & 15 : lead & 63;

	if (t->nr - at <= nr_more)
		return 0;
	for (uint32_t i = 0; i < nr_more; i++)
		bytes |= (uint32_t)t->at[at + 1 + i] << (4 + 8 * i);
	*elements = at + 1 + nr_more;
	return bytes > 1 + nr_more && bytes <= t->nr - at ? at + bytes : 0;
}

/* Is "_S5_" at `at` the name of a package of two constants? */
static bool sleep_read(const struct table *t, uint32_t at, struct acpi_power *power)
{
	bool named = t->at[at - 1] == AML_NAME ||
		     (t->at[at - 1] == AML_ROOT && t->at[at - 2] == AML_NAME);
	uint64_t a, b;
	uint32_t end;

	if (!named || t->nr - at < 6 || t->at[at + 4] != AML_PACKAGE)
		return false;
	end = package_end(t, at + 5, &at);
	if (end == 0 || t->at[at++] < 2 || !constant_read(t, &at, end, &a) ||
	    !constant_read(t, &at, end, &b) || a > SLEEP_MAX || b > SLEEP_MAX)
		return false;
	power->sleep_a = (uint8_t)a;
	power->sleep_b = (uint8_t)b;
	return true;
}

static bool sleep_find(const struct table *dsdt, struct acpi_power *power)
{
	for (uint32_t at = HEADER_BYTES + 1; dsdt->nr - at >= 4 && at < dsdt->nr; at++)
		if (memcmp(dsdt->at + at, "_S5_", 4) == 0 && sleep_read(dsdt, at, power))
			return true;
	return false;
}

const char *acpi_power_find(const struct acpi_memory *memory, uint64_t rsdp,
			    struct acpi_power *power)
{
	struct table fadt, dsdt;
	const char *wrong = acpi_table(memory, rsdp, "FACP", &fadt.at, &fadt.nr);
	uint64_t dsdt_at;

	memset(power, 0, sizeof(*power));
	if (wrong)
		return wrong;
	if (!fadt.at || fadt.nr < FADT_LEAST_BYTES)
		return "there is no FADT";
	power->control_a = (uint16_t)power_number(&fadt, FADT_CONTROL_A, 4);
	power->control_b = (uint16_t)power_number(&fadt, FADT_CONTROL_B, 4);
	power->command = (uint16_t)power_number(&fadt, FADT_COMMAND, 4);
	power->enable = fadt.at[FADT_ENABLE];
	if (!power->control_a)
		return "the FADT has no PM1a control port";
	dsdt_at = power_number(&fadt, FADT_DSDT_WIDE, 8);
	if (!dsdt_at)
		dsdt_at = power_number(&fadt, FADT_DSDT, 4);
	wrong = acpi_table_at(memory, dsdt_at, "DSDT", &dsdt.at, &dsdt.nr);
	if (wrong)
		return wrong;
	return sleep_find(&dsdt, power) ? NULL : "the DSDT has no state S5";
}
