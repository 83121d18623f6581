/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_list.h - lists the tests, from meson's intro-tests.json of each build folder; there is no
 * second list.
 */
#ifndef TEST_LIST_H
#define TEST_LIST_H

#include <jansson.h>
#include <stdbool.h>

/* Selects tests of a flavour. */
struct test_choice {
	const char *flavour;
	const char *suites; /* names separated by blanks; "*": all */
	const char *filter; /* part of "flavour/suite/name"; NULL: all */
	const char *known_by; /* the flavour whose build folder is read; NULL: its own */
};

/*
 * Returns the rows (name, suite, command, depends) of the tests that match, in meson's order. NULL
 * after printing a diagnostic.
 */
json_t *test_list_load(const struct test_choice *choice);

/* Returns the suites of these rows, each once, in order of first appearance: an array of
   strings. */
json_t *test_list_suites(const json_t *tests);
const char *test_list_suite(const json_t *test);

/*
 * Returns what must be built for these rows: ninja's names, NULL-terminated. With `executables`,
 * the absolute paths of the executables among them instead. NULL after printing a diagnostic;
 * test_list_free_targets() frees it.
 */
char **test_list_targets(const char *flavour, const json_t *tests, bool executables);
void test_list_free_targets(char **targets);

#endif
