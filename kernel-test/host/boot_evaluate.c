/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_evaluate.c - evaluates a boot: it fails unless everything expected was printed.
 *
 * R1  exit status 33 (the image said so) - a triple fault exits with 0, a usage error with 1
 * R2  the plan line is there and agrees with the results and with the request; no `not ok`
 * R3  its layout lines equal those that the host computes for the same machine, and a real kernel's
 *     if some were recorded
 * R4  its run hash equals that of the hosted platform for the same trace
 * R5  no test was skipped for memory, unless --memory set the size
 */
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernel-test/host/boot.h"

enum { STATUS_PASSED = 33 };

__attribute__((format(printf, 1, 2))) static char *verdict_print(const char *format, ...)
{
	va_list words;
	char *why;

	va_start(words, format);
	why = g_strdup_vprintf(format, words);
	va_end(words);
	return why;
}

/* When QEMU is terminated its status is 0. */
static bool was_cut_short(const struct boot_run *run)
{
	const struct process_result *result = &run->result;

	return run->paused[0] || result->status < 0 || result->timed_out || result->stopped ||
	       result->interrupted;
}

/* Returns how QEMU ended, unless by itself, and its last message. */
static char *cut_short(const struct boot_run *run)
{
	const json_t *tests = run->output.tests;
	const json_t *last = json_array_get(tests, json_array_size(tests) - 1);
	const char *name = json_string_value(json_object_get(last, "name"));
	char words[128];

	if (run->paused[0])
		return verdict_print("QEMU stopped the guest for good: %s", run->paused);
	process_words(&run->result, words, sizeof(words));
	return verdict_print("%s; %s%s", words,
			     name ? "the last test that ended is " : "no test ended",
			     name ? name : "");
}

static uint32_t count_words(const char *list)
{
	uint32_t nr = 1;

	for (; *list; list++)
		nr += *list == ',';
	return nr;
}

/* Finds "SKIP needs 700 MB of memory, 500 MB are free" in the output. */
static const char *lacked_memory(const struct boot_output *output)
{
	const json_t *test;
	size_t i;

	json_array_foreach(output->tests, i, test)
	{
		const char *reason = json_string_value(json_object_get(test, "reason"));

		if (reason && !strncmp(reason, "needs ", 6) && strstr(reason, " of memory"))
			return json_string_value(json_object_get(test, "name"));
	}
	return NULL;
}

char *boot_evaluate(const struct boot_lab *lab, const struct boot_run *run)
{
	const struct process_result *result = &run->result;
	const struct boot_output *output = &run->output;
	uint64_t host_hash =
		run->machine->page_bytes == 65536 ? lab->host_hash_64k : lab->host_hash;
	char *why;

	if (output->bailed_out || output->nr_not_ok)
		return verdict_print("%s", output->reason[0] ? output->reason : "a test failed");
	if (was_cut_short(run))
		return cut_short(run);
	if (result->status != STATUS_PASSED)
		return verdict_print("exit status %d instead of %d", result->status, STATUS_PASSED);
	if (output->plan != output->nr_ok + output->nr_skipped)
		return verdict_print("the plan does not agree with the results");
	if (run->tests && output->plan != count_words(run->tests))
		return verdict_print("%u tests were requested, %u ran", count_words(run->tests),
			       output->plan);
	if (!lab->memory_mb && lacked_memory(output))
		return verdict_print("%s lacked memory, where there should be enough",
			       lacked_memory(output));
	if (output->plan == 0)
		return verdict_print("no test ran");
	if (!boot_layout_equal(run->machine, output, &why) ||
	    !boot_layout_golden(run->machine, output, &why))
		return why;
	if (output->has_hash && output->hash != host_hash)
		return verdict_print("run hash %016llx here, %016llx on the host",
			       (unsigned long long)output->hash, (unsigned long long)host_hash);
	if (!output->has_hash && !run->tests)
		return verdict_print("no run hash was printed");
	return NULL;
}
