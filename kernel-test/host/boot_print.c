/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* boot_print.c - the result of a boot, in a line or a few, and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "kernel-test/host/boot.h"

static const char *print_outcome(const struct boot_run *run)
{
	if (run->skip)
		return "SKIP";
	if (run->result.interrupted)
		return "cut";
	return run->why ? "FAILED" : "ok";
}

/* Prints the log, the boot as a script, and the command that repeats everything. */
static void put_again(FILE *out, const struct boot_run *run)
{
	char *log = boot_run_path(run->name, "log"), *script = boot_run_path(run->name, "sh");

	fprintf(out, "  %s\n  log: %s\n  again: sh %s\n", run->why, log, script);
	free(script);
	free(log);
}

void boot_print(FILE *out, const struct boot_run *run)
{
	const struct boot_machine *m = run->machine;
	const json_t *test;
	size_t i;

	if (run->result.interrupted && !run->why && !run->skip)
		return; /* it was not started */
	fprintf(out, "%-14s %2u CPUs %2u nodes  %-6s", m->name, m->nr_cpus, m->nr_nodes,
		print_outcome(run));
	if (run->skip) {
		fprintf(out, "  %s\n", run->skip);
		return;
	}
	fprintf(out, "  %u passed, %u failed, %u skipped  %.1f s", run->output.nr_ok,
		run->output.nr_not_ok, run->output.nr_skipped, run->result.seconds);
	if (run->output.has_hash)
		fprintf(out, "  hash %016llx", (unsigned long long)run->output.hash);
	fputc('\n', out);
	json_array_foreach(run->output.tests, i, test)
	{
		const char *reason = json_string_value(json_object_get(test, "reason"));

		if (!strcmp(json_string_value(json_object_get(test, "result")), "failed"))
			fprintf(out, "  not ok %s%s%s\n",
				json_string_value(json_object_get(test, "name")),
				reason ? ": " : "", reason ? reason : "");
	}
	if (run->why)
		put_again(out, run);
	fflush(out);
}

json_t *boot_run_json(const struct boot_run *run)
{
	const struct boot_machine *m = run->machine;
	const struct boot_output *output = &run->output;
	char *script = boot_run_path(run->name, "sh"), hash[20];
	json_t *json;

	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)output->hash);
	json = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:s?, s:s?, s:s?, s:f, s:s?, s:O}",
		"name", m->name, "what", m->why, "cpus", (int)m->nr_cpus, "nodes", (int)m->nr_nodes,
		"passed", (int)output->nr_ok, "failed", (int)output->nr_not_ok, "skipped",
		(int)output->nr_skipped, "good", !run->why && !run->result.interrupted, "skip",
		run->skip, "why", run->why, "again", run->why ? script : NULL, "seconds",
		run->result.seconds, "run_hash", output->has_hash ? hash : NULL, "tests",
		output->tests);
	free(script);
	return json;
}
