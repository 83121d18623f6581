/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_acpi.c - the image's ACPI parser on the host: good tables, and each way to break them.
 *
 *	START: [RSDP][RSDT or XSDT][MADT][SRAT][SLIT]
 *
 * in a block of exactly that size, so that a sanitizer build sees every read beyond it.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/firmware/acpi.h"
#include "harness/test/lib/test.h"

enum { START = 0x7fe0000, ROOM = 2048, NR_CPUS = 4 };

struct tables {
	uint8_t at[ROOM];
	uint32_t nr, root, madt, srat, slit; /* offsets */
};

_Noreturn void plat_assert_failed(const char *what, const char *file, uint32_t line)
{
	test_fail(file, (int)line, "assertion: %s", what);
}

static void put(struct tables *t, uint64_t value, uint32_t width)
{
	for (uint32_t i = 0; i < width; i++)
		t->at[t->nr++] = (uint8_t)(value >> (8 * i));
}

static void put_zeroes(struct tables *t, uint32_t nr)
{
	memset(t->at + t->nr, 0, nr);
	t->nr += nr;
}

static void fix_sum(uint8_t *at, uint32_t nr, uint32_t sum_at)
{
	uint8_t sum = 0;

	at[sum_at] = 0;
	for (uint32_t i = 0; i < nr; i++)
		sum = (uint8_t)(sum + at[i]);
	at[sum_at] = (uint8_t)-sum;
}

static uint32_t begin(struct tables *t, const char *name)
{
	uint32_t at = t->nr;

	memcpy(t->at + t->nr, name, 4);
	t->nr += 4;
	put_zeroes(t, 32);
	return at;
}

static void end(struct tables *t, uint32_t at)
{
	uint32_t nr = t->nr - at;

	memcpy(t->at + at + 4, &nr, 4);
	fix_sum(t->at + at, nr, 9);
}

static void put_rsdp(struct tables *t, bool extended)
{
	memcpy(t->at, "RSD PTR ", 8);
	t->nr = 8;
	put_zeroes(t, 7);
	put(t, extended ? 2 : 0, 1);
	put(t, extended ? 0 : START + 36, 4);
	put(t, 36, 4);
	put(t, extended ? START + 36 : 0, 8);
	put_zeroes(t, 4);
	fix_sum(t->at, 20, 8);
	fix_sum(t->at, 36, 32);
}

/* Local APICs 0, 2, 5 (5 is not enabled), then x2APIC 0x1234, then one more local APIC. */
static void put_madt(struct tables *t)
{
	t->madt = begin(t, "APIC");
	put(t, 0xfee00000, 4);
	put(t, 1, 4);
	for (uint32_t i = 0; i < 3; i++) {
		put(t, 8 << 8, 2);
		put(t, i, 1);
		put(t, (const uint8_t[]){0, 2, 5}[i], 1);
		put(t, i < 2, 4);
	}
	put(t, 9 | 16 << 8, 2);
	put(t, 0, 2);
	put(t, 0x1234, 4);
	put(t, 1, 4);
	put(t, 7, 4);
	put(t, 8 << 8, 2);
	put(t, 9 | 7 << 8, 2);
	put(t, 1, 4);
	end(t, t->madt);
}

static void put_memory(struct tables *t, uint32_t domain, uint64_t start, uint64_t bytes)
{
	put(t, 1 | 40 << 8, 2);
	put(t, domain, 4);
	put(t, 0, 2);
	put(t, start, 8);
	put(t, bytes, 8);
	put(t, 0, 4);
	put(t, 1, 4);
	put(t, 0, 8);
}

/* Domains 2 and 0, in that order: indices must come out ascending. */
static void put_srat(struct tables *t)
{
	t->srat = begin(t, "SRAT");
	put_zeroes(t, 12);
	put_memory(t, 2, 0x8000000, 0x8000000);
	put_memory(t, 0, 0, 0x8000000);
	for (uint32_t i = 0; i < 3; i++) {
		put(t, 16 << 8, 2);
		put(t, i ? 2 : 0, 1); /* APIC 0 on domain 0; 2 and 7 on domain 2 */
		put(t, (const uint8_t[]){0, 2, 7}[i], 1);
		put(t, 1, 4);
		put(t, 0, 8);
	}
	put(t, 2 | 24 << 8, 2);
	put(t, 0, 2);
	put(t, 2, 4);
	put(t, 0x1234, 4);
	put(t, 1, 4);
	put(t, 0, 8);
	end(t, t->srat);
}

static void put_slit(struct tables *t)
{
	t->slit = begin(t, "SLIT");
	put(t, 3, 8);
	for (uint32_t i = 0; i < 9; i++)
		put(t, i % 4 == 0 ? 10 : 20 + i, 1);
	end(t, t->slit);
}

static void build(struct tables *t, bool extended)
{
	uint32_t width = extended ? 8 : 4, entries;

	memset(t, 0, sizeof(*t));
	put_rsdp(t, extended);
	t->root = begin(t, extended ? "XSDT" : "RSDT");
	entries = t->nr;
	put_zeroes(t, 3 * width);
	end(t, t->root);
	put_madt(t);
	put_srat(t);
	put_slit(t);
	for (uint32_t i = 0; i < 3; i++) {
		uint64_t at = START + (uint64_t)(i == 0 ? t->madt : i == 1 ? t->srat : t->slit);

		memcpy(t->at + entries + i * width, &at, width);
	}
	fix_sum(t->at + t->root, 36 + 3 * width, 9);
}

/* Parses the first nr bytes from a block of exactly that size. */
static const char *parse(const struct tables *t, uint32_t nr, struct acpi_facts *facts)
{
	uint8_t *exact = malloc(nr ? nr : 1);
	struct acpi_memory memory = {exact, START, nr};
	const char *wrong;

	CHECK(exact != NULL);
	memcpy(exact, t->at, nr);
	wrong = acpi_parse(&memory, START, facts);
	free(exact);
	return wrong;
}

static void check_facts(const struct acpi_facts *f)
{
	static const uint32_t apic[NR_CPUS] = {0, 2, 0x1234, 7};
	static const uint16_t node[NR_CPUS] = {0, 1, 1, 1};

	CHECK_EQ(f->nr_cpus, NR_CPUS);
	for (uint32_t i = 0; i < NR_CPUS; i++) {
		CHECK_EQ(f->apic_id[i], apic[i]);
		CHECK_EQ(f->cpu_node[i], node[i]);
	}
	CHECK_EQ(f->nr_nodes, 2);
	CHECK_EQ(f->node_id[0], 0);
	CHECK_EQ(f->node_id[1], 2);
	CHECK_EQ(f->nr_ranges, 2);
	CHECK_EQ(f->range[0].node, 1);
	CHECK_EQ(f->range[0].start, 0x8000000);
	CHECK_EQ(f->local_apic, 0xfee00000);
	CHECK_EQ(f->distance[0], 10);
	CHECK_EQ(f->distance[1], 22); /* row 0, column 2 */
	CHECK_EQ(f->distance[2], 26); /* row 2, column 0 */
	CHECK_EQ(f->distance[3], 10);
}

TEST(acpi_rsdt)
{
	static struct acpi_facts facts;
	struct tables t;

	build(&t, false);
	CHECK_STR(parse(&t, t.nr, &facts), NULL);
	check_facts(&facts);
}

TEST(acpi_xsdt)
{
	static struct acpi_facts facts;
	struct tables t;

	build(&t, true);
	CHECK_STR(parse(&t, t.nr, &facts), NULL);
	check_facts(&facts);
}

/* Any changed byte breaks a checksum, or makes a table unknown. */
TEST(acpi_every_changed_byte_is_noticed)
{
	static struct acpi_facts facts;
	struct tables good, t;

	build(&good, true);
	for (uint32_t i = 0; i < good.nr; i++) {
		bool is_name = i - good.srat < 4 || i - good.slit < 4;

		t = good;
		t.at[i] ^= 0x41;
		if (is_name)
			CHECK(parse(&t, t.nr, &facts) || !facts.has_srat || !facts.has_slit);
		else
			CHECK(parse(&t, t.nr, &facts) != NULL);
	}
}

/* With the checksum put right again nothing may be read outside, whatever the byte says. */
TEST(acpi_changed_bytes_with_right_sums)
{
	static const uint8_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
	static struct acpi_facts facts;
	struct tables good, t;

	build(&good, false);
	for (uint32_t i = 36; i < good.nr; i++) {
		uint32_t table = i < good.madt ? good.root : i < good.srat ? good.madt :
				 i < good.slit ? good.srat : good.slit;
		uint32_t last = table == good.root ? good.madt : table == good.madt ? good.srat :
				table == good.srat ? good.slit : good.nr;

		for (uint32_t v = 0; v < sizeof(values); v++) {
			t = good;
			t.at[i] = values[v];
			fix_sum(t.at + table, last - table, 9);
			if (!parse(&t, t.nr, &facts)) {
				CHECK(facts.nr_cpus <= ACPI_MAX_CPUS);
				CHECK(facts.nr_nodes >= 1 && facts.nr_nodes <= ACPI_MAX_NODES);
			}
		}
	}
}

TEST(acpi_every_truncation)
{
	static struct acpi_facts facts;
	struct tables t;

	build(&t, true);
	for (uint32_t nr = 0; nr < t.nr; nr++)
		CHECK(parse(&t, nr, &facts) || !facts.has_srat || !facts.has_slit);
}

/* Each rule by its sentence. */
TEST(acpi_sentences)
{
	static struct acpi_facts facts;
	struct tables good, t;

	build(&good, false);
#define BROKEN(change, table, last, sentence)                                                      \
	do {                                                                                       \
		t = good;                                                                          \
		change;                                                                            \
		fix_sum(t.at + (table), (last) - (table), 9);                                      \
		CHECK_STR(parse(&t, t.nr, &facts), sentence);                                      \
	} while (0)
	BROKEN(t.at[good.madt + 44 + 8 + 3] = 0, good.madt, good.srat,
	       "the MADT lists an APIC id twice");
	BROKEN(t.at[good.madt + 44 + 1] = 0, good.madt, good.srat, "a MADT entry is cut off");
	BROKEN(t.at[good.srat + 48 + 1] = 255, good.srat, good.slit, "a SRAT entry is cut off");
	BROKEN(memset(t.at + good.srat + 48 + 8, 0xff, 16), good.srat, good.slit,
	       "a memory range of the SRAT wraps around");
	BROKEN(t.at[good.slit + 36] = 4, good.slit, good.nr, "the SLIT is shorter than its rows");
	BROKEN(t.at[good.slit + 36] = 2, good.slit, good.nr,
	       "the SLIT does not have a node of the SRAT");
	BROKEN(t.at[good.slit + 44] = 11, good.slit, good.nr,
	       "the SLIT holds an impossible distance");
#undef BROKEN
	t = good;
	t.at[0] = 'X';
	CHECK_STR(parse(&t, t.nr, &facts), "there is no RSDP");
	t = good;
	t.at[8]++;
	CHECK_STR(parse(&t, t.nr, &facts), "the RSDP's checksum is wrong");
	t = good;
	t.at[good.madt + 40]++;
	CHECK_STR(parse(&t, t.nr, &facts), "an ACPI table's checksum is wrong");
}

/* The third entry, id 5, is not enabled; the SRAT does not name it. */
TEST(acpi_cpus_that_may_come)
{
	static const struct {
		uint8_t revision, flags, id;
		uint32_t nr_later;
	} cases[] = {
		{0, 0, 5, 1},	 {4, 0, 5, 1}, {5, 0, 5, 0}, {5, 2, 5, 1},
		{0, 0, 0xff, 0}, {0, 0, 2, 0}, {0, 0, 7, 0},
	};
	static struct acpi_facts facts;
	struct tables good, t;

	build(&good, false);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t = good;
		t.at[good.madt + 8] = cases[i].revision;
		t.at[good.madt + 44 + 16 + 3] = cases[i].id;
		t.at[good.madt + 44 + 16 + 4] = cases[i].flags;
		fix_sum(t.at + good.madt, good.srat - good.madt, 9);
		CHECK_STR(parse(&t, t.nr, &facts), NULL);
		check_facts(&facts);
		CHECK_EQ(facts.nr_later, cases[i].nr_later);
		if (facts.nr_later) {
			CHECK_EQ(facts.apic_id[NR_CPUS], 5);
			CHECK_EQ(facts.cpu_node[NR_CPUS], 0);
		}
	}
}
