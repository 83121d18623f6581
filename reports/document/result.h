/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * result.h - the results of one machine: a folder as `lab run` leaves it (reports/out). What is not
 * as report_shapes.def has it is damaged: it is named on stderr once, and is no result.
 */
#ifndef RESULT_H
#define RESULT_H

#include <jansson.h>
#include <stdbool.h>

struct results {
	const char *folder;
	json_t *damages; /* [{"file", "words"}], in the order in which they were found */
};

/* Loads FOLDER/NAME.json; NULL when there is none, or it is damaged: not JSON, or of another
   shape. */
json_t *result_load(struct results *results, const char *name);
/* Notes that FILE of the folder is damaged, once; says so on stderr. */
void result_damage(struct results *results, const char *file, const char *words);
/* The words for a damaged file, NULL where it is good. */
const char *result_damage_of(const struct results *results, const char *file);
/* FOLDER/FILE, malloc'ed. */
char *result_path(const struct results *results, const char *file);

/* Any bytes as JSON, which takes UTF-8 alone. */
json_t *result_any_text(const char *text);

/* A text of the object, "" when it has none of that name; a number, 0 then. */
const char *result_text(const json_t *object, const char *key);
double result_number(const json_t *object, const char *key);

#endif
