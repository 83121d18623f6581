/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd.h - the pcpu-lab command: one table of subcommands, shared conventions.
 *
 * Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 found something, 2 usage or
 * bad input. Bad input is one line, `FILE:LINE: what was expected`, and nothing half-written.
 */
#ifndef CMD_H
#define CMD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/text/topology_text.h"

enum { CMD_OK = 0, CMD_FOUND = 1, CMD_USAGE = 2 };

struct cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
	/* words after the first are not parsed as options */
	bool words_are_last;
	/* Receives complaints, which go to stderr when it is NULL. */
	void (*complain)(const char *format, va_list words);
};

/* One per file cmd_<name>.c */
extern const struct cmd cmd_layout, cmd_replay, cmd_record, cmd_fuzz, cmd_bench, cmd_boot,
	cmd_report, cmd_run, cmd_test, cmd_zoo, cmd_coverage, cmd_corpus, cmd_crash, cmd_numa,
	cmd_history, cmd_bisect, cmd_track, cmd_watch, cmd_map, cmd_sizes, cmd_doctor;

/* Returns the text of `lab NAME --help`; "lab": that of `lab --help`. NULL: no such command. */
const char *cmd_help(const char *name);

/* Prints "lab NAME: MESSAGE" (printf-like) on stderr, or calls cmd->complain; returns
   CMD_USAGE. */
int cmd_usage(const struct cmd *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints "FILE:LINE: EXPECTED" on stderr; returns CMD_USAGE. */
int cmd_bad_input(const char *file, uint32_t line, const char *expected);
/* Returns a file's name for messages: "stdin" for `-`. */
const char *cmd_shown(const char *file);
/* For errors without a line, since nothing was read: prints "FILE: cannot be DONE:
   WHY" on stderr ("read", "written" ...; often strerror(errno)); returns CMD_USAGE. */
int error_file(const char *file, const char *done, const char *why);

/*
 * Options. An option is --name, --name VALUE or --name=VALUE; which of them is the kind's:
 *	CMD_FLAG	  --name			bool
 *	CMD_TEXT	  --name VALUE, --name=VALUE	const char *
 *	CMD_OPTIONAL_TEXT --name, --name VALUE, --name=VALUE	const char *
 *		"-" when bare. The next word is the value unless it starts with '-'; a lone '-' is
 *		a value
 *	CMD_EQUALS_TEXT	  --name, --name=VALUE		const char *: "" when bare
 *	CMD_BYTES	  as TEXT: a number, suffix K M G T (powers of 1024) allowed	uint64_t
 *	CMD_SECONDS	  as TEXT: a number, suffix s m h d allowed		uint64_t
 *	CMD_NUMBER	  as TEXT: a number		uint64_t
 * Numbers are decimal digits. An empty value is refused, whatever the kind.
 */
enum cmd_kind {
	CMD_FLAG,
	CMD_TEXT,
	CMD_OPTIONAL_TEXT,
	CMD_EQUALS_TEXT,
	CMD_BYTES,
	CMD_SECONDS,
	CMD_NUMBER,
};

struct cmd_option {
	const char *name; /* without --; of one letter: -o, and no = */
	enum cmd_kind kind;
	void *value; /* bool *, const char ** or uint64_t *, by kind; untouched when not given */
	uint64_t min, max; /* BYTES, SECONDS and NUMBER, both included */
	bool *given;	   /* may be NULL */
};

/*
 * Parses argv[1..]; positional words are moved to argv[1..] in order and counted in *nr_words;
 * argv[*nr_words + 1] is NULL then. `--` ends options. An option given twice: the last one
 * counts. Returns CMD_OK, or CMD_USAGE after printing what was wrong. --help is handled by
 * main.c.
 */
int cmd_parse(const struct cmd *cmd, int argc, char **argv, const struct cmd_option *options,
	      size_t nr_options, int *nr_words);

/* Reads a whole input (input.h: a file, a FIFO, `-` for stdin; plain, .gz or .xz by content) into
   memory, NUL-terminated behind its end; at most 64 MiB unpacked, and a larger file is refused by
   its size before it is read. Traces: trace_file.h. False after printing what is wrong. free()
   it. */
bool cmd_read_file(const char *path, char **text, size_t *bytes);
/* Writes FILE as a whole or not at all (temporary name beside it, fsync, rename); "-" is stdout. */
bool cmd_write_file(const char *path, const char *text, size_t bytes);
/* Returns whether FILE can be read; prints why not. NULL always can. */
bool cmd_can_read(const char *path);
/* Returns whether FILE can be written; prints why not. Call it before the work whose result FILE
   gets. NULL and "-" always can. */
bool cmd_can_write(const char *path);

/*
 * Loads TOPOLOGY of any kind into topology: live, synthetic:..., a /sys tree, .topo, .xml, the
 * output of numactl -H or lscpu -p, or a kernel log (then log->found says what it contained:
 * LOG_SIZES alone is not a topology). log->boot is set by the caller. Returns CMD_OK, or CMD_USAGE
 * after printing why. Kinds are known by their content, else by the suffix.
 */
struct log_reading; /* log_read.h */
int cmd_load_topology(const char *argument, struct lab_topology *topology,
		      struct log_reading *log);

/* Loads the machine of a copy of its /sys: DIR holds devices/ or sys/devices/. CMD_OK or CMD_USAGE
   after printing why. */
int cmd_load_sys(const char *dir, struct lab_topology *topology);

/*
 * The root of the checkout: LAB_ROOT (set by ./lab; a wrong one ends the program with CMD_USAGE),
 * else searched upwards from the program. Absolute.
 */
const char *cmd_root(void);
/* Returns the build folder that contains this program, of any flavour: ROOT/build/main.
   Absolute. */
const char *cmd_build_folder(void);
/* "ROOT/<path>", printf-like, malloc'ed; never NULL. */
char *cmd_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Makes the folder and those above it. False after printing a diagnostic. */
bool cmd_make_folders(const char *path);
/* The names of a folder's entries but "." and "..", sorted by bytes, NULL behind the last;
   g_strfreev() it. A folder that cannot be read has none. */
char **folder_names(const char *path);
/* Removes a folder with all that is in it, or a file; what is not there is no error. False: some of
   it is left. */
bool folder_erase(const char *path);
/* Returns whether ROOT/build exists and can be written, or can be made. False after printing a
   diagnostic. For commands that must write there. */
bool cmd_can_build(const struct cmd *cmd);
/* Locks the command (on one thing, unless that is NULL) in this checkout until the process ends
   (build/.NAME or build/.NAME-THING): two at once would write to the same files and disturb each
   other's times. False after printing a diagnostic. */
bool cmd_claim(const struct cmd *cmd, const char *thing);

#endif
