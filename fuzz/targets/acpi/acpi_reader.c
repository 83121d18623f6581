/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * acpi_reader.c - the simple second reader: ACPI 6.5, 5.2.5 to 5.2.17, a field at a time.
 *
 *	RSDP 5.2.5.3	XSDT 5.2.8	MADT 5.2.12	SRAT 5.2.16	SLIT 5.2.17
 *
 * Each byte is fetched by its physical address. Where the specification leaves a choice, it does
 * what the image does:
 *
 * R1  A table outside memory is ignored; of several of one name the first counts.
 * R2  Limits are acpi.h's. Domains go up to 65534.
 * R3  A CPU that is not in the SRAT is on the first node; of several entries the last counts.
 * R4  A range that reaches the end of 64 bits wraps around, and is refused.
 * R5  A CPU that is not enabled may come later when its flag 1 says so or the MADT's revision is
 *     below 5. Ids of all ones are ignored, and so are repeated entries and those beyond the limit.
 */
#include "fuzz/targets/acpi/acpi_case.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_BYTES = ACPI_NR_PARTS * ACPI_PART_ROOM,
	MAX_TABLES = MAX_BYTES / 4,
	MAX_ENTRIES = MAX_BYTES / 16,
	NR_DOMAINS = UINT16_MAX,
};

struct reader {
	const uint8_t *memory;
	uint64_t start, nr;
	uint64_t table[MAX_TABLES];
	size_t nr_tables;
	uint64_t domain[MAX_ENTRIES]; /* as the SRAT names them: unordered, some twice */
	size_t nr_domains;
	struct acpi_facts *facts;
};

/* A table or an entry of one, by its address. */
struct span {
	uint64_t at, nr;
};

static bool is_there(const struct reader *r, uint64_t address, uint64_t nr)
{
	return address >= r->start && address - r->start <= r->nr &&
	       nr <= r->nr - (address - r->start);
}

static uint64_t acpi_get(const struct reader *r, uint64_t address, unsigned width)
{
	uint64_t n = 0;

	for (unsigned i = width; i-- > 0;) {
		if (!is_there(r, address + i, 1))
			abort();
		n = n * 256 + r->memory[address + i - r->start];
	}
	return n;
}

static bool is_name(const struct reader *r, uint64_t address, const char *name)
{
	for (size_t i = 0; name[i]; i++)
		if (acpi_get(r, address + i, 1) != (uint8_t)name[i])
			return false;
	return true;
}

static bool sums_up(const struct reader *r, uint64_t address, uint64_t nr)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < nr; i++)
		sum += acpi_get(r, address + i, 1);
	return sum % 256 == 0;
}

static bool is_whole(const struct reader *r, uint64_t address, struct span *table)
{
	if (!is_there(r, address, 36))
		return false;
	*table = (struct span){address, acpi_get(r, address + 4, 4)};
	return table->nr >= 36 && is_there(r, address, table->nr) && sums_up(r, address, table->nr);
}

static bool read_root(struct reader *r, uint64_t rsdp)
{
	unsigned width = 4;
	struct span root;
	uint64_t at;

	if (!is_there(r, rsdp, 20) || !is_name(r, rsdp, "RSD PTR ") || !sums_up(r, rsdp, 20))
		return false;
	at = acpi_get(r, rsdp + 16, 4);
	if (acpi_get(r, rsdp + 15, 1) >= 2) {
		if (!is_there(r, rsdp, 36) || !sums_up(r, rsdp, 36))
			return false;
		if (acpi_get(r, rsdp + 24, 8) != 0) {
			at = acpi_get(r, rsdp + 24, 8);
			width = 8;
		}
	}
	if (!is_whole(r, at, &root) || !is_name(r, at, width == 8 ? "XSDT" : "RSDT"))
		return false;
	for (uint64_t i = 0; i < (root.nr - 36) / width; i++)
		r->table[r->nr_tables++] = acpi_get(r, at + 36 + i * width, width);
	return true;
}

/* False: it is there, but not whole. */
static bool find_table(const struct reader *r, const char *name, struct span *table, bool *found)
{
	*found = false;
	for (size_t i = 0; i < r->nr_tables && !*found; i++) {
		*found = is_there(r, r->table[i], 36) && is_name(r, r->table[i], name);
		if (*found)
			return is_whole(r, r->table[i], table);
	}
	return true;
}

/* The entry at `at`, which is before the end of the table; false: it does not fit. */
static bool read_entry(const struct reader *r, const struct span *table, uint64_t at,
		       struct span *entry)
{
	uint64_t left = table->at + table->nr - at;

	*entry = (struct span){at, left >= 2 ? acpi_get(r, at + 1, 1) : 0};
	return entry->nr >= 2 && entry->nr <= left;
}

static bool is_kind(const struct reader *r, const struct span *entry, unsigned kind, unsigned bytes)
{
	return acpi_get(r, entry->at, 1) == kind && entry->nr >= bytes;
}

/* --- MADT -------------------------------------------------------------------------------- */

static bool add_cpu(struct reader *r, uint64_t id, uint64_t flags)
{
	struct acpi_facts *facts = r->facts;
	uint32_t same = 0;

	if (flags % 2 == 0)
		return true;
	for (uint32_t i = 0; i < facts->nr_cpus; i++)
		same += facts->apic_id[i] == id;
	if (same > 0 || facts->nr_cpus == 256)
		return false;
	facts->apic_id[facts->nr_cpus++] = (uint32_t)id;
	return true;
}

static void add_later(struct reader *r, uint64_t id, uint64_t flags, bool all_capable)
{
	struct acpi_facts *facts = r->facts;
	uint32_t nr = facts->nr_cpus + facts->nr_later, same = 0;

	for (uint32_t i = 0; i < nr; i++)
		same += facts->apic_id[i] == id;
	if (flags % 2 == 1 || (flags % 4 == 0 && !all_capable) || same > 0 || nr == 256)
		return;
	facts->apic_id[nr] = (uint32_t)id;
	facts->nr_later++;
}

static void read_later(struct reader *r, const struct span *madt)
{
	bool all = acpi_get(r, madt->at + 8, 1) < 5;
	struct span e;

	for (uint64_t at = madt->at + 44; at < madt->at + madt->nr; at += e.nr) {
		read_entry(r, madt, at, &e);
		if (is_kind(r, &e, 0, 8) && acpi_get(r, at + 3, 1) != 255)
			add_later(r, acpi_get(r, at + 3, 1), acpi_get(r, at + 4, 4), all);
		if (is_kind(r, &e, 9, 16) && acpi_get(r, at + 4, 4) != 4294967295)
			add_later(r, acpi_get(r, at + 4, 4), acpi_get(r, at + 8, 4), all);
	}
}

static bool read_madt(struct reader *r, const struct span *madt)
{
	struct span e;

	if (madt->nr < 44)
		return false;
	r->facts->local_apic = acpi_get(r, madt->at + 36, 4);
	for (uint64_t at = madt->at + 44; at < madt->at + madt->nr; at += e.nr) {
		if (!read_entry(r, madt, at, &e))
			return false;
		if (is_kind(r, &e, 0, 8) &&
		    !add_cpu(r, acpi_get(r, at + 3, 1), acpi_get(r, at + 4, 4)))
			return false;
		if (is_kind(r, &e, 9, 16) &&
		    !add_cpu(r, acpi_get(r, at + 4, 4), acpi_get(r, at + 8, 4)))
			return false;
		if (is_kind(r, &e, 5, 12))
			r->facts->local_apic = acpi_get(r, at + 4, 8);
	}
	read_later(r, madt);
	return r->facts->nr_cpus > 0;
}

/* --- SRAT -------------------------------------------------------------------------------- */

/* Returns the domain of an enabled entry; false when it is not enabled. */
static bool domain_of(const struct reader *r, const struct span *e, uint64_t *domain)
{
	uint64_t at = e->at;

	if (is_kind(r, e, 0, 16) && acpi_get(r, at + 4, 1) % 2 == 1) {
		*domain = acpi_get(r, at + 2, 1) + 256 * acpi_get(r, at + 9, 3);
		return true;
	}
	if (is_kind(r, e, 1, 40) && acpi_get(r, at + 28, 1) % 2 == 1) {
		*domain = acpi_get(r, at + 2, 4);
		return true;
	}
	if (is_kind(r, e, 2, 24) && acpi_get(r, at + 12, 1) % 2 == 1) {
		*domain = acpi_get(r, at + 4, 4);
		return true;
	}
	return false;
}

static uint16_t index_of(const struct acpi_facts *facts, uint64_t domain)
{
	uint16_t n = 0;

	for (uint32_t i = 0; i < facts->nr_nodes; i++)
		n = (uint16_t)(n + (facts->node_id[i] < domain));
	return n;
}

/* Nodes in ascending order of their domains; false: too many. */
static bool number_nodes(struct reader *r)
{
	struct acpi_facts *facts = r->facts;
	uint64_t last = 0, next;

	for (bool first = true;; first = false) {
		next = UINT64_MAX;
		for (size_t i = 0; i < r->nr_domains; i++)
			if ((first || r->domain[i] > last) && r->domain[i] < next)
				next = r->domain[i];
		if (next == UINT64_MAX)
			break;
		if (facts->nr_nodes == 64)
			return false;
		facts->node_id[facts->nr_nodes++] = (uint16_t)next;
		last = next;
	}
	return true;
}

/* Reads where CPUs and memory are; false: a range is refused. */
static bool acpi_place(struct reader *r, const struct span *e, uint64_t domain)
{
	struct acpi_facts *facts = r->facts;
	uint16_t node = index_of(facts, domain);
	uint64_t kind = acpi_get(r, e->at, 1), id, start, nr;

	if (kind != 1) {
		id = kind == 0 ? acpi_get(r, e->at + 3, 1) : acpi_get(r, e->at + 8, 4);
		for (uint32_t i = 0; i < facts->nr_cpus + facts->nr_later; i++)
			if (facts->apic_id[i] == id)
				facts->cpu_node[i] = node;
		return true;
	}
	start = acpi_get(r, e->at + 8, 8);
	nr = acpi_get(r, e->at + 16, 8);
	if (nr == 0)
		return true;
	if (nr > UINT64_MAX - start || facts->nr_ranges == 64)
		return false;
	facts->range[facts->nr_ranges++] =
		(struct acpi_range){.start = start, .bytes = nr, .node = node};
	facts->node_memory[node] = true;
	return true;
}

static bool read_srat(struct reader *r, const struct span *srat)
{
	struct acpi_facts *facts = r->facts;
	uint64_t domain;
	struct span e;

	if (srat->nr < 48)
		return false;
	for (uint64_t at = srat->at + 48; at < srat->at + srat->nr; at += e.nr) {
		if (!read_entry(r, srat, at, &e))
			return false;
		if (!domain_of(r, &e, &domain))
			continue;
		if (domain >= NR_DOMAINS)
			return false;
		r->domain[r->nr_domains++] = domain;
	}
	if (!number_nodes(r))
		return false;
	for (uint64_t at = srat->at + 48; at < srat->at + srat->nr; at += e.nr) {
		read_entry(r, srat, at, &e);
		if (domain_of(r, &e, &domain) && !acpi_place(r, &e, domain))
			return false;
	}
	return facts->nr_nodes > 0;
}

/* --- SLIT -------------------------------------------------------------------------------- */

static bool read_slit(const struct reader *r, const struct span *slit)
{
	struct acpi_facts *facts = r->facts;
	uint64_t nr;

	if (slit->nr < 44)
		return false;
	nr = acpi_get(r, slit->at + 36, 8);
	if (nr > 65535 || 44 + nr * nr > slit->nr)
		return false;
	for (uint32_t i = 0; i < facts->nr_nodes; i++) {
		for (uint32_t j = 0; j < facts->nr_nodes; j++) {
			uint64_t from = facts->node_id[i], to = facts->node_id[j], distance;

			if (from >= nr || to >= nr)
				return false;
			distance = acpi_get(r, slit->at + 44 + from * nr + to, 1);
			if (distance < 10 || (i == j && distance != 10))
				return false;
			facts->distance[i * facts->nr_nodes + j] = (uint8_t)distance;
		}
	}
	return true;
}

/* --- all of it --------------------------------------------------------------------------- */

static void set_defaults(struct acpi_facts *facts)
{
	for (uint32_t i = 0; i < facts->nr_nodes; i++)
		for (uint32_t j = 0; j < facts->nr_nodes; j++)
			facts->distance[i * facts->nr_nodes + j] = i == j ? 10 : 20;
}

static enum acpi_blame read_all(struct reader *r, uint64_t rsdp)
{
	struct acpi_facts *facts = r->facts;
	struct span table;
	bool found;

	if (!read_root(r, rsdp))
		return ACPI_BAD_ROOT;
	if (!find_table(r, "APIC", &table, &found) || !found || !read_madt(r, &table))
		return ACPI_BAD_MADT;
	if (!find_table(r, "SRAT", &table, &facts->has_srat) ||
	    (facts->has_srat && !read_srat(r, &table)))
		return ACPI_BAD_SRAT;
	if (!facts->has_srat)
		facts->nr_nodes = 1;
	set_defaults(facts);
	if (!find_table(r, "SLIT", &table, &facts->has_slit) ||
	    (facts->has_slit && !read_slit(r, &table)))
		return ACPI_BAD_SLIT;
	return ACPI_GOOD;
}

enum acpi_blame acpi_reader_read(const uint8_t *memory, size_t nr, uint64_t start, uint64_t rsdp,
				 struct acpi_facts *facts)
{
	static struct reader r;

	if (nr > MAX_BYTES)
		abort();
	r.memory = memory;
	r.start = start;
	r.nr = nr;
	r.nr_tables = r.nr_domains = 0;
	r.facts = facts;
	memset(facts, 0, sizeof(*facts));
	return read_all(&r, rsdp);
}
