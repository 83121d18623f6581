/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_acpi_entries.c - the image's ACPI parser against a list: entries by the hundred, of each
 * form, enabled or not, there or to come, twice, with domains of four bytes; the RSDP's revisions.
 *
 *	START: [RSDP][RSDT][XSDT][MADT][SRAT]	one of the roots leads to tables
 */
#include <stdlib.h>
#include <string.h>

#include "harness/firmware/acpi.h"
#include "harness/test/lib/test.h"

enum { START = 0x100000, ROOM = 40000, MAX_ENTRIES = 300, HEADER = 36 };

static uint8_t image[ROOM];
static uint32_t nr;
static struct acpi_facts facts;

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static uint64_t random_state = 3;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((random_state >> 33) % n);
}

/* --- tables ---------------------------------------------------------------------------------- */

static void put(uint64_t value, uint32_t width)
{
	CHECK(nr + width <= ROOM);
	for (uint32_t i = 0; i < width; i++)
		image[nr++] = (uint8_t)(value >> (8 * i));
}

static void put_zeroes(uint32_t bytes)
{
	while (bytes--)
		put(0, 1);
}

static void fix_sum(uint32_t at, uint32_t bytes, uint32_t sum_at)
{
	uint8_t sum = 0;

	image[at + sum_at] = 0;
	for (uint32_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + image[at + i]);
	image[at + sum_at] = (uint8_t)-sum;
}

static uint32_t begin(const char *name, uint8_t revision)
{
	uint32_t at = nr;

	for (int i = 0; i < 4; i++)
		put((uint8_t)name[i], 1);
	put_zeroes(4);
	put(revision, 1);
	put_zeroes(HEADER - 9);
	return at;
}

static void end(uint32_t at)
{
	uint32_t bytes = nr - at;

	for (int i = 0; i < 4; i++)
		image[at + 4 + (uint32_t)i] = (uint8_t)(bytes >> (8 * i));
	fix_sum(at, bytes, 9);
}

/* Both roots lead to a MADT and a SRAT that are put behind them. */
static uint32_t put_roots(uint8_t revision, bool with_rsdt, bool with_xsdt)
{
	uint32_t madt = 36 + 2 * (HEADER + 16), at;

	nr = 0;
	for (int i = 0; i < 8; i++)
		put((uint8_t)"RSD PTR "[i], 1);
	put_zeroes(7);
	put(revision, 1);
	put(START + 36, 4);
	put(36, 4);
	put(START + 36 + HEADER + 16, 8);
	put_zeroes(4);
	at = begin("RSDT", 1);
	put(with_rsdt ? START + madt : 0, 4);
	put_zeroes(12); /* the SRAT's place, and none */
	end(at);
	at = begin("XSDT", 1);
	put(with_xsdt ? START + madt : 0, 8);
	put_zeroes(8);
	end(at);
	CHECK_EQ(nr, madt);
	return madt;
}

static void put_srat_pointer(uint32_t srat)
{
	uint32_t kept = nr;

	nr = 36 + HEADER + 4;
	put(START + srat, 4);
	nr = kept;
	fix_sum(36, HEADER + 16, 9);
	fix_sum(0, 20, 8);
	fix_sum(0, 36, 32);
}

static const char *parse(void)
{
	uint8_t *exact = malloc(nr);
	struct acpi_memory memory = {exact, START, nr};
	const char *wrong;

	CHECK(exact);
	memcpy(exact, image, nr);
	wrong = acpi_parse(&memory, START, &facts);
	free(exact);
	return wrong;
}

static void put_cpu(bool is_x2apic, uint32_t id, uint32_t flags)
{
	if (is_x2apic) {
		put(9 | 16 << 8, 2);
		put(0xffff, 2); /* reserved: not looked at */
		put(id, 4);
		put(flags, 4);
		put(0x11223344, 4); /* of the processor's device */
	} else {
		put(0 | 8 << 8, 2);
		put(0x77, 1);
		put(id, 1);
		put(flags, 4);
	}
}

/* --- the RSDP's revisions -------------------------------------------------------------------- */

static const char *parse_rsdp(uint8_t revision, bool with_rsdt, bool with_xsdt, bool sum_is_good)
{
	uint32_t at = put_roots(revision, with_rsdt, with_xsdt);

	CHECK_EQ(at, begin("APIC", 1));
	put(0xfee00000, 4);
	put(0, 4);
	put_cpu(false, 1, 1);
	end(at);
	fix_sum(0, 20, 8);
	fix_sum(0, 36, 32);
	image[32] = (uint8_t)(image[32] + !sum_is_good);
	return parse();
}

TEST(from_its_second_revision_on_the_rsdp_has_an_xsdt)
{
	static const uint8_t revisions[] = {0, 1, 2, 3, 4, 6, 127, 128, 255};

	for (size_t i = 0; i < sizeof(revisions); i++) {
		uint8_t revision = revisions[i];
		bool extended = revision >= 2;

		CHECK_STR(parse_rsdp(revision, !extended, extended, true), NULL);
		CHECK_STR(parse_rsdp(revision, extended, !extended, true), "there is no MADT");
		CHECK_STR(parse_rsdp(revision, true, true, false),
			  extended ? "the RSDP's extended checksum is wrong" : NULL);
	}
}

/* --- CPUs and their nodes -------------------------------------------------------------------- */

struct entry {
	bool is_x2apic;
	uint32_t id, flags;
};

/* What the parser is to find, put together without passes. */
static struct {
	uint32_t id[MAX_ENTRIES];
	uint32_t domain[MAX_ENTRIES]; /* UINT32_MAX: none */
	uint32_t nr_cpus, nr_later;
} due;

static bool is_due(uint32_t id)
{
	for (uint32_t i = 0; i < due.nr_cpus + due.nr_later; i++)
		if (due.id[i] == id)
			return true;
	return false;
}

static void make_due(const struct entry *e, uint32_t nr_entries, uint8_t revision)
{
	due.nr_cpus = due.nr_later = 0;
	for (uint32_t i = 0; i < nr_entries; i++)
		if (e[i].flags & 1)
			due.id[due.nr_cpus++] = e[i].id;
	for (uint32_t i = 0; i < nr_entries; i++) {
		bool may_come = !(e[i].flags & 1) && (revision < 5 || (e[i].flags & 2));
		bool nobody = e[i].id == (e[i].is_x2apic ? UINT32_MAX : UINT8_MAX);

		if (may_come && !nobody && !is_due(e[i].id) &&
		    due.nr_cpus + due.nr_later < ACPI_MAX_CPUS)
			due.id[due.nr_cpus + due.nr_later++] = e[i].id;
	}
	for (uint32_t i = 0; i < due.nr_cpus + due.nr_later; i++)
		due.domain[i] = UINT32_MAX;
}

static const uint32_t domains[] = {0, 1, 3, 0x102, 0x4030, 0xfffe, 0xff};
enum { NR_DOMAINS = sizeof(domains) / sizeof(domains[0]) };

/* A processor's affinity; the last that is enabled counts. */
static void put_affinity(bool is_x2apic, uint32_t id, uint32_t domain, bool enabled)
{
	if (is_x2apic) {
		put(2 | 24 << 8, 2);
		put(0xffff, 2);
		put(domain, 4);
		put(id, 4);
		put(enabled, 4);
		put(0x55, 8);
	} else {
		put(0 | 16 << 8, 2);
		put(domain & 0xff, 1);
		put(id, 1);
		put(enabled, 4);
		put(0x55, 1);
		put(domain >> 8, 3);
		put(0x66, 4);
	}
	for (uint32_t i = 0; enabled && i < due.nr_cpus + due.nr_later; i++)
		if (due.id[i] == id)
			due.domain[i] = domain;
}

static uint32_t index_of(uint32_t domain)
{
	for (uint32_t i = 0; i < facts.nr_nodes; i++)
		if (facts.node_id[i] == domain)
			return i;
	return UINT32_MAX;
}

static void check_due(void)
{
	CHECK_EQ(facts.nr_cpus, due.nr_cpus);
	CHECK_EQ(facts.nr_later, due.nr_later);
	for (uint32_t i = 0; i < due.nr_cpus + due.nr_later; i++) {
		CHECK_EQ(facts.apic_id[i], due.id[i]);
		CHECK_EQ(facts.cpu_node[i],
			 due.domain[i] == UINT32_MAX ? 0 : index_of(due.domain[i]));
	}
	for (uint32_t i = 1; i < facts.nr_nodes; i++)
		CHECK(facts.node_id[i - 1] < facts.node_id[i]);
}

/* An id that is enabled is there once; any other may be there again. */
static uint32_t make_entries(struct entry *e, uint32_t most)
{
	static uint8_t enabled[70000];
	uint32_t nr_entries = 1 + random_below(most);

	memset(enabled, 0, sizeof(enabled));
	for (uint32_t i = 0; i < nr_entries; i++) {
		e[i].is_x2apic = random_below(3) == 0;
		e[i].id = e[i].is_x2apic ? random_below(8) ? random_below(300) : 65536 + i :
					   random_below(256);
		e[i].flags = i ? random_below(4) : 1;
		if (e[i].is_x2apic && random_below(20) == 0 && i) {
			e[i].id = UINT32_MAX;
			e[i].flags &= 2;
		} else if (e[i].flags & 1 && enabled[e[i].id]) {
			e[i].flags &= 2;
		} else if (e[i].flags & 1) {
			enabled[e[i].id] = 1;
		}
		e[i].flags |= random_below(2) << 5; /* a reserved flag */
	}
	return nr_entries;
}

static void check_machine(uint32_t most, uint8_t revision)
{
	static struct entry e[MAX_ENTRIES];
	uint32_t nr_entries = make_entries(e, most), at = put_roots(0, true, false);

	make_due(e, nr_entries, revision);
	begin("APIC", revision);
	put(0xfee00000, 4);
	put(0, 4);
	for (uint32_t i = 0; i < nr_entries; i++)
		put_cpu(e[i].is_x2apic, e[i].id, e[i].flags);
	end(at);
	at = begin("SRAT", 3);
	put_zeroes(12);
	put_affinity(false, 254, domains[0], true);
	for (uint32_t i = 0; i < nr_entries; i++)
		if (random_below(5))
			put_affinity(e[i].is_x2apic, e[i].id, domains[random_below(NR_DOMAINS)],
				     random_below(6));
	end(at);
	put_srat_pointer(at);
	CHECK_STR(parse(), NULL);
	check_due();
}

TEST(cpus_that_are_there_or_come_have_the_node_that_was_named_last)
{
	static const uint8_t revisions[] = {0, 1, 4, 5, 6, 255};

	for (uint32_t i = 0; i < 600; i++)
		check_machine(i % 8 ? 20 : MAX_ENTRIES, revisions[i % sizeof(revisions)]);
}

/* All four bytes of a domain count, wherever they stand. */
TEST(a_domain_over_65534_is_refused_in_each_byte)
{
	static const uint32_t beyond[] = {0xffff, 0x10000, 0x20001, 0x1000000, 0x80000002};

	for (size_t i = 0; i < 2 * sizeof(beyond) / sizeof(beyond[0]); i++) {
		uint32_t at = put_roots(0, true, false);

		begin("APIC", 5);
		put(0xfee00000, 4);
		put(0, 4);
		put_cpu(false, 1, 1);
		end(at);
		at = begin("SRAT", 3);
		put_zeroes(12);
		put_affinity(false, 2, 0, true);
		put_affinity(i & 1, 1, beyond[i / 2], true);
		end(at);
		put_srat_pointer(at);
		CHECK_STR(parse(), "the SRAT has more than 64 nodes, or ids over 65534");
	}
}
