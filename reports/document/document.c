/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document.c - puts the document together: its head, and a machine for each folder. */
#include "reports/document/document.h"
#include "reports/document/document_machine.h"

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

json_t *document_make(const char *const folders[], size_t nr, bool *whole)
{
	json_t *document = document_begin();

	*whole = true;
	for (size_t i = 0; i < nr; i++) {
		json_t *machine = document_machine(folders[i]);

		*whole = *whole && json_array_size(json_object_get(machine, "damages")) == 0;
		json_array_append_new(json_object_get(document, "machines"), machine);
	}
	return document;
}
