/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot_defects.c - checks that the image's tests can fail: each planted defect must be found by its
 * tests.
 *
 *	defects.def	 of the image's own platform: defect=WORD on its command line
 *	zoo_defects.def	 of the core: the same word, in the image that is linked with the zoo's core
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel-test/host/boot.h"

static const struct boot_defect defects[] = {
#define X(id, name, tests, says) {name, tests, says, BOOT_GCC},
#include "kernel-test/common/defects.def"
#undef X
#define X(name, tests, says) {name, tests, says, BOOT_ZOO},
#include "kernel-test/common/zoo_defects.def"
#undef X
};
enum { NR_DEFECTS = sizeof(defects) / sizeof(defects[0]) };

const struct boot_defect *boot_defect_find(const char *name)
{
	for (size_t i = 0; i < NR_DEFECTS; i++)
		if (!strcmp(defects[i].name, name))
			return &defects[i];
	return NULL;
}

void boot_defects_list(void)
{
	for (size_t i = 0; i < NR_DEFECTS; i++)
		printf("  %-28s %s: %s\n", defects[i].name, defects[i].tests, defects[i].says);
}

/* --- one of them ------------------------------------------------------------------------------ */

struct hunt {
	struct boot_run runs[NR_DEFECTS];
	bool found[NR_DEFECTS];
	bool keep;
	FILE *out;
};

/* Returns whether the test failed, or crashed the image ("NAME: why"). */
static bool is_red(const struct boot_output *output, const char *name, size_t bytes)
{
	const json_t *test;
	size_t i;

	if (output->bailed_out && !strncmp(output->reason, name, bytes) &&
	    !strncmp(output->reason + bytes, ": ", 2))
		return true;
	json_array_foreach(output->tests, i, test)
	{
		const char *its = json_string_value(json_object_get(test, "name"));

		if (strlen(its) == bytes && !memcmp(its, name, bytes))
			return !strcmp(json_string_value(json_object_get(test, "result")),
				       "failed");
	}
	return false;
}

/* Returns the first of its tests that did not fail, *bytes long; NULL: all failed. */
static const char *first_green(const struct boot_defect *defect, const struct boot_output *output,
			       size_t *bytes)
{
	for (const char *at = defect->tests; *at; at += *bytes + (at[*bytes] == ' ')) {
		*bytes = strcspn(at, " ");
		if (!is_red(output, at, *bytes))
			return at;
	}
	return NULL;
}

static void defects_forget(const char *name, const char *suffix)
{
	char *path = boot_run_path(name, suffix);

	unlink(path);
	free(path);
}

static void note_end(void *context, struct boot_run *run)
{
	struct hunt *hunt = context;
	size_t i = (size_t)(run - hunt->runs), bytes;
	const struct boot_defect *defect = &defects[i];
	const char *green;

	if (run->skip) {
		fprintf(hunt->out, "%-30s SKIP  %s\n", defect->name, run->skip);
		return;
	}
	if (run->result.interrupted)
		return;
	green = first_green(defect, &run->output, &bytes);
	hunt->found[i] = !green;
	fprintf(hunt->out, "%-30s %.1f s  ", defect->name, run->result.seconds);
	if (green)
		fprintf(hunt->out, "MISSED by %.*s: %s\n  again: ./lab boot --defect %s %s\n",
			(int)bytes, green, run->why ? run->why : "it passed", defect->name,
			defect->tests);
	else
		fprintf(hunt->out, "found by %s\n", defect->tests);
	if (!green && !hunt->keep) {
		defects_forget(run->name, "log");
		defects_forget(run->name, "sh");
	}
	fflush(hunt->out);
}

/* --- all of them ------------------------------------------------------------------------------ */

static char *defects_joined(const char *first, const char *second)
{
	return g_strdup_printf("%s%s", first, second);
}

static void defect_boot(struct boot_run *run, const struct boot_lab *lab,
			const struct boot_defect *defect)
{
	char *tests = defects_joined("", defect->tests);

	for (char *at = tests; *at; at++)
		if (*at == ' ')
			*at = ',';
	*run = (struct boot_run){
		.machine = boot_machine_find("small"),
		.image = defect->image,
		.name = defects_joined("defect-", defect->name),
		.tests = tests,
		.words = defects_joined("defect=", defect->name),
		.skip = lab->missing[defect->image],
	};
}

static json_t *defects_answer(const struct boot_run *run, const struct boot_defect *defect,
			      bool found)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:s?, s:f}", "name", defect->name, "says",
			 defect->says, "tests", defect->tests, "found", found, "skip", run->skip,
			 "seconds", run->result.seconds);
}

static void done_with(struct boot_run *run)
{
	boot_run_free(run);
	free((char *)(uintptr_t)run->name);
	free((char *)(uintptr_t)run->tests);
	free((char *)(uintptr_t)run->words);
}

json_t *boot_defects_run(const struct boot_lab *lab, FILE *out)
{
	struct hunt *hunt = g_new0(struct hunt, 1);
	struct boot_lab keeping = *lab;
	json_t *all = json_array();

	hunt->out = out;
	hunt->keep = lab->keep;
	keeping.keep = true; /* a missed defect is a passed boot, whose log is needed */
	for (size_t i = 0; i < NR_DEFECTS; i++)
		defect_boot(&hunt->runs[i], lab, &defects[i]);
	boot_runs(&keeping, hunt->runs, NR_DEFECTS, note_end, hunt);
	for (size_t i = 0; i < NR_DEFECTS; i++) {
		struct boot_run *run = &hunt->runs[i];

		if (run->skip || !run->result.interrupted)
			json_array_append_new(all,
					      defects_answer(run, &defects[i], hunt->found[i]));
		done_with(run);
	}
	free(hunt);
	return all;
}
