/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * document.h - what the page shows, as one JSON document (reports/schema/report.schema.json has its
 * shape): the results of each machine, what of them is damaged, the history, the alerts.
 *
 * A part that a machine has no result for is absent; a damaged one is absent too, and in "damages".
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { DOCUMENT_VERSION = 1 };

struct document_request {
	const char *const *folders; /* one a machine, each as `lab run` leaves reports/out */
	size_t nr_folders;
	bool merged; /* the folders are of other machines: this one's facts are not theirs */
	const char *database; /* the history's file or URL; NULL: each folder's history.db */
};

/*
 * Makes the document. Damages are named on stderr. *whole: nothing was damaged. json_decref() it.
 * Machines of one name get their folder's name behind it: no two are one.
 */
json_t *document_make(const struct document_request *request, bool *whole);

/* An empty document: format, version, time, and no machine. */
json_t *document_begin(void);

#endif
