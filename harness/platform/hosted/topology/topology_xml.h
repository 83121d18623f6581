/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* topology_xml.h - converts an hwloc export to the form that both of hwloc's readers accept. */
#ifndef HOSTED_TOPOLOGY_XML_H
#define HOSTED_TOPOLOGY_XML_H

#include <stddef.h>

/*
 * Returns the text with hwloc's own prologue instead of everything before its root element,
 * malloc'ed, NUL-terminated. NULL: *error is `expected` when there is no root element <topology>,
 * or names the writer when that is a later hwloc than the one in use.
 */
char *hosted_xml_plain(const char *text, size_t bytes, const char *expected, char error[256]);

#endif
