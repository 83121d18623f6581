/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_write.c - see recorded_write.h. */
#include "harness/cli/replay/recorded_write.h"

#include <glib.h>
#include <stdio.h>

#include "harness/cli/memory_file.h"

#define NO_ID UINT32_MAX

struct recorded_writer {
	const struct lab_trace *trace;
	bool slept;
	GHashTable *numbers; /* chunk_id, which the reserved chunk has as well -> CHUNK */
	struct lab_op *placed; /* [nr_ids] the `a` as it is written; id NO_ID: refused */
	uint32_t nr_placed;
};

struct recorded_writer *recorded_writer_create(const struct lab_trace *trace, bool slept)
{
	struct recorded_writer *writer = g_new0(struct recorded_writer, 1);

	writer->trace = trace;
	writer->slept = slept;
	writer->numbers = g_hash_table_new(NULL, NULL);
	writer->placed = g_new0(struct lab_op, trace->nr_ids + 1);
	for (size_t i = 0; i < trace->nr_ops; i++)
		if (trace->ops[i].kind == LAB_OP_ALLOC)
			writer->placed[trace->ops[i].id] = trace->ops[i];
	return writer;
}

void recorded_writer_destroy(struct recorded_writer *writer)
{
	if (!writer)
		return;
	g_hash_table_destroy(writer->numbers);
	g_free(writer->placed);
	g_free(writer);
}

/* Returns the chunk's number; *is_new: it is seen for the first time. */
static uint32_t writer_chunk(struct recorded_writer *writer, uint32_t chunk_id, bool *is_new)
{
	void *key = GUINT_TO_POINTER(chunk_id), *number = NULL;

	*is_new = !g_hash_table_lookup_extended(writer->numbers, key, NULL, &number);
	if (*is_new) {
		number = GUINT_TO_POINTER(g_hash_table_size(writer->numbers));
		g_hash_table_insert(writer->numbers, key, number);
	}
	return GPOINTER_TO_UINT(number);
}

void recorded_writer_place(struct recorded_writer *writer, uint32_t id, bool placed,
			   const struct pcpu_place *place)
{
	struct lab_op *op = &writer->placed[id];
	bool is_new;

	op->flags &= LAB_OP_RESERVED | (writer->slept ? 0 : LAB_OP_ATOMIC);
	op->id = NO_ID;
	if (!placed)
		return;
	op->id = writer->nr_placed++;
	op->chunk = writer_chunk(writer, place->chunk_id, &is_new);
	op->offset = place->offset;
	op->flags |= LAB_OP_CHUNK | LAB_OP_OFFSET;
	/* A machine has these before anything can be recorded. */
	if (is_new && (place->kind == PCPU_CHUNK_RESERVED || place->kind == PCPU_CHUNK_FIRST))
		op->flags |= LAB_OP_UNKNOWN;
}

static void put_line(FILE *to, const struct lab_op *op, const char *text)
{
	size_t capacity = 256 + (size_t)op->site_bytes;
	char *line = g_malloc(capacity);
	struct lab_text out;

	lab_text_init(&out, line, capacity);
	lab_put_op(&out, op, text, true);
	fputs(line, to);
	g_free(line);
}

char *recorded_writer_text(const struct recorded_writer *writer, size_t *bytes)
{
	const struct lab_trace *trace = writer->trace;
	char *text;
	FILE *to = memory_file_open(&text, bytes);

	fputs("# pcpu-trace 2\n", to);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		const struct lab_op *placed = &writer->placed[trace->ops[i].id];
		const struct lab_op end = { .kind = LAB_OP_FREE, .id = placed->id };

		if (placed->id != NO_ID)
			put_line(to, trace->ops[i].kind == LAB_OP_ALLOC ? placed : &end,
				 trace->text);
	}
	memory_file_close(to);
	return text;
}
