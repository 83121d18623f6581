/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_lane.h - a lane: the tests of one suite in one flavour, run by `meson test`, counted by
 * the last line that each program prints. A flavour's suites run beside each other: a lane's
 * seconds are those of its tests, one after the other.
 *
 * A lane is a JSON object: name, seconds, passed, failed, skipped, tests: [{ name, seconds,
 * passed, failed, skipped, result, command }], and of those that failed or that nothing ran of:
 * words, output (the last lines).
 */
#ifndef TEST_LANE_H
#define TEST_LANE_H

#include <jansson.h>
#include <stdbool.h>

/* Returns a lane without tests that passed or failed as a whole: a build, a gate. */
json_t *test_lane_whole(const char *name, double seconds, bool passed);

/*
 * Runs these tests of a built flavour, and returns a lane for each of their suites; environment:
 * "NAME=VALUE" words, NULL-terminated, or NULL. Failures are printed on stderr, with how to run
 * them again. Never NULL.
 */
json_t *test_lanes_run(const char *flavour, const json_t *tests, const char *const *environment);

#endif
