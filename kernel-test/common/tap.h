/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tap.h - the image's tests: functions that return NULL, or what was not true. Results go out as
 * TAP 13, the plan line last, so that a run cut short cannot look complete.
 */
#ifndef BOOT_TAP_H
#define BOOT_TAP_H

#include "kernel-test/common/console.h"

/* Returned instead of NULL: "# SKIP" and why, this text being followed by the reason. */
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

/* No call on the instance may be under way. */
#define CHECK_CLEAN(instance) CHECK(pcpu_check(instance, NULL) == PCPU_HOLDS)

#define X(function, name) const char *test_##function(void);
#include "kernel-test/common/arch_tests.def"
#undef X

/* Runs those whose name is in the comma-separated list (NULL: all); true when none failed. Stops
   the machine, and says which there are, when a word of the list is no test. */
bool tap_run(const char *only);

/* Runs a test on every CPU at once; what the first one that failed said. */
const char *on_each_cpu(const char *(*test)(void));

#endif
