/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document.c - puts the document together: its head, and a machine for each folder. */
#include "reports/document/document.h"
#include "reports/document/document_machine.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static json_t *time_now(void)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

json_t *document_begin(void)
{
	return json_pack("{ss si so ss so}", "format", "pcpu-lab-report", "version",
			 DOCUMENT_VERSION, "made", time_now(), "lab", LAB_VERSION, "machines",
			 json_array());
}

/* Returns whether a machine of the document has this name. */
static bool has_name(const json_t *machines, const char *name)
{
	const json_t *machine;
	size_t i;

	json_array_foreach(machines, i, machine)
	{
		if (!strcmp(result_text(machine, "name"), name))
			return true;
	}
	return false;
}

/* Two machines of one kind of virtual host may have one name; they are still two. */
static void name_apart(const json_t *machines, json_t *machine, const char *folder)
{
	const char *name = result_text(machine, "name");

	if (has_name(machines, name)) {
		char *longer = g_strdup_printf("%s (%s)", name, folder);

		json_object_set_new(machine, "name", result_any_text(longer));
		free(longer);
	}
}

json_t *document_make(const struct document_request *request, bool *whole)
{
	json_t *document = document_begin(), *machines = json_object_get(document, "machines");

	*whole = true;
	for (size_t i = 0; i < request->nr_folders; i++) {
		json_t *machine = document_machine(request, request->folders[i]);

		*whole = *whole && json_array_size(json_object_get(machine, "damages")) == 0;
		name_apart(machines, machine, request->folders[i]);
		json_array_append_new(machines, machine);
	}
	return document;
}
