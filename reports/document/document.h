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

/*
 * Makes the document of the folders, one a machine, each as `lab run` leaves reports/out. Damages
 * are named on stderr. *whole: nothing was damaged. json_decref() it.
 */
json_t *document_make(const char *const folders[], size_t nr, bool *whole);

/* An empty document: format, version, time, and no machine. */
json_t *document_begin(void);

#endif
