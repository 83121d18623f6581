/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* page_write.c - fills the template: {{NAME}} stands for what places[] has for it. */
#include "reports/write/page_write.h"
#include "harness/cli/cmd.h"
#include "harness/cli/memory_file.h"
#include "reports/write/html_text.h"
#include "reports/write/library.h"
#include "reports/write/page_files.h"
#include "reports/write/table_html.h"

#include <stdlib.h>
#include <string.h>

struct filling {
	FILE *page;
	const json_t *document;
	const char *title;
	const char *const *tabs;
	json_t *description; /* tables.json */
	bool ok;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool has_tab(const struct filling *filling, const json_t *tab)
{
	bool found = !filling->tabs;

	for (size_t i = 0; !found && filling->tabs[i]; i++)
		found = !strcmp(filling->tabs[i], text_of(tab, "id"));
	return found;
}

static void title_put(struct filling *filling)
{
	html_text(filling->page, filling->title);
}

static void style_put(struct filling *filling)
{
	libraries_put(filling->page, true);
	fputs(page_file("style.css"), filling->page);
}

static void navigation_put(struct filling *filling)
{
	const json_t *tab;
	size_t i;

	json_array_foreach(json_object_get(filling->description, "tabs"), i, tab)
	{
		if (has_tab(filling, tab))
			fprintf(filling->page, "<a href=\"#%s\">%s</a>\n", text_of(tab, "id"),
				text_of(tab, "name"));
	}
}

/* The damages of the machine's files that begin so: "" all. Returns how many. */
static size_t damages_put(FILE *page, const json_t *machine, const char *begin)
{
	const json_t *damage;
	size_t i, nr = 0;

	json_array_foreach(json_object_get(machine, "damages"), i, damage)
	{
		const char *file = text_of(damage, "file");

		if (strncmp(file, begin, strlen(begin)))
			continue;
		fputs("<p class=\"note\"><span class=\"badge bad\">damaged</span> ", page);
		html_text(page, file);
		fputs(": ", page);
		html_text(page, text_of(damage, "words"));
		fputs("</p>\n", page);
		nr++;
	}
	return nr;
}

/* What the machine has no result for: damaged, or how to make one. */
static void result_note(FILE *page, const json_t *machine, const json_t *result)
{
	if (damages_put(page, machine, text_of(result, "file")))
		return;
	fputs("<p class=\"note soft\">", page);
	html_text(page, text_of(result, "what"));
	fputs(": there is no result here yet: <code>", page);
	html_text(page, text_of(result, "command"));
	fputs("</code> makes one.</p>\n", page);
}

static void notes_put(struct filling *filling, const char *id)
{
	const json_t *machines = json_object_get(filling->document, "machines"), *machine, *result;
	size_t i, j;

	json_array_foreach(machines, i, machine)
	{
		if (!strcmp(id, "now"))
			damages_put(filling->page, machine, "");
	}
	json_array_foreach(json_object_get(filling->description, "results"), i, result)
	{
		if (strcmp(text_of(result, "tab"), id))
			continue;
		json_array_foreach(machines, j, machine)
		{
			if (!json_object_get(json_object_get(machine, "results"),
					     text_of(result, "result")))
				result_note(filling->page, machine, result);
		}
	}
}

static void tables_put(struct filling *filling, const char *id)
{
	const json_t *table;
	size_t i;

	json_array_foreach(json_object_get(filling->description, "tables"), i, table)
	{
		if (!strcmp(text_of(table, "tab"), id))
			table_write(filling->page, table, filling->document);
	}
}

static void sections_put(struct filling *filling)
{
	const json_t *tab;
	size_t i;

	json_array_foreach(json_object_get(filling->description, "tabs"), i, tab)
	{
		const char *id = text_of(tab, "id");

		if (!has_tab(filling, tab))
			continue;
		fprintf(filling->page, "<section id=\"%s\" aria-labelledby=\"head-%s\">\n", id, id);
		fprintf(filling->page, "<h2 id=\"head-%s\">%s</h2>\n<p class=\"soft\">%s</p>\n", id,
			text_of(tab, "name"), text_of(tab, "words"));
		fputs("<div class=\"drawn\"></div>\n", filling->page);
		notes_put(filling, id);
		tables_put(filling, id);
		fputs("</section>\n", filling->page);
	}
}

static void scripts_put(struct filling *filling)
{
	libraries_put(filling->page, false);
	for (const struct page_file *file = page_files; file->name; file++) {
		if (strncmp(file->name, "js/", 3))
			continue;
		fputs("<script>\n", filling->page);
		fputs(file->text, filling->page);
		fputs("</script>\n", filling->page);
	}
}

static void document_put(struct filling *filling)
{
	filling->ok = html_json(filling->page, filling->document);
}

static const struct place {
	const char *name;
	void (*put)(struct filling *filling);
} places[] = {
	{"title", title_put},	    {"style", style_put},     {"navigation", navigation_put},
	{"sections", sections_put}, {"scripts", scripts_put}, {"document", document_put},
};

/* Fills in the place whose name text begins with. Returns what is behind it. */
static const char *place_fill(struct filling *filling, const char *text)
{
	size_t bytes = strcspn(text, "}");

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (strlen(places[i].name) == bytes && !strncmp(places[i].name, text, bytes))
			places[i].put(filling);
	}
	return text + bytes + 2;
}

bool page_write(FILE *page, const json_t *document, const char *title, const char *const tabs[])
{
	struct filling filling = {.page = page,
				  .document = document,
				  .title = title,
				  .tabs = tabs,
				  .description = json_loads(page_file("tables.json"), 0, NULL)};
	const char *text = page_file("page.html"), *open;

	while ((open = strstr(text, "{{"))) {
		fwrite(text, 1, (size_t)(open - text), page);
		text = place_fill(&filling, open + 2);
	}
	fputs(text, page);
	json_decref(filling.description);
	return filling.ok;
}

bool page_write_file(const char *path, const json_t *document, const char *title,
		     const char *const tabs[])
{
	char *text = NULL;
	size_t bytes;
	FILE *page = memory_file_open(&text, &bytes);
	bool ok = page_write(page, document, title, tabs);

	memory_file_close(page);
	if (!ok)
		error_file(path, "written", "a text or a number that JSON does not have");
	ok = ok && cmd_write_file(path, text, bytes);
	free(text);
	return ok;
}
