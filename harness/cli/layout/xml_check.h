/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* xml_check.h - checks that a file is complete, well-formed XML. For topology_load.c. */
#ifndef XML_CHECK_H
#define XML_CHECK_H

#include "harness/text/trace.h" /* struct lab_error */

enum { XML_SENTENCE_BYTES = 256 };

/* Well-formed by expat, the root is `root`, at most 256 elements deep, no declarations of its own
   and no CDATA. False: error has the line and what was expected there, which may point to
   sentence. */
bool xml_check(const char *text, size_t bytes, const char *root, char sentence[XML_SENTENCE_BYTES],
	       struct lab_error *error);

#endif
