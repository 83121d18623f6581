/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * numa_evaluate.c - the output that a guest must have printed.
 *
 * R1  It ended by itself, without a panic, and its plan line agrees with the results. No check was
 *     skipped: our guest has everything that they need.
 * R2  Placed: no check failed, pages were counted, all are on their nodes, and the layout equals
 *     the host's for the same machine.
 * R3  Control: exactly the checks that end in -local failed.
 */
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-test/numa/numa_boot.h"

__attribute__((format(printf, 1, 2))) static char *verdict_print(const char *format, ...)
{
	va_list words;
	char *text;

	va_start(words, format);
	text = g_strdup_vprintf(format, words);
	va_end(words);
	return text;
}

/* R1. */
static char *evaluate_output(const struct process_result *result, const struct numa_output *output)
{
	const struct boot_output *tap = &output->tap;
	char words[160];

	process_words(result, words, sizeof(words));
	if (result->interrupted || result->spawn_errno)
		return verdict_print("QEMU: %s", words);
	if (output->panic[0])
		return verdict_print("the guest's end: %s", output->panic);
	if (result->timed_out || result->signal || result->status != 0)
		return verdict_print("QEMU: %s%s%s", words, output->complaint[0] ? ": " : "",
			   output->complaint);
	if (tap->bailed_out)
		return verdict_print("%s", tap->reason);
	if (tap->plan == UINT32_MAX)
		return verdict_print("no plan line: the guest did not come to its end");
	if (tap->plan == 0)
		return verdict_print("nothing was checked");
	if (tap->plan != tap->nr_ok + tap->nr_not_ok + tap->nr_skipped)
		return verdict_print("the plan is %u checks, there are results of %u", tap->plan,
			   tap->nr_ok + tap->nr_not_ok + tap->nr_skipped);
	if (tap->nr_skipped)
		return verdict_print("%u checks were skipped", tap->nr_skipped);
	return NULL;
}

char *numa_evaluate_placed(const struct boot_machine *machine, const struct process_result *result,
			   const struct numa_output *output)
{
	char *why = evaluate_output(result, output);

	if (why)
		return why;
	if (output->tap.nr_not_ok)
		return verdict_print("%s",
				     output->tap.reason[0] ? output->tap.reason : "a check failed");
	if (output->nr_pages == 0)
		return verdict_print("no page was looked at");
	if (output->nr_there != output->nr_pages)
		return verdict_print(
			"%llu of %llu unit pages lie on their node, and no check failed",
			(unsigned long long)output->nr_there, (unsigned long long)output->nr_pages);
	boot_layout_equal(machine, &output->tap, &why);
	return why;
}

static bool ends_in_local(const char *name)
{
	size_t bytes = strlen(name);

	return bytes >= 6 && !strcmp(name + bytes - 6, "-local");
}

char *numa_evaluate_control(const struct process_result *result, const struct numa_output *output)
{
	char *why = evaluate_output(result, output);
	const json_t *test;
	uint32_t nr_local = 0;
	size_t i;

	json_array_foreach(output->tap.tests, i, test)
	{
		const char *name = json_string_value(json_object_get(test, "name"));
		bool failed = !strcmp(json_string_value(json_object_get(test, "result")), "failed");

		nr_local += ends_in_local(name);
		if (!why && failed && !ends_in_local(name))
			why = verdict_print("%s failed, which placement has nothing to do with",
					    name);
		if (!why && !failed && ends_in_local(name))
			why = verdict_print(
				"%s passed although placement is switched off: it proves nothing",
				name);
	}
	if (!why && !nr_local)
		why = verdict_print("no check of placement ran");
	return why;
}
