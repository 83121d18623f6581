/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test.h - unit tests in one header and one main.
 *
 *	TEST(name) { CHECK(x); CHECK_EQ(a, b); }	registers itself before main()
 *
 * A failing check tells file, line and values and ends its test; the others go on. A test that
 * passes says nothing. The last line is always `N passed, N failed, N skipped`; exit 1 when one
 * failed, 2 when no test matches the words given. Arguments: substrings of names, or --list.
 *
 * Checks leave the test by longjmp(): inside a fiber or another thread use none of them, note what
 * is wrong and check it in the test itself.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next; /* in order of definition and linking */
};

void test_register(struct test *test);

/* Each tells what happened and leaves the running test. */
_Noreturn void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *reason);
_Noreturn void test_fail_eq(const char *file, int line, const char *a_text, const char *b_text,
			    uint64_t a, uint64_t b);
void test_check_str(const char *file, int line, const char *text, const char *a, const char *b);

/* The data folder named by LAB_DATA; skips the running test, with a reason, when it is unset. */
const char *test_data_folder(void);

/* Whether long forms run: where nothing is instrumented, and everywhere with LAB_FULL=1. */
bool test_is_thorough(void);

#define TEST(test_name)                                                                           \
	static void test_##test_name(void);                                                       \
	__attribute__((constructor)) static void test_register_##test_name(void)                  \
	{                                                                                         \
		static struct test test = {#test_name, test_##test_name, 0};                      \
												  \
		test_register(&test);                                                             \
	}                                                                                         \
	static void test_##test_name(void)

#define CHECK(condition)                                                                          \
	do {                                                                                      \
		if (!(condition))                                                                 \
			test_fail(__FILE__, __LINE__, "not true: %s", #condition);                \
	} while (0)

/* Integers, booleans, enums, pointers: compared as 64 bits, sign-extended. */
#define CHECK_EQ(a, b)                                                                            \
	do {                                                                                      \
		uint64_t test_a_ = (uint64_t)(a), test_b_ = (uint64_t)(b);                        \
												  \
		if (test_a_ != test_b_)                                                           \
			test_fail_eq(__FILE__, __LINE__, #a, #b, test_a_, test_b_);               \
	} while (0)

/* Two strings, either may be NULL: equal only when both are, or both hold the same text. */
#define CHECK_STR(a, b) test_check_str(__FILE__, __LINE__, #a, a, b)

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)

/* What this test needs is not here: the reason is printed and counted. */
#define SKIP(reason) test_skip(reason)

/* Is this the flavour of ThreadSanitizer? A constant. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN true
#elif defined(__has_feature)
#define UNDER_TSAN __has_feature(thread_sanitizer)
#else
#define UNDER_TSAN false
#endif

#endif
