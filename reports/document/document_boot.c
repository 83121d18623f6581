/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_boot.c - see document_boot.h. */
#include "reports/document/document_boot.h"

#include <glib.h>
#include <string.h>

enum { MAX_LINES = 200, MAX_LINE_BYTES = 400 };

static json_t *lines_make(const char *text)
{
	char **all = g_strsplit(text, "\n", -1);
	size_t nr = g_strv_length(all), first;
	json_t *lines = json_array();

	while (nr && !*all[nr - 1])
		nr--;
	first = nr > MAX_LINES ? nr - MAX_LINES : 0;
	for (size_t i = first; i < nr; i++) {
		char *cut = g_strndup(all[i], MAX_LINE_BYTES), *valid = g_utf8_make_valid(cut, -1);

		json_array_append_new(lines, json_string(valid));
		g_free(valid);
		g_free(cut);
	}
	g_strfreev(all);
	return lines;
}

/* The log lies beside what repeats the boot; whatever path that has, it is looked for here. */
static void log_put(const struct results *results, json_t *machine)
{
	char *again = g_path_get_basename(result_text(machine, "again")), *text = NULL, *path;

	if (g_str_has_suffix(again, ".sh"))
		again[strlen(again) - strlen(".sh")] = '\0';
	path = g_strdup_printf("%s/boot/%s.log", results->folder, again);
	if (g_file_get_contents(path, &text, NULL, NULL))
		json_object_set_new(machine, "log_lines", lines_make(text));
	g_free(text);
	g_free(path);
	g_free(again);
}

void document_boot_logs(const struct results *results, json_t *boot)
{
	json_t *machine;
	size_t i;

	json_array_foreach(json_object_get(boot, "machines"), i, machine)
	{
		if (!json_is_true(json_object_get(machine, "good")) &&
		    json_is_string(json_object_get(machine, "again")))
			log_put(results, machine);
	}
}
