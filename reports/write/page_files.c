/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* page_files.c - see page_files.h. */
#include "reports/write/page_files.h"

#include <string.h>

const char *page_file(const char *name)
{
	const struct page_file *file = page_files;

	while (strcmp(file->name, name))
		file++;
	return file->text;
}
