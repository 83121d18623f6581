/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tools.c - runs one child process to its end. The contract is in tools.h.
 *
 *	we  ── fork ──>  leader of group G ──> whatever it starts
 *	 │ ppoll: pidfd of the leader, its stdout and stderr, a tick; signals arrive only in here
 *	 └ leader gone: kill G, kill the orphans that we adopted, read what is left, reap
 *
 * The leader stays a zombie until its group was killed, so that G cannot be somebody else's.
 */
#include "tools.h"
#include "tools_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200, GRACE_SECONDS = 5, NR_ENDERS = 3 };

static const int enders[NR_ENDERS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t caught;

struct run {
	const struct tool *tool;
	struct tool_result *result;
	struct tool_child child;
	int pidfd;
	double started, term_at; /* term_at 0: SIGTERM was not sent */
	bool killed;
	struct sigaction actions[NR_ENDERS]; /* before us */
	sigset_t mask;			     /* before us */
};

double tool_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int tool_interrupted(void)
{
	return caught;
}

static void note_signal(int number)
{
	caught = number;
}

/*
 * From here signals reach us only in ppoll(). What was ignored (nohup, a job of a script) stays
 * ignored.
 */
static void catch_signals(struct run *run)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t block;

	sigemptyset(&block);
	for (int i = 0; i < NR_ENDERS; i++) {
		sigaction(enders[i], NULL, &run->actions[i]);
		if (run->actions[i].sa_handler != SIG_IGN)
			sigaction(enders[i], &action, NULL);
		sigaddset(&block, enders[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &run->mask);
}

static void release_signals(struct run *run)
{
	sigprocmask(SIG_SETMASK, &run->mask, NULL);
	for (int i = 0; i < NR_ENDERS; i++)
		sigaction(enders[i], &run->actions[i], NULL);
}

static void signal_child(struct run *run, int number)
{
	kill(run->tool->to_user ? run->child.pid : -run->child.pid, number);
}

/* Asks the child to end, and after the grace period makes it. */
static void end_child(struct run *run, double now)
{
	double grace = run->tool->grace_seconds > 0 ? run->tool->grace_seconds : GRACE_SECONDS;

	if (run->term_at == 0) {
		run->term_at = now;
		signal_child(run, SIGTERM);
		signal_child(run, SIGCONT);
	} else if (now - run->term_at > grace && !run->killed) {
		run->killed = true;
		signal_child(run, SIGKILL);
	}
}

/* Why the child has to end now, if it has to. */
static bool must_end(struct run *run, double now)
{
	const struct tool *tool = run->tool;
	struct tool_result *result = run->result;

	if (caught)
		result->interrupted = true;
	if (tool->timeout_seconds > 0 && now - run->started > tool->timeout_seconds)
		result->timed_out = true;
	if (!run->term_at && tool->tick && !tool->tick(tool->context, now - run->started))
		result->stopped = true;
	return result->interrupted || result->timed_out || result->stopped;
}

static bool leader_gone(struct run *run)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)run->child.pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == run->child.pid;
}

static void wait_a_tick(struct run *run)
{
	struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	struct pollfd polls[1 + TOOL_NR_STREAMS];

	polls[0] = (struct pollfd){.fd = run->pidfd, .events = POLLIN};
	for (int i = 0; i < TOOL_NR_STREAMS; i++)
		polls[1 + i] = (struct pollfd){.fd = run->child.streams[i].fd, .events = POLLIN};
	if (ppoll(polls, 1 + TOOL_NR_STREAMS, &tick, &run->mask) <= 0)
		return;
	for (int i = 0; i < TOOL_NR_STREAMS; i++) {
		if (polls[1 + i].revents)
			tool_stream_read(&run->child.streams[i], run->tool);
	}
}

static void watch(struct run *run)
{
	while (!leader_gone(run)) {
		double now = tool_now();

		if (must_end(run, now))
			end_child(run, now);
		wait_a_tick(run);
	}
}

/*
 * Our children now, other than the leader, are orphans of its family. Kills one; false: none is
 * left.
 */
static bool kill_orphan(pid_t leader)
{
	char path[64];
	FILE *children;
	int pid;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "re");
	if (!children)
		return false;
	while (!found && fscanf(children, "%d", &pid) == 1)
		found = pid != leader;
	fclose(children);
	if (found) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return found;
}

static void reap(struct run *run)
{
	struct tool_result *result = run->result;
	int status = 0;

	if (!run->tool->to_user)
		signal_child(run, SIGKILL);
	while (kill_orphan(run->child.pid))
		;
	waitpid(run->child.pid, &status, 0);
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result->seconds = tool_now() - run->started;
	close(run->pidfd);
	tool_child_finish(&run->child, run->tool);
}

bool tool_run(const struct tool *tool, struct tool_result *result)
{
	struct run run = {.tool = tool, .result = result, .started = tool_now()};

	*result = (struct tool_result){.status = -1, .interrupted = caught != 0};
	if (caught)
		return false;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	catch_signals(&run);
	result->spawn_errno = tool_child_start(&run.child, tool, &run.mask);
	if (!result->spawn_errno) {
		run.pidfd = (int)syscall(SYS_pidfd_open, run.child.pid, 0);
		watch(&run);
		reap(&run);
	}
	release_signals(&run);
	return result->status == 0 && !result->interrupted && !result->timed_out &&
	       !result->stopped;
}

void tool_words(const struct tool_result *result, char *text, size_t room)
{
	if (result->spawn_errno)
		snprintf(text, room, "could not be started: %s", strerror(result->spawn_errno));
	else if (result->interrupted)
		snprintf(text, room, "interrupted after %.1f s", result->seconds);
	else if (result->timed_out)
		snprintf(text, room, "no end within the time-out: ended after %.1f s",
			 result->seconds);
	else if (result->stopped)
		snprintf(text, room, "stopped after %.1f s", result->seconds);
	else if (result->signal)
		snprintf(text, room, "ended by signal %d (%s)", result->signal,
			 strsignal(result->signal));
	else
		snprintf(text, room, "exit status %d", result->status);
}

void tool_tell(const struct tool *tool, const struct tool_result *result)
{
	char words[160];

	tool_words(result, words, sizeof(words));
	fprintf(stderr, "%s: %s\n", tool->argv[0], words);
}

bool tool_exists(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	while (path && *path) {
		size_t bytes = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)bytes, path, name);
		if (!access(file, X_OK))
			return true;
		path += bytes + (path[bytes] == ':');
	}
	return false;
}
