/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trial_child.c - see trial_child.h. */
#include "fuzz/crash/trial_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WALL_SECONDS = 60 };

void trial_must(bool ok)
{
	if (!ok)
		abort();
}

struct left *trial_left(void)
{
	static struct left *left;

	if (!left) {
		left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
		trial_must(left != MAP_FAILED);
	}
	return left;
}

/* --- a sanitizer's end: AddressSanitizer's names, unused in a plain build */

int __lsan_is_turned_off(void);
void __asan_on_error(void);
const char *__asan_get_report_description(void) __attribute__((weak));
void *__asan_get_report_pc(void) __attribute__((weak));

/* Children end by _exit(), so there is no leak check in them; this process needs none. */
int __lsan_is_turned_off(void)
{
	return 1;
}

/* Called when an error is found, before it is reported: the report starts a symbolizer. */
void __asan_on_error(void)
{
	struct left *left = trial_left();

	if (!__asan_get_report_description)
		return;
	snprintf(left->error, sizeof(left->error), "%s at %p", __asan_get_report_description(),
		 __asan_get_report_pc());
	if (left->cut_short)
		_exit(1);
}

/* --- a child --------------------------------------------------------------------------------- */

void trial_child_begin(int fd, int to)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(null, 3 - to);
	dup2(fd, to);
}

void trial_child_limit(unsigned limit_ms)
{
	const struct itimerval limit = {
		.it_value = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000}};

	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(limit_ms ? WALL_SECONDS : 0);
}

void trial_child_property(const struct fuzz_target *target, const uint8_t *bytes, size_t nr)
{
	uint8_t *copy = malloc(nr ? nr : 1); /* exact size, so that ASan detects overruns */
	struct left *left = trial_left();
	struct fuzz_outcome outcome;

	trial_must(copy != NULL);
	memcpy(copy, bytes, nr);
	if (!target->property(copy, nr, &outcome))
		finding_of_outcome(&left->finding, &outcome);
	left->whole = true;
	free(copy);
}

/* --- its end --------------------------------------------------------------------------------- */

static bool is_endless(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM);
}

/* Returns how it ended, NULL when normally. */
static const char *end_words(int status, unsigned limit_ms, char capacity[64])
{
	if (is_endless(status))
		snprintf(capacity, 64, "it does not end: not within %u.%u s of CPU time",
			 limit_ms / 1000, limit_ms / 100 % 10);
	else if (WIFSIGNALED(status))
		snprintf(capacity, 64, "%s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) || !trial_left()->whole)
		snprintf(capacity, 64, "exit status %d", WEXITSTATUS(status));
	else
		return NULL;
	return capacity;
}

void trial_evaluate(struct trial *trial, int status, unsigned limit_ms)
{
	const struct left *left = trial_left();
	char capacity[64];
	const char *ended = end_words(status, limit_ms, capacity);

	if (left->finding.by != FINDING_NONE)
		trial->finding = left->finding;
	else if (is_endless(status))
		finding_endless(&trial->finding, ended);
	finding_settle(&trial->finding, *left->error ? left->error : ended);
	memcpy(trial->key, *left->error ? left->error : trial->finding.group, sizeof(trial->key));
}

int trial_wait(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		trial_must(errno == EINTR);
	return status;
}
