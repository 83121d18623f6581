/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_main.c - runs the tests of one program one after the other: see test.h.
 *
 *	constructors -> list of tests -> filter by argv -> run each under setjmp() -> last line
 */
#include "harness/test/lib/test.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict { PASSED, FAILED, SKIPPED, NR_VERDICTS }; /* FAILED, SKIPPED: by longjmp() */

static struct test *first_test;
static struct test **last_link = &first_test;
static const struct test *running;
static jmp_buf leave;

void test_register(struct test *test)
{
	*last_link = test;
	last_link = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("%s:%d: %s: ", file, line, running->name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	longjmp(leave, FAILED);
}

void test_fail_eq(const char *file, int line, const char *a_text, const char *b_text, uint64_t a,
		  uint64_t b)
{
	test_fail(file, line,
		  "%s == %s: %" PRId64 " (0x%" PRIx64 ") != %" PRId64 " (0x%" PRIx64 ")", a_text,
		  b_text, (int64_t)a, a, (int64_t)b, b);
}

void test_check_str(const char *file, int line, const char *text, const char *a, const char *b)
{
	if (a == b || (a && b && strcmp(a, b) == 0))
		return;
	test_fail(file, line, "%s: \"%s\" != \"%s\"", text, a ? a : "(null)", b ? b : "(null)");
}

void test_skip(const char *reason)
{
	printf("%s: skipped: %s\n", running->name, reason);
	longjmp(leave, SKIPPED);
}

const char *test_data_folder(void)
{
	const char *folder = getenv("LAB_DATA");

	if (!folder || !*folder)
		test_skip("LAB_DATA names no data folder");
	return folder;
}

/* clang's word; gcc's is a macro that it has or not. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
enum { IS_INSTRUMENTED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };

bool test_is_thorough(void)
{
	return !IS_INSTRUMENTED || getenv("LAB_FULL");
}

static enum verdict run_one(const struct test *test)
{
	running = test;
	switch (setjmp(leave)) {
	case FAILED:
		return FAILED;
	case SKIPPED:
		return SKIPPED;
	default:
		test->run();
		return PASSED;
	}
}

static bool is_wanted(const struct test *test, char **words)
{
	if (!*words)
		return true;
	for (; *words; words++)
		if (strstr(test->name, *words))
			return true;
	return false;
}

static int list_tests(void)
{
	for (const struct test *test = first_test; test; test = test->next)
		printf("%s\n", test->name);
	return 0;
}

/* TEST_STOP: who wants to know whether any test fails waits for the first one. */
static bool is_over(const unsigned *count)
{
	return count[FAILED] && getenv("TEST_STOP");
}

int main(int argc, char **argv)
{
	unsigned count[NR_VERDICTS] = {0};

	setvbuf(stdout, NULL, _IOLBF, 0); /* what was told survives an abort() */
	if (argc > 1 && strcmp(argv[1], "--list") == 0)
		return list_tests();
	for (const struct test *test = first_test; test && !is_over(count); test = test->next)
		if (is_wanted(test, argv + 1))
			count[run_one(test)]++;
	printf("%u passed, %u failed, %u skipped\n", count[PASSED], count[FAILED], count[SKIPPED]);
	if (count[PASSED] + count[FAILED] + count[SKIPPED] == 0)
		return 2;
	return count[FAILED] > 0;
}
