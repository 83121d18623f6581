/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* coverage_source.c - a simple reader of C text that relies on the style of this tree. */
#include "harness/cli/coverage/coverage_source.h"
#include "harness/cli/cmd.h"

#include <ctype.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* The braces of functions stand alone at the left margin; those of tables end in a semicolon. */
static void find_functions(struct coverage_source *source)
{
	bool inside = false;

	for (unsigned i = 0; i < source->nr; i++) {
		inside |= !strcmp(source->lines[i], "{");
		source->in_function[i] = inside;
		inside &= strcmp(source->lines[i], "}") != 0;
	}
}

bool coverage_source_read(struct coverage_source *source, const char *name)
{
	char *path = cmd_path("%s", name), *rest;
	size_t bytes;
	bool ok = cmd_read_file(path, &source->text, &bytes);

	free(path);
	if (!ok)
		return false;
	source->nr = 0;
	source->lines = g_malloc0_n(bytes + 2, sizeof(*source->lines));
	source->in_function = g_malloc0_n(bytes + 2, sizeof(*source->in_function));
	rest = source->text;
	while (rest)
		source->lines[source->nr++] = strsep(&rest, "\n");
	find_functions(source);
	return true;
}

void coverage_source_free(struct coverage_source *source)
{
	free(source->in_function);
	free(source->lines);
	free(source->text);
	*source = (struct coverage_source){0};
}

static bool begins_function(const char *line)
{
	size_t bytes = strlen(line);

	return (isalpha((unsigned char)*line) || *line == '_') && strchr(line, '(') &&
	       line[bytes - 1] != ';';
}

unsigned coverage_source_head(const struct coverage_source *source, unsigned line)
{
	for (; line && line <= source->nr; line--) {
		const char *text = source->lines[line - 1];

		if (begins_function(text))
			return line;
	}
	return 0;
}

char *coverage_source_function(const struct coverage_source *source, unsigned line)
{
	unsigned head = coverage_source_head(source, line);
	const char *text = head ? source->lines[head - 1] : "";
	const char *end = strchr(text, '('), *start;

	for (start = end; start && start > text; start--)
		if (!isalnum((unsigned char)start[-1]) && start[-1] != '_')
			break;
	return end ? g_strndup(start, (size_t)(end - start)) : g_strdup("");
}

char *coverage_source_cut(const struct coverage_source *source, unsigned line, unsigned from,
			  unsigned to)
{
	const char *text = line && line <= source->nr ? source->lines[line - 1] : "";
	size_t bytes = strlen(text), start = from ? from - 1 : 0, end = to ? to - 1 : bytes;
	const char *comment;
	char *cut;

	start = start < bytes ? start : bytes;
	end = end < bytes ? end : bytes;
	end = end < start ? start : end;
	comment = memmem(text + start, end - start, " /*", 3);
	if (comment)
		end = (size_t)(comment - text);
	while (start < end && isspace((unsigned char)text[start]))
		start++;
	while (start < end && isspace((unsigned char)text[end - 1]))
		end--;
	cut = g_strndup(text + start, end - start);
	return cut;
}
