/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_xml.h - an hwloc export in the one form that each of hwloc's readers takes. */
#ifndef HOSTED_TOPOLOGY_XML_H
#define HOSTED_TOPOLOGY_XML_H

#include <stddef.h>

/*
 * The text with hwloc's own prologue instead of whatever stands before its root element, malloc'ed,
 * NUL-terminated. NULL: *error is a sentence: `expected` where there is no root element
 * <topology>, or who wrote it, where that is a later hwloc than the one we have.
 */
char *hosted_xml_plain(const char *text, size_t bytes, const char *expected, char error[256]);

#endif
