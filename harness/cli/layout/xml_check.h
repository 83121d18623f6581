/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* xml_check.h - is a file whole, well-formed XML? For topology.c. */
#ifndef XML_CHECK_H
#define XML_CHECK_H

#include "harness/text/trace.h" /* struct lab_error */

/* Tags are closed and nested rightly, attributes quoted, the root is `root`, nothing is missing
   at the end. */
bool xml_check(const char *text, size_t bytes, const char *root, struct lab_error *error);

#endif
