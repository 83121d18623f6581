/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_report.c - a replay as a table for people and as JSON for programs. Each figure is one row
 * of figures[]: a key for JSON, words for the table, and how it is computed, so that both always
 * agree.
 */
#include "harness/cli/replay/replay.h"

#include <glib.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"

#define LABEL_WIDTH  40
#define COLUMN_WIDTH 16
#define BAR_WIDTH    40

/* --- figures ----------------------------------------------------------------------------- */

static double report_per(uint64_t sum, uint64_t count)
{
	return count ? (double)sum / (double)count : 0;
}

#define WHOLE(name, expression)                                                                    \
	static double get_##name(const struct lab_result *r)                                       \
	{                                                                                          \
		return (double)(expression);                                                       \
	}
WHOLE(allocs, r->nr_allocs)
WHOLE(frees, r->nr_frees)
WHOLE(refused, r->nr_refused)
WHOLE(skipped, r->nr_skipped)
WHOLE(alloc_ns, report_per(r->alloc_ns, r->nr_allocs + r->nr_refused))
WHOLE(free_ns, report_per(r->free_ns, r->nr_frees))
WHOLE(balances, r->nr_balances)
WHOLE(balance_ns, report_per(r->balance_ns, r->nr_balances))
WHOLE(probes, r->at_end.nr_probes)
WHOLE(probes_each, report_per(r->at_end.nr_probes, r->nr_allocs + r->nr_refused + r->nr_frees))
WHOLE(moved, r->at_end.nr_moved_bytes)
WHOLE(restarts, r->at_end.nr_restarts)
WHOLE(extensions, r->at_end.nr_extensions)
WHOLE(created, r->at_end.nr_chunks_created)
WHOLE(destroyed, r->at_end.nr_chunks_destroyed)
WHOLE(chunks_max, r->at_end.nr_chunks_max)
WHOLE(chunks_peak, r->at_peak.nr_chunks)
WHOLE(chunks_end, r->at_end.nr_chunks)
WHOLE(live_peak, r->at_peak.live_bytes)
WHOLE(live_end, r->at_end.live_bytes)
WHOLE(populated_peak, r->at_peak.populated_bytes)
WHOLE(populated_end, r->at_end.populated_bytes)
WHOLE(pages_peak, r->at_peak.populated_bytes / PCPU_PAGE_BYTES)
WHOLE(pages_end, r->at_end.populated_bytes / PCPU_PAGE_BYTES)
WHOLE(stranded_peak, r->at_peak.stranded_bytes)
WHOLE(stranded_end, r->at_end.stranded_bytes)
WHOLE(metadata_peak, r->at_peak.metadata_bytes)
WHOLE(metadata_end, r->at_end.metadata_bytes)

static const struct figure {
	const char *key, *label;
	double (*get)(const struct lab_result *result);
	int decimals;
} figures[] = {
	{ "allocations", "objects allocated", get_allocs, 0 },
	{ "frees", "objects freed", get_frees, 0 },
	{ "refused", "allocations refused", get_refused, 0 },
	{ "skipped", "operations skipped", get_skipped, 0 },
	{ "alloc_ns", "ns per allocation", get_alloc_ns, 1 },
	{ "free_ns", "ns per free", get_free_ns, 1 },
	{ "balances", "balance runs", get_balances, 0 },
	{ "balance_ns", "ns per balance run", get_balance_ns, 1 },
	{ "scanned_entries", "entries scanned", get_probes, 0 },
	{ "scanned_entries_per_call", "entries scanned per call", get_probes_each, 1 },
	{ "moved_bytes", "bytes of records moved", get_moved, 0 },
	{ "restarts", "searches restarted", get_restarts, 0 },
	{ "extensions", "maps extended", get_extensions, 0 },
	{ "chunks_created", "chunks created", get_created, 0 },
	{ "chunks_destroyed", "chunks destroyed", get_destroyed, 0 },
	{ "chunks_max", "chunks, most at once", get_chunks_max, 0 },
	{ "chunks_at_peak", "chunks, at the peak", get_chunks_peak, 0 },
	{ "chunks_at_end", "chunks, at the end", get_chunks_end, 0 },
	{ "live_bytes_at_peak", "live bytes per CPU, at the peak", get_live_peak, 0 },
	{ "live_bytes_at_end", "live bytes per CPU, at the end", get_live_end, 0 },
	{ "populated_bytes_at_peak", "populated bytes per CPU, at the peak", get_populated_peak,
	  0 },
	{ "populated_bytes_at_end", "populated bytes per CPU, at the end", get_populated_end, 0 },
	{ "populated_pages_at_peak", "populated pages per CPU, at the peak", get_pages_peak, 0 },
	{ "populated_pages_at_end", "populated pages per CPU, at the end", get_pages_end, 0 },
	{ "stranded_bytes_at_peak", "stranded bytes per CPU, at the peak", get_stranded_peak, 0 },
	{ "stranded_bytes_at_end", "stranded bytes per CPU, at the end", get_stranded_end, 0 },
	{ "metadata_bytes_at_peak", "metadata bytes, at the peak", get_metadata_peak, 0 },
	{ "metadata_bytes_at_end", "metadata bytes, at the end", get_metadata_end, 0 },
};

#define NR_FIGURES (sizeof(figures) / sizeof(figures[0]))

static const char *check_name(enum lab_check check)
{
	return check == LAB_CHECK_NONE ? "none" : check == LAB_CHECK_ALL ? "all" : "model";
}

/* --- histograms -------------------------------------------------------------------------- */

/* Formats the sizes of class i: 1, 2, 3-4, 5-8 ... and the rest, which is refused. */
static void size_class_name(char name[32], uint32_t i)
{
	if (i == LAB_NR_SIZE_CLASSES - 1)
		snprintf(name, 32, "0 or over %u", 1u << (LAB_NR_SIZE_CLASSES - 2));
	else if (i < 2)
		snprintf(name, 32, "%u", i + 1);
	else
		snprintf(name, 32, "%u-%u", (1u << (i - 1)) + 1, 1u << i);
}

static void align_class_name(char name[32], uint32_t i)
{
	if (i == LAB_NR_ALIGN_CLASSES - 1)
		snprintf(name, 32, "illegal");
	else
		snprintf(name, 32, "%u", 1u << i);
}

static const struct histogram {
	const char *title, *key;
	uint32_t nr_classes;
	size_t counts; /* offset of the counts in struct lab_result */
	void (*class_name)(char name[32], uint32_t i);
} histograms[] = {
	{ "bytes requested", "sizes", LAB_NR_SIZE_CLASSES, offsetof(struct lab_result, sizes),
	  size_class_name },
	{ "alignment", "alignments", LAB_NR_ALIGN_CLASSES, offsetof(struct lab_result, aligns),
	  align_class_name },
};

#define NR_HISTOGRAMS (sizeof(histograms) / sizeof(histograms[0]))

static const uint64_t *histogram_counts(const struct histogram *h, const struct lab_result *r)
{
	return (const uint64_t *)(const void *)((const char *)r + h->counts);
}

static void print_histogram(FILE *out, const struct histogram *h, const struct lab_result *r)
{
	const uint64_t *counts = histogram_counts(h, r);
	uint64_t sum = 0;
	char name[32];

	for (uint32_t i = 0; i < h->nr_classes; i++)
		sum += counts[i];
	fprintf(out, "\n%-20s %12s %9s\n", h->title, "requests", "percent");
	for (uint32_t i = 0; i < h->nr_classes; i++) {
		int bar = (int)(report_per(counts[i], sum) * BAR_WIDTH + 0.5);

		if (counts[i] == 0)
			continue;
		h->class_name(name, i);
		fprintf(out, "%-20s %12" PRIu64 " %9.2f%s%.*s\n", name, counts[i],
			100 * report_per(counts[i], sum), bar ? "  " : "", bar,
			"########################################");
	}
}

/* --- the table --------------------------------------------------------------------------- */

void replay_put_step(FILE *out, const struct replay *replay, size_t step)
{
	char line[128];

	if (step >= replay->trace.nr_ops) {
		fprintf(out, "at the end");
		return;
	}
	lab_op_print(&replay->trace.ops[step], replay->trace.text, line);
	fprintf(out, "at event %zu of %zu, `%s`", step + 1, replay->trace.nr_ops, line);
}

void replay_print_head(FILE *out, const struct replay *r)
{
	fprintf(out, "trace   %s: %zu events, %u allocations, %u ids\n", r->path,
		r->trace.nr_ops, r->trace.nr_allocs, r->trace.nr_ids);
	fprintf(out, "layout  %s: %u CPUs in %u group%s; bytes: unit %u, static %u, reserved %u, "
		"dyn %u, atom %" PRIu64 "\n", lab_choice_text(r->chosen), r->nr_cpus, r->nr_groups,
		r->nr_groups == 1 ? "" : "s",
		r->unit_bytes, r->static_bytes, r->reserved_bytes, r->dyn_bytes, r->atom_bytes);
}

static void print_check(FILE *out, const struct replay *r)
{
	fprintf(out, "check   %s%s\n\n", check_name(r->check),
		r->check == LAB_CHECK_NONE ? "" :
		"; times include caches that the checks have disturbed");
}

static void print_figure(FILE *out, const struct replay *replay, const struct figure *figure)
{
	fprintf(out, "%-*s", LABEL_WIDTH, figure->label);
	for (uint32_t i = 0; i < replay->nr_columns; i++)
		fprintf(out, " %*.*f", COLUMN_WIDTH, figure->decimals,
			figure->get(&replay->column[i].result));
	fprintf(out, "\n");
}

/* Prints where the kernel reports unit pages; a dash when it does not. */
static void print_placement(FILE *out, const struct replay *replay)
{
	fprintf(out, "%-*s", LABEL_WIDTH, "unit pages on their node, %");
	for (uint32_t i = 0; i < replay->nr_columns; i++) {
		const struct hosted_placement *placed = &replay->column[i].placed;

		if (placed->nr_known)
			fprintf(out, " %*.1f", COLUMN_WIDTH, hosted_placement_percent(placed));
		else
			fprintf(out, " %*s", COLUMN_WIDTH, "-");
	}
	fprintf(out, "\n");
}

static const char *counted_by_text(enum replay_counted_by by)
{
	return by == BY_COUNTER ? "counter" : by == BY_CALLGRIND ? "callgrind" : "";
}

static double instructions_all(const struct replay_column *column)
{
	return (double)column->instructions;
}

/* Per call: of all calls but balance. */
static double instructions_each(const struct replay_column *column)
{
	const struct lab_result *r = &column->result;

	return report_per(column->instructions, r->nr_allocs + r->nr_refused + r->nr_frees);
}

static const struct instructions_row {
	const char *what;
	double (*get)(const struct replay_column *column);
	int decimals;
} instructions_rows[] = {
	{ "instructions", instructions_all, 0 },
	{ "instructions per call", instructions_each, 1 },
};

#define NR_INSTRUCTIONS_ROWS (sizeof(instructions_rows) / sizeof(instructions_rows[0]))

/* Prints what the calls took, and what counted it; dashes when nothing did. */
static void print_instructions(FILE *out, const struct replay *replay)
{
	for (size_t i = 0; i < NR_INSTRUCTIONS_ROWS; i++) {
		const struct instructions_row *row = &instructions_rows[i];
		char label[LABEL_WIDTH + 1];

		snprintf(label, sizeof(label), "%s%s%s", row->what,
			 replay->counted_by == BY_NOTHING ? "" : ", by ",
			 counted_by_text(replay->counted_by));
		fprintf(out, "%-*s", LABEL_WIDTH, label);
		for (uint32_t c = 0; c < replay->nr_columns; c++) {
			if (replay->counted_by == BY_NOTHING || !replay->column[c].clean)
				fprintf(out, " %*s", COLUMN_WIDTH, "-");
			else
				fprintf(out, " %*.*f", COLUMN_WIDTH, row->decimals,
					row->get(&replay->column[c]));
		}
		fprintf(out, "\n");
	}
}

static uint64_t nr_misplaced(const struct replay_classes *classes)
{
	uint64_t nr = 0;

	for (uint32_t class = 0; class < NR_CLASSES; class++)
		if (class != LAB_LINUX61_B27)
			nr += classes->nr[class];
	return nr;
}

static uint64_t misplaced_all(const struct replay_classes *classes, uint32_t class)
{
	return nr_misplaced(classes);
}

static uint64_t misplaced_refused(const struct replay_classes *classes, uint32_t class)
{
	return classes->nr_refused;
}

static uint64_t misplaced_by(const struct replay_classes *classes, uint32_t class)
{
	return classes->nr[class];
}

static void print_misplaced_row(FILE *out, const struct replay *replay, const char *label,
				uint64_t (*get)(const struct replay_classes *, uint32_t),
				uint32_t class)
{
	fprintf(out, "%-*s", LABEL_WIDTH, label);
	for (uint32_t i = 0; i < replay->nr_columns; i++) {
		const struct replay_column *column = &replay->column[i];

		if (column->is_judged)
			fprintf(out, " %*" PRIu64, COLUMN_WIDTH, get(&column->classes, class));
		else
			fprintf(out, " %*s", COLUMN_WIDTH, "-");
	}
	fprintf(out, "\n");
}

/* Prints by cause what first fit over the same map would have placed lower, or at all. */
static void print_misplaced(FILE *out, const struct replay *replay)
{
	bool any = false;

	for (uint32_t i = 0; i < replay->nr_columns; i++)
		any = any || replay->column[i].is_judged;
	if (!any)
		return;
	print_misplaced_row(out, replay, "not where first fit would put it", misplaced_all, 0);
	print_misplaced_row(out, replay, "  ... refused by a chunk, or unseen",
			    misplaced_refused, 0);
	for (uint32_t class = 0; class < NR_CLASSES; class++) {
		char label[LABEL_WIDTH + 1];

		snprintf(label, sizeof(label), "  %s%s", replay_class_name(class),
			 class == LAB_LINUX61_B27 ? " (balances that stock in vain)" : "");
		print_misplaced_row(out, replay, label, misplaced_by, class);
	}
}

static void print_foot(FILE *out, const struct replay *replay)
{
	fprintf(out, "%-*s", LABEL_WIDTH, "run hash");
	for (uint32_t i = 0; i < replay->nr_columns; i++)
		fprintf(out, " %*.16" PRIx64, COLUMN_WIDTH, replay->column[i].result.hash);
	fprintf(out, "\n%-*s", LABEL_WIDTH, "verdict");
	for (uint32_t i = 0; i < replay->nr_columns; i++)
		fprintf(out, " %*s", COLUMN_WIDTH,
			!replay->column[i].clean ? "BROKEN" :
			replay->check == LAB_CHECK_NONE ? "not checked" : "clean");
	fprintf(out, "\n");
}

/* Prints the checks that are skipped, by engine. */
static void print_unpromised(FILE *out, const struct replay *replay)
{
	for (uint32_t i = 0; i < replay->nr_columns && replay->check != LAB_CHECK_NONE; i++)
		for (int promise = 0; promise < PCPU_NR_PROMISES; promise++)
			if (!pcpu_engine_keeps(replay->column[i].engine, promise))
				fprintf(out, "%s does not promise, so not checked: %s\n",
					replay->column[i].engine->name,
					pcpu_promise_text(promise));
}

void replay_print(FILE *out, const struct replay *replay)
{
	replay_print_head(out, replay);
	print_check(out, replay);
	fprintf(out, "%-*s", LABEL_WIDTH, "engine");
	for (uint32_t i = 0; i < replay->nr_columns; i++)
		fprintf(out, " %*s", COLUMN_WIDTH, replay->column[i].engine->name);
	fprintf(out, "\n");
	for (size_t i = 0; i < NR_FIGURES; i++)
		print_figure(out, replay, &figures[i]);
	print_placement(out, replay);
	print_instructions(out, replay);
	print_misplaced(out, replay);
	print_foot(out, replay);
	if (replay->counted_by == BY_NOTHING)
		fprintf(out, "instructions are not counted: %s (--instructions: by callgrind)\n",
			replay->not_counted);
	print_unpromised(out, replay);
	for (size_t i = 0; i < NR_HISTOGRAMS; i++)
		print_histogram(out, &histograms[i], &replay->column[0].result);
}

/* --- JSON -------------------------------------------------------------------------------- */

static json_t *json_histogram(const struct histogram *h, const struct lab_result *r)
{
	const uint64_t *counts = histogram_counts(h, r);
	json_t *all = json_array();
	char name[32];

	for (uint32_t i = 0; i < h->nr_classes; i++) {
		h->class_name(name, i);
		json_array_append_new(all, json_pack("{s:s, s:I}", "class", name, "requests",
						     (json_int_t)counts[i]));
	}
	return all;
}

static json_t *json_verdict(const struct replay *replay, const struct lab_verdict *v)
{
	char line[128] = "";

	if (v->step < replay->trace.nr_ops)
		lab_op_print(&replay->trace.ops[v->step], NULL, line);
	return json_pack("{s:s, s:I, s:s}", "sentence", v->sentence, "step", (json_int_t)v->step,
			 "operation", line);
}

static json_t *json_unpromised(const struct pcpu_engine *engine)
{
	json_t *all = json_array();

	for (int promise = 0; promise < PCPU_NR_PROMISES; promise++)
		if (!pcpu_engine_keeps(engine, promise))
			json_array_append_new(all, json_string(pcpu_promise_text(promise)));
	return all;
}

/* null: not judged. */
static json_t *json_misplaced(const struct replay_column *column)
{
	const struct replay_classes *classes = &column->classes;
	json_t *all, *causes;

	if (!column->is_judged)
		return json_null();
	causes = json_object();
	for (uint32_t class = 0; class < NR_CLASSES; class++) {
		char *key = g_strdelimit(g_strdup(replay_class_name(class)), " ", '_');

		json_object_set_new(causes, key, json_integer((json_int_t)classes->nr[class]));
		free(key);
	}
	all = json_pack("{s:I, s:I, s:I}", "judged", (json_int_t)classes->nr_judged, "requests",
			(json_int_t)nr_misplaced(classes), "refused_or_unseen",
			(json_int_t)classes->nr_refused);
	json_object_set_new(all, "classes", causes);
	return all;
}

static json_t *json_column(const struct replay *replay, const struct replay_column *column)
{
	json_t *object = json_object();
	char hash[17];

	json_object_set_new(object, "engine", json_string(column->engine->name));
	for (size_t i = 0; i < NR_FIGURES; i++) {
		double value = figures[i].get(&column->result);

		json_object_set_new(object, figures[i].key,
				    figures[i].decimals ? json_real(value) :
							  json_integer((json_int_t)value));
	}
	json_object_set_new(object, "unit_pages",
			    json_integer((json_int_t)column->placed.nr_known));
	json_object_set_new(object, "placement_percent",
			    column->placed.nr_known ?
				    json_real(hosted_placement_percent(&column->placed)) :
				    json_null());
	json_object_set_new(object, "instructions",
			    replay->counted_by == BY_NOTHING || !column->clean ?
				    json_null() :
				    json_integer((json_int_t)column->instructions));
	json_object_set_new(object, "instructions_by",
			    replay->counted_by == BY_NOTHING ?
				    json_null() :
				    json_string(counted_by_text(replay->counted_by)));
	json_object_set_new(object, "misplaced", json_misplaced(column));
	snprintf(hash, sizeof(hash), "%.16" PRIx64, column->result.hash);
	json_object_set_new(object, "hash", json_string(hash));
	json_object_set_new(object, "clean", json_boolean(column->clean));
	json_object_set_new(object, "not_promised", json_unpromised(column->engine));
	if (!column->clean)
		json_object_set_new(object, "broken",
				    json_verdict(replay, &column->result.verdict));
	for (size_t i = 0; i < NR_HISTOGRAMS; i++)
		json_object_set_new(object, histograms[i].key,
				    json_histogram(&histograms[i], &column->result));
	return object;
}

json_t *replay_json(const struct replay *r)
{
	json_t *engines = json_array();
	json_t *all = json_pack(
		"{s:s, s:I, s:I, s:s, s:b, s:{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "trace",
		r->path, "events", (json_int_t)r->trace.nr_ops, "trace_allocations",
		(json_int_t)r->trace.nr_allocs, "check", check_name(r->check), "atomic",
		r->honour_atomic, "layout", "choice", lab_choice_text(r->chosen), "cpus",
		(json_int_t)r->nr_cpus, "groups", (json_int_t)r->nr_groups, "unit_bytes",
		(json_int_t)r->unit_bytes, "static_bytes", (json_int_t)r->static_bytes,
		"reserved_bytes", (json_int_t)r->reserved_bytes, "dyn_bytes",
		(json_int_t)r->dyn_bytes, "atom_bytes", (json_int_t)r->atom_bytes);

	for (uint32_t i = 0; i < r->nr_columns; i++)
		json_array_append_new(engines, json_column(r, &r->column[i]));
	json_object_set_new(all, "engines", engines);
	return all;
}
