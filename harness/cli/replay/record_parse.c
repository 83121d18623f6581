/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record_parse.c - lines of trace_pipe to lines of a trace. Pure: text in, text out.
 *
 *	cc1-51 [001] ..... 7.5: percpu_alloc_percpu: call_site=mm_init+0x8/0x9 reserved=0
 *	is_atomic=0
 *		size=16 align=8 base_addr=0 off=64 ptr=00004a1c bytes_alloc=32 gfp_flags=GFP_KERNEL
 *	-> a 0 16 8 -- mm_init
 *	cc1-51 [001] ..... 7.6: percpu_free_percpu: base_addr=0 off=64 ptr=00004a1c
 *	-> f 0
 */
#include "harness/cli/replay/record.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024, MAX_SITE = 64, NO_ID = -1 };

/* An address seen so far: a hash table with open addressing; never shrinks. */
struct address {
	uint64_t pointer; /* 0: no entry */
	int64_t id;	  /* of the object there; NO_ID: none */
	uint32_t nr_late; /* frees of earlier objects that are still expected */
};

struct record {
	char *text;
	size_t bytes, capacity;
	FILE *stream; /* writes text */
	struct address *table;
	size_t nr_addresses, table_room; /* a power of two */
	struct record_counts counts;
};

struct record *record_create(void)
{
	struct record *record = g_new0(struct record, 1);

	record->table_room = FIRST_ROOM;
	record->table = g_malloc0_n(record->table_room, sizeof(*record->table));
	record->stream = memory_file_open(&record->text, &record->bytes);
	fputs("# pcpu-trace 1\n", record->stream);
	return record;
}

void record_destroy(struct record *record)
{
	if (!record)
		return;
	fclose(record->stream);
	free(record->text);
	free(record->table);
	free(record);
}

const char *record_text(struct record *record, size_t *bytes)
{
	fflush(record->stream);
	*bytes = record->bytes;
	return record->text;
}

const struct record_counts *record_counts(const struct record *record)
{
	return &record->counts;
}

/* --- addresses ------------------------------------------------------------------------------ */

static struct address *parse_find(const struct address *table, size_t capacity, uint64_t pointer)
{
	size_t i = (pointer * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (capacity - 1);

	while (table[i].pointer && table[i].pointer != pointer)
		i = (i + 1) & (capacity - 1);
	return (struct address *)(uintptr_t)&table[i];
}

static void parse_grow(struct record *record)
{
	size_t capacity = record->table_room * 2;
	struct address *table = g_new0(struct address, capacity);

	for (size_t i = 0; i < record->table_room; i++) {
		if (record->table[i].pointer)
			*parse_find(table, capacity, record->table[i].pointer) = record->table[i];
	}
	free(record->table);
	record->table = table;
	record->table_room = capacity;
}

static struct address *address_of(struct record *record, uint64_t pointer, bool make)
{
	struct address *address = parse_find(record->table, record->table_room, pointer);

	if (address->pointer)
		return address;
	if (!make)
		return NULL;
	if (record->nr_addresses * 2 >= record->table_room) {
		parse_grow(record);
		address = parse_find(record->table, record->table_room, pointer);
	}
	record->nr_addresses++;
	*address = (struct address){ .pointer = pointer, .id = NO_ID };
	return address;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* Returns the value of " NAME=": its start, up to a blank or the end; NULL when there is none. */
static const char *record_parse_field(const char *line, const char *end, const char *name,
				      size_t *bytes)
{
	size_t nr = strlen(name);

	for (; line + nr + 2 <= end; line++) {
		const char *value = line + nr + 2;

		if (line[0] != ' ' || memcmp(line + 1, name, nr) || line[nr + 1] != '=')
			continue;
		for (*bytes = 0; value + *bytes < end && value[*bytes] != ' ';)
			++*bytes;
		return value;
	}
	return NULL;
}

static bool number_field(const char *line, const char *end, const char *name, int base,
			 uint64_t max, uint64_t *n)
{
	char word[32], *stop;
	size_t bytes;
	const char *value = record_parse_field(line, end, name, &bytes);

	if (!value || !bytes || bytes >= sizeof(word))
		return false;
	memcpy(word, value, bytes);
	word[bytes] = 0;
	*n = strtoull(word, &stop, base);
	return *stop == 0 && word[0] != '-' && *n <= max;
}

/* "mm_init+0x8/0x9 [module]" -> "mm_init" */
static size_t site_of(const char *line, const char *end, char site[MAX_SITE + 1])
{
	size_t bytes = 0, nr = 0;
	const char *value = record_parse_field(line, end, "call_site", &bytes);

	while (value && nr < bytes && nr < MAX_SITE && value[nr] != '+' && value[nr] > ' ' &&
	       value[nr] < 127)
		nr++;
	if (nr)
		memcpy(site, value, nr);
	site[nr] = 0;
	return nr;
}

/* --- events ----------------------------------------------------------------------------------- */

static bool take_alloc(struct record *record, const char *at, const char *end)
{
	uint64_t reserved, atomic, size, align, pointer;
	char site[MAX_SITE + 1];
	struct address *address;

	if (!number_field(at, end, "reserved", 10, 1, &reserved) ||
	    !number_field(at, end, "is_atomic", 10, 1, &atomic) ||
	    !number_field(at, end, "size", 10, UINT32_MAX, &size) ||
	    !number_field(at, end, "align", 10, UINT32_MAX, &align) ||
	    !number_field(at, end, "ptr", 16, UINT64_MAX, &pointer) || !pointer)
		return false;
	address = address_of(record, pointer, true);
	if (address->id != NO_ID) {
		fprintf(record->stream, "f %lld\n", (long long)address->id);
		record->counts.nr_implied++;
		address->nr_late += record->counts.nr_lost == 0;
	}
	address->id = (int64_t)record->counts.nr_allocs++;
	fprintf(record->stream, "a %lld %llu %llu %c%c", (long long)address->id,
		(unsigned long long)size, (unsigned long long)align, atomic ? 'A' : '-',
		reserved ? 'R' : '-');
	fprintf(record->stream, site_of(at, end, site) ? " %s\n" : "%s\n", site);
	return true;
}

static bool take_free(struct record *record, const char *at, const char *end)
{
	struct address *address;
	uint64_t pointer;

	if (!number_field(at, end, "ptr", 16, UINT64_MAX, &pointer))
		return false;
	address = address_of(record, pointer, false);
	if (address && address->nr_late) {
		address->nr_late--;
		return true;
	}
	if (!address || address->id == NO_ID) {
		record->counts.nr_unknown++;
		return true;
	}
	fprintf(record->stream, "f %lld\n", (long long)address->id);
	address->id = NO_ID;
	record->counts.nr_frees++;
	return true;
}

enum event { EVENT_NONE, EVENT_ALLOC, EVENT_FREE };

/*
 * Which event a line is, and what follows its name (the blank in front of the fields is kept).
 * ftrace and trace-cmd write `: NAME:`, perf script `: percpu:NAME:`. Names of tasks may contain
 * any text, so the last match counts.
 */
static enum event find_event(const char *line, const char *end, const char **fields)
{
	static const char *const names[] = {
		[EVENT_ALLOC] = "percpu_alloc_percpu:", [EVENT_FREE] = "percpu_free_percpu:",
	};
	enum event found = EVENT_NONE;

	for (const char *at = line + 1; at < end; at++) {
		if (*at != 'p' || (at[-1] != ' ' && at[-1] != ':'))
			continue;
		for (enum event e = EVENT_ALLOC; e <= EVENT_FREE; e++) {
			size_t nr = strlen(names[e]);

			if ((size_t)(end - at) < nr || memcmp(at, names[e], nr) != 0)
				continue;
			found = e;
			*fields = at + nr;
		}
	}
	return found;
}

/* `[LOST 12 EVENTS]` of the kernel, `[12 EVENTS DROPPED]` of trace-cmd; a marker has no event. */
static uint64_t lost_events(const char *line, size_t bytes)
{
	static const char kernel[] = " [LOST ", tool[] = " EVENTS DROPPED]";
	const char *at = memmem(line, bytes, kernel, sizeof(kernel) - 1);
	const char *number;

	if (at)
		return strtoull(at + sizeof(kernel) - 1, NULL, 10);
	number = at = memmem(line, bytes, tool, sizeof(tool) - 1);
	while (number && number > line && number[-1] >= '0' && number[-1] <= '9')
		number--;
	return at && number < at ? strtoull(number, NULL, 10) : 0;
}

void record_line(struct record *record, const char *line, size_t bytes)
{
	const char *end = line + bytes, *fields = NULL;
	enum event event = find_event(line, end, &fields);
	bool ok = true;

	if (event == EVENT_ALLOC)
		ok = take_alloc(record, fields, end);
	else if (event == EVENT_FREE)
		ok = take_free(record, fields, end);
	else
		record->counts.nr_lost += lost_events(line, bytes);
	record->counts.nr_events += event != EVENT_NONE;
	record->counts.nr_bad += !ok;
}
