/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_record.c - see map_record.h. */
#include "reports/map/map_record.h"

#include <pcpu/bits.h>
#include <string.h>

#include "reports/map/map_stream.h"

#define NO_OBJECT UINT32_MAX

/* A chunk as it was after the last event. */
struct seen_chunk {
	enum pcpu_chunk_kind kind;
	uint32_t id, free_bytes, hint_bytes;
	int slot;
	bool isolated;
	uint64_t seen; /* the scan at which it was there last */
	uint32_t nr_pages;
	uint64_t *populated;
};

struct map_record {
	struct pcpu *pcpu;
	const struct lab_trace *trace;
	GByteArray *stream;
	GByteArray *changes; /* of the event that is under way */
	uint32_t nr_changes;
	GArray *chunks;	     /* struct seen_chunk, by number */
	GArray *live;	     /* numbers of those that are there */
	GHashTable *numbers; /* id -> number + 1; the reserved chunk has an id of its own */
	uint64_t nr_scans;
	uint32_t *object;    /* [nr_ids] live object of an id, or NO_OBJECT */
	uint32_t *last;	     /* [nr_ids] the last `a` of an id, whatever became of it */
	uint32_t nr_objects, end_of_last;
	/* The answer to the event that is under way. */
	bool is_answered, is_placed;
	struct pcpu_place answer;
	uint32_t free_before; /* of the chunk that it names */
};

static struct seen_chunk *chunk_at(const struct map_record *record, uint32_t number)
{
	return &g_array_index(record->chunks, struct seen_chunk, number);
}

static void change_begin(struct map_record *record, uint32_t number, enum map_change what)
{
	map_put(record->changes, UINT64_C(8) * number + what);
	record->nr_changes++;
}

static void change_put(struct map_record *record, uint32_t number, enum map_change what,
		       uint64_t value)
{
	change_begin(record, number, what);
	map_put(record->changes, value);
}

/* --- a scan of all chunks -------------------------------------------------------------------- */

static uint32_t chunk_number(const struct map_record *record, uint32_t id)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(record->numbers, GUINT_TO_POINTER(id))) - 1;
}

/* Nothing of a later chunk is used when it is made; what the start of the others holds is theirs
   for good. */
static uint32_t chunk_enter(struct map_record *record, const struct pcpu_chunk_view *view)
{
	uint32_t number = record->chunks->len, covered = view->map->covered_bytes;
	uint32_t used = view->kind == PCPU_CHUNK_LATER ? 0 : covered - view->map->free_bytes;
	struct seen_chunk chunk = {
		.kind = view->kind, .id = view->id, .slot = view->slot, 
		.hint_bytes = view->map->hint_bytes, .free_bytes = covered - used,
		.nr_pages = (covered + PCPU_PAGE_BYTES - 1) / PCPU_PAGE_BYTES,
	};

	chunk.populated = g_new0(uint64_t, PCPU_BITS_WORDS(chunk.nr_pages));
	g_array_append_val(record->chunks, chunk);
	g_array_append_val(record->live, number);
	g_hash_table_insert(record->numbers, GUINT_TO_POINTER(view->id),
			    GUINT_TO_POINTER(number + 1));
	change_put(record, number, MAP_MADE, view->kind);
	map_put(record->changes, view->id == PCPU_NO_CHUNK ? 0 : view->id);
	map_put(record->changes, covered);
	map_put(record->changes, used);
	map_put(record->changes, (uint64_t)(view->slot + 1));
	map_put(record->changes, view->map->hint_bytes);
	return number;
}

/* Pages from `from` on that changed alike: returns how many. */
static uint32_t pages_alike(const struct seen_chunk *chunk, const uint64_t *now, uint32_t from)
{
	bool is_backed = pcpu_bit_test(now, from);
	uint32_t page = from;

	while (page < chunk->nr_pages && pcpu_bit_test(now, page) == is_backed &&
	       pcpu_bit_test(chunk->populated, page) != is_backed)
		page++;
	return page - from;
}

static void note_pages(struct map_record *record, uint32_t number, const uint64_t *now)
{
	struct seen_chunk *chunk = chunk_at(record, number);
	size_t bytes = PCPU_BITS_WORDS(chunk->nr_pages) * sizeof(*now);

	if (memcmp(chunk->populated, now, bytes) == 0)
		return;
	for (uint32_t page = 0, nr; page < chunk->nr_pages; page += nr ? nr : 1) {
		nr = pages_alike(chunk, now, page);
		if (!nr)
			continue;
		change_put(record, number, pcpu_bit_test(now, page) ? MAP_BACKED : MAP_BARE, page);
		map_put(record->changes, nr);
	}
	memcpy(chunk->populated, now, bytes);
}

static bool note_chunk(void *context, const struct pcpu_chunk_view *view)
{
	struct map_record *record = context;
	uint32_t number = chunk_number(record, view->id);
	struct seen_chunk *chunk;

	if (number == UINT32_MAX)
		number = chunk_enter(record, view);
	chunk = chunk_at(record, number);
	if (chunk->slot != view->slot)
		change_put(record, number, MAP_SLOT, (uint64_t)(view->slot + 1));
	if (chunk->hint_bytes != view->map->hint_bytes)
		change_put(record, number, MAP_HINT, view->map->hint_bytes);
	if (chunk->isolated != view->isolated)
		change_put(record, number, MAP_APART, view->isolated);
	note_pages(record, number, view->populated);
	if (record->is_placed && record->answer.chunk_id == view->id)
		record->free_before = chunk->free_bytes;
	chunk->slot = view->slot;
	chunk->hint_bytes = view->map->hint_bytes;
	chunk->isolated = view->isolated;
	chunk->free_bytes = view->map->free_bytes;
	chunk->seen = record->nr_scans;
	return true;
}

static void note_gone(struct map_record *record)
{
	for (guint i = record->live->len; i-- > 0;) {
		uint32_t number = g_array_index(record->live, uint32_t, i);
		struct seen_chunk *chunk = chunk_at(record, number);

		if (chunk->seen == record->nr_scans)
			continue;
		change_begin(record, number, MAP_GONE);
		g_hash_table_remove(record->numbers, GUINT_TO_POINTER(chunk->id));
		g_free(chunk->populated);
		chunk->populated = NULL;
		g_array_remove_index_fast(record->live, i);
	}
}

static void chunks_scan(struct map_record *record)
{
	record->nr_scans++;
	g_byte_array_set_size(record->changes, 0);
	record->nr_changes = 0;
	pcpu_visit(record->pcpu, note_chunk, record);
	note_gone(record);
}

/* --- events -------------------------------------------------------------------------------- */

static void put_changes(struct map_record *record)
{
	map_put(record->stream, record->nr_changes);
	g_byte_array_append(record->stream, record->changes->data, record->changes->len);
}

/* `a` has no answer where its id is live. */
static void put_placed(struct map_record *record, const struct lab_op *op)
{
	uint32_t number, area, more;

	if (record->is_answered)
		record->object[op->id] = record->is_placed ? record->nr_objects : NO_OBJECT;
	record->last[op->id] = record->nr_objects++;
	if (!record->is_placed) {
		map_put(record->stream, record->is_answered ? 1 : 0);
		return;
	}
	number = chunk_number(record, record->answer.chunk_id);
	area = record->free_before - chunk_at(record, number)->free_bytes;
	more = area > op->size ? area - op->size : 0;
	map_put(record->stream, UINT64_C(2) + UINT64_C(2) * number + (more != 0));
	map_put_signed(record->stream, (int64_t)record->answer.offset - record->end_of_last);
	if (more)
		map_put(record->stream, more);
	record->end_of_last = record->answer.offset + op->size + more;
}

static void put_freed(struct map_record *record, const struct lab_op *op)
{
	uint32_t object = record->object[op->id];

	record->object[op->id] = NO_OBJECT;
	if (object == NO_OBJECT)
		map_put(record->stream, 0);
	else
		map_put(record->stream,
			object == record->last[op->id] ? 1 : UINT64_C(2) + object);
}

void map_record_placed(struct map_record *record, bool placed, const struct pcpu_place *place)
{
	record->is_answered = true;
	record->is_placed = placed;
	record->answer = *place;
}

void map_record_stepped(struct map_record *record, size_t step)
{
	const struct lab_op *op = &record->trace->ops[step];

	chunks_scan(record);
	if (op->kind == LAB_OP_ALLOC) {
		put_changes(record);
		put_placed(record, op);
	} else {
		if (op->kind == LAB_OP_FREE)
			put_freed(record, op);
		put_changes(record);
	}
	record->is_answered = record->is_placed = false;
}

struct map_record *map_record_begin(struct pcpu *pcpu, const struct lab_trace *trace)
{
	struct map_record *record = g_new0(struct map_record, 1);
	gsize nr_ids = (gsize)trace->nr_ids + 1;

	record->pcpu = pcpu;
	record->trace = trace;
	record->stream = g_byte_array_new();
	record->changes = g_byte_array_new();
	record->chunks = g_array_new(FALSE, FALSE, sizeof(struct seen_chunk));
	record->live = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	record->numbers = g_hash_table_new(NULL, NULL);
	record->last = g_new0(uint32_t, nr_ids);
	record->object = g_new(uint32_t, nr_ids);
	memset(record->object, 0xff, nr_ids * sizeof(*record->object));
	chunks_scan(record);
	put_changes(record);
	return record;
}

GByteArray *map_record_end(struct map_record *record)
{
	GByteArray *stream = record->stream;

	for (guint i = 0; i < record->chunks->len; i++)
		g_free(chunk_at(record, i)->populated);
	g_byte_array_unref(record->changes);
	g_array_unref(record->chunks);
	g_array_unref(record->live);
	g_hash_table_destroy(record->numbers);
	g_free(record->object);
	g_free(record->last);
	g_free(record);
	return stream;
}
