/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_replay.c - `pcpu-lab replay`: a recorded trace through the allocator on real memory, one
 * engine after the other, each on a fresh platform.
 *
 *	file -> trace -> [ platform, allocator, lab_run ] per engine -> table, JSON, offsets
 *	                 [ ... once more, for instructions ]
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/text/layout_text.h"
#include "harness/cli/replay/recorded_write.h"
#include "harness/cli/replay/replay.h"
#include "harness/cli/replay/replay_instructions.h"
#include "harness/cli/replay/replay_machine.h"
#include "harness/cli/trace_file.h"
#include "harness/cli/memory_file.h"

struct options {
	const char *engine, *front, *check, *offsets, *json, *instructions, *misplaced;
	const char *write_recorded;
	bool honour_atomic, recorded;
};

/* What one replay holds in memory; given back at its end. */
struct session {
	struct options options;
	struct replay replay;
	struct replay_machine machine;
	struct trace_file file;
	char **words; /* of the command line, as they were given; NULL-terminated */
	struct replay_counter counter;
	FILE *offsets; /* collects --offsets; NULL: not asked for, or not the first engine */
	char *offsets_text;
	size_t offsets_bytes;
	struct replay_column *column; /* the one that runs */
	FILE *list; /* collects --misplaced; NULL: no such list is wanted */
	char *list_text;
	size_t list_bytes;
	struct recorded_writer *writer; /* of --write-recorded; NULL: not given */
};

/* --- reading ----------------------------------------------------------------------------- */

static bool is_stdout(const char *file)
{
	return file && strcmp(file, "-") == 0;
}

/* By callgrind if so requested, else by the counter where there is one. */
static int choose_counting(struct session *s)
{
	const char *by = s->options.instructions;
	struct replay *r = &s->replay;

	if (!by || strcmp(by, "counter") == 0) {
		if (replay_counter_open(&s->counter, r->not_counted, sizeof(r->not_counted)))
			r->counted_by = BY_COUNTER;
		else if (by)
			return cmd_usage(&cmd_replay, "--instructions=counter: %s", r->not_counted);
		return CMD_OK;
	}
	if (strcmp(by, "no") == 0 || strcmp(by, COUNTED_CHILD) == 0) {
		snprintf(r->not_counted, sizeof(r->not_counted), "by request");
		return CMD_OK;
	}
	if (by[0] != '\0' && strcmp(by, "callgrind") != 0)
		return cmd_usage(&cmd_replay, "--instructions=%s: --instructions, =callgrind, "
				 "=counter or =no was expected", by);
	if (is_stdout(r->path) || is_stdout(s->machine.name)) /* stdin, here */
		return cmd_usage(&cmd_replay, "--instructions reads its input again for each "
				 "engine: name a file, stdin can be read once");
	r->counted_by = BY_CALLGRIND;
	return replay_callgrind_is_there() ? CMD_OK : CMD_USAGE;
}

static int parse_options(struct session *s, int argc, char **argv)
{
	struct options *o = &s->options;
	const struct cmd_option options[] = {
		REPLAY_MACHINE_OPTIONS(&s->machine),
		{ "engine", CMD_TEXT, &o->engine, 0, 0, NULL },
		{ "front", CMD_TEXT, &o->front, 0, 0, NULL },
		{ "check", CMD_EQUALS_TEXT, &o->check, 0, 0, NULL },
		{ "atomic", CMD_FLAG, &o->honour_atomic, 0, 0, NULL },
		{ "offsets", CMD_TEXT, &o->offsets, 0, 0, NULL },
		{ "recorded", CMD_FLAG, &o->recorded, 0, 0, NULL },
		{ "write-recorded", CMD_TEXT, &o->write_recorded, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL },
		{ "misplaced", CMD_OPTIONAL_TEXT, &o->misplaced, 0, 0, NULL },
		{ "instructions", CMD_EQUALS_TEXT, &o->instructions, 0, 0, NULL },
	};
	int nr_words;
	int status;

	s->words = g_strdupv(argv + 1);
	s->counter.file = -1;
	replay_machine_init(&s->machine, &cmd_replay);
	status = cmd_parse(&cmd_replay, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status != CMD_OK)
		return status;
	if (nr_words != 1)
		return cmd_usage(&cmd_replay, "one TRACE was expected, %d were given", nr_words);
	if (o->check && o->check[0] != '\0' && strcmp(o->check, "all") != 0)
		return cmd_usage(&cmd_replay, "--check=%s: --check or --check=all was expected",
				 o->check);
	if (is_stdout(o->json) + is_stdout(o->offsets) + is_stdout(o->misplaced) +
		    is_stdout(o->write_recorded) > 1)
		return cmd_usage(&cmd_replay, "only one of --json, --offsets%s and --misplaced can "
				 "be stdout", o->write_recorded ? ", --write-recorded" : "");
	if (o->recorded && (o->check || o->offsets || o->write_recorded || o->honour_atomic ||
			    o->instructions || o->misplaced))
		return cmd_usage(&cmd_replay, "--recorded runs no allocator, only its map: no "
				 "--check, --atomic, --offsets, --instructions, --misplaced, "
				 "--write-recorded");
	if (o->front && strcmp(o->front, "on") != 0 && strcmp(o->front, "off") != 0)
		return cmd_usage(&cmd_replay, "--front %s: on or off was expected", o->front);
	s->replay.front = o->front && strcmp(o->front, "on") == 0;
	if (s->replay.front && (o->recorded || o->misplaced || o->write_recorded))
		return cmd_usage(&cmd_replay, "--front on places objects by itself: no --recorded, "
				 "--misplaced, --write-recorded");
	if (!cmd_can_write(o->offsets) || !cmd_can_write(o->json) ||
	    !cmd_can_write(o->misplaced) || !cmd_can_write(o->write_recorded))
		return CMD_USAGE;
	if (s->machine.boot && !s->machine.name)
		return cmd_usage(&cmd_replay, "--boot goes with --topology LOG");
	s->replay.path = argv[1];
	s->replay.honour_atomic = o->honour_atomic;
	if (o->check)
		s->replay.check = o->check[0] ? LAB_CHECK_ALL : LAB_CHECK_MODEL;
	return choose_counting(s);
}

static int front_unsuited(const struct session *s)
{
	for (uint32_t i = 0; s->replay.front && i < s->replay.nr_columns; i++)
		if (s->replay.column[i].engine->map->granule_bytes != PCPU_FRONT_GRANULE)
			return cmd_usage(&cmd_replay, "--front on: engine %s has no granules of "
					 "%u bytes", s->replay.column[i].engine->name,
					 PCPU_FRONT_GRANULE);
	return CMD_OK;
}

/* A column for each engine of the list, for all of them, or for the first. */
static int choose_engines(struct session *s)
{
	const char *list = s->options.engine ? s->options.engine : pcpu_engines[0].name;
	struct replay *r = &s->replay;
	g_autofree const struct pcpu_engine **engines =
		replay_engines(&cmd_replay, list, &r->nr_columns);

	if (!engines)
		return CMD_USAGE;
	r->column = g_new0(struct replay_column, r->nr_columns);
	for (uint32_t i = 0; i < r->nr_columns; i++)
		r->column[i].engine = engines[i];
	return front_unsuited(s);
}

static int load_trace(struct session *s)
{
	if (!trace_file_read(s->replay.path, &s->file))
		return CMD_USAGE;
	s->replay.trace = s->file.trace;
	if (s->options.recorded && !s->file.trace.has_places)
		return cmd_bad_input(s->replay.path, 1, "# pcpu-trace 2: --recorded compares with "
				     "the places in a trace");
	if (s->options.write_recorded && s->file.trace.ops_form)
		return cmd_bad_input(s->replay.path, 1, "# pcpu-trace 1 or # pcpu-trace 2: "
				     "--write-recorded writes what a kernel could do");
	if (s->options.write_recorded)
		s->writer = recorded_writer_create(&s->replay.trace, !s->options.honour_atomic);
	return CMD_OK;
}

/* --- running ----------------------------------------------------------------------------- */

static void note_place(void *context, uint32_t id, bool placed, const struct pcpu_place *place)
{
	struct session *s = context;
	struct lab_text line;
	char capacity[48];

	replay_classes_placed(&s->column->classes, placed, place);
	/* --offsets and --write-recorded are of the first engine. */
	if (s->writer && s->column == s->replay.column)
		recorded_writer_place(s->writer, id, placed, place);
	if (!s->offsets)
		return;
	lab_text_init(&line, capacity, sizeof(capacity));
	lab_put_place(&line, id, placed ? place : NULL);
	fputs(capacity, s->offsets);
}

static void note_step(void *context, size_t step)
{
	struct session *s = context;

	replay_classes_stepped(&s->column->classes, step);
}

static void keep_layout(struct replay *r, const struct pcpu *pcpu)
{
	const struct pcpu_layout *l = pcpu_layout(pcpu);

	r->chosen = pcpu_chosen(pcpu);
	r->nr_cpus = l->nr_possible;
	r->nr_groups = l->nr_groups;
	r->unit_bytes = l->unit_bytes;
	r->static_bytes = l->static_bytes;
	r->reserved_bytes = l->reserved_bytes;
	r->dyn_bytes = l->dyn_bytes;
	r->atom_bytes = l->atom_bytes;
}

/* Under callgrind nothing is judged: the counts are the same. */
static bool judge_begin(struct session *s, const struct pcpu *pcpu, struct replay_column *column)
{
	const char *by = s->options.instructions;

	if (by && strcmp(by, COUNTED_CHILD) == 0)
		return true;
	if (!replay_classes_begin(&column->classes, pcpu, column->engine, &s->replay.trace,
				  s->replay.honour_atomic, s->list))
		return false;
	column->is_judged = column->classes.model != NULL;
	return true;
}

/* The trace on an allocator that is ready. */
static int run_trace(void *context, struct plat *plat, struct pcpu *pcpu)
{
	struct session *s = context;
	struct lab_run_options options = {
		.check = s->replay.check, .honour_atomic = s->replay.honour_atomic,
		.inject_failures = replay_can_fail(&cmd_replay, plat, &s->replay.trace),
		.placed = note_place, .stepped = note_step,
		.context = s,
	};
	struct replay_column *column = s->column;
	struct replay_scratch scratch;

	keep_layout(&s->replay, pcpu);
	if (!judge_begin(s, pcpu, column))
		return cmd_usage(&cmd_replay, "no memory for a model");
	if (!replay_scratch_take(&cmd_replay, &s->replay.trace, pcpu, &options, &scratch))
		return CMD_USAGE;
	column->clean = lab_run(plat, pcpu, &s->replay.trace, &options, scratch.memory,
				&column->result);
	replay_classes_end(&column->classes);
	hosted_placement(plat, pcpu, PCPU_NO_NODE, &column->placed);
	if (column->clean && options.check != LAB_CHECK_NONE) {
		struct lab_result whole = column->result;

		column->clean = lab_run_drain(scratch.memory);
		whole.verdict = column->result.verdict;
		column->result = whole;
	}
	replay_scratch_give(&scratch);
	return CMD_OK;
}

static void count_call(void *context, bool begins)
{
	struct session *s = context;

	replay_counter_called(&s->counter, begins);
}

/* The same once more, between readings of the counter. */
static int run_counted(void *context, struct plat *plat, struct pcpu *pcpu)
{
	struct session *s = context;
	const struct lab_run_options options = {
		.honour_atomic = s->replay.honour_atomic, .called = count_call, .context = s,
	};
	struct replay_column *column = s->column;
	struct replay_scratch scratch;
	struct lab_result result;

	if (!replay_scratch_take(&cmd_replay, &s->replay.trace, pcpu, &options, &scratch))
		return CMD_USAGE;
	s->counter.sum = 0;
	lab_run(plat, pcpu, &s->replay.trace, &options, scratch.memory, &result);
	replay_scratch_give(&scratch);
	column->instructions = s->counter.sum;
	if (s->counter.is_broken || result.hash != column->result.hash)
		return cmd_usage(&cmd_replay, "--instructions=counter: %s", s->counter.is_broken ?
				 "it cannot be read" : "a second replay placed objects elsewhere");
	return CMD_OK;
}

/* --- telling ----------------------------------------------------------------------------- */

static void report_broken(const struct replay *r, const struct replay_column *column)
{
	const struct lab_verdict *v = &column->result.verdict;

	fprintf(stderr, "%s: engine %s: broken ", r->path, column->engine->name);
	replay_put_step(stderr, r, v->step);
	fprintf(stderr, ": %s", v->sentence);
	if (v->id != UINT32_MAX)
		fprintf(stderr, "; object %u", v->id);
	if (v->kind == LAB_BROKEN_INVARIANT)
		fprintf(stderr, "; chunk %d, offset %u", (int)v->where.chunk_id, v->where.offset);
	if (v->cpu != PCPU_NO_CPU)
		fprintf(stderr, "; CPU %u", v->cpu);
	fprintf(stderr, "\n");
}

/* The rules' model (SPEC.md 15) and the engine are not of one mind. */
static void report_differs(const struct replay *r, const struct replay_column *column)
{
	fprintf(stderr,
		"%s: engine %s: placed elsewhere than by its rules (SPEC.md 15), or "
		"refused for want of memory, ",
		r->path, column->engine->name);
	replay_put_step(stderr, r, column->classes.differs_at);
	fprintf(stderr, "; misplaced requests are counted up to there\n");
}

/* Does this engine place as the reference does, and does all suit its granule? */
static bool replay_suits(const struct replay *r, const struct pcpu_engine *engine)
{
	const struct lab_trace *trace = &r->trace;

	if (!pcpu_engine_keeps(engine, PCPU_PROMISE_PLACES) ||
	    r->static_bytes % engine->map->granule_bytes != 0 ||
	    r->reserved_bytes % engine->map->granule_bytes != 0)
		return false;
	for (size_t i = 0; i < trace->nr_ops; i++)
		if (trace->ops[i].kind == LAB_OP_ALLOC &&
		    (trace->ops[i].size % engine->map->granule_bytes != 0 ||
		     trace->ops[i].align % engine->map->granule_bytes != 0))
			return false;
	return true;
}

static void compare_hashes(const struct replay *r)
{
	const struct replay_column *first = NULL;

	for (uint32_t i = 0; i < r->nr_columns; i++) {
		const struct replay_column *column = &r->column[i];

		if (r->front || !replay_suits(r, column->engine))
			continue;
		if (!first)
			first = column;
		else if (column->result.hash != first->result.hash)
			fprintf(stderr,
				"%s: engines %s and %s place objects differently, though every "
				"request suits both\n",
				r->path, first->engine->name, column->engine->name);
	}
}

static bool write_recorded(const struct session *s)
{
	size_t bytes;
	char *text = recorded_writer_text(s->writer, &bytes);
	bool good = cmd_write_file(s->options.write_recorded, text, bytes);

	free(text);
	return good;
}

/* Did it place elsewhere than by its rules though no memory was short? Refusals are no fault. */
static bool breaks_its_rules(const struct replay_column *column)
{
	const uint64_t *failed = column->result.at_end.nr_failed;

	return column->classes.differs && failed[PCPU_CAUSE_CHUNK] == 0 &&
	       failed[PCPU_CAUSE_POPULATE] == 0 && failed[PCPU_CAUSE_MAP_MEMORY] == 0;
}

static int session_print(struct session *s)
{
	const struct replay *r = &s->replay;
	const struct options *o = &s->options;
	bool clean = true;
	bool good = true;

	for (uint32_t i = 0; i < r->nr_columns; i++) {
		if (!r->column[i].clean)
			report_broken(r, &r->column[i]);
		if (r->column[i].classes.differs)
			report_differs(r, &r->column[i]);
		clean = clean && r->column[i].clean && !breaks_its_rules(&r->column[i]);
	}
	compare_hashes(r);
	if (o->offsets && clean)
		good = cmd_write_file(o->offsets, s->offsets_text, s->offsets_bytes);
	if (o->misplaced && clean && good)
		good = cmd_write_file(o->misplaced, s->list_text, s->list_bytes);
	if (s->writer && clean && good)
		good = write_recorded(s);
	if (o->json && good) {
		json_t *json = replay_json(r);

		good = json_write_file(o->json, json, JSON_INDENT(2));
		json_decref(json);
	}
	if (!is_stdout(o->json) && !is_stdout(o->offsets) && !is_stdout(o->misplaced) &&
	    !is_stdout(o->write_recorded))
		replay_print(stdout, r);
	return !good ? CMD_USAGE : clean ? CMD_OK : CMD_FOUND;
}

/* --recorded takes of an instance its layout alone. */
static int recorded_layout(void *context, struct plat *plat, struct pcpu *pcpu)
{
	struct session *s = context;

	keep_layout(&s->replay, pcpu);
	return CMD_OK;
}

static int run_engine(struct session *s, struct replay_column *column, replay_fn run)
{
	s->column = column;
	return replay_on_engine(&s->machine, column->engine, s->replay.front, run, s);
}

static int run_engines(struct session *s)
{
	int status = CMD_OK;

	if (s->options.misplaced) {
		s->list = open_memstream(&s->list_text, &s->list_bytes);
		if (!s->list)
			return cmd_usage(&cmd_replay, "no memory for a list");
		replay_classes_head(s->list);
	}
	if (s->options.offsets) {
		s->offsets = open_memstream(&s->offsets_text, &s->offsets_bytes);
		if (!s->offsets)
			return cmd_usage(&cmd_replay, "no memory for offsets");
	}
	for (uint32_t i = 0; status == CMD_OK && i < s->replay.nr_columns; i++) {
		status = run_engine(s, &s->replay.column[i], run_trace);
		if (s->offsets && fclose(s->offsets) != 0)
			status = cmd_usage(&cmd_replay, "no memory for offsets");
		s->offsets = NULL;
	}
	if (s->list && fclose(s->list) != 0)
		status = cmd_usage(&cmd_replay, "no memory for a list");
	s->list = NULL;
	return status;
}

/* Instructions of each engine's calls; of a trace that is broken there are none. */
static int count_engines(struct session *s)
{
	int status = CMD_OK;

	for (uint32_t i = 0; status == CMD_OK && i < s->replay.nr_columns; i++) {
		struct replay_column *column = &s->replay.column[i];

		if (!column->clean)
			continue;
		if (s->replay.counted_by == BY_COUNTER)
			status = run_engine(s, column, run_counted);
		else if (s->replay.counted_by == BY_CALLGRIND &&
			 !replay_callgrind((const char *const *)s->words,
					   (int)g_strv_length(s->words), column->engine->name,
					   &column->instructions))
			status = CMD_USAGE;
	}
	return status;
}

static int run_replay(int argc, char **argv)
{
	struct session s = { 0 };
	int status = parse_options(&s, argc, argv);

	if (status == CMD_OK)
		status = choose_engines(&s);
	if (status == CMD_OK)
		status = load_trace(&s);
	if (status == CMD_OK)
		status = replay_machine_load(&s.machine);
	if (status == CMD_OK && s.options.recorded) {
		status = run_engine(&s, s.replay.column, recorded_layout);
		if (status == CMD_OK)
			status = replay_recorded(&s.replay, s.options.json);
	} else if (status == CMD_OK) {
		status = run_engines(&s);
		if (status == CMD_OK)
			status = count_engines(&s);
		if (status == CMD_OK)
			status = session_print(&s);
	}
	recorded_writer_destroy(s.writer);
	replay_counter_close(&s.counter);
	g_strfreev(s.words);
	free(s.offsets_text);
	free(s.list_text);
	g_free(s.replay.column);
	replay_machine_free(&s.machine);
	trace_file_free(&s.file);
	return status;
}

const struct cmd cmd_replay = {
	.name = "replay",
	.run = run_replay,
};
