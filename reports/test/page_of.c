/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* page_of.c - page_of DOCUMENT: the page of a document, to stdout; what no result leads to. */
#include "reports/write/page_write.h"

int main(int argc, char **argv)
{
	json_t *document = argc > 1 ? json_load_file(argv[1], 0, NULL) : NULL;
	bool ok = document && page_write(stdout, document, "a page",
					 argc > 2 ? (const char *const *)argv + 2 : NULL);

	json_decref(document);
	return ok ? 0 : 1;
}
