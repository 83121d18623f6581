/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * process.c - runs child processes to their ends. The contract is in process.h.
 *
 *	we  ── fork ──>  leader of group G ──> whatever it starts
 *	 │  ── fork ──>  leader of group H ──> ...
 *	 │ ppoll: of each leader its pidfd, stdout and stderr; a tick; signals arrive only in here
 *	 └ leader gone: kill G, kill the orphans that we adopted, read what is left, reap
 *
 * A leader stays a zombie until its group is killed, so that no other group gets the id G.
 */
#include "harness/cli/process.h"
#include "harness/cli/process_child.h"

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

enum { TICK_MS = 200, GRACE_SECONDS = 5, NR_ENDERS = 3, NR_POLLS = 1 + PROCESS_NR_STREAMS };

static const int enders[NR_ENDERS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t caught;

struct process_run {
	const struct process *process;
	struct process_job *job;
	struct process_child child;
	int pidfd;
	double started, term_at; /* term_at 0: SIGTERM was not sent */
	bool killed;
	struct process_run *next;
};

static struct process_run *first_run; /* the running ones */
static size_t nr_runs;

/* Users that need signals to be caught, and the handlers before the first. */
static struct {
	unsigned nr;
	struct sigaction actions[NR_ENDERS];
	sigset_t mask;
} held;

double clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int process_interrupted(void)
{
	return caught;
}

static void note_signal(int number)
{
	caught = number;
}

/*
 * From here on signals are delivered only in ppoll(). Ignored ones (nohup, a job of a script) stay
 * ignored.
 */
void signals_hold(void)
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
	sigprocmask(SIG_SETMASK, &held.mask, NULL); /* delivers one that is pending */
	for (int i = 0; i < NR_ENDERS; i++)
		sigaction(enders[i], &held.actions[i], NULL);
}

static void signal_child(struct process_run *run, int number)
{
	kill(run->process->to_user ? run->child.pid : -run->child.pid, number);
}

/* Requests the child to end, and kills it after the grace period. */
static void end_child(struct process_run *run, double now)
{
	double grace =
		run->process->grace_seconds > 0 ? run->process->grace_seconds : GRACE_SECONDS;

	if (run->term_at == 0) {
		run->term_at = now;
		signal_child(run, SIGTERM);
		signal_child(run, SIGCONT);
	} else if (now - run->term_at > grace && !run->killed) {
		run->killed = true;
		signal_child(run, SIGKILL);
	}
}

/* Returns whether the child has to end now, and records why. */
static bool must_end(struct process_run *run, double now)
{
	const struct process *process = run->process;
	struct process_result *result = &run->job->result;

	if (caught)
		result->interrupted = true;
	if (process->timeout_seconds > 0 && now - run->started > process->timeout_seconds)
		result->timed_out = true;
	if (!run->term_at && process->tick && !process->tick(process->context, now - run->started))
		result->stopped = true;
	return result->interrupted || result->timed_out || result->stopped;
}

static bool leader_gone(struct process_run *run)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)run->child.pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == run->child.pid;
}

/* Returns NR_POLLS for each running child, in their order. */
static struct pollfd *make_polls(void)
{
	struct pollfd *polls = g_new0(struct pollfd, nr_runs * NR_POLLS + 1), *at = polls;

	for (struct process_run *run = first_run; run; run = run->next) {
		*at++ = (struct pollfd){.fd = run->pidfd, .events = POLLIN};
		for (int i = 0; i < PROCESS_NR_STREAMS; i++)
			*at++ = (struct pollfd){.fd = run->child.streams[i].fd, .events = POLLIN};
	}
	return polls;
}

static void wait_a_tick(void)
{
	struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	struct pollfd *polls = make_polls(), *at = polls;

	if (ppoll(polls, nr_runs * NR_POLLS, &tick, &held.mask) > 0) {
		for (struct process_run *run = first_run; run; run = run->next, at += NR_POLLS) {
			for (int i = 0; i < PROCESS_NR_STREAMS; i++) {
				if (at[1 + i].revents)
					process_stream_read(&run->child.streams[i], run->process);
			}
		}
	}
	free(polls);
}

static bool is_leader(pid_t pid)
{
	for (struct process_run *run = first_run; run; run = run->next) {
		if (run->child.pid == pid)
			return true;
	}
	return false;
}

/* Children that are not leaders are adopted orphans. Kills one; returns false when none is left. */
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

static void processes_forget(struct process_run *run)
{
	struct process_run **link = &first_run;

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

/* Call it when the leader has ended. */
static void processes_reap(struct process_run *run)
{
	struct process_result *result = &run->job->result;
	struct rusage usage;
	int status = 0;

	if (!run->process->to_user)
		signal_child(run, SIGKILL);
	while (kill_orphan())
		;
	if (wait4(run->child.pid, &status, 0, &usage) == run->child.pid)
		result->cpu_seconds = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	result->seconds = clock_seconds() - run->started;
	close(run->pidfd);
	process_child_finish(&run->child, run->process);
	run->job->running = false;
	run->job->run = NULL;
	processes_forget(run);
}

bool process_start(struct process_job *job, const struct process *process)
{
	struct process_run *run;

	*job = (struct process_job){.result = {.status = -1, .interrupted = caught != 0}};
	if (caught)
		return false;
	run = g_malloc0(sizeof(*run));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signals_hold();
	run->process = process;
	run->job = job;
	run->started = clock_seconds();
	job->result.spawn_errno = process_child_start(&run->child, process, &held.mask);
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

void process_stop(struct process_job *job)
{
	if (!job->running)
		return;
	job->result.stopped = true;
	end_child(job->run, clock_seconds());
}

void processes_wait(void)
{
	struct process_run *next;

	wait_a_tick();
	for (struct process_run *run = first_run; run; run = next) {
		double now = clock_seconds();

		next = run->next;
		if (leader_gone(run))
			processes_reap(run);
		else if (must_end(run, now))
			end_child(run, now);
	}
}

void signals_release(void)
{
	for (struct process_run *run = first_run; held.nr == nr_runs + 1 && run; run = run->next)
		process_stop(run->job);
	while (held.nr == nr_runs + 1 && nr_runs)
		processes_wait();
	release_signals();
}

bool process_run(const struct process *process, struct process_result *result)
{
	struct process_job job;

	process_start(&job, process);
	while (job.running)
		processes_wait();
	*result = job.result;
	return result->status == 0 && !result->interrupted && !result->timed_out &&
	       !result->stopped;
}

void process_words(const struct process_result *result, char *text, size_t capacity)
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

void process_explain(const struct process *process, const struct process_result *result)
{
	char words[160];

	process_words(result, words, sizeof(words));
	fprintf(stderr, "%s: %s\n", process->argv[0], words);
}

bool program_exists(const char *name)
{
	char *path = g_find_program_in_path(name);
	bool exists = path != NULL;

	free(path);
	return exists;
}
