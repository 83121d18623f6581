/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* report_boot.c - what the boot image said. */
#include "html.h"
#include "report.h"

void report_boot(FILE *page)
{
	json_t *boot = report_load("boot");

	html_section(page, "boot", "Boot image under QEMU");
	if (!boot)
		report_missing(page, "./lab run");
	else
		html_facts(page, boot);
	json_decref(boot);
	html_section_end(page);
}
