/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* document_machine.h - one machine of the document. */
#ifndef DOCUMENT_MACHINE_H
#define DOCUMENT_MACHINE_H

#include "reports/document/document.h"
#include "reports/document/result.h"

/* {"name", "host", "verdict", "subjects", "steps", "results", "damages", "logs"} of a folder. */
json_t *document_machine(const struct document_request *request, const char *folder);

/* The steps of the run with what became of each: [{"stage", "step", "seconds", "state", "words",
   "again", "log", "output"}]; state: ok, failed, damaged. Notes what is gone. */
json_t *document_steps(struct results *results, const json_t *run);
/* {"state": ok | failed | damaged | none, "words"} of the whole machine: green only if everything
   is good. */
json_t *document_verdict(const struct results *results, const json_t *run, const json_t *subjects);

#endif
