/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_child.c - fork, stderr through a pipe, wait. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

static _Noreturn void be_child(void (*function)(void *argument), void *argument, int out)
{
	struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	dup2(out, STDERR_FILENO);
	function(argument);
	_exit(0);
}

void test_child_run(void (*function)(void *argument), void *argument, struct test_child *child)
{
	int ends[2], status;
	size_t at = 0;
	ssize_t got;
	pid_t pid;

	memset(child, 0, sizeof(*child));
	CHECK_EQ(pipe(ends), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		be_child(function, argument, ends[1]);
	close(ends[1]);
	while ((got = read(ends[0], child->text + at, sizeof(child->text) - 1 - at)) > 0)
		at += (size_t)got;
	close(ends[0]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	child->status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

_Noreturn void test_child_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
	fflush(stderr);
	_exit(1);
}

void test_child_passes(void (*function)(void *argument), void *argument)
{
	struct test_child child;

	test_child_run(function, argument, &child);
	if (child.signal || child.status)
		FAIL("signal %d, status %d: %s", child.signal, child.status, child.text);
}
