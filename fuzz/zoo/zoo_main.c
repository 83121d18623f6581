/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_main.c - does the committed corpus catch every defect of the zoo?
 *
 *	pcpu-zoo [--killers FILE] [--write FILE] [--defect NAME] CORPUS
 *	pcpu-zoo --findings [--defect NAME] CORPUS	who sees what (zoo_findings.h)
 *	pcpu-zoo --reach TARGET --defect NAME PATH	a line of the same for other inputs
 *	pcpu-zoo --list		a line each: number, name, row, targets, unit test, why, what is
 *				wrong
 *
 * Each defect runs in processes of its own, one a target: they choose it and replay
 * CORPUS/<target>, what killed it last (FILE: "defect target/file" lines) first. Caught: the
 * property is broken, an assertion fails, a signal or a sanitizer ends the process, or an input
 * never ends. No defect at all must be caught by nothing, nor the harmless canary; the other canary
 * must be. A defect that survives is named; exit 1. --write keeps which file caught what, with the
 * sentence.
 */
#include "harness/cli/cmd.h"
#include "fuzz/zoo/zoo_corpora.h"
#include "fuzz/zoo/zoo_findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KILLERS = 1024 };

static const char killers_head[] =
	"# SPDX-License-Identifier: BSD-2-Clause OR MIT\n"
	"# Which file of the corpus caught each defect last: pcpu-zoo --write. "
	"They are replayed first.\n";

static const struct cmd self = {.name = "pcpu-zoo"};

struct killer {
	char defect[64], file[128]; /* file: "target/name" */
};

struct zoo {
	const char *folder;
	struct zoo_corpora corpora;
	struct killer killers[MAX_KILLERS];
	size_t nr_killers;
	FILE *write;
	const char *only;
	bool findings; /* print them, instead of a verdict */
	const char *reach; /* the target whose inputs PATH has; NULL: it is a whole corpus */
	unsigned nr_passed, nr_failed, nr_skipped;
};

/* --- one defect ------------------------------------------------------------------------------ */

/* Is this input known to have caught the defect? */
static bool is_killer(const void *context, const struct zoo_defect *defect,
		      const struct zoo_corpus *corpus, const struct input *input)
{
	const struct zoo *zoo = context;
	char file[256];

	if (!defect)
		return false;
	snprintf(file, sizeof(file), "%s/%s", corpus->target->name, zoo_input_name(input));
	for (size_t i = 0; i < zoo->nr_killers; i++)
		if (!strcmp(zoo->killers[i].defect, defect->name) &&
		    !strcmp(zoo->killers[i].file, file))
			return true;
	return false;
}

static bool names_target(const char *found_by, const char *name)
{
	size_t nr = strlen(name);

	for (const char *at = found_by; (at = strstr(at, name)) != NULL; at += nr)
		if ((at == found_by || at[-1] == ' ') && (at[nr] == ' ' || !at[nr]))
			return true;
	return false;
}

static bool is_caught(struct zoo *zoo, const struct zoo_defect *defect)
{
	for (size_t i = 0; i < zoo->corpora.nr; i++) {
		const struct zoo_corpus *corpus = &zoo->corpora.corpus[i];
		const struct zoo_reply *reply = zoo->corpora.reply;
		const struct input *input;

		if (defect && !names_target(defect->found_by, corpus->target->name))
			continue;
		if (!zoo_corpus_try(&zoo->corpora, corpus, defect, 0, is_killer, zoo))
			continue;
		input = &corpus->inputs.input[reply->at];
		if (zoo->write && defect && !*defect->control)
			fprintf(zoo->write, "%s %s/%s\n", defect->name, corpus->target->name,
				zoo_input_name(input));
		if (!defect)
			printf("without a defect: %s: %s\n", input->path, reply->sentence);
		return true;
	}
	return false;
}

static void zoo_verdict(struct zoo *zoo, bool good, const char *name, const char *words)
{
	zoo->nr_passed += good;
	zoo->nr_failed += !good;
	if (!good)
		printf("%s: %s\n", name, words);
}

static void try_defect(struct zoo *zoo, const struct zoo_defect *defect)
{
	bool must_pass = !strcmp(defect->control, "passes"), caught;

	if (!*defect->found_by) {
		zoo->nr_skipped++;
		if (zoo->only)
			printf("%s: not looked for by inputs: %s\n", defect->name, defect->why);
		return;
	}
	caught = is_caught(zoo, defect);
	if (zoo->only && caught)
		printf("%s: caught: %s\n", defect->name, zoo->corpora.reply->sentence);
	zoo_verdict(zoo, caught != must_pass, defect->name,
		    must_pass ? "caught, though nothing is wrong: the apparatus itself fails" :
		    *defect->control ? "survives, though every input shows it: "
				       "the apparatus itself fails" :
				       "survives the committed corpus");
}

/* --- set-up ---------------------------------------------------------------------------------- */

static void load_killers(struct zoo *zoo, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	while (fgets(line, sizeof(line), file) && zoo->nr_killers < MAX_KILLERS) {
		struct killer *killer = &zoo->killers[zoo->nr_killers];

		if (line[0] != '#' && sscanf(line, "%63s %127s", killer->defect, killer->file) == 2)
			zoo->nr_killers++;
	}
	fclose(file);
}

static int zoo_main_list(void)
{
	for (size_t i = 0; i < zoo_nr_defects; i++) {
		const struct zoo_defect *d = &zoo_defects[i];

		if (!*d->control)
			printf("%u\t%s\t%s\t%s\t%s\t%s\t%s\n", d->number, d->name, d->row,
			       d->found_by, d->unit, d->why, d->says);
	}
	return 0;
}

static int zoo_parse(struct zoo *zoo, int argc, char **argv, bool *lists)
{
	const char *killers = NULL, *write = NULL;
	const struct cmd_option options[] = {
		{"killers", CMD_TEXT, &killers, 0, 0, NULL},
		{"write", CMD_TEXT, &write, 0, 0, NULL},
		{"defect", CMD_TEXT, &zoo->only, 0, 0, NULL},
		{"findings", CMD_FLAG, &zoo->findings, 0, 0, NULL},
		{"reach", CMD_TEXT, &zoo->reach, 0, 0, NULL},
		{"list", CMD_FLAG, lists, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&self, argc, argv, options,
					 sizeof(options) / sizeof(options[0]), &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words != !*lists)
		return cmd_usage(&self, "a CORPUS was expected, or --list alone");
	if (zoo->only && !zoo_find(zoo->only))
		return cmd_usage(&self, "no defect '%s'", zoo->only);
	if (zoo->reach && (!zoo->only || !fuzz_target_find(zoo->reach)))
		return cmd_usage(&self, "--reach takes a target, and goes with --defect");
	zoo->folder = argv[1];
	if (killers)
		load_killers(zoo, killers);
	if (!write)
		return CMD_OK;
	zoo->write = fopen(write, "we");
	if (!zoo->write)
		return error_file(write, "written", strerror(errno));
	fputs(killers_head, zoo->write);
	return CMD_OK;
}

static int zoo_main_findings(struct zoo *zoo)
{
	for (size_t i = 0; i < zoo_nr_defects; i++) {
		const struct zoo_defect *d = &zoo_defects[i];

		if (d->number && !*d->control && (!zoo->only || !strcmp(zoo->only, d->name)))
			zoo_findings_print(&zoo->corpora, d);
	}
	return 0;
}

static int zoo_main_reach(struct zoo *zoo)
{
	zoo_corpora_add(&zoo->corpora, fuzz_target_find(zoo->reach), zoo->folder);
	zoo_findings_print(&zoo->corpora, zoo_find(zoo->only));
	return 0;
}

int main(int argc, char **argv)
{
	static struct zoo zoo;
	bool lists = false;
	int status = zoo_parse(&zoo, argc, argv, &lists);

	if (status != CMD_OK || lists)
		return lists ? zoo_main_list() : status;
	if (zoo.reach)
		return zoo_main_reach(&zoo);
	zoo_corpora_load(&zoo.corpora, zoo.folder);
	if (zoo.findings)
		return zoo_main_findings(&zoo);
	if (!zoo.only)
		zoo_verdict(&zoo, !is_caught(&zoo, NULL), "no defect",
			    "the corpus breaks a core without one");
	for (size_t i = 0; i < zoo_nr_defects; i++)
		if (!zoo.only || !strcmp(zoo.only, zoo_defects[i].name))
			try_defect(&zoo, &zoo_defects[i]);
	if (zoo.write && fclose(zoo.write)) {
		perror("--write");
		return 1;
	}
	printf("%u passed, %u failed, %u skipped\n", zoo.nr_passed, zoo.nr_failed, zoo.nr_skipped);
	return zoo.nr_failed > 0;
}
