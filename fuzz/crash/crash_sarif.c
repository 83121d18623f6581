/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_sarif.c - the groups as SARIF 2.1.0, for code scanning: a rule a detector, a result a group
 * of inputs.
 *
 *	message			what is broken, and the command that shows it
 *	location		the line of the checkout that the finding names, else the target's
 *	relatedLocations	the smallest input
 *	partialFingerprints	of target and group: the same crash is one alert from run to run
 */
#include "fuzz/crash/crash.h"
#include "fuzz/crash/crash_place.h"
#include "fuzz/targets/finding_json.h"

#include <stdlib.h>
#include <string.h>

#define SARIF_SCHEMA                                                                               \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"                      \
	"sarif-schema-2.1.0.json"

static const char *const rule_texts[FINDING_NR_BY] = {
	[FINDING_WALKER] = "An invariant of the allocator does not hold.",
	[FINDING_MODEL] = "The allocator and its model disagree.",
	[FINDING_ORACLE] = "A second computation has another result, or a contract is broken.",
	[FINDING_FAULT] = "The platform was called as its contract forbids, or lost something.",
	[FINDING_ASSERTION] = "An assertion of the code under test failed.",
	[FINDING_REPLAY] = "The same input ends in another way when it is run again.",
	[FINDING_SANITIZER] = "A sanitizer or an assertion ended the process.",
	[FINDING_TIME] = "An input does not end in the time that it may take.",
	[FINDING_END] = "An input ends the process.",
};

/* --- rules -------------------------------------------------------------------------------- */

/* Every detector is a rule, at the index of its number less one. */
static json_t *rules_json(void)
{
	json_t *rules = json_array();

	for (int by = FINDING_NONE + 1; by < FINDING_NR_BY; by++)
		json_array_append_new(
			rules, json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "id", finding_by_words[by],
					 "name", finding_by_words[by], "shortDescription", "text",
					 rule_texts[by], "defaultConfiguration", "level", "error"));
	return rules;
}

/* --- results ------------------------------------------------------------------------------ */

static json_t *location_json(const char *uri, long line)
{
	json_t *physical = json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);

	if (line > 0)
		json_object_set_new(physical, "region",
				    json_pack("{s:I}", "startLine", (json_int_t)line));
	return json_pack("{s:o}", "physicalLocation", physical);
}

static json_t *source_json(const struct crash_group *group)
{
	const struct finding *finding = &group->small.trial.finding;
	struct crash_place place;
	json_t *location;
	char *uri;

	if (!crash_place_find(&place, finding->place) && !crash_place_find(&place, finding->words))
		crash_place_of_target(&place, group->target->name);
	uri = g_uri_escape_string(place.path, "/", FALSE); /* below the checkout, so relative */
	location = location_json(uri, place.line);
	free(uri);
	free(place.path);
	return location;
}

static const char *smallest_input(const struct crash_group *group)
{
	return group->small_path ? group->small_path : group->path;
}

static json_t *input_json(const struct crash_group *group)
{
	char *uri = crash_uri(smallest_input(group));
	json_t *location = location_json(uri, 0);

	json_object_set_new(location, "id", json_integer(0));
	json_object_set_new(location, "message", json_pack("{s:s}", "text", "the smallest input"));
	free(uri);
	return location;
}

/* The path is written as on a command line, without the checkout's. */
static json_t *message_json(const struct crash_group *group)
{
	char *words = crash_short(group->small.trial.finding.words);
	char *path = crash_short(smallest_input(group));
	char *text = g_strdup_printf("%s\n\nShown again by: ./lab crash --target %s %s\n"
				     "%u inputs of %s break so.",
				     words, group->target->name, path, group->others->len + 1,
				     group->target->name);
	json_t *message = json_pack("{s:o}", "text", finding_text(text));

	free(text);
	free(path);
	free(words);
	return message;
}

static json_t *fingerprints_json(const struct crash_group *group)
{
	char *text =
		g_strdup_printf("%s\n%s", group->target->name, group->small.trial.finding.group);
	char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	json_t *fingerprints = json_pack("{s:s}", "crashGroup/v1", sum);

	free(sum);
	free(text);
	return fingerprints;
}

static json_t *result_json(const struct crash_group *group)
{
	enum finding_by by = group->small.trial.finding.by;

	return json_pack("{s:s, s:i, s:s, s:s, s:o, s:[o], s:[o], s:o, s:{s:s, s:i}}", "ruleId",
			 finding_by_words[by], "ruleIndex", (int)by - 1, "kind", "fail", "level",
			 "error", "message", message_json(group), "locations", source_json(group),
			 "relatedLocations", input_json(group), "partialFingerprints",
			 fingerprints_json(group), "properties", "target", group->target->name,
			 "bytes", (int)group->small.nr);
}

json_t *crash_sarif(const struct crash *crash)
{
	json_t *results = json_array();

	for (size_t i = 0; i < crash->nr_groups; i++)
		json_array_append_new(results, result_json(&crash->groups[i]));
	return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:s, s:o}]}", "$schema",
			 SARIF_SCHEMA, "version", "2.1.0", "runs", "tool", "driver", "name",
			 "pcpu-lab", "version", LAB_VERSION, "rules", rules_json(), "columnKind",
			 "unicodeCodePoints", "results", results);
}
