/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_boot.c - the booted machines, each of their tests, and planted defects. */
#include "reports/html.h"
#include "reports/report.h"

#include <string.h>

static void put_tests(FILE *page, const json_t *machine)
{
	const json_t *tests = json_object_get(machine, "tests"), *test;
	size_t i;

	if (!json_array_size(tests))
		return;
	fputs("<details><summary>", page);
	html_print(page, "%s: the tests", report_text(machine, "name"));
	fputs("</summary><pre>", page);
	json_array_foreach(tests, i, test)
	{
		const char *reason = json_string_value(json_object_get(test, "reason"));

		html_print(page, "%-8s %s%s%s\n", report_text(test, "result"),
			   report_text(test, "name"), reason ? ": " : "", reason ? reason : "");
	}
	fputs("</pre></details>\n", page);
}

static void put_outcome(FILE *page, const json_t *machine)
{
	const char *skip = json_string_value(json_object_get(machine, "skip"));
	const char *again = json_string_value(json_object_get(machine, "again"));

	fputs("<td>", page);
	if (skip)
		html_print(page, "skipped: %s", skip);
	else if (json_is_true(json_object_get(machine, "good")))
		html_badge(page, true, "ok");
	else
		html_badge(page, false, report_text(machine, "why"));
	if (again)
		html_print(page, " again: sh %s", again);
	fputs("</td>", page);
}

static void put_machine(FILE *page, const json_t *machine)
{
	html_row(page);
	html_cell(page, report_text(machine, "name"));
	html_cell(page, report_text(machine, "what"));
	html_number(page, report_number(machine, "cpus"), 0);
	html_number(page, report_number(machine, "nodes"), 0);
	html_number(page, report_number(machine, "passed"), 0);
	html_number(page, report_number(machine, "failed"), 0);
	html_number(page, report_number(machine, "skipped"), 0);
	html_number(page, report_number(machine, "seconds"), 1);
	fputs("<td><code>", page);
	html_text(page, report_text(machine, "run_hash"));
	fputs("</code></td>", page);
	put_outcome(page, machine);
	html_row_end(page);
}

static void put_machines(FILE *page, const json_t *boot)
{
	static const char *const headings[] = {"machine",  "what it is", "#CPUs",    "#nodes",
					       "#passed",  "#failed",	 "#skipped", "#seconds",
					       "run hash", "outcome",	 NULL};
	const json_t *machines = json_object_get(boot, "machines"), *machine;
	size_t i;

	html_print(page,
		   "Accelerator: %s. The image prints its layouts and run hash; they are compared "
		   "with the host's, and with a real kernel's layout where one was recorded.",
		   report_text(boot, "accelerator"));
	html_table(page, headings);
	json_array_foreach(machines, i, machine) put_machine(page, machine);
	html_table_end(page);
	json_array_foreach(machines, i, machine) put_tests(page, machine);
}

/* Shows which planted defects the image's tests found. */
static void put_defects(FILE *page, const json_t *boot)
{
	static const char *const headings[] = {"planted defect", "what is broken", "tests",
					       "#seconds",	 "outcome",	   NULL};
	const json_t *defects = json_object_get(boot, "defects"), *defect;
	size_t i;

	html_table(page, headings);
	json_array_foreach(defects, i, defect)
	{
		bool found = json_is_true(json_object_get(defect, "found"));
		const char *skip = json_string_value(json_object_get(defect, "skip"));

		html_row(page);
		html_cell(page, report_text(defect, "name"));
		html_cell(page, report_text(defect, "says"));
		html_cell(page, report_text(defect, "tests"));
		html_number(page, report_number(defect, "seconds"), 1);
		fputs("<td>", page);
		if (skip)
			html_print(page, "skipped: %s", skip);
		else
			html_badge(page, found, found ? "found" : "missed");
		fputs("</td>", page);
		html_row_end(page);
	}
	html_table_end(page);
}

void report_boot(FILE *page)
{
	json_t *boot = report_load("boot"), *defects = report_load("boot-defects");

	html_section(page, "boot", "Boot image under QEMU");
	if (boot)
		put_machines(page, boot);
	else
		report_missing(page, "boot", "./lab run");
	if (defects)
		put_defects(page, defects);
	else
		report_put_damage(page, "boot-defects.json");
	json_decref(defects);
	json_decref(boot);
	html_section_end(page);
}
