/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * report.h - the sections of the page, each from the JSON that its subcommand left in
 * reports/out. A section whose file is missing says how to make it.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Loads reports/out/NAME.json; NULL when it is missing or damaged: not JSON, or of another
   shape. */
json_t *report_load(const char *name);
/* Prints instead of a section: "damaged", or "not measured: `./lab ...` does." */
void report_missing(FILE *page, const char *name, const char *command);
/* Reports a damaged file of reports/out, now and on the page, which is then not green. */
void report_damage(const char *file, const char *words);
/* Prints the damage in the file's section. Returns false when the file is not damaged. */
bool report_put_damage(FILE *page, const char *file);
const char *report_text(const json_t *object, const char *key);
double report_number(const json_t *object, const char *key);

void report_machine(FILE *page);
void report_replay(FILE *page);
void report_fuzz(FILE *page);
void report_coverage(FILE *page);
void report_zoo(FILE *page);
void report_bench(FILE *page);
void report_forecast(FILE *page);
void report_boot(FILE *page);

#endif
