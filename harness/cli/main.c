/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* main.c - the pcpu-lab command: finds the subcommand, shows help, leaves with its status. */
#include "harness/cli/cmd.h"
#include "harness/cli/git.h"
#include "harness/cli/tools.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct cmd *const commands[] = {
	&cmd_run,  &cmd_test,  &cmd_layout, &cmd_replay, &cmd_record,
	&cmd_fuzz, &cmd_crash, &cmd_coverage, &cmd_corpus, &cmd_zoo,  &cmd_bench,
	&cmd_history, &cmd_boot, &cmd_numa, &cmd_report,
};
enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void show_overview(FILE *to)
{
	fputs("usage: lab COMMAND [OPTION ...]\n\n", to);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`lab COMMAND --help` tells the rest, `lab --version` which lab this is. Results "
	      "go to\n"
	      "stdout, everything else to stderr. Of an option given twice the last one counts.\n"
	      "Exit status: 0 ok, 1 found something, 2 usage or bad input, 128 + N ended by signal "
	      "N.\n",
	      to);
}

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

/* --help among the words before a `--`. */
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

static int show_help(const char *name)
{
	const struct cmd *cmd = name ? find_command(name) : NULL;

	if (name && !cmd) {
		fprintf(stderr, "lab: no command '%s' (see lab --help)\n", name);
		return CMD_USAGE;
	}
	if (cmd)
		fputs(cmd->help, stdout);
	else
		show_overview(stdout);
	return CMD_OK;
}

/* A result that did not reach stdout (a full disk, say) is not ok. */
static int main_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("lab: stdout");
		status = status == CMD_OK ? CMD_FOUND : status;
	}
	return tool_interrupted() ? 128 + tool_interrupted() : status;
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;

	signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is told like a full disk */
	if (argc < 2) {
		show_overview(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return main_finish(show_help(argv[2]));
	if (getenv("LAB_ROOT"))
		cmd_root(); /* refused before the work, also by commands that need none */
	if (!strcmp(argv[1], "--version")) {
		if (argc == 2)
			return main_finish(show_version());
		fprintf(stderr, "lab: --version: no word was expected, not '%s'\n", argv[2]);
		return CMD_USAGE;
	}
	cmd = find_command(argv[1]);
	if (!cmd) {
		fprintf(stderr, "lab: no command '%s' (see lab --help)\n", argv[1]);
		return CMD_USAGE;
	}
	if (wants_help(argc - 1, argv + 1)) {
		fputs(cmd->help, stdout);
		return main_finish(CMD_OK);
	}
	return main_finish(cmd->run(argc - 1, argv + 1));
}
