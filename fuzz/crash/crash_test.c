/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_test.c - a group as a test in C: it fails now, and passes when the defect is fixed.
 *
 *	comment: the failure, and its file
 *	the target's write_test(), which spells everything out; without one: the bytes, and their
 *	meaning
 */
#include "fuzz/crash/crash.h"
#include "harness/cli/memory_file.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES_OF_LINE = 12, MAX_COMMENT_LINES = 40 };

void crash_test_name(const struct crash_group *group, char name[64])
{
	uint32_t hash = 0x811c9dc5; /* FNV-1a */

	for (size_t i = 0; i < group->small.nr; i++)
		hash = (hash ^ group->small.bytes[i]) * 0x01000193;
	snprintf(name, 64, "%s_%08x", group->target->name, hash);
}

/* Prints untrusted text inside a comment: it must not end the comment, nor begin another. */
static void put_comment(FILE *to, const char *output)
{
	char *words = crash_short(output);

	fputs(" *\t", to);
	for (const char *text = words; *text; text++) {
		fputc(*text, to);
		if ((*text == '*' && text[1] == '/') || (*text == '/' && text[1] == '*'))
			fputc(' ', to);
	}
	fputc('\n', to);
	free(words);
}

static void put_head(const struct crash_group *group, const char *name, FILE *to)
{
	const struct trial *trial = &group->small.trial;
	bool has_writer = group->target->write_test != NULL;
	size_t nr = has_writer ? 0 : group->story.lines.nr;
	const char *slash = strrchr(group->path, '/');

	fprintf(to,
		"/* SPDX-License-Identifier: BSD-2-Clause OR MIT */\n/*\n * %s.c - made by `lab "
		"crash --as-test`. What was broken:\n *\n",
		name);
	/* else it has addresses, which do not repeat */
	if (finding_is_of_property(&trial->finding))
		put_comment(to, trial->finding.words);
	put_comment(to, trial->finding.group);
	fputs(" *\n * The input, shrunk, was:\n *\n", to);
	put_comment(to, slash ? slash + 1 : group->path);
	for (size_t i = 0; i < nr && i < MAX_COMMENT_LINES; i++)
		put_comment(to, group->story.lines.line[i]);
	if (nr > MAX_COMMENT_LINES)
		put_comment(to, "...");
	fputs(" */\n#include \"harness/test/lib/test.h\"\n\n", to);
}

static void put_bytes(const struct crash_group *group, const char *name, FILE *to)
{
	const char *target = group->target->name;

	fprintf(to, "#include \"fuzz/targets/fuzz.h\"\n\nextern const struct fuzz_target %s;\n\n",
		target);
	fprintf(to, "TEST(%s)\n{\n\tstatic const uint8_t bytes[] = {", name);
	for (size_t i = 0; i < group->small.nr; i++)
		fprintf(to, "%s0x%02x,", i % BYTES_OF_LINE ? " " : "\n\t\t", group->small.bytes[i]);
	fprintf(to, "%s\n\t};\n\tstruct fuzz_outcome outcome;\n\n",
		group->small.nr ? "" : "\n\t\t0, /* of which none is part of the input */");
	fprintf(to, "\tif (!%s.property(bytes, %zu, &outcome))\n", target, group->small.nr);
	fputs("\t\tFAIL(\"%s\", outcome.words);\n}\n", to);
}

static void run_write_test(const struct trial_work *work, void (*line)(const char *text))
{
	work->target->write_test(work->bytes, work->nr, work->name, line);
}

char *crash_test_text(const struct crash_group *group, size_t *bytes)
{
	char name[64], *text = NULL;
	const struct trial_work work = {.target = group->target,
					.bytes = group->small.bytes,
					.nr = group->small.nr,
					.name = name,
					.run = run_write_test};
	struct trial_lines lines = {0};
	FILE *to = memory_file_open(&text, bytes);

	crash_test_name(group, name);
	put_head(group, name, to);
	if (group->target->write_test)
		lines = trial_describe(&work);
	for (size_t i = 0; i < lines.nr; i++)
		fprintf(to, "%s\n", lines.line[i]);
	if (!group->target->write_test)
		put_bytes(group, name, to);
	else if (!lines.whole)
		fprintf(to, "#error \"%s.write_test() did not get to its end\"\n",
			group->target->name);
	trial_lines_free(&lines);
	memory_file_close(to);
	return text;
}

/* --- fuzz/test/crashes/meson.build -------------------------------------------------------- */

bool crash_test_list(const char *name)
{
	char *path = cmd_path("fuzz/test/crashes/meson.build"), *text, *entry, *end;
	char *longer = NULL;
	size_t bytes;
	bool ok = !access(path, F_OK) && cmd_read_file(path, &text, &bytes);

	if (!ok) {
		free(path);
		return false;
	}
	entry = g_strdup_printf("  '%s.c',\n", name);
	end = strstr(text, "\n)");
	if (strstr(text, entry)) {
		ok = true;
	} else if (end) {
		longer = g_strdup_printf("%.*s%s%s", (int)(end + 1 - text), text, entry, end + 1);
		ok = cmd_write_file(path, longer, strlen(longer));
	} else {
		ok = false;
	}
	free(longer);
	free(entry);
	free(text);
	free(path);
	return ok;
}
