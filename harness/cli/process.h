/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * process.h - child processes, done right and once.
 *
 * R1  A child has a process group of its own; whatever it started is gone when the child is said to
 *     have ended, however it ended. What left the group too: orphans are adopted and killed, at the
 *     latest then; of several children at once, when the first of them ends.
 * R2  A child dies with us (PR_SET_PDEATHSIG), even when we are killed.
 * R3  SIGINT, SIGTERM and SIGHUP of ours end the child: first with SIGTERM, after a grace period
 *     with SIGKILL. They do not end us: process_interrupted() is set, and the command stops in good
 *     order.
 * R4  Time-outs are ours: no child can make us hang. All waiting is in processes_wait(), which
 *     serves every child that runs, so that process_run() does not starve those started before
 *     it. Callbacks start no process and wait for none.
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
	const char *directory;	 /* NULL: where we are */
	const char *const
		*environment;	/* "NAME=VALUE" words on top of ours, NULL-terminated; or NULL */
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
	bool append; /* to the files, instead of starting them anew */
	/* stdin, stdout and stderr are ours, and so is the process group: a command that the user
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
	/* ... the process's own word for a file that cannot be written; or NULL */
	const char *refused;
	bool timed_out;	  /* by timeout_seconds */
	bool stopped;	  /* by tick */
	bool interrupted; /* by a signal to us */
	double seconds;	    /* that passed */
	double cpu_seconds; /* that it used, with all of its own that it waited for */
};

/* Runs it to its end. True when it exited by itself with status 0. */
bool process_run(const struct process *process, struct process_result *result);

struct process_job {
	bool running; /* false: the result is there */
	struct process_result result;
	struct process_run *run; /* inside of process.c */
};

/* Starts it and returns. False: it could not be started, or we are interrupted: see the result. */
bool process_start(struct process_job *job, const struct process *process);
/* Asks it to end, as R3 does; it has ended when it is no longer running. */
void process_stop(struct process_job *job);
/* Waits for something to happen to those that run, 0.2 s at most, and does what is due. */
void processes_wait(void);

/* Between these two a signal only sets process_interrupted(), also while no process runs. Releasing
   ends what still runs. */
void signals_hold(void);
void signals_release(void);

/* One line on stderr about how it ended: "ninja: exit status 1", "qemu: no end after 30 s" ... */
void process_explain(const struct process *process, const struct process_result *result);
/* The same words without the process's name, into text. */
void process_words(const struct process_result *result, char *text, size_t capacity);

/* Has a signal asked us to stop (sticky)? Its number, or 0. */
int process_interrupted(void);

/* Is there such a program in PATH? */
bool program_exists(const char *name);

/* Seconds of a monotonic clock. */
double clock_seconds(void);

#endif
