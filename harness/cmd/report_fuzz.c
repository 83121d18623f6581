/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_fuzz.c - how far the fuzzer got. */
#include "html.h"
#include "report.h"

void report_fuzz(FILE *page)
{
	json_t *fuzz = report_load("fuzz");

	html_section(page, "fuzz", "Fuzzing");
	if (!fuzz)
		report_missing(page, "./lab run");
	else
		html_facts(page, fuzz);
	json_decref(fuzz);
	html_section_end(page);
}
