/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* finding_json.c - see finding_json.h. */
#include "fuzz/targets/finding_json.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

json_t *finding_text(const char *text)
{
	json_t *string = text ? json_string(text) : json_null();
	char *ascii;

	if (string)
		return string;
	ascii = g_strdup(text);
	for (char *at = ascii; *at; at++)
		*at = (unsigned char)*at < 0x80 ? *at : '?';
	string = json_string(ascii);
	free(ascii);
	return string;
}

json_t *finding_json(const struct finding *finding)
{
	bool by_property = finding_is_of_property(finding);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "by", finding_by_words[finding->by],
			 "words", finding_text(finding->words), "group",
			 finding_text(finding->group), "sentence",
			 finding_text(by_property ? finding->sentence : NULL), "place",
			 finding_text(by_property ? finding->place : NULL), "step",
			 by_property ? json_integer((json_int_t)finding->step) : json_null(),
			 "operations",
			 by_property ? json_integer((json_int_t)finding->nr_ops) : json_null());
}

static enum finding_by by_of(const char *word)
{
	enum finding_by by = FINDING_NR_BY;

	while (by > FINDING_NONE && strcmp(finding_by_words[--by], word))
		;
	return by;
}

bool finding_parse(struct finding *finding, const char *line)
{
	json_t *object = *line == '{' ? json_loads(line, 0, NULL) : NULL;
	struct finding read = {0};
	const char *by, *words, *group, *sentence, *place;
	json_int_t step, nr_ops;
	bool good = !json_unpack(object, "{s:{s:s, s:s, s:s, s:s, s:s, s:I, s:I}}", "finding", "by",
				 &by, "words", &words, "group", &group, "sentence", &sentence,
				 "place", &place, "step", &step, "operations", &nr_ops);

	if (good)
		read = (struct finding){
			.by = by_of(by), .step = (size_t)step, .nr_ops = (size_t)nr_ops};
	good = finding_is_of_property(&read);
	if (good) {
		g_strlcpy(read.words, words, FINDING_BYTES);
		g_strlcpy(read.group, group, FINDING_BYTES);
		g_strlcpy(read.sentence, sentence, sizeof(read.sentence));
		g_strlcpy(read.place, place, sizeof(read.place));
		*finding = read;
	}
	json_decref(object);
	return good;
}
