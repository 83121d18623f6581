/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * xml_check.c - checks by expat that a file is complete, well-formed XML.
 *
 * hwloc's own reader is lenient, crashes on some damaged files, and cannot report the line of an
 * error. So the form is checked here first. The elements' meaning is left to hwloc.
 */
#include "harness/cli/layout/xml_check.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 256 };

struct check {
	XML_Parser parser;
	const char *root;
	unsigned depth;
	bool had_root;
	const char *refused; /* what was expected, if expat found no error; or NULL */
};

static void xml_refuse(struct check *check, const char *expected)
{
	if (!check->refused)
		check->refused = expected;
	XML_StopParser(check->parser, XML_FALSE);
}

static void start_element(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct check *check = context;

	if (!check->had_root && strcmp(name, check->root))
		xml_refuse(check, "an hwloc XML export: one element <topology>");
	if (++check->depth > MAX_DEPTH)
		xml_refuse(check, "at most 256 nested XML elements");
	check->had_root = true;
}

static void end_element(void *context, const XML_Char *name)
{
	struct check *check = context;

	check->depth--;
}

static void start_doctype(void *context, const XML_Char *name, const XML_Char *system,
			  const XML_Char *public, int has_declarations)
{
	if (has_declarations)
		xml_refuse(context, "a DOCTYPE without declarations");
}

static void start_cdata(void *context)
{
	xml_refuse(context, "XML without CDATA");
}

static uint32_t count_lines(const char *text, size_t bytes)
{
	uint32_t lines = 1;

	for (size_t i = 0; i + 1 < bytes; i++)
		lines += text[i] == '\n';
	return lines;
}

/* A missing end is reported on the last line, where the file was cut. */
static bool is_cut(enum XML_Error code)
{
	return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
	       code == XML_ERROR_PARTIAL_CHAR || code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

static const char *expected_by(const struct check *check, enum XML_Error code, char *sentence)
{
	if (check->refused)
		return check->refused;
	if (code == XML_ERROR_JUNK_AFTER_DOC_ELEMENT)
		return "an hwloc XML export: one element <topology>";
	if (!check->had_root)
		return "an hwloc XML export";
	snprintf(sentence, XML_SENTENCE_BYTES, "well-formed XML (%s)", XML_ErrorString(code));
	return sentence;
}

bool xml_check(const char *text, size_t bytes, const char *root, char sentence[XML_SENTENCE_BYTES],
	       struct lab_error *error)
{
	struct check check = {.parser = XML_ParserCreate(NULL), .root = root};
	size_t blank = 0;
	bool good;

	if (!check.parser)
		abort();
	while (blank < bytes && text[blank] && strchr(" \t\r\n", text[blank]))
		blank++; /* expat requires that <?xml comes first */
	XML_SetUserData(check.parser, &check);
	XML_SetElementHandler(check.parser, start_element, end_element);
	XML_SetStartDoctypeDeclHandler(check.parser, start_doctype);
	XML_SetStartCdataSectionHandler(check.parser, start_cdata);
	good = XML_Parse(check.parser, text + blank, (int)(bytes - blank), XML_TRUE) ==
	       XML_STATUS_OK;
	if (!good) {
		enum XML_Error code = XML_GetErrorCode(check.parser);
		uint32_t line = count_lines(text, blank + 1) - 1 +
				(uint32_t)XML_GetCurrentLineNumber(check.parser);
		uint32_t last = count_lines(text, bytes);

		error->line = is_cut(code) || line > last ? last : line;
		error->expected = expected_by(&check, code, sentence);
	}
	XML_ParserFree(check.parser);
	return good;
}
