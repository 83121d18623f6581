/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_boot.c - the machines that were booted, and each test of each of them. */
#include "html.h"
#include "report.h"

#include <string.h>

static void put_tests(FILE *page, const json_t *machine)
{
	const json_t *tests = json_object_get(machine, "tests"), *test;
	size_t i;

	fputs("<details><summary>", page);
	html_print(page, "%s: the tests", report_text(machine, "name"));
	fputs("</summary><pre>", page);
	json_array_foreach(tests, i, test) html_print(
		page, "%-8s %s\n", report_text(test, "result"), report_text(test, "name"));
	fputs("</pre></details>\n", page);
}

static void put_machine(FILE *page, const json_t *machine)
{
	bool good = json_is_true(json_object_get(machine, "good"));

	html_row(page);
	html_cell(page, report_text(machine, "name"));
	html_number(page, report_number(machine, "cpus"), 0);
	html_number(page, report_number(machine, "nodes"), 0);
	html_number(page, report_number(machine, "passed"), 0);
	html_number(page, report_number(machine, "failed"), 0);
	html_number(page, report_number(machine, "skipped"), 0);
	html_number(page, report_number(machine, "seconds"), 1);
	fputs("<td><code>", page);
	html_text(page, report_text(machine, "run_hash"));
	fputs("</code></td><td>", page);
	html_badge(page, good, good ? "ok" : report_text(machine, "why"));
	fputs("</td>", page);
	html_row_end(page);
}

void report_boot(FILE *page)
{
	static const char *const headings[] = {"machine", "#CPUs",    "#nodes",	  "#passed",
					       "#failed", "#skipped", "#seconds", "run hash",
					       "outcome", NULL};
	json_t *boot = report_load("boot");
	const json_t *machines = json_object_get(boot, "machines"), *machine;
	size_t i;

	html_section(page, "boot", "Boot image under QEMU");
	if (!boot) {
		report_missing(page, "./lab run");
	} else {
		html_print(page,
			   "Accelerator: %s. The image prints its layouts and run hash; they are "
			   "compared with the host's.",
			   report_text(boot, "accelerator"));
		html_table(page, headings);
		json_array_foreach(machines, i, machine) put_machine(page, machine);
		html_table_end(page);
		json_array_foreach(machines, i, machine) put_tests(page, machine);
	}
	json_decref(boot);
	html_section_end(page);
}
