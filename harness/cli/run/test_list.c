/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_list.c - reads meson's introspection files. */
#include "harness/cli/run/test_list.h"
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"

#include <stdlib.h>
#include <string.h>

static json_t *load_info(const char *flavour, const char *name)
{
	char *path = cmd_path("build/%s/meson-info/intro-%s.json", flavour, name);
	json_error_t error;
	json_t *info = json_load_file(path, 0, &error);

	if (!info)
		fprintf(stderr, "%s:%d: meson's introspection (%s)\n", path,
			error.line > 0 ? error.line : 1, error.text);
	free(path);
	return info;
}

/* Meson's name is "project:suite". */
const char *test_list_suite(const json_t *test)
{
	const char *suite = json_string_value(json_array_get(json_object_get(test, "suite"), 0));
	const char *colon = suite ? strchr(suite, ':') : NULL;

	return colon ? colon + 1 : "other";
}

static bool word_in(const char *words, const char *word)
{
	size_t bytes = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += bytes) {
		if ((at == words || at[-1] == ' ') && (at[bytes] == ' ' || !at[bytes]))
			return true;
	}
	return false;
}

/* A test may belong to several suites; its lane is named after the first. */
static bool in_suites(const json_t *test, const char *suites)
{
	const json_t *suite;
	size_t i;

	json_array_foreach(json_object_get(test, "suite"), i, suite)
	{
		const char *colon = strchr(json_string_value(suite), ':');

		if (colon && word_in(suites, colon + 1))
			return true;
	}
	return !strcmp(suites, "*");
}

static bool test_matches(const json_t *test, const struct test_choice *choice)
{
	const char *suite = test_list_suite(test);
	char path[512];

	if (!in_suites(test, choice->suites))
		return false;
	snprintf(path, sizeof(path), "%s/%s/%s", choice->flavour, suite,
		 json_string_value(json_object_get(test, "name")));
	return !choice->filter || strstr(path, choice->filter);
}

json_t *test_list_load(const struct test_choice *choice)
{
	const char *flavour = choice->known_by ? choice->known_by : choice->flavour;
	json_t *all = load_info(flavour, "tests"), *some, *test;
	size_t i;

	if (!all)
		return NULL;
	some = json_array();
	json_array_foreach(all, i, test)
	{
		if (test_matches(test, choice))
			json_array_append(some, test);
	}
	json_decref(all);
	return some;
}

static bool array_has(const json_t *array, const char *word)
{
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value)
	{
		if (!strcmp(json_string_value(value), word))
			return true;
	}
	return false;
}

json_t *test_list_suites(const json_t *tests)
{
	json_t *suites = json_array(), *test;
	size_t i;

	json_array_foreach(tests, i, test)
	{
		if (!array_has(suites, test_list_suite(test)))
			json_array_append_new(suites, json_string(test_list_suite(test)));
	}
	return suites;
}

/* Returns whether one of these tests depends on the target of this id. */
static bool is_needed(const json_t *tests, const char *id)
{
	size_t i;
	json_t *test;

	json_array_foreach(tests, i, test)
	{
		if (array_has(json_object_get(test, "depends"), id))
			return true;
	}
	return false;
}

static void add_target(char **targets, size_t *nr, const char *folder, const json_t *target)
{
	const char *file =
		json_string_value(json_array_get(json_object_get(target, "filename"), 0));
	size_t bytes = folder ? strlen(folder) : 0;

	if (folder && !strncmp(file, folder, bytes) && file[bytes] == '/')
		file += bytes + 1;
	targets[(*nr)++] = strdup(file);
}

char **test_list_targets(const char *flavour, const json_t *tests, bool executables)
{
	json_t *all = load_info(flavour, "targets"), *target;
	char *folder = flavour_folder(flavour);
	char **targets;
	size_t i, nr = 0;

	if (!all) {
		free(folder);
		return NULL;
	}
	targets = calloc(json_array_size(all) + 1, sizeof(*targets));
	json_array_foreach(all, i, target)
	{
		const char *type = json_string_value(json_object_get(target, "type"));

		if (executables && strcmp(type, "executable"))
			continue;
		if (is_needed(tests, json_string_value(json_object_get(target, "id"))))
			add_target(targets, &nr, executables ? NULL : folder, target);
	}
	json_decref(all);
	free(folder);
	return targets;
}

void test_list_free_targets(char **targets)
{
	for (size_t i = 0; targets && targets[i]; i++)
		free(targets[i]);
	free(targets);
}
