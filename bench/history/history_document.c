/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * history_document.c - see harness/rows/history_document.h. A history of 1,000 runs has half a
 * million samples: one pass in the order in which they are stored, no JSON before the end.
 *
 *	sample (run, series, repetition) -> median of a run -> track (series, group) -> "series"
 */
#include "harness/rows/history_document.h"
#include "harness/rows/numbers.h"
#include "bench/history/history.h"
#include "bench/history/history_points.h"
#include "bench/history/history_store.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of values that are not exact, over all series: some 8 bytes each in the page. */
enum { MAX_VALUES = 90000, MIN_SHOWN = 50 };

/* A series in one group. */
struct track {
	int64_t series;
	int group;
	GArray *runs;		       /* int: places in runs */
	GArray *values, *lows, *highs; /* double; NAN: no interval */
	bool exact, has_intervals;
	bool is_counted; /* by the gate, in every run: exact whatever changes */
};

struct reading {
	struct sql *sql;
	json_t *groups, *runs, *sets, *series;
	GHashTable *group_places; /* "host\ncompiler\nflavour" -> place + 1 */
	GHashTable *run_places;	  /* id -> place + 1 */
	GHashTable *set_places;	  /* the runs' bytes -> place + 1 */
	GHashTable *tracks;	  /* (series, group) -> track */
	GPtrArray *all;		  /* of the tracks, as they were found */
	GArray *samples;	  /* double: of one run and series */
	size_t left_out;
};

/* --- runs ------------------------------------------------------------------------------------ */

/* The place of the group that columns 4, 5, 6 name. */
static int group_place(struct reading *reading, struct sql_statement *row)
{
	char *key =
		g_strdup_printf("%s\n%s\n%s", sql_text(row, 4), sql_text(row, 5), sql_text(row, 6));
	gpointer found = g_hash_table_lookup(reading->group_places, key);
	size_t place = json_array_size(reading->groups);

	if (found) {
		g_free(key);
		return GPOINTER_TO_INT(found) - 1;
	}
	json_array_append_new(reading->groups,
			      json_pack("{so so so}", "host", history_column(row, 4), "compiler",
					history_column(row, 5), "flavour", history_column(row, 6)));
	g_hash_table_insert(reading->group_places, key, GINT_TO_POINTER((int)place + 1));
	return (int)place;
}

static void runs_read(struct reading *reading)
{
	struct sql_statement *row =
		sql_prepare(reading->sql, "SELECT id, time, revision, source, host, compiler,"
					  " flavour, dirty FROM run ORDER BY id");

	while (sql_next(row)) {
		int64_t *id = g_new(int64_t, 1);

		*id = sql_integer(row, 0);
		json_array_append_new(
			reading->runs,
			json_pack("{sI so so so sb si}", "id", (json_int_t)*id, "time",
				  history_column(row, 1), "revision", history_column(row, 2),
				  "source", history_column(row, 3), "dirty",
				  (int)sql_integer(row, 7), "group", group_place(reading, row)));
		g_hash_table_insert(reading->run_places, id,
				    GINT_TO_POINTER((int)json_array_size(reading->runs)));
	}
	sql_finish(row);
}

/* --- samples --------------------------------------------------------------------------------- */

static struct track *track_of(struct reading *reading, int64_t series, int group)
{
	struct track key = {.series = series, .group = group};
	struct track *track = g_hash_table_lookup(reading->tracks, &key);

	if (track)
		return track;
	track = g_new0(struct track, 1);
	track->series = series;
	track->group = group;
	track->is_counted = true;
	track->runs = g_array_new(FALSE, FALSE, sizeof(int));
	track->values = g_array_new(FALSE, FALSE, sizeof(double));
	track->lows = g_array_new(FALSE, FALSE, sizeof(double));
	track->highs = g_array_new(FALSE, FALSE, sizeof(double));
	g_hash_table_insert(reading->tracks, track, track);
	g_ptr_array_add(reading->all, track);
	return track;
}

/* What the run measured of the series is complete. */
static void point_end(struct reading *reading, int run, int64_t series)
{
	double *samples = (double *)(void *)reading->samples->data, median;
	size_t nr = reading->samples->len;
	double low = NAN, high = NAN;
	const json_t *of;
	struct track *track;

	if (!nr)
		return;
	of = json_array_get(reading->runs, (size_t)run);
	track = track_of(reading, series, (int)json_integer_value(json_object_get(of, "group")));
	track->is_counted &= !strcmp(json_string_value(json_object_get(of, "source")), "gate");
	numbers_sort(samples, nr);
	median = numbers_median(samples, nr);
	if (numbers_interval(samples, nr, &low, &high))
		track->has_intervals = true;
	g_array_append_val(track->runs, run);
	g_array_append_val(track->values, median);
	g_array_append_val(track->lows, low);
	g_array_append_val(track->highs, high);
	g_array_set_size(reading->samples, 0);
}

static int run_place(struct reading *reading, int64_t id)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(reading->run_places, &id)) - 1;
}

static void samples_read(struct reading *reading)
{
	struct sql_statement *row = sql_prepare(
		reading->sql,
		"SELECT run, series, value FROM sample ORDER BY run, series, repetition");
	int64_t run = -1, series = -1;
	int place = -1;

	while (sql_next(row)) {
		int64_t new_run = sql_integer(row, 0), new_series = sql_integer(row, 1);
		double value = sql_real(row, 2);

		if (new_run != run || new_series != series)
			point_end(reading, place, series);
		if (new_run != run)
			place = run_place(reading, new_run);
		run = new_run;
		series = new_series;
		if (place >= 0 && isfinite(value))
			g_array_append_val(reading->samples, value);
	}
	point_end(reading, place, series);
	sql_finish(row);
}

/* --- series ---------------------------------------------------------------------------------- */

static const char *kind_of(const char *metric, const char *unit)
{
	static const char *const times[] = {"ns", "us", "ms", "s"};

	for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
		if (!strcmp(unit, times[i]) || g_str_has_prefix(metric, "time"))
			return "time";
	}
	if (strstr(metric, "_ns") || strstr(metric, "_ms"))
		return "time";
	if (!strcmp(unit, "bytes") || strstr(metric, "bytes") || strstr(metric, "/live") ||
	    strstr(metric, "KiB"))
		return "memory";
	return strstr(metric, "/s") || strstr(metric, "percent") ? "ratio" : "count";
}

/* Five digits are enough of what is measured, nine of what is counted. */
static json_t *number_make(double value, bool exact)
{
	char text[32];

	if (isnan(value))
		return json_null();
	if (exact)
		return value == floor(value) && fabs(value) < 1e15 ?
			       json_integer((json_int_t)value) :
			       json_real(value);
	snprintf(text, sizeof(text), "%.5g", value);
	value = strtod(text, NULL);
	return value == floor(value) ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *numbers_make(const GArray *numbers, const size_t *at, size_t nr, bool exact)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(list,
				      number_make(g_array_index(numbers, double, at[i]), exact));
	return list;
}

static int set_place(struct reading *reading, const GArray *runs)
{
	GBytes *key = g_bytes_new(runs->data, runs->len * sizeof(int));
	gpointer found = g_hash_table_lookup(reading->set_places, key);
	json_t *set;

	if (found) {
		g_bytes_unref(key);
		return GPOINTER_TO_INT(found) - 1;
	}
	set = json_array();
	for (guint i = 0; i < runs->len; i++)
		json_array_append_new(set, json_integer(g_array_index(runs, int, i)));
	json_array_append_new(reading->sets, set);
	g_hash_table_insert(reading->set_places, key,
			    GINT_TO_POINTER((int)json_array_size(reading->sets)));
	return (int)json_array_size(reading->sets) - 1;
}

/* Each with the medians of the stretches before and behind it. */
static json_t *changes_make(const struct track *track, const double *values, size_t *at)
{
	size_t nr = track->values->len, found = points_changes(values, nr, track->exact, at);
	json_t *changes = json_array();

	for (size_t i = 0; i < found; i++) {
		size_t from = i ? at[i - 1] : 0, to = i + 1 < found ? at[i + 1] : nr;
		double before = points_median(values + from, at[i] - from);
		double after = points_median(values + at[i], to - at[i]);

		json_array_append_new(changes,
				      json_pack("{si so so}", "run",
						g_array_index(track->runs, int, at[i]), "before",
						number_make(before, track->exact), "after",
						number_make(after, track->exact)));
	}
	return changes;
}

static json_t *places_make(const size_t *at, size_t nr)
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		json_array_append_new(list, json_integer((json_int_t)at[i]));
	return list;
}

/* row: workload, engine, metric, unit. */
static json_t *series_make(struct reading *reading, const struct track *track, size_t most,
			   struct sql_statement *row)
{
	const double *values = (const double *)(const void *)track->values->data;
	size_t nr = track->values->len, *at = g_new(size_t, nr);
	json_t *changes = changes_make(track, values, at), *series;
	size_t shown = points_shown(values, nr, track->exact, most, at);

	reading->left_out += track->exact ? 0 : nr - shown;
	series = json_pack("{so so so so ss si si sb so}", "workload", history_column(row, 1),
			   "engine", history_column(row, 2), "metric", history_column(row, 3),
			   "unit", history_column(row, 4), "kind",
			   kind_of(sql_text(row, 3), sql_text(row, 4)), "group", track->group,
			   "set", set_place(reading, track->runs), "exact", (int)track->exact,
			   "values", numbers_make(track->values, at, shown, track->exact));
	if (shown > 1)
		json_object_set_new(series, "at", places_make(at, shown));
	if (json_array_size(changes))
		json_object_set(series, "changes", changes);
	json_decref(changes);
	if (track->has_intervals && !track->exact) {
		json_object_set_new(series, "low", numbers_make(track->lows, at, shown, false));
		json_object_set_new(series, "high", numbers_make(track->highs, at, shown, false));
	}
	g_free(at);
	return series;
}

/* Sets of each track whether it is exact; what the series is says the table. */
static void tracks_judge(struct reading *reading)
{
	struct sql_statement *row =
		sql_prepare(reading->sql, "SELECT id, metric, unit FROM series");
	int nr_groups = (int)json_array_size(reading->groups);

	while (sql_next(row)) {
		const char *kind = kind_of(sql_text(row, 1), sql_text(row, 2));
		bool is_measured = !strcmp(kind, "time") || !strcmp(kind, "ratio");
		struct track key = {.series = sql_integer(row, 0)}, *track;

		for (key.group = 0; key.group < nr_groups; key.group++) {
			track = g_hash_table_lookup(reading->tracks, &key);
			if (!track)
				continue;
			track->exact =
				track->is_counted ||
				(!is_measured &&
				 points_are_exact((const double *)(const void *)track->values->data,
						  track->values->len));
		}
	}
	sql_finish(row);
}

/* How many points of a series that is not exact are shown, so that all fit. */
static size_t most_shown(const struct reading *reading)
{
	size_t nr = 0;

	for (guint i = 0; i < reading->all->len; i++) {
		const struct track *track = g_ptr_array_index(reading->all, i);

		nr += track->exact ? 0 : track->has_intervals ? 3 : 1;
	}
	nr = nr ? MAX_VALUES / nr : MAX_VALUES;
	return nr < MIN_SHOWN ? MIN_SHOWN : nr;
}

static void series_write(struct reading *reading)
{
	int nr_groups = (int)json_array_size(reading->groups);
	size_t most;
	struct sql_statement *row = sql_prepare(
		reading->sql, "SELECT id, workload, engine, metric, unit FROM series ORDER BY id");

	tracks_judge(reading);
	most = most_shown(reading);
	while (sql_next(row)) {
		struct track key = {.series = sql_integer(row, 0)};

		for (key.group = 0; key.group < nr_groups; key.group++) {
			struct track *track = g_hash_table_lookup(reading->tracks, &key);

			if (track)
				json_array_append_new(reading->series,
						      series_make(reading, track, most, row));
		}
	}
	sql_finish(row);
}

/* --- alerts ---------------------------------------------------------------------------------- */

static json_t *alerts_read(struct reading *reading)
{
	static const char *const texts[] = {"host",	"compiler", "flavour", "before_revision",
					    "revision", "state",    "text",    "opened",
					    "changed"};
	struct sql_statement *row = sql_prepare(
		reading->sql,
		"SELECT alert.id, workload, engine, metric, unit, run, before, after, host,"
		" compiler, flavour, before_revision, revision, state, text, opened, changed"
		" FROM alert JOIN series ON series.id = alert.series ORDER BY alert.id");
	json_t *alerts = json_array();

	while (sql_next(row)) {
		json_t *alert = json_pack(
			"{sI so so so so sI sf sf}", "id", (json_int_t)sql_integer(row, 0),
			"workload", history_column(row, 1), "engine", history_column(row, 2),
			"metric", history_column(row, 3), "unit", history_column(row, 4), "run",
			(json_int_t)sql_integer(row, 5), "before", sql_real(row, 6), "after",
			sql_real(row, 7));

		if (sql_real(row, 6) != 0)
			json_object_set_new(
				alert, "percent",
				json_real(100 * (sql_real(row, 7) / sql_real(row, 6) - 1)));
		for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
			json_object_set_new(alert, texts[i], history_column(row, 8 + (int)i));
		json_array_append_new(alerts, alert);
	}
	sql_finish(row);
	return alerts;
}

/* --- all ------------------------------------------------------------------------------------- */

static guint track_hash(gconstpointer key)
{
	const struct track *track = key;

	return (guint)track->series * 31u + (guint)track->group;
}

static gboolean track_equal(gconstpointer a, gconstpointer b)
{
	const struct track *x = a, *y = b;

	return x->series == y->series && x->group == y->group;
}

static void track_free(gpointer data)
{
	struct track *track = data;

	g_array_free(track->runs, TRUE);
	g_array_free(track->values, TRUE);
	g_array_free(track->lows, TRUE);
	g_array_free(track->highs, TRUE);
	g_free(track);
}

static void reading_begin(struct reading *reading, struct sql *sql)
{
	*reading = (struct reading){
		.sql = sql,
		.groups = json_array(),
		.runs = json_array(),
		.sets = json_array(),
		.series = json_array(),
		.group_places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.run_places = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
		.set_places = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
						    (GDestroyNotify)g_bytes_unref, NULL),
		.tracks = g_hash_table_new(track_hash, track_equal),
		.all = g_ptr_array_new_with_free_func(track_free),
		.samples = g_array_new(FALSE, FALSE, sizeof(double)),
	};
}

static void reading_end(struct reading *reading)
{
	g_hash_table_destroy(reading->group_places);
	g_hash_table_destroy(reading->run_places);
	g_hash_table_destroy(reading->set_places);
	g_hash_table_destroy(reading->tracks);
	g_ptr_array_free(reading->all, TRUE);
	g_array_free(reading->samples, TRUE);
}

static json_t *history_read_all(struct sql *sql)
{
	struct reading reading;
	json_t *alerts;

	reading_begin(&reading, sql);
	runs_read(&reading);
	samples_read(&reading);
	series_write(&reading);
	alerts = alerts_read(&reading);
	reading_end(&reading);
	return json_pack("{so so so so sI so}", "groups", reading.groups, "runs", reading.runs,
			 "sets", reading.sets, "series", reading.series, "left_out",
			 (json_int_t)reading.left_out, "alerts", alerts);
}

/* SQLite's header has the version in it; 0: it cannot be read. */
static unsigned version_of(const char *path)
{
	unsigned char head[64] = {0};
	FILE *file = fopen(path, "re");
	size_t nr = file ? fread(head, 1, sizeof(head), file) : 0;

	if (file)
		fclose(file);
	return nr < sizeof(head) ?
		       0 :
		       (unsigned)head[60] << 24 | head[61] << 16 | head[62] << 8 | head[63];
}

static void words_fill(const char *path, char *words, size_t capacity)
{
	unsigned version = version_of(path);

	if (version > HISTORY_VERSION)
		snprintf(words, capacity,
			 "version %u of a newer lab; this one knows versions up to %d", version,
			 HISTORY_VERSION);
	else
		snprintf(words, capacity, "it cannot be used as a history");
}

bool history_document_may_take(const char *name)
{
	return history_may_take(name, true);
}

json_t *history_document(const char *path, char *words, size_t capacity)
{
	struct history *history;
	json_t *document = NULL;
	bool lost = true;

	*words = '\0';
	if (!sql_is_url(path) && access(path, F_OK))
		return NULL;
	words_fill(path, words, capacity); /* it may be put aside */
	history = history_open_to_read(path);
	if (history) {
		document = history_read_all(history_sql(history));
		lost = history_has_error(history) || history_lost(history);
		history_close(history);
	}
	if (!lost)
		*words = '\0';
	if (!lost && json_array_size(json_object_get(document, "runs")))
		return document;
	json_decref(document);
	return NULL;
}
