/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tap.c - see tap.h. */
#include "kernel-test/common/tap.h"
#include "harness/firmware/facts.h"
#include "kernel-test/common/needs.h"
#include <pcpu/percpu.h>
#include "kernel-test/common/smp.h"

static size_t tap_length(const char *text)
{
	size_t nr = 0;

	while (text[nr])
		nr++;
	return nr;
}

static bool is_wanted(const char *name, const char *only)
{
	size_t nr = tap_length(name);

	if (!only)
		return true;
	while (*only) {
		size_t word = 0;

		while (only[word] && only[word] != ',')
			word++;
		if (word == nr && memcmp(only, name, nr) == 0)
			return true;
		only += word + (only[word] == ',');
	}
	return false;
}

/* "ok 3 - name", "ok 3 - name # SKIP why", "not ok 3 - name" with the reason below. */
static bool test_print(uint32_t number, const char *name, const char *wrong)
{
	bool skipped = wrong && memcmp(wrong, "SKIP ", 5) == 0;
	LINE(line, 512);

	lab_put(&line, wrong && !skipped ? "not ok " : "ok ");
	lab_put_u64(&line, number);
	lab_put(&line, " - ");
	lab_put(&line, name);
	if (wrong) {
		lab_put(&line, skipped ? " # " : "\n# ");
		lab_put(&line, wrong);
	}
	lab_put(&line, "\n");
	console_put(line_text);
	return !wrong || skipped;
}

static const struct {
	const char *name;
	const char *(*run)(void);
} tests[] = {
#define X(function, name) {name, test_##function},
#include "kernel-test/common/arch_tests.def"
#undef X
};

static bool is_test(const char *word, size_t bytes)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (lab_word_is(word, bytes, tests[i].name))
			return true;
	return false;
}

_Noreturn static void no_such_test(const char *word, size_t bytes)
{
	static char text_memory[2048];
	struct lab_text text;

	lab_text_init(&text, text_memory, sizeof(text_memory));
	lab_put(&text, "test=");
	for (size_t i = 0; i < bytes; i++)
		lab_put_char(&text, word[i]);
	lab_put(&text, ": there is no such test, but");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		lab_put(&text, i ? ", " : " ");
		lab_put(&text, tests[i].name);
	}
	machine_stop(text_memory);
}

/* Checks that each word of the list is a test's name, and that there is at least one. */
static void names_check(const char *only)
{
	for (;;) {
		size_t word = 0;

		while (only[word] && only[word] != ',')
			word++;
		if (!is_test(only, word))
			no_such_test(only, word);
		if (!only[word])
			return;
		only += word + 1;
	}
}

bool tap_run(const char *only)
{
	uint32_t number = 0;
	bool good = true;
	LINE(line, 32);

	if (only)
		names_check(only);
	needs_begin_tests();
	console_put("TAP version 13\n");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (!is_wanted(tests[i].name, only))
			continue;
		machine_doing = tests[i].name;
		good = test_print(++number, tests[i].name, tests[i].run()) && good;
	}
	lab_put(&line, "1..");
	lab_put_u64(&line, number);
	lab_put(&line, "\n");
	console_put(line_text);
	return good && number > 0;
}

/* --- on every CPU ----------------------------------------------------------------------------- */

static const char *(*each_test)(void);
static const char *each_wrong[MACHINE_MAX_CPUS];

static void each_run(void *unused)
{
	each_wrong[smp_processor_id()] = each_test();
}

const char *on_each_cpu(const char *(*test)(void))
{
	each_test = test;
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		each_wrong[cpu] = "a CPU did not run the test, or took itself for another one";
	smp_run_all(each_run, NULL);
	for (uint32_t cpu = 0; cpu < smp_nr_online(); cpu++)
		if (each_wrong[cpu])
			return each_wrong[cpu];
	return NULL;
}
