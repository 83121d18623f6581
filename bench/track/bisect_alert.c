/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* bisect_alert.c - see bisect_alert.h. */
#include "bench/track/bisect_alert.h"
#include "bench/history/alerts/alerts.h"
#include "bench/history/history_formats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A commit is its own ancestor. */
static bool is_ancestor(const char *id, const char *of)
{
	const char *const words[] = {"merge-base", "--is-ancestor", id, of, NULL};

	return git_status(words) == 0;
}

static bool is_state(const json_t *alert, const char *state)
{
	return !strcmp(history_text(alert, "state"), state);
}

static bool is_of_count(const json_t *alert, const struct counted_metric *metric)
{
	char *name = alert_name(alert);
	const json_t *series = json_object_get(alert, "series");
	bool is = !strcmp(name, metric->name) &&
		  !strcmp(history_text(series, "metric"), metric->metric);

	free(name);
	return is;
}

/* One from a baseline has no revision before. */
static bool has_ends(const json_t *alert, char good[GIT_ID_BYTES], char bad[GIT_ID_BYTES])
{
	const char *before = history_text(alert, "before_revision");

	return *before && git_resolve(before, good) &&
	       git_resolve(history_text(alert, "revision"), bad) && strcmp(good, bad) != 0 &&
	       is_ancestor(good, bad);
}

static bool may_be_of(const json_t *alert, const char *id)
{
	const char *before = history_text(alert, "before_revision");

	return is_ancestor(id, history_text(alert, "revision")) &&
	       (!*before || !is_ancestor(id, before));
}

static bool is_there(const char *path)
{
	return strstr(path, "://") || !access(path, F_OK);
}

int64_t bisect_alert_find(const char *path, const struct counted_metric *metric,
			  char good[GIT_ID_BYTES], char bad[GIT_ID_BYTES])
{
	struct history *history = is_there(path) ? history_open_to_read(path) : NULL;
	json_t *all = history ? alerts_list(history) : NULL, *alert;
	int64_t id = 0;

	for (size_t i = json_array_size(all); !id && i-- > 0;) {
		alert = json_array_get(all, i);
		if ((is_state(alert, "new") || is_state(alert, "seen")) &&
		    is_of_count(alert, metric) && has_ends(alert, good, bad))
			id = json_integer_value(json_object_get(alert, "id"));
	}
	json_decref(all);
	history_close(history);
	return id;
}

/* What people wrote stays in front. */
static char *text_with(const json_t *alert, const char *words)
{
	const char *text = history_text(alert, "text");

	if (strstr(text, words))
		return g_strdup(text);
	return g_strdup_printf("%s%s%s", text, *text ? "; " : "", words);
}

static bool text_set(struct history *history, const json_t *alert, const char *words)
{
	char *text = text_with(alert, words);
	bool found, ok = alerts_set(history, json_integer_value(json_object_get(alert, "id")),
				    history_text(alert, "state"), text, &found);

	g_free(text);
	return ok;
}

int64_t bisect_alert_note(const char *path, const struct counted_metric *metric, const char *id,
			  const char *words)
{
	struct history *history = is_there(path) ? history_open(path) : NULL;
	json_t *all = history ? alerts_list(history) : NULL;
	int64_t number = 0;

	for (size_t i = json_array_size(all); i-- > 0;) {
		const json_t *alert = json_array_get(all, i);

		if (is_state(alert, "fixed") || !is_of_count(alert, metric) ||
		    !may_be_of(alert, id))
			continue;
		if (text_set(history, alert, words))
			number = json_integer_value(json_object_get(alert, "id"));
		break;
	}
	json_decref(all);
	history_close(history);
	return number;
}
