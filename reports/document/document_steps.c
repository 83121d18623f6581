/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_steps.c - what became of each step of a run, and of the whole. */
#include "reports/document/document_machine.h"

#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A step that was ok has left a result: a missing one counts as damaged. */
static const char *step_fault(struct results *results, const json_t *step)
{
	char file[NAME_MAX], *path;

	if (!json_is_true(json_object_get(step, "ok")) ||
	    !json_is_true(json_object_get(step, "json")))
		return NULL;
	snprintf(file, sizeof(file), "%s.json", result_text(step, "name"));
	path = result_path(results, file);
	if (access(path, F_OK))
		result_damage(results, file, "it is gone, though its step was ok");
	else
		json_decref(result_load(results, result_text(step, "name")));
	free(path);
	return result_damage_of(results, file) ? "its result is damaged" : NULL;
}

static json_t *step_make(struct results *results, const json_t *step)
{
	const char *fault = step_fault(results, step);
	bool ok = json_is_true(json_object_get(step, "ok"));
	const char *words = fault ? fault : ok ? "ok" : result_text(step, "ended");

	return json_pack("{ss ss sf ss ss ss ss sO}", "stage", result_text(step, "stage"), "step",
			 result_text(step, "name"), "seconds", result_number(step, "seconds"),
			 "state",
			 fault ? "damaged" :
			 ok    ? "ok" :
				 "failed",
			 "words", words, "again", result_text(step, "again"), "log",
			 result_text(step, "log"), "output", json_object_get(step, "said"));
}

json_t *document_steps(struct results *results, const json_t *run)
{
	json_t *steps = json_array();
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(run, "steps"), i, step)
		json_array_append_new(steps, step_make(results, step));
	return steps;
}

static bool any_failed(const json_t *run, const json_t *subjects)
{
	const json_t *step, *subject;
	size_t i;

	json_array_foreach(json_object_get(run, "steps"), i, step)
	{
		if (!json_is_true(json_object_get(step, "ok")))
			return true;
	}
	json_array_foreach(subjects, i, subject)
	{
		if (!strcmp(result_text(subject, "state"), "failed"))
			return true;
	}
	return false;
}

json_t *document_verdict(const struct results *results, const json_t *run, const json_t *subjects)
{
	const char *state = "ok", *words = "all steps ok";
	const char *commit = result_text(json_object_get(run, "host"), "commit");

	if (json_array_size(results->damages)) {
		state = "damaged";
		words = "results are damaged";
	} else if (any_failed(run, subjects)) {
		state = "failed";
		words = "something was found";
	} else if (!run) {
		state = "none";
		words = "no whole run";
	} else if (!json_is_true(json_object_get(run, "finished"))) {
		state = "unfinished";
		words = "the run was interrupted";
	}
	return json_pack("{ss ss so}", "state", state, "words", words, "dirty",
			 run ? json_boolean(g_str_has_suffix(commit, "-dirty")) : json_null());
}
