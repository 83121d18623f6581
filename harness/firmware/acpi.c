/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi.c - see acpi.h. Two passes over the SRAT: the first collects the proximity domains, so
 * that indices
 * are in ascending order of them whatever the order of entries is; the second places CPUs and
 * memory.
 */
#include "harness/firmware/acpi.h"

/* A table, or an entry of one: all reads go through it and stay inside. */
struct bytes {
	const uint8_t *at;
	uint32_t nr;
};

enum { HEADER_BYTES = 36, MADT_ENTRIES = 44, SRAT_ENTRIES = 48, SLIT_ROWS = 44 };
enum { MADT_LOCAL_APIC = 0, MADT_APIC_ADDRESS = 5, MADT_LOCAL_X2APIC = 9 };
enum { MADT_REVISION = 8, MADT_HAS_CAPABLE = 5 }; /* ACPI 6.3: flag 1, online capable */
enum { SRAT_APIC = 0, SRAT_MEMORY = 1, SRAT_X2APIC = 2 };

/* Little-endian number of `width` bytes; the caller has made sure that it is inside. */
static uint64_t acpi_number(const struct bytes *b, uint32_t at, uint32_t width)
{
	uint64_t n = 0;

	PCPU_ASSERT(at + width <= b->nr);
	for (uint32_t i = 0; i < width; i++)
		n |= (uint64_t)b->at[at + i] << (8 * i);
	return n;
}

static bool sums_to_zero(const uint8_t *at, uint64_t nr)
{
	uint8_t sum = 0;

	for (uint64_t i = 0; i < nr; i++)
		sum = (uint8_t)(sum + at[i]);
	return sum == 0;
}

/* [physical, physical + nr) as far as it is in memory at all. */
static bool acpi_window(const struct acpi_memory *m, uint64_t physical, uint64_t nr,
			struct bytes *out)
{
	uint64_t offset = physical - m->start;

	if (physical < m->start || offset > m->bytes || nr > m->bytes - offset || nr > UINT32_MAX)
		return false;
	*out = (struct bytes){m->at + offset, (uint32_t)nr};
	return true;
}

/* A whole table: header, length, checksum. */
static const char *table_open(const struct acpi_memory *m, uint64_t physical, struct bytes *table)
{
	uint64_t nr;

	if (!acpi_window(m, physical, HEADER_BYTES, table))
		return "an ACPI table lies outside memory";
	nr = acpi_number(table, 4, 4);
	if (nr < HEADER_BYTES)
		return "an ACPI table is shorter than its header";
	if (!acpi_window(m, physical, nr, table))
		return "an ACPI table is longer than memory";
	return sums_to_zero(table->at, nr) ? NULL : "an ACPI table's checksum is wrong";
}

static bool is_named(const struct bytes *table, const char *name)
{
	return memcmp(table->at, name, 4) == 0;
}

/* The next entry {type, length, ...} from *at on; false at the end or when it is cut off
   (*broken). */
static bool next_entry(const struct bytes *table, uint32_t *at, struct bytes *entry, bool *broken)
{
	uint32_t nr;

	*broken = false;
	if (*at >= table->nr)
		return false;
	nr = *at + 2 <= table->nr ? table->at[*at + 1] : 0;
	*broken = nr < 2 || nr > table->nr - *at;
	if (*broken)
		return false;
	*entry = (struct bytes){table->at + *at, nr};
	*at += nr;
	return true;
}

/* --- RSDP ---------------------------------------------------------------------------------- */

struct root {
	struct bytes table;
	uint32_t width; /* of its entries */
};

static const char *root_open(const struct acpi_memory *m, uint64_t rsdp, struct root *root)
{
	struct bytes b;
	const char *wrong;
	uint64_t at;

	if (!acpi_window(m, rsdp, 20, &b) || memcmp(b.at, "RSD PTR ", 8) != 0)
		return "there is no RSDP";
	if (!sums_to_zero(b.at, 20))
		return "the RSDP's checksum is wrong";
	root->width = 4;
	at = acpi_number(&b, 16, 4);
	if (b.at[15] >= 2) {
		if (!acpi_window(m, rsdp, 36, &b) || !sums_to_zero(b.at, 36))
			return "the RSDP's extended checksum is wrong";
		if (acpi_number(&b, 24, 8)) {
			root->width = 8;
			at = acpi_number(&b, 24, 8);
		}
	}
	wrong = table_open(m, at, &root->table);
	if (wrong)
		return wrong;
	if (!is_named(&root->table, root->width == 8 ? "XSDT" : "RSDT"))
		return "the RSDP leads to no RSDT or XSDT";
	return NULL;
}

/* The first table of that name; sets *found when there is one. */
static const char *table_find(const struct acpi_memory *m, const struct root *root,
			      const char *name, struct bytes *table, bool *found)
{
	*found = false;
	for (uint32_t at = HEADER_BYTES; at + root->width <= root->table.nr; at += root->width) {
		uint64_t physical = acpi_number(&root->table, at, root->width);

		if (!acpi_window(m, physical, HEADER_BYTES, table) || !is_named(table, name))
			continue;
		*found = true;
		return table_open(m, physical, table);
	}
	return NULL;
}

/* --- MADT ---------------------------------------------------------------------------------- */

static const char *cpu_add(struct acpi_facts *facts, uint64_t apic_id, uint64_t flags)
{
	if (!(flags & 1))
		return NULL; /* not there */
	for (uint32_t i = 0; i < facts->nr_cpus; i++)
		if (facts->apic_id[i] == apic_id)
			return "the MADT lists an APIC id twice";
	if (facts->nr_cpus == ACPI_MAX_CPUS)
		return "the MADT lists more than 256 CPUs";
	facts->apic_id[facts->nr_cpus++] = (uint32_t)apic_id;
	return NULL;
}

/* Adds a CPU that is absent and may be added to the running machine: enabled 0, online capable 1,
   which madt_later() sets for tables older than ACPI 6.3. Skips the id that means "no
   processor" (`nobody`), ids that are listed already, and any beyond ACPI_MAX_CPUS. */
static void later_add(struct acpi_facts *facts, uint64_t apic_id, uint64_t flags, uint64_t nobody)
{
	uint32_t nr = facts->nr_cpus + facts->nr_later;

	if ((flags & 3) != 2 || apic_id == nobody || nr == ACPI_MAX_CPUS)
		return;
	for (uint32_t i = 0; i < nr; i++)
		if (facts->apic_id[i] == apic_id)
			return;
	facts->apic_id[nr] = (uint32_t)apic_id;
	facts->nr_later++;
}

/* A second pass over a MADT that was good: behind the CPUs that are there. */
static void madt_later(const struct bytes *table, struct acpi_facts *facts)
{
	uint64_t capable = acpi_number(table, MADT_REVISION, 1) < MADT_HAS_CAPABLE ? 2 : 0;
	uint32_t at = MADT_ENTRIES;
	struct bytes entry;
	bool broken;

	while (next_entry(table, &at, &entry, &broken)) {
		if (entry.at[0] == MADT_LOCAL_APIC && entry.nr >= 8)
			later_add(facts, entry.at[3], acpi_number(&entry, 4, 4) | capable,
				  UINT8_MAX);
		else if (entry.at[0] == MADT_LOCAL_X2APIC && entry.nr >= 16)
			later_add(facts, acpi_number(&entry, 4, 4),
				  acpi_number(&entry, 8, 4) | capable, UINT32_MAX);
	}
}

static const char *madt_parse(const struct bytes *table, struct acpi_facts *facts)
{
	uint32_t at = MADT_ENTRIES;
	struct bytes entry;
	bool broken;

	if (table->nr < MADT_ENTRIES)
		return "the MADT is too short";
	facts->local_apic = acpi_number(table, 36, 4);
	while (next_entry(table, &at, &entry, &broken)) {
		const char *wrong = NULL;

		if (entry.at[0] == MADT_LOCAL_APIC && entry.nr >= 8)
			wrong = cpu_add(facts, entry.at[3], acpi_number(&entry, 4, 4));
		else if (entry.at[0] == MADT_LOCAL_X2APIC && entry.nr >= 16)
			wrong = cpu_add(facts, acpi_number(&entry, 4, 4),
					acpi_number(&entry, 8, 4));
		else if (entry.at[0] == MADT_APIC_ADDRESS && entry.nr >= 12)
			facts->local_apic = acpi_number(&entry, 4, 8);
		if (wrong)
			return wrong;
	}
	if (broken)
		return "a MADT entry is cut off";
	madt_later(table, facts);
	return facts->nr_cpus ? NULL : "the MADT lists no CPU";
}

/* --- SRAT ---------------------------------------------------------------------------------- */

/* What one entry says, whatever its form. */
struct affinity {
	bool is_cpu, is_memory;
	uint32_t domain, apic_id;
	uint64_t start, bytes;
};

static bool affinity_read(const struct bytes *e, struct affinity *a)
{
	*a = (struct affinity){0};
	if (e->at[0] == SRAT_APIC && e->nr >= 16 && (acpi_number(e, 4, 4) & 1)) {
		a->is_cpu = true;
		a->domain = (uint32_t)(e->at[2] | acpi_number(e, 9, 3) << 8);
		a->apic_id = e->at[3];
	} else if (e->at[0] == SRAT_X2APIC && e->nr >= 24 && (acpi_number(e, 12, 4) & 1)) {
		a->is_cpu = true;
		a->domain = (uint32_t)acpi_number(e, 4, 4);
		a->apic_id = (uint32_t)acpi_number(e, 8, 4);
	} else if (e->at[0] == SRAT_MEMORY && e->nr >= 40 && (acpi_number(e, 28, 4) & 1)) {
		a->is_memory = true;
		a->domain = (uint32_t)acpi_number(e, 2, 4);
		a->start = acpi_number(e, 8, 8);
		a->bytes = acpi_number(e, 16, 8);
	}
	return a->is_cpu || a->is_memory;
}

/* Puts the domain in its place in ascending order. */
static const char *domain_add(struct acpi_facts *facts, uint32_t domain)
{
	uint32_t at = 0;

	while (at < facts->nr_nodes && facts->node_id[at] < domain)
		at++;
	if (at < facts->nr_nodes && facts->node_id[at] == domain)
		return NULL;
	if (facts->nr_nodes == ACPI_MAX_NODES || domain >= UINT16_MAX)
		return "the SRAT has more than 64 nodes, or ids over 65534";
	for (uint32_t i = facts->nr_nodes++; i > at; i--)
		facts->node_id[i] = facts->node_id[i - 1];
	facts->node_id[at] = (uint16_t)domain;
	return NULL;
}

static uint16_t domain_index(const struct acpi_facts *facts, uint32_t domain)
{
	uint16_t i = 0;

	while (facts->node_id[i] != domain)
		i++;
	return i;
}

static const char *affinity_place(struct acpi_facts *facts, const struct affinity *a)
{
	uint16_t node = domain_index(facts, a->domain);

	for (uint32_t i = 0; a->is_cpu && i < facts->nr_cpus + facts->nr_later; i++)
		if (facts->apic_id[i] == a->apic_id)
			facts->cpu_node[i] = node;
	if (!a->is_memory || a->bytes == 0)
		return NULL;
	if (a->start + a->bytes < a->start)
		return "a memory range of the SRAT wraps around";
	if (facts->nr_ranges == ACPI_MAX_RANGES)
		return "the SRAT has more than 64 memory ranges";
	facts->range[facts->nr_ranges++] = (struct acpi_range){a->start, a->bytes, node};
	facts->node_memory[node] = true;
	return NULL;
}

static const char *srat_pass(const struct bytes *table, struct acpi_facts *facts, bool place)
{
	uint32_t at = SRAT_ENTRIES;
	struct affinity a;
	struct bytes entry;
	bool broken;

	while (next_entry(table, &at, &entry, &broken)) {
		const char *wrong = NULL;

		if (affinity_read(&entry, &a))
			wrong = place ? affinity_place(facts, &a) : domain_add(facts, a.domain);
		if (wrong)
			return wrong;
	}
	return broken ? "a SRAT entry is cut off" : NULL;
}

static const char *srat_parse(const struct bytes *table, struct acpi_facts *facts)
{
	const char *wrong;

	if (table->nr < SRAT_ENTRIES)
		return "the SRAT is too short";
	wrong = srat_pass(table, facts, false);
	if (!wrong && facts->nr_nodes == 0)
		wrong = "the SRAT names no node";
	return wrong ? wrong : srat_pass(table, facts, true);
}

/* --- SLIT ---------------------------------------------------------------------------------- */

static void distances_default(struct acpi_facts *facts)
{
	for (uint32_t i = 0; i < facts->nr_nodes * facts->nr_nodes; i++)
		facts->distance[i] = i % (facts->nr_nodes + 1) ? PCPU_REMOTE_DISTANCE
							       : PCPU_LOCAL_DISTANCE;
}

/* Rows and columns are proximity domains; those that we do not know are left out. */
static const char *slit_parse(const struct bytes *table, struct acpi_facts *facts)
{
	uint64_t nr;

	if (table->nr < SLIT_ROWS)
		return "the SLIT is too short";
	nr = acpi_number(table, 36, 8);
	if (nr > UINT16_MAX || nr * nr > table->nr - SLIT_ROWS)
		return "the SLIT is shorter than its rows";
	for (uint32_t i = 0; i < facts->nr_nodes * facts->nr_nodes; i++) {
		uint32_t from = facts->node_id[i / facts->nr_nodes];
		uint32_t to = facts->node_id[i % facts->nr_nodes];
		uint8_t distance;

		if (from >= nr || to >= nr)
			return "the SLIT does not have a node of the SRAT";
		distance = table->at[SLIT_ROWS + from * nr + to];
		if (from == to ? distance != PCPU_LOCAL_DISTANCE : distance < PCPU_LOCAL_DISTANCE)
			return "the SLIT holds an impossible distance";
		facts->distance[i] = distance;
	}
	return NULL;
}

/* --- all of it ------------------------------------------------------------------------------ */

const char *acpi_parse(const struct acpi_memory *memory, uint64_t rsdp, struct acpi_facts *facts)
{
	struct bytes table;
	struct root root;
	const char *wrong;
	bool found;

	memset(facts, 0, sizeof(*facts));
	wrong = root_open(memory, rsdp, &root);
	if (!wrong)
		wrong = table_find(memory, &root, "APIC", &table, &found);
	if (wrong)
		return wrong;
	if (!found)
		return "there is no MADT";
	wrong = madt_parse(&table, facts);
	if (!wrong)
		wrong = table_find(memory, &root, "SRAT", &table, &facts->has_srat);
	if (!wrong && facts->has_srat)
		wrong = srat_parse(&table, facts);
	if (wrong)
		return wrong;
	facts->nr_nodes += !facts->has_srat;
	distances_default(facts);
	wrong = table_find(memory, &root, "SLIT", &table, &facts->has_slit);
	return !wrong && facts->has_slit ? slit_parse(&table, facts) : wrong;
}

/* --- for others ------------------------------------------------------------------------------ */

const char *acpi_table(const struct acpi_memory *memory, uint64_t rsdp, const char name[4],
		       const uint8_t **at, uint32_t *nr)
{
	struct bytes table;
	struct root root;
	const char *wrong = root_open(memory, rsdp, &root);
	bool found = false;

	*at = NULL;
	*nr = 0;
	if (!wrong)
		wrong = table_find(memory, &root, name, &table, &found);
	if (!wrong && found) {
		*at = table.at;
		*nr = table.nr;
	}
	return wrong;
}

const char *acpi_table_at(const struct acpi_memory *memory, uint64_t physical, const char name[4],
			  const uint8_t **at, uint32_t *nr)
{
	struct bytes table;
	const char *wrong = table_open(memory, physical, &table);

	*at = NULL;
	*nr = 0;
	if (wrong)
		return wrong;
	if (!is_named(&table, name))
		return "an ACPI table has another name than the one that leads to it says";
	*at = table.at;
	*nr = table.nr;
	return NULL;
}
