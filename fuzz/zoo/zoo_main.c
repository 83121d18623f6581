/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * zoo_main.c - does the committed corpus catch every defect of the zoo?
 *
 *	pcpu-zoo [--killers FILE] [--write FILE] [--defect NAME] CORPUS
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
#include "fuzz/targets/fuzz.h"
#include "fuzz/targets/inputs.h"
#include "harness/zoo/zoo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TARGETS = 16, INPUT_SECONDS = 1, MAX_KILLERS = 512 };

static const char killers_head[] =
	"# SPDX-License-Identifier: BSD-2-Clause OR MIT\n"
	"# Which file of the corpus caught each defect last: pcpu-zoo --write. "
	"They are replayed first.\n";

static const struct cmd self = {.name = "pcpu-zoo"};

struct corpus {
	const struct fuzz_target *target;
	struct inputs inputs;
};

struct killer {
	char defect[64], file[128]; /* file: "target/name" */
};

/* Results of a child, however it ends. */
struct reply {
	volatile size_t at; /* the input that runs, or that caught it */
	volatile bool caught;
	char sentence[FUZZ_WORDS_ROOM];
};

struct zoo {
	const char *folder;
	struct corpus corpora[MAX_TARGETS];
	size_t nr_corpora;
	struct killer killers[MAX_KILLERS];
	size_t nr_killers;
	struct reply *reply; /* shared with children */
	FILE *write;
	const char *only;
	unsigned nr_passed, nr_failed, nr_skipped;
};

/* --- a child --------------------------------------------------------------------------------- */

static void run_input(const struct corpus *corpus, size_t i, struct reply *reply)
{
	/* Of our own time: others may keep the machine busy. */
	static const struct itimerval limit = { .it_value = { .tv_sec = INPUT_SECONDS } };
	const struct input *input = &corpus->inputs.input[i];
	struct fuzz_outcome outcome;

	reply->at = i;
	setitimer(ITIMER_PROF, &limit, NULL);
	if (corpus->target->property(input->bytes, input->nr, &outcome))
		return;
	reply->caught = true;
	snprintf(reply->sentence, sizeof(reply->sentence), "%s", outcome.words);
	_exit(0);
}

static const char *file_name(const struct input *input)
{
	const char *slash = strrchr(input->path, '/');

	return slash ? slash + 1 : input->path;
}

/* Is this input known to have caught the defect? */
static bool is_killer(const struct zoo *zoo, const struct zoo_defect *defect,
		      const struct corpus *corpus, const struct input *input)
{
	char file[256];

	snprintf(file, sizeof(file), "%s/%s", corpus->target->name, file_name(input));
	for (size_t i = 0; i < zoo->nr_killers; i++)
		if (!strcmp(zoo->killers[i].defect, defect->name) &&
		    !strcmp(zoo->killers[i].file, file))
			return true;
	return false;
}

static void zoo_child(const struct zoo *zoo, const struct zoo_defect *defect,
		      const struct corpus *corpus)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 2); /* sanitizers and assertions have a lot to say */
	zoo_chosen = defect ? defect->number : 0;
	for (size_t i = 0; defect && i < corpus->inputs.nr; i++)
		if (is_killer(zoo, defect, corpus, &corpus->inputs.input[i]))
			run_input(corpus, i, zoo->reply);
	for (size_t i = 0; i < corpus->inputs.nr; i++)
		run_input(corpus, i, zoo->reply);
	_exit(0);
}

/* True: caught; then reply->at is the input and reply->sentence the words. */
static bool try_corpus(struct zoo *zoo, const struct zoo_defect *defect,
		       const struct corpus *corpus)
{
	struct reply *reply = zoo->reply;
	int status = 0;
	pid_t pid;

	*reply = (struct reply){0};
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		zoo_child(zoo, defect, corpus);
	if (pid < 0)
		abort();
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			abort();
	if (reply->caught)
		return true;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		snprintf(reply->sentence, sizeof(reply->sentence), "it never ends");
	else if (WIFSIGNALED(status))
		snprintf(reply->sentence, sizeof(reply->sentence), "%s",
			 strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0)
		snprintf(reply->sentence, sizeof(reply->sentence), "a sanitizer, or exit status %d",
			 WEXITSTATUS(status));
	else
		return false;
	return true;
}

/* --- one defect ------------------------------------------------------------------------------ */

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
	for (size_t i = 0; i < zoo->nr_corpora; i++) {
		struct corpus *corpus = &zoo->corpora[i];
		const struct input *input;

		if (defect && !names_target(defect->found_by, corpus->target->name))
			continue;
		if (!try_corpus(zoo, defect, corpus))
			continue;
		input = &corpus->inputs.input[zoo->reply->at];
		if (zoo->write && defect && !*defect->control)
			fprintf(zoo->write, "%s %s/%s\n", defect->name, corpus->target->name,
				file_name(input));
		if (!defect)
			printf("without a defect: %s: %s\n", input->path, zoo->reply->sentence);
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
		printf("%s: caught: %s\n", defect->name, zoo->reply->sentence);
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

static void load_corpora(struct zoo *zoo)
{
	for (size_t i = 0; fuzz_targets[i] && i < MAX_TARGETS; i++) {
		struct corpus *corpus = &zoo->corpora[zoo->nr_corpora++];
		char *path;

		corpus->target = fuzz_targets[i];
		if (asprintf(&path, "%s/%s", zoo->folder, fuzz_targets[i]->name) < 0)
			abort();
		inputs_add(&corpus->inputs, path);
		free(path);
		if (corpus->inputs.nr == 0) {
			fprintf(stderr, "%s/%s: no input\n", zoo->folder, fuzz_targets[i]->name);
			exit(2);
		}
	}
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
		{"list", CMD_FLAG, lists, 0, 0, NULL},
	};
	int nr_words, status = cmd_parse(&self, argc, argv, options, 4, &nr_words);

	if (status != CMD_OK)
		return status;
	if (nr_words != !*lists)
		return cmd_usage(&self, "a CORPUS was expected, or --list alone");
	if (zoo->only && !zoo_find(zoo->only))
		return cmd_usage(&self, "no defect '%s'", zoo->only);
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

int main(int argc, char **argv)
{
	static struct zoo zoo;
	bool lists = false;
	int status = zoo_parse(&zoo, argc, argv, &lists);

	if (status != CMD_OK || lists)
		return lists ? zoo_main_list() : status;
	zoo.reply = mmap(NULL, sizeof(*zoo.reply), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (zoo.reply == MAP_FAILED)
		abort();
	load_corpora(&zoo);
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
