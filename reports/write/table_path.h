/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * table_path.h - the rows of a table: a path through the document.
 *
 *	machines[].results.replay{}.engines[]		a row for each engine of each trace
 *	    engine	    a key of the row		^@    the key or number of the one above it
 *	    ^check	    a key of what is above it	^^name	two above it	=word	itself
 *
 * R1  .key goes into an object; [] to each item of a list; {} to each member of an object.
 * R2  What is not there has no rows, and no value.
 */
#ifndef TABLE_PATH_H
#define TABLE_PATH_H

#include <jansson.h>
#include <stddef.h>

enum { TABLE_MAX_DEPTH = 6, TABLE_KEY_BYTES = 128 };

/* Where a row is: each [] and {} on its path has a level, the last one is the row. */
struct table_row {
	struct {
		const json_t *value;
		const char *key; /* NULL: a list's item */
		size_t index;
	} levels[TABLE_MAX_DEPTH];
	size_t depth;
};

typedef void table_visit(const struct table_row *row, void *context);

/* Visits each row of the path, in the document's order. */
void table_rows(const json_t *document, const char *path, table_visit *visit, void *context);

/* The value of a column's key in the row, NULL where there is none. @ alone is a new value, so
   json_decref() what is returned. */
json_t *table_value(const struct table_row *row, const char *key);

#endif
