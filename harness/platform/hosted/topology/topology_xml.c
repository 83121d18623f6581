/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_xml.c - converts an hwloc export to the form that both of hwloc's readers accept.
 *
 *	<?xml ...?>  <!DOCTYPE ...>  <!-- ... -->	replaced by hwloc's own
 *	<topology version="2.0"> ...			its version is checked, the rest is kept
 *
 * hwloc has two readers; the small one accepts only its own first lines, and no CR LF.
 */
#include "harness/platform/hosted/topology/topology_xml.h"

#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROLOGUE                                                                                   \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
#define ROOT "<topology"
#define BLANKS " \t\r\n"

static bool starts_with(const char *at, const char *end, const char *word)
{
	return (size_t)(end - at) >= strlen(word) && memcmp(at, word, strlen(word)) == 0;
}

/* Returns where the root element starts; NULL when something else is there. */
static const char *find_root(const char *at, const char *end)
{
	while (at < end && !starts_with(at, end, ROOT)) {
		bool is_comment = starts_with(at, end, "<!--");
		const char *mark = is_comment ? "-->" : ">", *behind;

		if (strchr(BLANKS, *at)) {
			at += *at ? 1 : end - at;
			continue;
		}
		if (!is_comment && !starts_with(at, end, "<?") &&
		    !starts_with(at, end, "<!DOCTYPE"))
			return NULL;
		behind = memmem(at, (size_t)(end - at), mark, strlen(mark));
		at = behind ? behind + strlen(mark) : end;
	}
	return at < end ? at : NULL;
}

/* Returns the major version in the root's tag; 0 when there is none. */
static unsigned long major_version(const char *root, const char *end)
{
	const char *tag_end = memchr(root, '>', (size_t)(end - root));
	const char *at = tag_end ? memmem(root, (size_t)(tag_end - root), "version", 7) : NULL;

	if (!at)
		return 0;
	at += 7;
	while (at < tag_end && (strchr(BLANKS "=\"'", *at) && *at))
		at++;
	return strtoul(at, NULL, 10); /* stops at `>` at the latest */
}

/* Copies without CRs, which XML treats as newlines. */
static char *copy_plain(const char *root, const char *end)
{
	char *plain = malloc(sizeof(PROLOGUE) + (size_t)(end - root)), *to;

	if (!plain)
		return NULL;
	to = stpcpy(plain, PROLOGUE);
	for (const char *at = root; at < end && *at; at++)
		if (*at != '\r')
			*to++ = *at;
	*to = '\0';
	return plain;
}

char *hosted_xml_plain(const char *text, size_t bytes, const char *expected, char error[256])
{
	const char *end = text + bytes, *root = find_root(text, end);
	unsigned long version = root ? major_version(root, end) : 0;
	char *plain;

	if (!root) {
		snprintf(error, 256, "%s", expected);
		return NULL;
	}
	if (version > HWLOC_VERSION_MAJOR) {
		snprintf(error, 256,
			 "an export of hwloc %d or before: this one was written by hwloc "
			 "%lu, this library is %d.%d",
			 HWLOC_VERSION_MAJOR, version, HWLOC_VERSION_MAJOR, HWLOC_VERSION_MINOR);
		return NULL;
	}
	plain = copy_plain(root, end);
	if (!plain)
		snprintf(error, 256, "memory for a topology");
	return plain;
}
