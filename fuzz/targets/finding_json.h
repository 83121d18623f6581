/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* finding_json.h - a finding as JSON, for programs that link jansson. */
#ifndef FUZZ_FINDING_JSON_H
#define FUZZ_FINDING_JSON_H

#include "fuzz/targets/finding.h"

#include <jansson.h>

/* {"by", "words", "group"} and, by a property, {"sentence", "place", "step", "operations"}, else
   null; a new reference. */
json_t *finding_json(const struct finding *finding);

/* Parses a line of finding_print(). False: it is not one; finding is unchanged. */
bool finding_parse(struct finding *finding, const char *line);

/* Converts untrusted text: bytes that are not UTF-8 become question marks; NULL becomes null. A new
   reference. */
json_t *finding_text(const char *text);

#endif
