/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* table_cell.h - a value as a cell: formatted by its column's kind. */
#ifndef TABLE_CELL_H
#define TABLE_CELL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { TABLE_CELL_BYTES = 64 };

/* Whether the column's cells are numbers: to the right, sorted by value. */
bool table_cell_is_number(const json_t *column);

/* A number as the column shows it: "1,234.5", "12.0 KiB", "98.6 ns", "3.1 %". */
void table_number_text(char text[TABLE_CELL_BYTES], double number, const json_t *column);

/* Writes <td>...</td>. NULL and null are a dash. */
void table_cell_write(FILE *page, const json_t *value, const json_t *column);

#endif
