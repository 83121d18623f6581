/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * process.h - runs child processes.
 *
 * R1  A child has its own process group; all processes that it started are dead when it is reported
 *     as ended. Those that left the group too: orphans are adopted and killed, at the latest then;
 *     with several children at once, when the first of them ends.
 * R2  A child is killed when this process ends (PR_SET_PDEATHSIG), even by SIGKILL.
 * R3  SIGINT, SIGTERM and SIGHUP to this process end the child: first with SIGTERM, after a grace
 *     period with SIGKILL. They do not end this process: process_interrupted() is set, and the
 *     command stops cleanly.
 * R4  Time-outs are enforced here: no child can make this process hang. All waiting is in
 *     processes_wait(), which serves every child that runs, so that process_run() does not starve
 *     those started before it. Callbacks start no process and wait for none.
 *
 * GLib's GSubprocess has no process group for a child, no death signal and no time-out, and does
 * not adopt orphans: R1 and R2 are why this is here.
 *
 *	const char *argv[] = { "qemu-system-x86_64", "-nodefaults", NULL };
 *	struct process process = { .argv = argv, .out_line = note_line, .context = &run,
 *			     .timeout_seconds = 30 };
 *	struct process_result result;
 *	if (!process_run(&process, &result))
 *		process_explain(&process, &result);
 *
 * Several at once, each in memory that stays where it is while it runs, as its process does:
 *
 *	signals_hold();
 *	for (int i = 0; i < 2; i++)
 *		process_start(&jobs[i], &processes[i]);
 *	while (jobs[0].running || jobs[1].running)
 *		processes_wait();
 *	signals_release();
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct process {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	const char *directory;	 /* NULL: the current one */
	const char *const
		*environment;	/* "NAME=VALUE" words added to ours, NULL-terminated; or NULL */
	double timeout_seconds; /* 0: none */
	double grace_seconds;	/* between SIGTERM and SIGKILL; 0: 5 seconds */

	/*
	 * Each of the two streams goes to its file if one is named ("-": our stderr; results are
	 * ours to print), else as lines to its callback, else to /dev/null. A file and a callback
	 * together: both. A line has no newline; it is NUL-terminated and cut at 64 KiB.
	 */
	const char *out_file, *err_file;
	void (*out_line)(void *context, const char *line, size_t bytes);
	void (*err_line)(void *context, const char *line, size_t bytes);
	bool append; /* to the files, instead of truncating them */
	/* the child inherits stdin, stdout, stderr and the process group: a command that the user
	   gave; overrides the six fields above. */
	bool to_user;

	/*
	 * Called about every 0.2 s with the seconds since the start; false stops the child (as
	 * R3).
	 */
	bool (*tick)(void *context, double seconds);
	void *context;
};

struct process_result {
	int status;	  /* exit status; -1 when there is none */
	int signal;	  /* that ended it; 0: none */
	int spawn_errno;  /* why it could not be started; 0: it was */
	/* ... the file that cannot be opened; or NULL */
	const char *refused;
	bool timed_out;	  /* by timeout_seconds */
	bool stopped;	  /* by tick */
	bool interrupted; /* by a signal to us */
	double seconds;	    /* elapsed */
	double cpu_seconds; /* of the process and all children it waited for */
};

/* Runs it to its end. Returns true when it exited by itself with status 0. */
bool process_run(const struct process *process, struct process_result *result);

struct process_job {
	bool running; /* false: the result is valid */
	struct process_result result;
	struct process_run *run; /* private to process.c */
};

/* Starts it and returns. False: it could not be started, or a signal came: see the result. */
bool process_start(struct process_job *job, const struct process *process);
/* Requests it to end, as in R3; it has ended when `running` is false. */
void process_stop(struct process_job *job);
/* Waits up to 0.2 s for an event of the running children, and handles it. */
void processes_wait(void);

/* Between hold and release a signal only sets process_interrupted(), also while no process runs.
   Release ends the running children. */
void signals_hold(void);
void signals_release(void);

/* Prints one line on stderr about how it ended: "ninja: exit status 1", "qemu: no end after 30
   s". */
void process_explain(const struct process *process, const struct process_result *result);
/* Writes the same text without the process's name. */
void process_words(const struct process_result *result, char *text, size_t capacity);

/* Returns the number of the signal that requested a stop (sticky), or 0. */
int process_interrupted(void);

/* Returns whether PATH has such a program. */
bool program_exists(const char *name);

/* Seconds of a monotonic clock. */
double clock_seconds(void);

#endif
