/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * record_parse.c - lines of trace_pipe to lines of a trace. Pure: text in, text out.
 *
 *	kworker-9 [001] ..... 7.4: percpu_create_chunk: base_addr=0
 *
 *	cc1-51 [001] ..... 7.5: percpu_alloc_percpu: call_site=mm_init+0x8/0x9 reserved=0
 *	is_atomic=0
 *		size=16 align=8 base_addr=0 off=64 ptr=00004a1c bytes_alloc=32 gfp_flags=GFP_KERNEL
 *	-> a 0 16 8 -- mm_init 0 64
 *	cc1-51 [001] ..... 7.6: percpu_free_percpu: base_addr=0 off=64 ptr=00004a1c
 *	-> f 0
 */
#include "harness/cli/replay/record.h"
#include "harness/cli/replay/record_chunks.h"
#include "harness/cli/memory_file.h"
#include "harness/text/trace.h"

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
	uint32_t chunk;	  /* of that object: its number; RECORD_NO_CHUNK */
};

struct record {
	char *text;
	size_t bytes, capacity;
	FILE *stream; /* writes text */
	bool has_places;
	struct record_chunks *chunks;
	struct address *table;
	size_t nr_addresses, table_room; /* a power of two */
	struct record_counts counts;
};

struct record *record_create(bool has_places)
{
	struct record *record = g_new0(struct record, 1);

	record->has_places = has_places;
	record->chunks = record_chunks_create();

	record->table_room = FIRST_ROOM;
	record->table = g_malloc0_n(record->table_room, sizeof(*record->table));
	record->stream = memory_file_open(&record->text, &record->bytes);
	fputs(has_places ? "# pcpu-trace 2\n" : "# pcpu-trace 1\n", record->stream);
	return record;
}

void record_destroy(struct record *record)
{
	if (!record)
		return;
	fclose(record->stream);
	free(record->text);
	free(record->table);
	record_chunks_destroy(record->chunks);
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
	*address = (struct address){ .pointer = pointer, .id = NO_ID, .chunk = RECORD_NO_CHUNK };
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

/* The same where the field may be missing: *given says whether it is there. */
static bool optional_field(const char *line, const char *end, const char *name, int base,
			   uint64_t max, bool *given, uint64_t *n)
{
	size_t bytes;

	*given = record_parse_field(line, end, name, &bytes) != NULL;
	return !*given || number_field(line, end, name, base, max, n);
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

/* Base address and offset; old kernels have neither. */
struct place {
	bool has_base, has_offset;
	uint64_t base, offset;
};

static bool take_place(const char *at, const char *end, struct place *place)
{
	return optional_field(at, end, "base_addr", 16, UINT64_MAX, &place->has_base,
			      &place->base) &&
	       optional_field(at, end, "off", 10, UINT32_MAX, &place->has_offset, &place->offset);
}

static bool parse_alloc(const char *at, const char *end, struct lab_op *op, uint64_t *pointer)
{
	uint64_t reserved, atomic, size, align;

	if (!number_field(at, end, "reserved", 10, 1, &reserved) ||
	    !number_field(at, end, "is_atomic", 10, 1, &atomic) ||
	    !number_field(at, end, "size", 10, UINT32_MAX, &size) ||
	    !number_field(at, end, "align", 10, UINT32_MAX, &align) ||
	    !number_field(at, end, "ptr", 16, UINT64_MAX, pointer) || !*pointer)
		return false;
	*op = (struct lab_op){
		.kind = LAB_OP_ALLOC, .size = (uint32_t)size, .align = (uint32_t)align,
		.flags = (uint8_t)((atomic ? LAB_OP_ATOMIC : 0) |
				   (reserved ? LAB_OP_RESERVED : 0)),
	};
	return true;
}

/* Gives the operation its chunk's number, and the mark of a chunk that is not known. */
static void note_place(struct record *record, struct address *address, const struct place *place,
		       struct lab_op *op)
{
	bool unknown = false;

	address->chunk = RECORD_NO_CHUNK;
	if (place->has_base) {
		op->chunk = record_chunk_alloc(record->chunks, place->base, &unknown);
		op->flags |= LAB_OP_CHUNK | (unknown ? LAB_OP_UNKNOWN : 0);
		address->chunk = op->chunk;
	}
	if (place->has_offset) {
		op->offset = (uint32_t)place->offset;
		op->flags |= LAB_OP_OFFSET;
	}
}

static void put_op(struct record *record, const struct lab_op *op, const char *site)
{
	char line[256];
	struct lab_text text;

	lab_text_init(&text, line, sizeof(line));
	lab_put_op(&text, op, site, record->has_places);
	fputs(line, record->stream);
}

static void put_free(struct record *record, struct address *address)
{
	struct lab_op op = { .kind = LAB_OP_FREE, .id = (uint32_t)address->id };

	put_op(record, &op, NULL);
	record_chunk_free(record->chunks, address->chunk);
	address->id = NO_ID;
}

static bool take_alloc(struct record *record, const char *at, const char *end)
{
	uint64_t pointer;
	char site[MAX_SITE + 1];
	struct address *address;
	struct place place;
	struct lab_op op;

	if (!parse_alloc(at, end, &op, &pointer) || !take_place(at, end, &place))
		return false;
	address = address_of(record, pointer, true);
	if (address->id != NO_ID) {
		put_free(record, address);
		record->counts.nr_implied++;
		address->nr_late += record->counts.nr_lost == 0;
	}
	address->id = (int64_t)record->counts.nr_allocs++;
	op.id = (uint32_t)address->id;
	op.site_bytes = (uint32_t)site_of(at, end, site);
	note_place(record, address, &place, &op);
	put_op(record, &op, site);
	return true;
}

static bool take_free(struct record *record, const char *at, const char *end)
{
	struct address *address;
	struct place place;
	uint64_t pointer;

	if (!number_field(at, end, "ptr", 16, UINT64_MAX, &pointer) ||
	    !take_place(at, end, &place))
		return false;
	address = address_of(record, pointer, false);
	if (address && address->nr_late) {
		address->nr_late--;
		return true;
	}
	if (!address || address->id == NO_ID) {
		record->counts.nr_unknown++;
		if (place.has_base)
			record_chunk_free_unknown(record->chunks, place.base);
		return true;
	}
	put_free(record, address);
	record->counts.nr_frees++;
	return true;
}

static bool take_chunk(struct record *record, const char *at, const char *end,
		       void (*take)(struct record_chunks *chunks, uint64_t base))
{
	uint64_t base;

	if (!number_field(at, end, "base_addr", 16, UINT64_MAX, &base))
		return false;
	take(record->chunks, base);
	return true;
}

enum event { EVENT_NONE, EVENT_ALLOC, EVENT_FREE, EVENT_CREATE, EVENT_DESTROY, NR_EVENTS };

/*
 * Which event a line is, and what follows its name (the blank in front of the fields is kept).
 * ftrace and trace-cmd write `: NAME:`, perf script `: percpu:NAME:`. Names of tasks may contain
 * any text, so the last match counts.
 */
static enum event find_event(const char *line, const char *end, const char **fields)
{
	static const char *const names[] = {
		[EVENT_ALLOC] = "percpu_alloc_percpu:", [EVENT_FREE] = "percpu_free_percpu:",
		[EVENT_CREATE] = "percpu_create_chunk:",
		[EVENT_DESTROY] = "percpu_destroy_chunk:",
	};
	enum event found = EVENT_NONE;

	for (const char *at = line + 1; at < end; at++) {
		if (*at != 'p' || (at[-1] != ' ' && at[-1] != ':'))
			continue;
		for (enum event e = EVENT_ALLOC; e < NR_EVENTS; e++) {
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
	uint64_t nr_lost = event == EVENT_NONE ? lost_events(line, bytes) : 0;
	bool ok = true;

	if (event == EVENT_ALLOC)
		ok = take_alloc(record, fields, end);
	else if (event == EVENT_FREE)
		ok = take_free(record, fields, end);
	else if (event == EVENT_CREATE)
		ok = take_chunk(record, fields, end, record_chunk_created);
	else if (event == EVENT_DESTROY)
		ok = take_chunk(record, fields, end, record_chunk_destroyed);
	if (nr_lost)
		record_chunks_forget(record->chunks);
	record->counts.nr_lost += nr_lost;
	record->counts.nr_events += event == EVENT_ALLOC || event == EVENT_FREE;
	record->counts.nr_bad += !ok;
	record->counts.nr_chunks =
		record_chunks_count(record->chunks, &record->counts.nr_created);
}
