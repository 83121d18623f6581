/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz_found.c - findings: described, grouped, and limited in number per group.
 *
 *	group: target + "sentence at place"	kept: the shortest FUZZ_KEPT_OF_GROUP files
 *
 * R1  A finding that does not fail when replayed is dropped, but counted: the lab is at fault
 *     (state, a time limit on a loaded machine), and it is reported at the end.
 * R2  No copy of it stays in the working corpus: libFuzzer would crash on it at every start.
 */
#include "fuzz/campaign/fuzz_found.h"
#include "harness/cli/cmd.h"
#include "fuzz/targets/finding_json.h"
#include "harness/cli/progress.h"
#include "harness/cli/process.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SHOWN = 8, REPLAY_SECONDS = 30 };

struct kept {
	char *name; /* in reports/out/crashes */
	size_t bytes;
};

struct group {
	const char *target;
	struct finding finding; /* of the shortest */
	struct kept kept[FUZZ_KEPT_OF_GROUP];
	unsigned nr_kept, nr_inputs;
	struct group *next; /* in order of discovery */
};

struct fuzz_found {
	struct group *first, **last;
	char *folder;
	unsigned nr_unshown; /* did not fail when replayed */
};

struct fuzz_found *fuzz_found_create(void)
{
	struct fuzz_found *found = g_new0(struct fuzz_found, 1);

	found->last = &found->first;
	found->folder = cmd_path("reports/out/crashes");
	return found;
}

void fuzz_found_destroy(struct fuzz_found *found)
{
	while (found->first) {
		struct group *group = found->first;

		found->first = group->next;
		for (unsigned i = 0; i < group->nr_kept; i++)
			free(group->kept[i].name);
		free(group);
	}
	free(found->folder);
	free(found);
}

/* --- words ----------------------------------------------------------------------------------- */

/* A property's line is complete; additional output of a sanitizer does not help. */
static void take_line(void *context, const char *line, size_t bytes)
{
	if (!finding_parse(context, line))
		finding_take_line(context, line);
}

/* Replays it in a process of its own, which may crash. False: it does not fail. */
static bool found_replay(const char *target, const char *file, struct finding *finding)
{
	static const char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	char *program = cmd_path("build/fuzz/fuzz/%s_replay", target);
	const char *argv[] = {program, file, NULL};
	struct process process = {.argv = argv,
				  .environment = environment,
				  .out_line = take_line,
				  .err_line = take_line,
				  .context = finding,
				  .timeout_seconds = REPLAY_SECONDS};
	struct process_result result;
	char ended[160];
	bool whole;

	*finding = (struct finding){0};
	whole = process_run(&process, &result);
	free(program);
	process_words(&result, ended, sizeof(ended));
	if (result.timed_out)
		finding_endless(finding, ended);
	finding_settle(finding, whole || result.interrupted ? NULL : ended);
	return finding->by != FINDING_NONE;
}

/* --- groups ---------------------------------------------------------------------------------- */

static struct group *find_group(struct fuzz_found *found, const char *target,
				const struct finding *finding)
{
	struct group *group = found->first;

	while (group &&
	       (strcmp(group->target, target) || strcmp(group->finding.group, finding->group)))
		group = group->next;
	if (group)
		return group;
	group = g_malloc0(sizeof(*group));
	group->target = target;
	group->finding = *finding;
	*found->last = group;
	found->last = &group->next;
	return group;
}

static void unlink_kept(const struct fuzz_found *found, const char *name)
{
	char *path = g_strdup_printf("%s/%s", found->folder, name);
	unlink(path);
	free(path);
}

/* Returns this input's place in the group; nr_kept: a new one; -1: none. The shortest is first. */
static int find_place(const struct group *group, const char *name, size_t bytes)
{
	unsigned longest = 0;

	for (unsigned i = 0; i < group->nr_kept; i++) {
		if (!strcmp(group->kept[i].name, name))
			return -1;
		if (group->kept[i].bytes > group->kept[longest].bytes)
			longest = i;
	}
	if (group->nr_kept < FUZZ_KEPT_OF_GROUP)
		return (int)group->nr_kept;
	return bytes < group->kept[longest].bytes ? (int)longest : -1;
}

/* Stores the input at this place; the shortest moves to the front, and its description is used. */
static void note_kept(struct fuzz_found *found, struct group *group, unsigned place,
		      struct kept new, const struct finding *finding)
{
	struct kept *kept = &group->kept[place], *first = &group->kept[0];

	if (place < group->nr_kept)
		unlink_kept(found, kept->name);
	else
		group->nr_kept++;
	free(kept->name);
	*kept = new;
	if (kept == first || new.bytes < first->bytes) {
		*kept = *first;
		*first = new;
		group->finding = *finding;
	}
}

/* Returns false when it could not be written. */
static bool found_store(struct fuzz_found *found, struct group *group, const char *name,
			const uint8_t *bytes, size_t nr, const struct finding *finding)
{
	int place = find_place(group, name, nr);
	char *to;
	bool ok;

	if (place < 0)
		return true;
	to = g_strdup_printf("%s/%s", found->folder, name);
	ok = cmd_write_file(to, (const char *)bytes, nr);
	if (ok)
		note_kept(found, group, (unsigned)place,
			  (struct kept){.name = g_strdup(name), .bytes = nr}, finding);
	free(to);
	return ok;
}

/* Returns false when it must stay there. */
static bool take_file(struct fuzz_found *found, const struct fuzz_paths *paths, const char *file,
		      const char *base)
{
	uint8_t bytes[FUZZ_MAX_BYTES + 1];
	struct finding finding;
	struct group *group;
	char name[256];
	size_t nr;

	if (!fuzz_read_input(file, bytes, &nr))
		return false;
	fuzz_corpus_drop(paths->corpus, bytes, nr);
	if (!found_replay(paths->target, file, &finding)) {
		found->nr_unshown += nr > 0; /* empty: the engine ended before writing */
		return true;
	}
	snprintf(name, sizeof(name), "%s-%s", paths->target, base);
	group = find_group(found, paths->target, &finding);
	if (!group->nr_inputs++)
		progress_say("fuzz %s: found: %s", paths->target, finding.words);
	return found_store(found, group, name, bytes, nr, &finding);
}

void fuzz_found_take(struct fuzz_found *found, const struct fuzz_paths *paths)
{
	char **names = folder_names(paths->found);

	/* Does not replay after an interrupt: the next run handles the rest. */
	for (char **base = names; *base; base++) {
		char *file = g_build_filename(paths->found, *base, NULL);

		if (**base != '.' && !process_interrupted() && cmd_make_folders(found->folder) &&
		    take_file(found, paths, file, *base))
			unlink(file);
		free(file);
	}
	g_strfreev(names);
}

/* --- telling --------------------------------------------------------------------------------- */

unsigned fuzz_found_inputs(const struct fuzz_found *found, const char *target)
{
	unsigned nr = 0;

	for (const struct group *group = found->first; group; group = group->next)
		nr += !target || !strcmp(group->target, target) ? group->nr_inputs : 0;
	return nr;
}

unsigned fuzz_found_groups(const struct fuzz_found *found, const char *target)
{
	unsigned nr = 0;

	for (const struct group *group = found->first; group; group = group->next)
		nr += !target || !strcmp(group->target, target);
	return nr;
}

static const char *name_of(const struct group *group)
{
	return group->nr_kept ? group->kept[0].name : "(it could not be kept)";
}

void fuzz_found_print(const struct fuzz_found *found, FILE *to)
{
	unsigned nr = 0;

	for (const struct group *group = found->first; group; group = group->next) {
		if (nr++ == MAX_SHOWN) {
			fprintf(to, "and %u more groups in reports/out/crashes\n",
				fuzz_found_groups(found, NULL) - MAX_SHOWN);
			break;
		}
		fprintf(to,
			"%s: %s\n    %u inputs, %u kept in reports/out/crashes\n"
			"    shown again by: ./lab crash reports/out/crashes/%s\n",
			group->target, group->finding.words, group->nr_inputs,
			group->nr_kept, name_of(group));
	}
	if (found->nr_unshown)
		fprintf(to, "%u inputs that an engine called broken do not break when replayed\n",
			found->nr_unshown);
}

json_t *fuzz_found_json(const struct fuzz_found *found)
{
	json_t *all = json_array();

	for (const struct group *group = found->first; group; group = group->next) {
		char command[512];
		json_t *one;

		snprintf(command, sizeof(command), "./lab crash reports/out/crashes/%s",
			 name_of(group));
		one = finding_json(&group->finding);
		json_object_update_new(one, json_pack("{s:s, s:s+, s:i, s:s}", "target",
						      group->target, "file", "reports/out/crashes/",
						      name_of(group), "inputs",
						      (int)group->nr_inputs, "reproduce", command));
		json_array_append_new(all, one);
	}
	return all;
}
