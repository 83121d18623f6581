/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_xml.c - the form of XML, rule by rule, before hwloc sees it: what is taken, what is not. */
#include <stdlib.h>
#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/cli/layout/xml_check.h"

static char sentence[XML_SENTENCE_BYTES];

/* From a block of exactly that size. */
static bool check(const char *text, size_t nr, struct lab_error *error)
{
	char *exact = malloc(nr ? nr : 1);
	bool good;

	CHECK(exact);
	memcpy(exact, text, nr);
	good = xml_check(exact, nr, "t", sentence, error);
	free(exact);
	return good;
}

static const char *const good[] = {
	"<t/>",
	"<t></t>",
	"<t ></t >",
	" \t\r\n<t/>\n",
	"\r\n<?xml version=\"1.0\"?><t/>",
	"<?xml version=\"1.0\"?><t/>",
	"<!DOCTYPE t SYSTEM \"t.dtd\"><t/>",
	"<!-- <x> - -> --><t/><!-- --><?end?>",
	"<t a=\"1\" b = '2>/\"' c=\"'\"/>",
	"<t><a><b/></a><a>text > &lt;</a></t>",
	"<t><t></t></t>",
	"<t a=\"\n\"/>",
};

TEST(whole_xml_is_taken)
{
	struct lab_error error;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!check(good[i], strlen(good[i]), &error))
			FAIL("%s: %u: %s", good[i], error.line, error.expected);
}

#define EXPORT "an hwloc XML export"
#define ROOT   "an hwloc XML export: one element <topology>"
#define WHOLE(why) "well-formed XML (" why ")"
#define TOKEN  WHOLE("not well-formed (invalid token)")
#define CUT    WHOLE("unclosed token")
#define OPEN   WHOLE("no element found")

static const struct {
	const char *text;
	uint32_t line;
	const char *expected;
} bad[] = {
	{ "", 1, EXPORT },
	{ "\n\n", 2, EXPORT }, /* the end is on the last line */
	{ "x<t/>", 1, EXPORT },
	{ "<!-- -->", 1, EXPORT },
	{ "<", 1, EXPORT },
	{ "<t", 1, EXPORT },
	{ "<t a=\"<\"/>", 1, EXPORT },
	{ "<t a=\"1\" a=\"1\"/>", 1, EXPORT },
	{ "</t>", 1, EXPORT },
	{ "<?xml", 1, EXPORT },
	{ "<!-- ->\n", 1, EXPORT },
	{ "<!DOCTYPE t", 1, EXPORT },
	{ "<u/>", 1, ROOT },
	{ "<tt/>", 1, ROOT },
	{ "<t/>\nx", 2, ROOT },
	{ "<t/>\n<t/>", 2, ROOT },
	{ "<t></t><t></t>", 1, ROOT },
	{ "<t>\n</t><u/>", 2, ROOT },
	{ "\n\r\n<t>\n< a/></t>", 4, TOKEN },
	{ "<t>\n<a =\"1\"/>", 2, TOKEN },
	{ "<t>\n<a b/>", 2, TOKEN },
	{ "<t>\n<a b=1/>", 2, TOKEN },
	{ "<t></t x>", 1, TOKEN },
	{ "<t><", 1, CUT },
	{ "<t><a\nb=\"1'/>", 2, CUT },
	{ "<t></t", 1, CUT },
	{ "<t>", 1, OPEN },
	{ "<t>\n<a></a>\n", 2, OPEN },
	{ "<t>\n<a></t>", 2, WHOLE("mismatched tag") },
	{ "<t>&x;</t>", 1, WHOLE("undefined entity") },
	{ "<t>\xff</t>", 1, TOKEN },
	{ "<!DOCTYPE t [<!ENTITY a \"b\">]><t/>", 1, "a DOCTYPE without declarations" },
	{ "<t><![CDATA[x]]></t>", 1, "XML without CDATA" },
};

TEST(broken_xml_is_refused_where_it_broke)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lab_error error = { 0 };

		if (check(bad[i].text, strlen(bad[i].text), &error))
			FAIL("taken: %s", bad[i].text);
		if (error.line != bad[i].line || strcmp(error.expected, bad[i].expected))
			FAIL("%s: %u: %s", bad[i].text, error.line, error.expected);
	}
}

TEST(nul_bytes_are_no_xml)
{
	static const char text[] = "<t>\0</t>", name[] = "<t><t \0a=\"1\"/></t>";
	static const char value[] = "<t><t a=\"\0\"/></t>";
	struct lab_error error;

	CHECK(!check(text, sizeof(text) - 1, &error));
	CHECK_STR(error.expected, TOKEN);
	CHECK(!check(name, sizeof(name) - 1, &error));
	CHECK_STR(error.expected, TOKEN);
	CHECK(!check(value, sizeof(value) - 1, &error));
	CHECK_STR(error.expected, TOKEN);
}

static bool nested(unsigned depth, struct lab_error *error)
{
	char text[300 * 7] = "";

	for (unsigned i = 0; i < depth; i++)
		strcat(text, "<t>");
	for (unsigned i = 0; i < depth; i++)
		strcat(text, "</t>");
	return check(text, strlen(text), error);
}

TEST(elements_are_nested_256_deep_at_most)
{
	struct lab_error error;

	CHECK(nested(256, &error));
	CHECK(!nested(257, &error));
	CHECK_STR(error.expected, "at most 256 nested XML elements");
}

/* Each beginning of a whole text is refused, and none is read beyond its end (ASan). */
TEST(every_cut_is_refused)
{
	static const char text[] = "<?xml version='1.0'?><!DOCTYPE t><!-- x --><t a='1' b=\"2\">"
				   "<u c=\"3\"/><v>w</v></t>";
	struct lab_error error;

	for (size_t nr = 0; nr < sizeof(text) - 1; nr++)
		CHECK(!check(text, nr, &error));
	CHECK(check(text, sizeof(text) - 1, &error));
}
