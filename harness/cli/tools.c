/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * tools.c - runs child processes to their ends. The contract is in tools.h.
 *
 *	we  ── fork ──>  leader of group G ──> whatever it starts
 *	 │  ── fork ──>  leader of group H ──> ...
 *	 │ ppoll: of each leader its pidfd, stdout and stderr; a tick; signals arrive only in here
 *	 └ leader gone: kill G, kill the orphans that we adopted, read what is left, reap
 *
 * A leader stays a zombie until its group was killed, so that G cannot be somebody else's.
 */
#include "harness/cli/tools.h"
#include "harness/cli/tools_child.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200, GRACE_SECONDS = 5, NR_ENDERS = 3, NR_POLLS = 1 + TOOL_NR_STREAMS };

static const int enders[NR_ENDERS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t caught;

struct tool_run {
	const struct tool *tool;
	struct tool_job *job;
	struct tool_child child;
	int pidfd;
	double started, term_at; /* term_at 0: SIGTERM was not sent */
	bool killed;
	struct tool_run *next;
};

static struct tool_run *first_run; /* those that run */
static size_t nr_runs;

/* Whoever needs signals to be caught, and what they did before the first. */
static struct {
	unsigned nr;
	struct sigaction actions[NR_ENDERS];
	sigset_t mask;
} held;

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
void tools_hold(void)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t block;

	if (held.nr++)
		return;
	sigemptyset(&block);
	for (int i = 0; i < NR_ENDERS; i++) {
		sigaction(enders[i], NULL, &held.actions[i]);
		if (held.actions[i].sa_handler != SIG_IGN)
			sigaction(enders[i], &action, NULL);
		sigaddset(&block, enders[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &held.mask);
}

static void release_signals(void)
{
	if (--held.nr)
		return;
	sigprocmask(SIG_SETMASK, &held.mask, NULL); /* one that is pending is noted here */
	for (int i = 0; i < NR_ENDERS; i++)
		sigaction(enders[i], &held.actions[i], NULL);
}

static void signal_child(struct tool_run *run, int number)
{
	kill(run->tool->to_user ? run->child.pid : -run->child.pid, number);
}

/* Asks the child to end, and after the grace period makes it. */
static void end_child(struct tool_run *run, double now)
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
static bool must_end(struct tool_run *run, double now)
{
	const struct tool *tool = run->tool;
	struct tool_result *result = &run->job->result;

	if (caught)
		result->interrupted = true;
	if (tool->timeout_seconds > 0 && now - run->started > tool->timeout_seconds)
		result->timed_out = true;
	if (!run->term_at && tool->tick && !tool->tick(tool->context, now - run->started))
		result->stopped = true;
	return result->interrupted || result->timed_out || result->stopped;
}

static bool leader_gone(struct tool_run *run)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)run->child.pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == run->child.pid;
}

/* NR_POLLS of each that runs, in their order. */
static struct pollfd *make_polls(void)
{
	struct pollfd *polls = g_new0(struct pollfd, nr_runs * NR_POLLS + 1), *at = polls;

	for (struct tool_run *run = first_run; run; run = run->next) {
		*at++ = (struct pollfd){.fd = run->pidfd, .events = POLLIN};
		for (int i = 0; i < TOOL_NR_STREAMS; i++)
			*at++ = (struct pollfd){.fd = run->child.streams[i].fd, .events = POLLIN};
	}
	return polls;
}

static void wait_a_tick(void)
{
	struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	struct pollfd *polls = make_polls(), *at = polls;

	if (ppoll(polls, nr_runs * NR_POLLS, &tick, &held.mask) > 0) {
		for (struct tool_run *run = first_run; run; run = run->next, at += NR_POLLS) {
			for (int i = 0; i < TOOL_NR_STREAMS; i++) {
				if (at[1 + i].revents)
					tool_stream_read(&run->child.streams[i], run->tool);
			}
		}
	}
	free(polls);
}

static bool is_leader(pid_t pid)
{
	for (struct tool_run *run = first_run; run; run = run->next) {
		if (run->child.pid == pid)
			return true;
	}
	return false;
}

/* Our children other than leaders are orphans of their families. Kills one; false: none is left. */
static bool kill_orphan(void)
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
		found = !is_leader(pid);
	fclose(children);
	if (found) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return found;
}

static void tools_forget(struct tool_run *run)
{
	struct tool_run **link = &first_run;

	while (*link != run)
		link = &(*link)->next;
	*link = run->next;
	nr_runs--;
	free(run);
	release_signals();
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* Its leader is gone. */
static void tools_reap(struct tool_run *run)
{
	struct tool_result *result = &run->job->result;
	struct rusage usage;
	int status = 0;

	if (!run->tool->to_user)
		signal_child(run, SIGKILL);
	while (kill_orphan())
		;
	if (wait4(run->child.pid, &status, 0, &usage) == run->child.pid)
		result->cpu_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result->seconds = tool_now() - run->started;
	close(run->pidfd);
	tool_child_finish(&run->child, run->tool);
	run->job->running = false;
	run->job->run = NULL;
	tools_forget(run);
}

bool tool_start(struct tool_job *job, const struct tool *tool)
{
	struct tool_run *run;

	*job = (struct tool_job){.result = {.status = -1, .interrupted = caught != 0}};
	if (caught)
		return false;
	run = g_malloc0(sizeof(*run));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	tools_hold();
	run->tool = tool;
	run->job = job;
	run->started = tool_now();
	job->result.spawn_errno = tool_child_start(&run->child, tool, &held.mask);
	if (job->result.spawn_errno) {
		job->result.refused = run->child.refused;
		release_signals();
		free(run);
		return false;
	}
	run->pidfd = (int)syscall(SYS_pidfd_open, run->child.pid, 0);
	run->next = first_run;
	first_run = run;
	nr_runs++;
	job->running = true;
	job->run = run;
	return true;
}

void tool_stop(struct tool_job *job)
{
	if (!job->running)
		return;
	job->result.stopped = true;
	end_child(job->run, tool_now());
}

void tools_wait(void)
{
	struct tool_run *next;

	wait_a_tick();
	for (struct tool_run *run = first_run; run; run = next) {
		double now = tool_now();

		next = run->next;
		if (leader_gone(run))
			tools_reap(run);
		else if (must_end(run, now))
			end_child(run, now);
	}
}

void tools_release(void)
{
	for (struct tool_run *run = first_run; held.nr == nr_runs + 1 && run; run = run->next)
		tool_stop(run->job);
	while (held.nr == nr_runs + 1 && nr_runs)
		tools_wait();
	release_signals();
}

bool tool_run(const struct tool *tool, struct tool_result *result)
{
	struct tool_job job;

	tool_start(&job, tool);
	while (job.running)
		tools_wait();
	*result = job.result;
	return result->status == 0 && !result->interrupted && !result->timed_out &&
	       !result->stopped;
}

void tool_words(const struct tool_result *result, char *text, size_t capacity)
{
	if (result->refused)
		snprintf(text, capacity, "not started: %s cannot be written: %s", result->refused,
			 strerror(result->spawn_errno));
	else if (result->spawn_errno)
		snprintf(text, capacity, "could not be started: %s", strerror(result->spawn_errno));
	else if (result->interrupted)
		snprintf(text, capacity, "interrupted after %.1f s", result->seconds);
	else if (result->timed_out)
		snprintf(text, capacity, "no end within the time-out: ended after %.1f s",
			 result->seconds);
	else if (result->stopped)
		snprintf(text, capacity, "stopped after %.1f s", result->seconds);
	else if (result->signal)
		snprintf(text, capacity, "ended by signal %d (%s)", result->signal,
			 strsignal(result->signal));
	else
		snprintf(text, capacity, "exit status %d", result->status);
}

void tool_explain(const struct tool *tool, const struct tool_result *result)
{
	char words[160];

	tool_words(result, words, sizeof(words));
	fprintf(stderr, "%s: %s\n", tool->argv[0], words);
}

bool tool_exists(const char *name)
{
	char *path = g_find_program_in_path(name);
	bool exists = path != NULL;

	free(path);
	return exists;
}
