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

static void reply_make(struct zoo_corpora *corpora)
{
	if (corpora->reply)
		return;
	corpora->reply = mmap(NULL, sizeof(*corpora->reply), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (corpora->reply == MAP_FAILED)
		abort();
}

void zoo_corpora_add(struct zoo_corpora *corpora, const struct fuzz_target *target,
		     const char *path)
{
	struct zoo_corpus *corpus;

	if (corpora->nr == ZOO_MAX_TARGETS)
		abort();
	reply_make(corpora);
	corpus = &corpora->corpus[corpora->nr++];
	corpus->target = target;
	inputs_add(&corpus->inputs, path);
}

void zoo_corpora_load(struct zoo_corpora *corpora, const char *folder)
{
	for (size_t i = 0; fuzz_targets[i] && i < ZOO_MAX_TARGETS; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", folder, fuzz_targets[i]->name) < 0)
			abort();
		zoo_corpora_add(corpora, fuzz_targets[i], path);
		free(path);
		if (corpora->corpus[i].inputs.nr == 0) {
			fprintf(stderr, "%s/%s: no input\n", folder, fuzz_targets[i]->name);
			exit(2);
		}
	}
}

/* --- a child --------------------------------------------------------------------------------- */

/* Does what a run did differ without the defect? */
static bool outcome_differs(const struct zoo_corpus *corpus, const struct input *input,
			    const struct fuzz_outcome *outcome)
{
	uint32_t chosen = zoo_chosen;
	struct fuzz_outcome other;
	bool differ;

	zoo_chosen = 0;
	differ = !corpus->target->property(input->bytes, input->nr, &other) ||
		 other.hash != outcome->hash || other.nr_ops != outcome->nr_ops;
	zoo_chosen = chosen;
	return differ;
}

static void run_input(const struct zoo_corpora *corpora, const struct zoo_corpus *corpus, size_t i)
{
	/* Of our own time: others may keep the machine busy. */
	static const struct itimerval limit = {.it_value = {.tv_sec = INPUT_SECONDS}};
	const struct input *input = &corpus->inputs.input[i];
	struct zoo_reply *reply = corpora->reply;
	struct fuzz_outcome outcome;

	reply->at = i;
	reply->reached = false;
	reply->counts.replayed++;
	setitimer(ITIMER_PROF, &limit, NULL);
	if (corpus->target->property(input->bytes, input->nr, &outcome)) {
		reply->counts.reached += reply->reached;
		if (corpora->measures && reply->reached)
			reply->counts.triggered += outcome_differs(corpus, input, &outcome);
		return;
	}
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
		zoo_reached = &reply->reached;
		for (size_t i = from; is_first && i < inputs->nr; i++)
			if (is_first(context, defect, corpus, &inputs->input[i]))
				run_input(corpora, corpus, i);
		for (size_t i = from; i < inputs->nr; i++)
			run_input(corpora, corpus, i);
		_exit(0);
	}
	if (pid < 0)
		abort();
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			abort();
	if (reply->by == FINDING_NONE)
		reply->by = ended_by(status, reply->sentence, sizeof(reply->sentence));
	if (reply->by == FINDING_NONE)
		return false;
	reply->counts.reached += reply->reached;
	reply->counts.triggered++; /* a core without a defect is complained of nowhere */
	reply->counts.detected++;
	return true;
}
