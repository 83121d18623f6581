/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trial_server.c - see trial_server.h. */
#include "fuzz/crash/trial_server.h"
#include "fuzz/crash/trial_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct order {
	size_t nr;
	uint8_t bytes[FUZZ_MAX_BYTES];
};

struct trial_server {
	const struct fuzz_target *target;
	unsigned limit_ms;
	struct order *order; /* shared */
	int output;	     /* stderr of children: a file without a name */
	pid_t pid;	     /* 0: no child runs */
	int go, done;
};

struct trial_server *trial_server_create(const struct fuzz_target *target, unsigned limit_ms)
{
	struct trial_server *many = calloc(1, sizeof(*many));

	trial_must(many != NULL);
	*many = (struct trial_server){.target = target, .limit_ms = limit_ms};
	many->order = mmap(NULL, sizeof(*many->order), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	many->output = memfd_create("said", MFD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN); /* a child's end shows in its status */
	trial_must(many->order != MAP_FAILED && many->output >= 0);
	return many;
}

/* --- the child ------------------------------------------------------------------------------- */

static bool take_byte(int fd)
{
	char byte;
	ssize_t nr;

	do
		nr = read(fd, &byte, 1);
	while (nr < 0 && errno == EINTR);
	return nr == 1;
}

static bool give_byte(int fd)
{
	ssize_t nr;

	do
		nr = write(fd, "", 1);
	while (nr < 0 && errno == EINTR);
	return nr == 1;
}

static _Noreturn void server_serve(const struct trial_server *many, int go, int done)
{
	trial_child_begin(many->output, 2);
	while (take_byte(go)) {
		trial_child_limit(many->limit_ms);
		trial_child_property(many->target, many->order->bytes, many->order->nr);
		trial_child_limit(0);
		if (!give_byte(done))
			break;
	}
	_exit(0);
}

static void server_start(struct trial_server *many)
{
	int go[2], done[2];

	trial_must(!pipe2(go, O_CLOEXEC) && !pipe2(done, O_CLOEXEC));
	trial_must(!ftruncate(many->output, 0) && lseek(many->output, 0, SEEK_SET) == 0);
	fflush(NULL);
	many->pid = fork();
	trial_must(many->pid >= 0);
	if (many->pid == 0) {
		close(go[1]);
		close(done[0]);
		server_serve(many, go[0], done[1]);
	}
	close(go[0]);
	close(done[1]);
	many->go = go[1];
	many->done = done[0];
}

/* --- the parent ------------------------------------------------------------------------------ */

static int server_end(struct trial_server *many)
{
	int status;

	close(many->go);
	close(many->done);
	status = trial_wait(many->pid);
	many->pid = 0;
	return status;
}

static void finding_read(const struct trial_server *many, struct finding *finding)
{
	FILE *file = fdopen(dup(many->output), "r");
	char *line = NULL;
	size_t capacity = 0;

	trial_must(file != NULL);
	rewind(file);
	while (getline(&line, &capacity, file) >= 0) {
		line[strcspn(line, "\n")] = 0;
		finding_take_line(finding, line);
	}
	free(line);
	fclose(file);
}

void trial_server_run(struct trial_server *many, const uint8_t *bytes, size_t nr,
		      struct trial *trial)
{
	struct left *left = trial_left();
	int status = 0;

	if (!many->pid)
		server_start(many);
	*trial = (struct trial){0};
	memset(left, 0, sizeof(*left));
	left->cut_short = true;
	memcpy(many->order->bytes, bytes, nr);
	many->order->nr = nr;
	if (!give_byte(many->go) || !take_byte(many->done)) {
		status = server_end(many);
		finding_read(many, &trial->finding);
	}
	trial_evaluate(trial, status, many->limit_ms);
}

void trial_server_destroy(struct trial_server *many)
{
	if (many->pid)
		server_end(many);
	munmap(many->order, sizeof(*many->order));
	close(many->output);
	free(many);
}
