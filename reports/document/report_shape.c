/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_shape.c - follows each path of the table through a result. */
#include "reports/document/report_shape.h"

#include <stdio.h>
#include <string.h>

static const struct shape {
	const char *file, *path, *kinds;
} shapes[] = {
#define X(file, path, kinds) {#file, path, kinds},
#include "reports/document/report_shapes.def"
#undef X
};
enum { NR_SHAPES = sizeof(shapes) / sizeof(shapes[0]), WHERE_BYTES = 200 };

struct fault {
	char where[WHERE_BYTES]; /* the path so far, with numbers for [] */
	char *words;
	size_t capacity;
};

static bool is_kind(const json_t *value, char kind)
{
	switch (kind) {
	case 's':
		return json_is_string(value);
	case 'n':
		return json_is_number(value) && json_number_value(value) >= 0;
	case 'b':
		return json_is_boolean(value);
	case 'a':
		return json_is_array(value);
	case 'o':
		return json_is_object(value);
	case '0':
		return json_is_null(value);
	default:
		return false;
	}
}

static const char *kind_words(char kind)
{
	switch (kind) {
	case 's':
		return "text";
	case 'n':
		return "a number from 0 on";
	case 'b':
		return "true or false";
	case 'a':
		return "a list";
	default:
		return "an object";
	}
}

static bool shape_refuse(struct fault *fault, char kind)
{
	snprintf(fault->words, fault->capacity, "%s%s%s was expected", fault->where,
		 *fault->where ? ": " : "", kind_words(kind));
	return false;
}

static bool shape_follow(const json_t *value, const char *path, const char *kinds,
			 struct fault *fault);

/* Checks each item of a list. */
static bool follow_items(const json_t *list, const char *path, const char *kinds,
			 struct fault *fault)
{
	size_t nr = strlen(fault->where), i;
	const json_t *item;

	if (!json_is_array(list))
		return shape_refuse(fault, 'a');
	json_array_foreach(list, i, item)
	{
		snprintf(fault->where + nr, sizeof(fault->where) - nr, "[%zu]", i);
		if (!shape_follow(item, path, kinds, fault))
			return false;
	}
	fault->where[nr] = '\0';
	return true;
}

static bool follow_key(const json_t *object, const char *path, const char *kinds,
		       struct fault *fault)
{
	size_t bytes = strcspn(path, ".["), nr = strlen(fault->where);
	char key[64];
	const json_t *value;
	bool ok;

	if (!json_is_object(object))
		return shape_refuse(fault, 'o');
	snprintf(key, sizeof(key), "%.*s", (int)bytes, path);
	value = json_object_get(object, key);
	if (!value && strchr(kinds, '?'))
		return true;
	snprintf(fault->where + nr, sizeof(fault->where) - nr, "%s%s", nr ? "." : "", key);
	ok = shape_follow(value, path + bytes, kinds, fault);
	if (ok)
		fault->where[nr] = '\0';
	return ok;
}

static bool shape_follow(const json_t *value, const char *path, const char *kinds,
			 struct fault *fault)
{
	if (path[0] == '.')
		path++;
	if (path[0] == '[')
		return follow_items(value, path + 2, kinds, fault);
	if (path[0])
		return follow_key(value, path, kinds, fault);
	for (const char *kind = kinds; *kind; kind++)
		if (is_kind(value, *kind))
			return true;
	return shape_refuse(fault, kinds[0]);
}

/* "replay-fork" has the shape "replay". */
static bool is_of(const char *name, const char *file)
{
	size_t bytes = strlen(file);

	return !strcmp(name, file) ||
	       (!strcmp(file, "replay") && !strncmp(name, file, bytes) && name[bytes] == '-');
}

bool report_shape_holds(const char *name, const json_t *value, char *words, size_t capacity)
{
	bool known = false;

	for (size_t i = 0; i < NR_SHAPES; i++) {
		struct fault fault = {.words = words, .capacity = capacity};

		if (!is_of(name, shapes[i].file))
			continue;
		known = true;
		if (!shape_follow(value, shapes[i].path, shapes[i].kinds, &fault))
			return false;
	}
	if (!known)
		snprintf(words, capacity, "nothing is known of such a file");
	return known;
}
