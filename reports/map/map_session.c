/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* map_session.c - see map_session.h. */
#include "reports/map/map_session.h"

#include <inttypes.h>

#include "reports/map/map_record.h"
#include "reports/map/map_trace.h"

/* One engine's run. */
struct map_run {
	struct map_session *session;
	const struct pcpu_engine *engine;
	struct map_record *record;
};

static void note_placed(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	map_record_placed(((struct map_run *)context)->record, placed, place);
}

static void note_stepped(void *context, size_t step)
{
	map_record_stepped(((struct map_run *)context)->record, step);
}

static json_t *base64_json(const GByteArray *stream)
{
	char *text = g_base64_encode(stream->data, stream->len);
	json_t *json = json_string_nocheck(text);

	g_free(text);
	return json;
}

/* [kind, id, slot, hint, populated pages, free bytes] of a chunk. */
static bool end_chunk(void *context, const struct pcpu_chunk_view *view)
{
	json_t *row = json_pack("[I, I, I, I, I, I]", (json_int_t)view->kind,
				(json_int_t)(view->id == PCPU_NO_CHUNK ? 0 : view->id),
				(json_int_t)view->slot, (json_int_t)view->map->hint_bytes,
				(json_int_t)view->nr_populated,
				(json_int_t)view->map->free_bytes);

	json_array_append_new(context, row);
	return true;
}

/* What the allocator itself counts at the end; the page's figures are of the stream. */
static json_t *end_json(struct pcpu *pcpu, const struct pcpu_stats *end)
{
	json_t *chunks = json_array();

	pcpu_visit(pcpu, end_chunk, chunks);
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "states", chunks,
			 "chunks", (json_int_t)end->nr_chunks,
			 "live", (json_int_t)end->nr_live, "live_bytes",
			 (json_int_t)end->live_bytes, "populated_bytes",
			 (json_int_t)end->populated_bytes, "free_bytes",
			 (json_int_t)end->free_bytes, "stranded_bytes",
			 (json_int_t)end->stranded_bytes);
}

static json_t *column_json(const struct map_run *run, struct pcpu *pcpu,
			   const struct lab_result *result, const GByteArray *stream)
{
	const struct pcpu_map_ops *ops = run->engine->map;
	char hash[17];

	snprintf(hash, sizeof(hash), "%.16" PRIx64, result->hash);
	return json_pack("{s:s, s:I, s:s, s:I, s:I, s:o, s:o}", "engine", run->engine->name,
			 "granule_bytes", (json_int_t)ops->granule_bytes, "hash", hash, "refused",
			 (json_int_t)result->nr_refused, "skipped",
			 (json_int_t)result->nr_skipped, "end", end_json(pcpu, &result->at_end),
			 "stream", base64_json(stream));
}

static int refuse_broken(const struct map_run *run, const struct lab_result *result)
{
	return cmd_usage(run->session->machine.cmd, "engine %s: broken at event %zu: %s",
			 run->engine->name, result->verdict.step + 1, result->verdict.sentence);
}

static int run_one(void *context, struct plat *plat, struct pcpu *pcpu)
{
	struct map_run *run = context;
	struct map_session *s = run->session;
	const struct lab_run_options options = {
		.honour_atomic = s->honour_atomic, .placed = note_placed,
		.stepped = note_stepped, .context = run,
	};
	struct replay_scratch scratch;
	struct lab_result result;
	GByteArray *stream;
	bool clean;

	if (!replay_scratch_take(s->machine.cmd, &s->trace, pcpu, &options, &scratch))
		return CMD_USAGE;
	run->record = map_record_begin(pcpu, &s->trace);
	clean = lab_run(plat, pcpu, &s->trace, &options, scratch.memory, &result);
	stream = map_record_end(run->record);
	replay_scratch_give(&scratch);
	if (clean)
		json_array_append_new(s->columns, column_json(run, pcpu, &result, stream));
	g_byte_array_unref(stream);
	if (!s->layout)
		s->layout = map_layout_json(s, pcpu);
	return clean ? CMD_OK : refuse_broken(run, &result);
}

int map_run(struct map_session *session)
{
	int status = CMD_OK;

	session->columns = json_array();
	for (uint32_t i = 0; status == CMD_OK && i < session->nr_engines; i++) {
		struct map_run run = { .session = session, .engine = session->engines[i] };

		status = replay_on_engine(&session->machine, run.engine, false, run_one, &run);
	}
	return status;
}

/* The trace as it is shown: its name without the folders, which are the machine's. */
json_t *map_json(struct map_session *session)
{
	char *name = g_path_get_basename(cmd_shown(session->path));
	json_t *shown = json_string(name), *json;
	struct map_trace trace;

	map_trace_make(&trace, &session->trace);
	json = json_pack("{s:I, s:o, s:I, s:I, s:O, s:O, s:O, s:o, s:O}", "version",
			 (json_int_t)1, "trace", shown ? shown : json_string("(no UTF-8)"),
			 "events", (json_int_t)session->trace.nr_ops, "allocs",
			 (json_int_t)session->trace.nr_allocs, "layout", session->layout, "sites",
			 trace.sites, "shapes", trace.shapes, "stream", base64_json(trace.stream),
			 "engines", session->columns);
	map_trace_free(&trace);
	g_free(name);
	return json;
}
