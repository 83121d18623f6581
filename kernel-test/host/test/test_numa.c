/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_numa.c - which output `lab numa` accepts: a complete one of a guest, and the same with one
 * error at a time.
 */
#include "harness/test/lib/test.h"

#include "kernel-test/numa/numa_boot.h"

#include <stdlib.h>
#include <string.h>

static const struct boot_machine machine = {.name = "numa", .nr_cpus = 4, .nr_nodes = 2};

/* Output of a guest with two nodes; a line is replaced or left out by its index. */
static const char *const story[] = {
	"TAP version 13\r",
	"ok 1 - machine\r",
	"# pcpu-alloc: s14000 r8192 d22864 u1048576 alloc=1*2097152\r",
	"# pcpu-alloc: [0] 0 1 [1] 2 3\r",
	"# placement first-chunk-local 44 of 44 unit pages on their node, 100.0 %\r",
	"#   node 0: 22 of 22\r",
	"ok 2 - first-chunk-local\r",
	"# bench pair_ns 81.5\r",
	"ok 3 - bench\r",
	"1..3\r",
	"[    7.0] reboot: Power down\r",
};
enum { NR_LINES = sizeof(story) / sizeof(story[0]), PLACED = 4, LOCAL = 6, LAST = 8, PLAN = 9 };

static const struct process_result ended = {.status = 0};

struct change {
	int line;	  /* -1: none */
	const char *text; /* instead; NULL: left out */
};

static void lines_feed(struct numa_output *output, struct change change, struct change other)
{
	numa_output_init(output);
	for (int i = 0; i < NR_LINES; i++) {
		const char *line = i == change.line ? change.text :
				   i == other.line  ? other.text :
						      story[i];

		if (line)
			numa_output_line(output, line);
	}
}

static const struct change none = {.line = -1};

/* The verdict on an output contains `words`; NULL: it is accepted. */
static void expect(char *why, const char *words, struct numa_output *output)
{
	bool good = words ? why && strstr(why, words) : !why;
	char text[256];

	snprintf(text, sizeof(text), "%s", why ? why : "believed");
	free(why);
	numa_output_free(output);
	if (!good)
		FAIL("`%s` instead of `%s`", text, words ? words : "believed");
}

static void placed(struct change change, const char *words)
{
	struct numa_output output;

	lines_feed(&output, change, none);
	expect(numa_evaluate_placed(&machine, &ended, &output), words, &output);
}

static void control(struct change change, struct change other, const char *words)
{
	struct numa_output output;

	lines_feed(&output, change, other);
	expect(numa_evaluate_control(&ended, &output), words, &output);
}

/* Jansson refuses text that is not UTF-8: a failed test would be missing from the results. */
TEST(what_a_guest_says_becomes_text)
{
	struct boot_output output;
	const json_t *test;

	boot_output_init(&output);
	boot_output_line(&output, "not ok 1 - sm\xff"
				  "ash\r");
	boot_output_line(&output, "# smash: not true: \xc3\x01\r");
	CHECK_EQ(json_array_size(output.tests), 1);
	test = json_array_get(output.tests, 0);
	CHECK(!strcmp(json_string_value(json_object_get(test, "name")), "sm?ash"));
	CHECK(!strcmp(json_string_value(json_object_get(test, "reason")), "smash: not true: ??"));
	CHECK(!strcmp(output.reason, "smash: not true: ??"));
	boot_output_free(&output);
}

TEST(a_whole_story_is_believed_and_counted)
{
	struct numa_output output;

	lines_feed(&output, none, none);
	CHECK_EQ(output.tap.nr_ok, 3);
	CHECK_EQ(output.nr_pages, 44);
	CHECK_EQ(output.nr_there, 44);
	CHECK_EQ(json_array_size(output.placements), 1);
	CHECK_EQ(json_real_value(json_object_get(output.bench, "pair_ns")) * 10, 815);
	expect(numa_evaluate_placed(&machine, &ended, &output), NULL, &output);
}

TEST(a_story_with_one_thing_wrong_is_not)
{
	placed((struct change){PLAN, NULL}, "no plan line");
	placed((struct change){PLAN, "1..0 # SKIP many"}, "nothing was checked");
	placed((struct change){LAST, NULL}, "the plan is 3 checks, there are results of 2");
	placed((struct change){LAST, "ok 3 - bench # SKIP no time"}, "1 checks were skipped");
	placed((struct change){LAST, "not ok 3 - bench"}, "a check failed");
	placed((struct change){LOCAL, "not ok 2 - first-chunk-local"}, "a check failed");
	placed((struct change){0, "# first-chunk-local: not true: x"}, NULL); /* no verdict */
	placed((struct change){0, "Bail out! no /sys"}, "no /sys");
	placed((struct change){PLACED, NULL}, "no page was looked at");
	placed((struct change){PLACED, "# placement x 43 of 44 unit pages"},
	       "43 of 44 unit pages lie on their node, and no check failed");
	placed((struct change){3, "# pcpu-alloc: [0] 0 1 2 3"}, "layout");
	placed((struct change){3, NULL}, "no whole layout");
	placed((struct change){PLAN, "[ 1.0] Kernel panic - not syncing: init\r"},
	       "the guest's end: Kernel panic - not syncing: init");
}

TEST(a_control_fails_where_it_must_and_nowhere_else)
{
	const struct change wrong = {LOCAL, "not ok 2 - first-chunk-local\r"};

	control(wrong, none, NULL);
	control(none, none, "first-chunk-local passed although placement is switched off");
	control(wrong, (struct change){LAST, "not ok 3 - bench"}, "bench failed, which placement");
	control(wrong, (struct change){PLAN, NULL}, "no plan line");
	control((struct change){LOCAL, "ok 2 - local-first"}, none, "no check of placement ran");
}

TEST(how_qemu_ended_counts)
{
	static const struct process_result results[] = {
		{.status = -1, .signal = 11},
		{.status = -1, .signal = 15, .timed_out = true},
		{.status = 1},
		{.status = -1, .signal = 15, .interrupted = true},
		{.status = -1, .spawn_errno = 2},
	};
	static const char *const words[] = {"signal 11", "time-out",
					    "exit status 1: no such machine", "interrupted",
					    "could not be started"};
	struct numa_output output;

	for (int i = 0; i < 5; i++) {
		lines_feed(&output, none, none);
		numa_output_complaint(&output, "no such machine");
		expect(numa_evaluate_placed(&machine, &results[i], &output), words[i], &output);
	}
}
