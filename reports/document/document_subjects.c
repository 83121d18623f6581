/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_subjects.c - see document_subjects.h. */
#include "reports/document/document_subjects.h"

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_BYTES = 320 };

struct finding {
	bool failed;
	char words[WORDS_BYTES];
	char again[WORDS_BYTES]; /* "": the subject's own command */
};

static const char *plural_s(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static void fuzz_judge(const json_t *fuzz, struct finding *finding)
{
	const json_t *crashes = json_object_get(fuzz, "crashes"), *run;
	const json_t *first = json_array_get(crashes, 0);
	double executions = 0;
	size_t i;

	json_array_foreach(json_object_get(fuzz, "runs"), i, run) executions +=
		result_number(run, "executions");
	finding->failed = first != NULL;
	if (first) {
		snprintf(finding->words, WORDS_BYTES, "%zu way%s to break it: %s",
			 json_array_size(crashes), plural_s(json_array_size(crashes)),
			 result_text(first, "words"));
		snprintf(finding->again, WORDS_BYTES, "%s", result_text(first, "reproduce"));
	} else {
		snprintf(finding->words, WORDS_BYTES, "nothing broke in %.0f executions",
			 executions);
	}
}

/* What was found earlier and still breaks something. */
static void kept_judge(const json_t *crashes, struct finding *finding)
{
	const json_t *groups = json_object_get(crashes, "groups");
	const json_t *first = json_array_get(groups, 0);

	if (!first || finding->failed)
		return;
	finding->failed = true;
	snprintf(finding->words, WORDS_BYTES, "%zu way%s to break it, kept from earlier: %s",
		 json_array_size(groups), plural_s(json_array_size(groups)),
		 result_text(first, "words"));
	snprintf(finding->again, WORDS_BYTES, "./lab crash %s", result_text(first, "file"));
}

static void bench_judge(const json_t *bench, struct finding *finding)
{
	const json_t *rows = json_object_get(bench, "rows"), *row;
	size_t i;

	snprintf(finding->words, WORDS_BYTES, "%zu case%s measured", json_array_size(rows),
		 plural_s(json_array_size(rows)));
	json_array_foreach(rows, i, row)
	{
		if (strcmp(result_text(row, "state"), "failed"))
			continue;
		finding->failed = true;
		snprintf(finding->words, WORDS_BYTES, "%s: %s", result_text(row, "case"),
			 result_text(row, "error"));
		return;
	}
}

static void boot_judge(const json_t *boot, struct finding *finding)
{
	const json_t *machines = json_object_get(boot, "machines"), *machine;
	double passed = 0;
	size_t i, nr = 0;

	json_array_foreach(machines, i, machine)
	{
		bool is_skipped = json_is_string(json_object_get(machine, "skip"));

		passed += result_number(machine, "passed");
		nr += !is_skipped;
		if (is_skipped || json_is_true(json_object_get(machine, "good")))
			continue;
		finding->failed = true;
		snprintf(finding->words, WORDS_BYTES, "%s: %s", result_text(machine, "name"),
			 result_text(machine, "why"));
		snprintf(finding->again, WORDS_BYTES, "./lab boot --machine %s",
			 result_text(machine, "name"));
		return;
	}
	snprintf(finding->words, WORDS_BYTES, "%zu machine%s booted, %.0f test%s passed", nr,
		 plural_s(nr), passed, plural_s((size_t)passed));
}

static void defects_judge(const json_t *boot, struct finding *finding)
{
	const json_t *defects = json_object_get(boot, "defects"), *defect;
	size_t i;

	snprintf(finding->words, WORDS_BYTES, "%zu planted, none missed", json_array_size(defects));
	json_array_foreach(defects, i, defect)
	{
		if (json_is_string(json_object_get(defect, "skip")) ||
		    json_is_true(json_object_get(defect, "found")))
			continue;
		finding->failed = true;
		snprintf(finding->words, WORDS_BYTES, "missed: %s", result_text(defect, "name"));
		return;
	}
}

static void replay_judge(const json_t *replays, struct finding *finding)
{
	const char *name;
	json_t *replay, *engine;
	size_t i, nr = 0;

	json_object_foreach((json_t *)(uintptr_t)replays, name, replay)
	{
		json_array_foreach(json_object_get(replay, "engines"), i, engine)
		{
			nr++;
			if (json_is_true(json_object_get(engine, "clean")))
				continue;
			finding->failed = true;
			snprintf(finding->words, WORDS_BYTES, "%s breaks on %s",
				 result_text(engine, "engine"), name);
			return;
		}
	}
	snprintf(finding->words, WORDS_BYTES, "%zu trace%s, %zu replay%s, none broken",
		 json_object_size(replays), plural_s(json_object_size(replays)), nr, plural_s(nr));
}

static const struct subject {
	const char *name, *result, *file, *step, *again;
	void (*judge)(const json_t *result, struct finding *finding);
} subjects[] = {
	{"fuzzing", "fuzz", "fuzz.json", "fuzz", "./lab fuzz all --time 60", fuzz_judge},
	{"benchmarks", "bench", "bench.json", "bench", "./lab bench --quick", bench_judge},
	{"boot", "boot", "boot.json", "boot", "./lab boot --machine all", boot_judge},
	{"planted boot defects", "boot_defects", "boot-defects.json", "boot-defects",
	 "./lab boot --defects", defects_judge},
	{"traces", "replay", "replay-", "replay-", "./lab replay corpus/traces/fork.trace.xz",
	 replay_judge},
};

/* The first step that begins so and is not ok. */
static const json_t *step_failed(const json_t *steps, const char *begin)
{
	const json_t *step;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		const char *name = result_text(step, "step");
		bool is_it = begin[strlen(begin) - 1] == '-' ? g_str_has_prefix(name, begin) :
							       !strcmp(name, begin);

		if (is_it && strcmp(result_text(step, "state"), "ok"))
			return step;
	}
	return NULL;
}

static const char *damage_of(const struct results *results, const char *begin)
{
	const json_t *damage;
	size_t i;

	json_array_foreach(results->damages, i, damage)
	{
		if (g_str_has_prefix(result_text(damage, "file"), begin))
			return result_text(damage, "words");
	}
	return NULL;
}

static json_t *subject_make(const struct results *results, const json_t *all, const json_t *steps,
			    const struct subject *subject)
{
	const json_t *result = json_object_get(all, subject->result);
	const json_t *step = step_failed(steps, subject->step);
	const char *damage = damage_of(results, subject->file), *state = "none";
	struct finding finding = {.words = "not run here yet"};

	if (result)
		subject->judge(result, &finding);
	if (subject->judge == fuzz_judge)
		kept_judge(json_object_get(all, "crashes"), &finding);
	if (damage)
		snprintf(finding.words, WORDS_BYTES, "%s", damage);
	else if (step && !finding.failed)
		snprintf(finding.words, WORDS_BYTES, "%s", result_text(step, "words"));
	if (!*finding.again)
		snprintf(finding.again, WORDS_BYTES, "%s",
			 step ? result_text(step, "again") : subject->again);
	if (damage)
		state = "damaged";
	else if (finding.failed || step)
		state = "failed";
	else if (result)
		state = "ok";
	return json_pack("{ss ss so so}", "subject", subject->name, "state", state, "words",
			 result_any_text(finding.words), "again", result_any_text(finding.again));
}

json_t *document_subjects(const struct results *results, const json_t *all, const json_t *steps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++)
		json_array_append_new(list, subject_make(results, all, steps, &subjects[i]));
	return list;
}
