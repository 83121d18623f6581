/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_case.c - checks that parser and second reader agree on the faulty table, or on every fact.
 *
 *	memory ──> parser ──> a sentence, or facts
 *	       └─> reader ──> a table,    or facts	the sentence names that table
 */
#include "fuzz/targets/acpi/acpi_case.h"
#include "fuzz/targets/outcome.h"
#include "harness/text/text.h"

#include <stdlib.h>
#include <string.h>

/* A message about any table matches each of them. */
static bool acpi_blames(const char *sentence, enum acpi_blame blame)
{
	static const char *const names[] = {
		[ACPI_BAD_ROOT] = "RSDP",
		[ACPI_BAD_MADT] = "MADT",
		[ACPI_BAD_SRAT] = "SRAT",
		[ACPI_BAD_SLIT] = "SLIT",
	};

	/* Messages about the MADT and the SLIT may also name the SRAT; their own table comes
	   first. */
	if (!strncmp(sentence, "an ACPI table", strlen("an ACPI table")))
		return true;
	for (int i = ACPI_BAD_ROOT; i <= ACPI_BAD_SLIT; i++) {
		const char *other = strstr(sentence, names[i]),
			   *own = strstr(sentence, names[blame]);

		if (!own || (other && other < own))
			return false;
	}
	return true;
}

static bool expect_refusal(struct fuzz_outcome *outcome, const char *sentence,
			   enum acpi_blame blame)
{
	outcome->hash = lab_fnv1a(outcome->hash, sentence, strlen(sentence));
	return fuzz_expect(outcome, blame != ACPI_GOOD, "refusal", "good tables are refused") &&
	       fuzz_expect(outcome, *sentence && !strchr(sentence, '\n'), "refusal",
			   "it does not report in one line what is wrong") &&
	       fuzz_expect(outcome, acpi_blames(sentence, blame), "refusal",
			   "it blames another table");
}

static bool expect_cpus(struct fuzz_outcome *outcome, const struct acpi_facts *a,
			const struct acpi_facts *b)
{
	size_t nr = a->nr_cpus + a->nr_later;

	return fuzz_expect(outcome, a->nr_cpus == b->nr_cpus, "MADT", "another number of CPUs") &&
	       fuzz_expect(outcome, a->nr_later == b->nr_later, "MADT",
			   "another number of CPUs that may come") &&
	       fuzz_expect(outcome, !memcmp(a->apic_id, b->apic_id, nr * sizeof(a->apic_id[0])),
			   "MADT", "other APIC ids") &&
	       fuzz_expect(outcome, a->local_apic == b->local_apic, "MADT",
			   "another address of the local APIC");
}

static bool expect_ranges(struct fuzz_outcome *outcome, const struct acpi_facts *a,
			  const struct acpi_facts *b)
{
	bool same = a->nr_ranges == b->nr_ranges;

	for (uint32_t i = 0; same && i < a->nr_ranges; i++)
		same = a->range[i].start == b->range[i].start &&
		       a->range[i].bytes == b->range[i].bytes &&
		       a->range[i].node == b->range[i].node;
	return fuzz_expect(outcome, same, "SRAT", "other memory ranges");
}

static bool expect_nodes(struct fuzz_outcome *outcome, const struct acpi_facts *a,
			 const struct acpi_facts *b)
{
	size_t nr = a->nr_cpus + a->nr_later;

	return fuzz_expect(outcome, a->has_srat == b->has_srat, "SRAT",
			   "one finds it, one does not") &&
	       fuzz_expect(outcome, a->nr_nodes == b->nr_nodes, "SRAT",
			   "another number of nodes") &&
	       fuzz_expect(outcome,
			   !memcmp(a->node_id, b->node_id, a->nr_nodes * sizeof(a->node_id[0])),
			   "SRAT", "other proximity domains") &&
	       fuzz_expect(outcome, !memcmp(a->cpu_node, b->cpu_node, nr * sizeof(a->cpu_node[0])),
			   "SRAT", "a CPU is on another node") &&
	       fuzz_expect(outcome, !memcmp(a->node_memory, b->node_memory, a->nr_nodes), "SRAT",
			   "another node has memory") &&
	       expect_ranges(outcome, a, b);
}

static bool expect_facts(struct fuzz_outcome *outcome, const struct acpi_facts *a,
			 const struct acpi_facts *b)
{
	return expect_cpus(outcome, a, b) && expect_nodes(outcome, a, b) &&
	       fuzz_expect(outcome, a->has_slit == b->has_slit, "SLIT",
			   "one finds it, one does not") &&
	       fuzz_expect(outcome, !memcmp(a->distance, b->distance, a->nr_nodes * a->nr_nodes),
			   "SLIT", "other distances");
}

static void acpi_mix(struct fuzz_outcome *outcome, const struct acpi_facts *facts)
{
	outcome->hash = lab_fnv1a(outcome->hash, facts->apic_id, facts->nr_cpus * 4);
	outcome->hash = lab_fnv1a(outcome->hash, facts->cpu_node, facts->nr_cpus * 2);
	outcome->hash = lab_fnv1a(outcome->hash, facts->node_id, facts->nr_nodes * 2);
	outcome->hash =
		lab_fnv1a(outcome->hash, facts->distance, facts->nr_nodes * facts->nr_nodes);
}

/* Returns the parser's result when nr_all bytes are readable, of which the first nr are memory. */
static const char *acpi_case_parse(const uint8_t *memory, size_t nr, size_t nr_all, uint64_t start,
				   uint64_t rsdp, struct acpi_facts *facts)
{
	uint8_t *exact = malloc(nr_all);
	struct acpi_memory there = {.at = exact, .start = start, .bytes = nr};
	const char *sentence;

	if (!exact && nr_all)
		abort();
	if (nr_all)
		memcpy(exact, memory, nr_all);
	memset(facts, 0xa5, sizeof(*facts)); /* all of it must be overwritten */
	sentence = acpi_parse(&there, rsdp, facts);
	free(exact);
	return sentence;
}

bool acpi_case_run(const uint8_t *memory, size_t nr, size_t nr_behind, uint64_t start,
		   uint64_t rsdp, struct fuzz_outcome *outcome)
{
	static struct acpi_facts facts, reader_facts;
	enum acpi_blame blame = acpi_reader_read(memory, nr, start, rsdp, &reader_facts);

	outcome->hash = LAB_FNV_START;
	for (int i = 0; i < (nr_behind ? 2 : 1); i++) {
		const char *sentence =
			acpi_case_parse(memory, nr, nr + (i ? nr_behind : 0), start, rsdp, &facts);

		if (sentence && !expect_refusal(outcome, sentence, blame))
			return false;
		if (sentence)
			continue;
		if (!fuzz_expect(outcome, blame == ACPI_GOOD, "acceptance",
				 "bad tables are accepted") ||
		    !expect_facts(outcome, &facts, &reader_facts))
			return false;
		acpi_mix(outcome, &facts);
	}
	return true;
}
