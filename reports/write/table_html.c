/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* table_html.c - see table_html.h. */
#include "reports/write/table_html.h"
#include "reports/write/html_text.h"
#include "reports/write/table_cell.h"
#include "reports/write/table_path.h"

struct writing {
	FILE *page;
	const json_t *table;
	bool many; /* machines */
	size_t nr;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool is_shown(const struct writing *writing, const json_t *column)
{
	return writing->many || !json_is_true(json_object_get(column, "many"));
}

static void heading_put(FILE *page, const json_t *column)
{
	const char *unit = text_of(column, "unit");
	bool is_number = table_cell_is_number(column);

	fprintf(page, "<th scope=\"col\"%s data-kind=\"", is_number ? " class=\"n\"" : "");
	html_text(page, text_of(column, "kind"));
	fputs("\" data-unit=\"", page);
	html_text(page, unit);
	fputs("\">", page);
	html_text(page, text_of(column, "head"));
	if (*unit && is_number && text_of(column, "kind")[0] == 'n') {
		fputs(" <span class=\"unit\">", page);
		html_text(page, unit);
		fputs("</span>", page);
	}
	fputs("</th>", page);
}

static void table_open(const struct writing *writing)
{
	const json_t *columns = json_object_get(writing->table, "columns"), *column;
	bool fold = json_is_true(json_object_get(writing->table, "fold"));
	bool stack = json_is_true(json_object_get(writing->table, "stack"));
	const char *caption = text_of(writing->table, "caption");
	FILE *page = writing->page;
	size_t i;

	fputs("<figure class=\"table\" id=\"table-", page);
	html_text(page, text_of(writing->table, "id"));
	fprintf(page, "\"%s%s>\n<figcaption>", fold ? " data-fold" : "",
		stack ? " data-stack" : "");
	html_text(page, caption);
	fputs("</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"",
	      page);
	html_text(page, caption);
	fputs("\"><table><thead><tr>", page);
	json_array_foreach(columns, i, column)
	{
		if (is_shown(writing, column))
			heading_put(page, column);
	}
	fputs("</tr></thead><tbody>\n", page);
}

static void row_put(const struct table_row *row, void *context)
{
	struct writing *writing = context;
	const json_t *columns = json_object_get(writing->table, "columns"), *column;
	size_t i;

	if (writing->nr++ == 0)
		table_open(writing);
	fputs("<tr>", writing->page);
	json_array_foreach(columns, i, column)
	{
		json_t *value;

		if (!is_shown(writing, column))
			continue;
		value = table_value(row, text_of(column, "key"));
		table_cell_write(writing->page, value, column);
		json_decref(value);
	}
	fputs("</tr>\n", writing->page);
}

bool table_write(FILE *page, const json_t *table, const json_t *document)
{
	struct writing writing = {.page = page,
				  .table = table,
				  .many = json_array_size(json_object_get(document, "machines")) >
					  1};

	table_rows(document, text_of(table, "rows"), row_put, &writing);
	if (writing.nr)
		fputs("</tbody></table></div></figure>\n", page);
	return writing.nr > 0;
}
