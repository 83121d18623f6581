/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * junit.h - results as JUnit's XML, which CI servers show as tables:
 *
 *	testsuites
 *	  testsuite name="main unit"		a lane of `lab test`, a stage of `lab run`
 *	    testcase name="test_check"		a test program, a step
 *	      failure message="exit status 1"	its last lines
 *	      skipped message="why"
 */
#ifndef JUNIT_H
#define JUNIT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Writes FILE, whole or not at all. suites: [{"name", "seconds", "tests": [{"name", "seconds",
 * "state": passed | failed | skipped, "words": of a failure or skip, "output"}]}]. Texts may hold
 * anything: what XML has no character for becomes U+FFFD. False after printing a diagnostic.
 */
bool junit_write_file(const char *path, const json_t *suites);

/* The lanes of `lab test` (test_lane.h) as suites; a lane without tests is one test. */
json_t *junit_of_lanes(const json_t *lanes);
/* The steps of `lab run` as suites, a stage each: [{"stage", "name", "seconds", "ok", "ended",
   "said": its last lines}]. */
json_t *junit_of_steps(const json_t *steps);

#endif
