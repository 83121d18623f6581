/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_list.c - the defects that there are, from the program that has them built in. */
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "fuzz/zoo/zoo_hunts.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note_defect(void *context, const char *line, size_t bytes)
{
	struct zoo_list *list = context;
	struct zoo_defect_row *d;
	char *rest = g_strdup(line);

	list->defects = g_renew(struct zoo_defect_row, list->defects, list->nr + 1);
	d = &list->defects[list->nr++];
	d->line = rest;
	d->is_built_in = strcmp(strsep(&rest, "\t"), "0") != 0;
	d->name = strsep(&rest, "\t");
	d->row = strsep(&rest, "\t");
	d->found_by = strsep(&rest, "\t");
	d->unit = strsep(&rest, "\t");
	d->why = strsep(&rest, "\t");
	d->says = strsep(&rest, "\t");
	if (!d->says)
		abort(); /* it is our own program's line */
	d->is_hunted = d->is_built_in && *d->found_by;
	snprintf(d->target, sizeof(d->target), "%.*s", (int)strcspn(d->found_by, " "), d->found_by);
}

/* A [[defect]] of the file that has this name, and is not of the apparatus. */
static bool names_defect(const char *text, const char *name)
{
	char *line;
	const char *at, *next, *control;

	line = g_strdup_printf("\nname = \"%s\"\n", name);
	at = strstr(text, line);
	next = at ? strstr(at, "\n[[defect]]") : NULL;
	control = at ? strstr(at, "\ncontrol = ") : NULL;
	free(line);
	return at && !(control && (!next || control < next));
}

bool zoo_list_may_have(const char *name)
{
	char *path = cmd_path("harness/zoo/defects.toml"), *text;
	size_t bytes;
	bool may = access(path, R_OK) || !cmd_read_file(path, &text, &bytes);

	free(path);
	if (may)
		return true;
	may = names_defect(text, name);
	free(text);
	return may;
}

bool zoo_list_load(struct zoo_list *list)
{
	static const char *const targets[] = {"fuzz/zoo/pcpu-zoo", NULL};
	char *program = cmd_path("build/main/fuzz/zoo/pcpu-zoo");
	const char *argv[] = {program, "--list", NULL};
	struct process process = {
		.argv = argv, .out_line = note_defect, .context = list, .timeout_seconds = 10};
	struct process_result result;
	bool ok = flavour_build("main", targets, NULL);

	if (ok && !process_run(&process, &result)) {
		process_explain(&process, &result);
		ok = false;
	}
	free(program);
	return ok;
}

const struct zoo_defect_row *zoo_list_find(const struct zoo_list *list, const char *name)
{
	for (size_t i = 0; i < list->nr; i++)
		if (!strcmp(list->defects[i].name, name))
			return &list->defects[i];
	return NULL;
}

void zoo_list_free(struct zoo_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		free(list->defects[i].line);
	free(list->defects);
	*list = (struct zoo_list){0};
}
