/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* main.c - the pcpu-lab command: finds the subcommand, shows help, returns its status. */
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "harness/cli/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct cmd *const commands[] = {
	&cmd_run,  &cmd_test,  &cmd_layout, &cmd_replay, &cmd_record,
	&cmd_fuzz, &cmd_crash, &cmd_coverage, &cmd_corpus, &cmd_zoo,  &cmd_bench,
	&cmd_history, &cmd_track, &cmd_bisect, &cmd_watch, &cmd_boot, &cmd_numa, &cmd_report,
	&cmd_map, &cmd_sizes, &cmd_doctor,
};
enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

/* Returns whether --help is among the words before a `--`. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

static int show_version(void)
{
	char id[GIT_ID_BYTES];
	bool dirty;

	git_revision(id, &dirty);
	printf("pcpu-lab %s\nrevision %s%s, built by %s\n", LAB_VERSION, id,
	       dirty ? " (files differ)" : "", __VERSION__);
	return CMD_OK;
}

static int refuse_command(const char *name)
{
	fprintf(stderr, "lab: no command '%s' (see lab --help)\n", name);
	return CMD_USAGE;
}

/* NULL: shows the overview. */
static int show_help(const char *name)
{
	const char *text = cmd_help(name ? name : "lab");

	if (!text || (name && !strcmp(name, "lab")))
		return refuse_command(name);
	fputs(text, stdout);
	return CMD_OK;
}

/* Subcommands of the launcher have a help text here, but no code. */
static int run_other(const char *name)
{
	if (strcmp(name, "setup"))
		return refuse_command(name);
	fputs("lab: setup is done by the launcher: start ./lab\n", stderr);
	return CMD_USAGE;
}

/* Returns an error if a result did not reach stdout (a full disk, say). */
static int main_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("lab: stdout");
		status = status == CMD_OK ? CMD_FOUND : status;
	}
	return process_interrupted() ? 128 + process_interrupted() : status;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;

	signal(SIGXFSZ, SIG_IGN); /* report the file size limit like a full disk */
	if (argc < 2) {
		fputs(cmd_help("lab"), stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return main_finish(show_help(argv[2]));
	if (argv[1][0] != '-' && wants_help(argc - 1, argv + 1))
		return main_finish(show_help(argv[1]));
	if (getenv("LAB_ROOT"))
		cmd_root(); /* check the root first, also for commands that do not need it */
	if (!strcmp(argv[1], "--version")) {
		if (argc == 2)
			return main_finish(show_version());
		fprintf(stderr, "lab: --version: no word was expected, not '%s'\n", argv[2]);
		return CMD_USAGE;
	}
	cmd = find_command(argv[1]);
	return main_finish(cmd ? cmd->run(argc - 1, argv + 1) : run_other(argv[1]));
}
