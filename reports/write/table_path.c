/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* table_path.c - see table_path.h. */
#include "reports/write/table_path.h"

#include <stdio.h>
#include <string.h>

struct walk {
	struct table_row row;
	table_visit *visit;
	void *context;
};

static void path_follow(struct walk *walk, const json_t *value, const char *path);

static void level_enter(struct walk *walk, const json_t *value, const char *key, size_t index,
			const char *rest)
{
	struct table_row *row = &walk->row;

	if (row->depth == TABLE_MAX_DEPTH)
		return;
	row->levels[row->depth].value = value;
	row->levels[row->depth].key = key;
	row->levels[row->depth].index = index;
	row->depth++;
	path_follow(walk, value, rest);
	row->depth--;
}

/* Copies the key at the path's start. Returns what is behind it. */
static const char *path_key(const char *path, char key[TABLE_KEY_BYTES])
{
	size_t bytes = strcspn(path, ".[{");

	snprintf(key, TABLE_KEY_BYTES, "%.*s", (int)bytes, path);
	return path + bytes;
}

static void path_follow(struct walk *walk, const json_t *value, const char *path)
{
	char key[TABLE_KEY_BYTES];
	const char *name;
	json_t *item;
	size_t i;

	path += *path == '.';
	if (!*path) {
		walk->visit(&walk->row, walk->context);
	} else if (*path == '[') {
		json_array_foreach(value, i, item) level_enter(walk, item, NULL, i, path + 2);
	} else if (*path == '{') {
		for (void *at = json_object_iter((json_t *)(size_t)value); at;
		     at = json_object_iter_next((json_t *)(size_t)value, at)) {
			name = json_object_iter_key(at);
			level_enter(walk, json_object_iter_value(at), name, 0, path + 2);
		}
	} else {
		path = path_key(path, key);
		value = json_object_get(value, key);
		if (value)
			path_follow(walk, value, path);
	}
}

void table_rows(const json_t *document, const char *path, table_visit *visit, void *context)
{
	struct walk walk = {.visit = visit, .context = context};

	path_follow(&walk, document, path);
}

/* What is above the row, or in it: key has no ^ any more. */
static json_t *level_value(const struct table_row *row, size_t level, const char *key)
{
	const json_t *value = row->levels[level].value;
	char name[TABLE_KEY_BYTES];

	if (!strcmp(key, "@"))
		return row->levels[level].key ? json_string(row->levels[level].key) :
						json_integer((json_int_t)row->levels[level].index);
	while (value && *key) {
		key = path_key(key, name);
		key += *key == '.';
		value = json_object_get(value, name);
	}
	return json_incref((json_t *)(size_t)value);
}

json_t *table_value(const struct table_row *row, const char *key)
{
	size_t level = row->depth;

	if (*key == '=')
		return json_string(key + 1);
	for (; *key == '^' && level; key++)
		level--;
	return level ? level_value(row, level - 1, key) : NULL;
}
