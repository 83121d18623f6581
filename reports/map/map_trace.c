/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_trace.c - see map_trace.h. */
#include "reports/map/map_trace.h"

#include "reports/map/map_stream.h"

struct shape {
	uint32_t size, align, site, flags;
};

struct maker {
	struct map_trace *map;
	const struct lab_trace *trace;
	GHashTable *shapes; /* struct shape -> number */
	GHashTable *sites;  /* where the word is in the trace's text -> number */
	uint32_t *made_by;  /* [nr_ids] the last `a` of an id, from 1; 0: none */
	uint32_t nr_objects;
};

static guint shape_hash(gconstpointer key)
{
	return (guint)lab_fnv1a(LAB_FNV_START, key, sizeof(struct shape));
}

static gboolean shape_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct shape)) == 0;
}

/* A word stands once in the trace's text (trace_file.h), so its place is its name. */
static uint32_t site_number(struct maker *maker, const struct lab_op *op)
{
	gpointer key = GSIZE_TO_POINTER(op->site_bytes ? (gsize)op->site + 1 : 0), number;
	json_t *word;

	if (g_hash_table_lookup_extended(maker->sites, key, NULL, &number))
		return GPOINTER_TO_UINT(number);
	number = GUINT_TO_POINTER(g_hash_table_size(maker->sites));
	g_hash_table_insert(maker->sites, key, number);
	word = op->site_bytes ? json_stringn(maker->trace->text + op->site, op->site_bytes) :
				json_string("-");
	json_array_append_new(maker->map->sites, word ? word : json_string("(no UTF-8)"));
	return GPOINTER_TO_UINT(number);
}

static uint32_t shape_number(struct maker *maker, const struct lab_op *op)
{
	struct shape shape = { op->size, op->align, site_number(maker, op),
			       op->flags & (LAB_OP_ATOMIC | LAB_OP_RESERVED) };
	gpointer number;

	if (g_hash_table_lookup_extended(maker->shapes, &shape, NULL, &number))
		return GPOINTER_TO_UINT(number);
	number = GUINT_TO_POINTER(g_hash_table_size(maker->shapes));
	g_hash_table_insert(maker->shapes, g_memdup2(&shape, sizeof(shape)), number);
	json_array_append_new(maker->map->shapes,
			      json_pack("[I, I, I, I]", (json_int_t)shape.size,
					(json_int_t)shape.align, (json_int_t)shape.site,
					(json_int_t)shape.flags));
	return GPOINTER_TO_UINT(number);
}

static void put_event(struct maker *maker, const struct lab_op *op)
{
	GByteArray *to = maker->map->stream;
	uint32_t last;

	switch (op->kind) {
	case LAB_OP_ALLOC:
		map_put(to, UINT64_C(4) * shape_number(maker, op));
		maker->made_by[op->id] = ++maker->nr_objects;
		break;
	case LAB_OP_FREE:
		last = maker->made_by[op->id];
		map_put(to, UINT64_C(4) * (last ? maker->nr_objects + 1 - last : 0) + 1);
		break;
	default:
		map_put(to, UINT64_C(4) * op->kind + 2);
	}
}

void map_trace_make(struct map_trace *map, const struct lab_trace *trace)
{
	struct maker maker = {
		.map = map, .trace = trace,
		.shapes = g_hash_table_new_full(shape_hash, shape_equal, g_free, NULL),
		.sites = g_hash_table_new(NULL, NULL),
		.made_by = g_new0(uint32_t, (gsize)trace->nr_ids + 1),
	};

	*map = (struct map_trace){ g_byte_array_new(), json_array(), json_array() };
	for (size_t i = 0; i < trace->nr_ops; i++)
		put_event(&maker, &trace->ops[i]);
	g_hash_table_destroy(maker.shapes);
	g_hash_table_destroy(maker.sites);
	g_free(maker.made_by);
}

void map_trace_free(struct map_trace *map)
{
	if (map->stream)
		g_byte_array_unref(map->stream);
	json_decref(map->shapes);
	json_decref(map->sites);
}
