/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_corpora.c - see zoo_corpora.h. */
#include "fuzz/zoo/zoo_corpora.h"

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

enum { INPUT_SECONDS = 1 };

const char *zoo_input_name(const struct input *input)
{
	const char *slash = strrchr(input->path, '/');

	return slash ? slash + 1 : input->path;
}

void zoo_corpora_load(struct zoo_corpora *corpora, const char *folder)
{
	corpora->reply = mmap(NULL, sizeof(*corpora->reply), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (corpora->reply == MAP_FAILED)
		abort();
	for (size_t i = 0; fuzz_targets[i] && i < ZOO_MAX_TARGETS; i++) {
		struct zoo_corpus *corpus = &corpora->corpus[corpora->nr++];
		char *path;

		corpus->target = fuzz_targets[i];
		if (asprintf(&path, "%s/%s", folder, fuzz_targets[i]->name) < 0)
			abort();
		inputs_add(&corpus->inputs, path);
		free(path);
		if (corpus->inputs.nr == 0) {
			fprintf(stderr, "%s/%s: no input\n", folder, fuzz_targets[i]->name);
			exit(2);
		}
	}
}

/* --- a child --------------------------------------------------------------------------------- */

static void run_input(const struct zoo_corpus *corpus, size_t i, struct zoo_reply *reply)
{
	/* Of our own time: others may keep the machine busy. */
	static const struct itimerval limit = { .it_value = { .tv_sec = INPUT_SECONDS } };
	const struct input *input = &corpus->inputs.input[i];
	struct fuzz_outcome outcome;

	reply->at = i;
	setitimer(ITIMER_PROF, &limit, NULL);
	if (corpus->target->property(input->bytes, input->nr, &outcome))
		return;
	reply->by = outcome.by;
	snprintf(reply->sentence, sizeof(reply->sentence), "%s", outcome.words);
	_exit(0);
}

/* What the way in which the child ended says, where no property said anything. */
static enum finding_by ended_by(int status, char *sentence, size_t capacity)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF) {
		snprintf(sentence, capacity, "it never ends");
		return FINDING_TIME;
	}
	if (WIFSIGNALED(status)) {
		snprintf(sentence, capacity, "%s", strsignal(WTERMSIG(status)));
		return FINDING_END;
	}
	if (WEXITSTATUS(status) == 0)
		return FINDING_NONE;
	snprintf(sentence, capacity, "a sanitizer, or exit status %d", WEXITSTATUS(status));
	return FINDING_SANITIZER;
}

bool zoo_corpus_try(struct zoo_corpora *corpora, const struct zoo_corpus *corpus,
		    const struct zoo_defect *defect, size_t from,
		    bool (*is_first)(const void *context, const struct zoo_defect *defect,
				     const struct zoo_corpus *corpus, const struct input *input),
		    const void *context)
{
	const struct inputs *inputs = &corpus->inputs;
	struct zoo_reply *reply = corpora->reply;
	int status = 0;
	pid_t pid;

	*reply = (struct zoo_reply){0};
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), 2); /* sanitizers have a lot to say */
		zoo_chosen = defect ? defect->number : 0;
		for (size_t i = from; is_first && i < inputs->nr; i++)
			if (is_first(context, defect, corpus, &inputs->input[i]))
				run_input(corpus, i, reply);
		for (size_t i = from; i < inputs->nr; i++)
			run_input(corpus, i, reply);
		_exit(0);
	}
	if (pid < 0)
		abort();
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			abort();
	if (reply->by == FINDING_NONE)
		reply->by = ended_by(status, reply->sentence, sizeof(reply->sentence));
	return reply->by != FINDING_NONE;
}
