/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* recorded_report.c - see recorded_report.h. One row of counts[] is one line and one key. */
#include "harness/cli/replay/recorded_report.h"

#include <inttypes.h>

enum { LABEL_WIDTH = 68, COLUMN_WIDTH = 14, MAX_LINES = 20, LINE_ROOM = 128 };

static uint64_t get_equal(const struct recorded *r)
{
	return r->nr_equal;
}

static uint64_t get_swapped(const struct recorded *r)
{
	return r->nr_swapped;
}

static uint64_t get_late(const struct recorded *r)
{
	return r->nr_late;
}

static uint64_t get_unexplained(const struct recorded *r)
{
	return r->nr_unexplained;
}

static uint64_t get_atomic(const struct recorded *r)
{
	return r->nr_atomic;
}

static uint64_t get_atomic_equal(const struct recorded *r)
{
	return r->nr_atomic_equal;
}

static const struct {
	const char *key, *label;
	uint64_t (*get)(const struct recorded *result);
} counts[] = {
	{ "compared", "allocations compared", recorded_nr_compared },
	{ "equal", "equal", get_equal },
	{ "one_swap", "elsewhere, but follow from one swap of neighbours", get_swapped },
	{ "one_late", "elsewhere, but follow from one event that was recorded late", get_late },
	{ "not_explained", "elsewhere, not explained", get_unexplained },
	{ "atomic", "atomic, not judged", get_atomic },
	{ "atomic_equal", "atomic, equal", get_atomic_equal },
};

#define NR_COUNTS (sizeof(counts) / sizeof(counts[0]))

static double equal_percent(const struct recorded *result)
{
	uint64_t compared = recorded_nr_compared(result);

	return compared ? 100.0 * (double)result->nr_equal / (double)compared : 0;
}

/* --- for people ------------------------------------------------------------------------------ */

static void print_left_out(FILE *out, const struct recorded *results, uint32_t nr)
{
	for (int reason = 0; reason < RECORDED_NR_REASONS; reason++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < nr; i++)
			sum += results[i].nr_left_out[reason];
		if (sum == 0)
			continue;
		fprintf(out, "not compared: %-*s", LABEL_WIDTH - 14, recorded_reason_words(reason));
		for (uint32_t i = 0; i < nr; i++)
			fprintf(out, " %*" PRIu64, COLUMN_WIDTH, results[i].nr_left_out[reason]);
		fprintf(out, "\n");
	}
}

static void print_difference(FILE *out, const struct recorded *result,
			     const struct recorded_difference *d, const char *what)
{
	const struct lab_op *op = &result->trace->ops[d->op];
	char line[LINE_ROOM];

	lab_op_print(op, result->trace->text, line);
	fprintf(out, "%s: %sevent %zu, `%s`: chunk %u, recorded at %u, ", result->engine->name,
		what, d->op + 1, line, op->chunk, op->offset);
	if (d->placed)
		fprintf(out, "found at %u", d->offset);
	else
		fprintf(out, "no place found");
	if (d->nr_passed == 1)
		fprintf(out, "; follows with events %zu and %zu swapped", d->early + 1,
			d->late + 1);
	else if (d->nr_passed > 1)
		fprintf(out, "; follows if event %zu came before event %zu and %zu others",
			d->late + 1, d->early + 1, d->nr_passed - 1);
	fprintf(out, "\n");
}

static bool is_worth_a_line(const struct recorded *result, const struct recorded_difference *d)
{
	return !d->placed || d->offset != result->trace->ops[d->op].offset;
}

static void print_list(FILE *out, const struct recorded *result, const GArray *list,
		       const char *what)
{
	uint64_t nr = 0;

	for (guint i = 0; i < list->len; i++) {
		const struct recorded_difference *d =
			&g_array_index(list, struct recorded_difference, i);

		if (is_worth_a_line(result, d) && nr++ < MAX_LINES)
			print_difference(out, result, d, what);
	}
	if (nr > MAX_LINES)
		fprintf(out, "%s: %sand %" PRIu64 " more; --json has all\n", result->engine->name,
			what, nr - MAX_LINES);
}

void recorded_print(FILE *out, const struct recorded *results, uint32_t nr)
{
	fprintf(out, "chunks  %u in the trace, %u compared; units of %u bytes\n\n",
		results[0].nr_chunks, results[0].nr_compared_chunks, results[0].unit_bytes);
	fprintf(out, "%-*s", LABEL_WIDTH, "engine");
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, " %*s", COLUMN_WIDTH, results[i].engine->name);
	for (size_t row = 0; row < NR_COUNTS; row++) {
		fprintf(out, "\n%-*s", LABEL_WIDTH, counts[row].label);
		for (uint32_t i = 0; i < nr; i++)
			fprintf(out, " %*" PRIu64, COLUMN_WIDTH, counts[row].get(&results[i]));
	}
	fprintf(out, "\n");
	print_left_out(out, results, nr);
	fprintf(out, "%-*s", LABEL_WIDTH, "equal, % of those compared");
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, " %*.3f", COLUMN_WIDTH, equal_percent(&results[i]));
	fprintf(out, "\n%-*s", LABEL_WIDTH, "verdict");
	for (uint32_t i = 0; i < nr; i++)
		fprintf(out, " %*s", COLUMN_WIDTH, recorded_is_good(&results[i]) ? "follows" :
							       "DIFFERS");
	fprintf(out, "\n\n");
	for (uint32_t i = 0; i < nr; i++) {
		print_list(out, &results[i], results[i].differences, "");
		print_list(out, &results[i], results[i].atomic, "atomic: ");
	}
}

void recorded_print_nothing(FILE *out, const struct recorded *result)
{
	const char *separator = ": ";

	fprintf(out, "nothing can be compared");
	for (int reason = 0; reason < RECORDED_NR_REASONS; reason++) {
		if (result->nr_left_out[reason] == 0)
			continue;
		fprintf(out, "%s%" PRIu64 " allocations %s", separator, result->nr_left_out[reason],
			recorded_reason_words(reason));
		separator = ", ";
	}
	if (result->nr_atomic)
		fprintf(out, "%s%" PRIu64 " atomic allocations", separator, result->nr_atomic);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static json_t *json_difference(const struct recorded *result, const struct recorded_difference *d)
{
	const struct lab_op *op = &result->trace->ops[d->op];
	char line[LINE_ROOM];
	json_t *explained = json_null();

	lab_op_print(op, NULL, line); /* a SITE may be no UTF-8 */
	if (d->nr_passed)
		explained = json_pack("{s:I, s:I, s:I}", "event", (json_int_t)d->late + 1, "before",
				      (json_int_t)d->early + 1, "passes",
				      (json_int_t)d->nr_passed);
	return json_pack("{s:I, s:s, s:I, s:I, s:o, s:o}", "event", (json_int_t)d->op + 1,
			 "operation", line, "chunk", (json_int_t)op->chunk, "recorded",
			 (json_int_t)op->offset, "found",
			 d->placed ? json_integer((json_int_t)d->offset) : json_null(),
			 "explained_by", explained);
}

static json_t *json_list(const struct recorded *result, const GArray *list)
{
	json_t *all = json_array();

	for (guint i = 0; i < list->len; i++) {
		const struct recorded_difference *d =
			&g_array_index(list, struct recorded_difference, i);

		json_array_append_new(all, json_difference(result, d));
	}
	return all;
}

static json_t *json_engine(const struct recorded *result)
{
	json_t *all = json_pack("{s:s}", "engine", result->engine->name);
	json_t *left_out = json_object();

	for (size_t row = 0; row < NR_COUNTS; row++)
		json_object_set_new(all, counts[row].key,
				    json_integer((json_int_t)counts[row].get(result)));
	for (int reason = 0; reason < RECORDED_NR_REASONS; reason++)
		json_object_set_new(left_out, recorded_reason_key(reason),
				    json_integer((json_int_t)result->nr_left_out[reason]));
	json_object_set_new(all, "not_compared", left_out);
	json_object_set_new(all, "equal_percent", json_real(equal_percent(result)));
	json_object_set_new(all, "follows", json_boolean(recorded_is_good(result)));
	json_object_set_new(all, "differences", json_list(result, result->differences));
	json_object_set_new(all, "atomic_requests", json_list(result, result->atomic));
	return all;
}

json_t *recorded_json(const char *path, const struct recorded *results, uint32_t nr)
{
	json_t *engines = json_array();

	for (uint32_t i = 0; i < nr; i++)
		json_array_append_new(engines, json_engine(&results[i]));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "trace", path, "events",
			 (json_int_t)results[0].trace->nr_ops, "trace_allocations",
			 (json_int_t)results[0].trace->nr_allocs, "unit_bytes",
			 (json_int_t)results[0].unit_bytes, "chunks",
			 (json_int_t)results[0].nr_chunks, "compared_chunks",
			 (json_int_t)results[0].nr_compared_chunks, "engines", engines);
}
