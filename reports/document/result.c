/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* result.c - see result.h. */
#include "reports/document/result.h"
#include "reports/document/report_shape.h"

#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *result_path(const struct results *results, const char *file)
{
	return g_strdup_printf("%s/%s", results->folder, file);
}

const char *result_damage_of(const struct results *results, const char *file)
{
	const json_t *damage;
	size_t i;

	json_array_foreach(results->damages, i, damage)
	{
		if (!strcmp(result_text(damage, "file"), file))
			return result_text(damage, "words");
	}
	return NULL;
}

json_t *result_any_text(const char *text)
{
	char *valid = g_utf8_make_valid(text, -1);
	json_t *value = json_string(valid);

	g_free(valid);
	return value;
}

void result_damage(struct results *results, const char *file, const char *words)
{
	char *path;

	if (result_damage_of(results, file))
		return;
	path = result_path(results, file);
	fprintf(stderr, "%s: damaged: %s\n", path, words);
	json_array_append_new(results->damages, json_pack("{so so}", "file", result_any_text(file),
							  "words", result_any_text(words)));
	free(path);
}

static json_t *file_load(struct results *results, const char *path, const char *file)
{
	json_error_t error;
	json_t *value = json_load_file(path, 0, &error);
	char words[JSON_ERROR_TEXT_LENGTH + 32];

	if (value)
		return value;
	if (error.line > 0)
		snprintf(words, sizeof(words), "line %d: %s", error.line, error.text);
	else
		snprintf(words, sizeof(words), "%s", error.text);
	result_damage(results, file, words);
	return NULL;
}

json_t *result_load(struct results *results, const char *name)
{
	char *file = g_strdup_printf("%s.json", name), *path = result_path(results, file);
	json_t *value = access(path, F_OK) ? NULL : file_load(results, path, file);
	char words[256];

	if (value && !report_shape_holds(name, value, words, sizeof(words))) {
		result_damage(results, file, words);
		json_decref(value);
		value = NULL;
	}
	free(path);
	free(file);
	return value;
}

const char *result_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

double result_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}
