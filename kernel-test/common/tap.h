/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tap.h - the image's tests: functions that return NULL, or what is wrong. Results are printed as
 * TAP 13, the plan line last, so that a run cut short cannot look complete.
 */
#ifndef BOOT_TAP_H
#define BOOT_TAP_H

#include "kernel-test/common/console.h"

/* Returned instead of NULL: "# SKIP" and the reason. */
#define SKIP(reason) return "SKIP " reason

#define TAP_LINE_(n)	   #n
#define TAP_LINE(n)	   TAP_LINE_(n)
#define NOT_TRUE(expression) __FILE__ ":" TAP_LINE(__LINE__) ": not true: " expression
/* For functions that return const char *. */
#define CHECK(x) \
	do { \
		if (!(x)) \
			return NOT_TRUE(#x); \
	} while (0)
#define CHECK_PASSES(call) \
	do { \
		const char *wrong_ = (call); \
		if (wrong_) \
			return wrong_; \
	} while (0)

/* Call it when no other call on the instance is in progress. */
#define CHECK_CLEAN(instance) CHECK(pcpu_check(instance, NULL) == PCPU_HOLDS)

#define X(function, name) const char *test_##function(void);
#include "kernel-test/common/arch_tests.def"
#undef X

/* Runs the tests in the comma-separated list (NULL: all); true when none failed. Stops the machine,
   and prints the names, when a word of the list is not a test. */
bool tap_run(const char *only);

/* Runs a test on every CPU at once. Returns the message of the first that failed. */
const char *on_each_cpu(const char *(*test)(void));

#endif
