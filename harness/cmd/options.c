/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * options.c - one option parser for all subcommands, and the shape of their complaints.
 *
 *	argv:  replay --check x.trace --unit 64K y		before
 *	       replay x.trace y NULL				after; nr_words 2
 */
#include "cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int cmd_usage(const struct cmd *cmd, const char *format, ...)
{
	va_list words;

	fprintf(stderr, "pcpu-lab %s: ", cmd->name);
	va_start(words, format);
	vfprintf(stderr, format, words);
	va_end(words);
	fputc('\n', stderr);
	return CMD_USAGE;
}

int cmd_bad_input(const char *file, uint32_t line, const char *expected)
{
	fprintf(stderr, "%s:%u: %s\n", file, line, expected);
	return CMD_USAGE;
}

static uint32_t suffix_shift(char suffix)
{
	switch (suffix) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	}
	return 0;
}

/* Digits, then for bytes at most one suffix letter. False for anything else, or beyond 64 bits. */
static bool parse_number(const char *word, bool bytes, uint64_t *number)
{
	char *end;
	uint32_t shift = 0;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*number = strtoull(word, &end, 10);
	if (errno)
		return false;
	if (bytes && *end) {
		shift = suffix_shift(*end);
		if (!shift)
			return false;
		end++;
	}
	if (*end || *number > UINT64_MAX >> shift)
		return false;
	*number <<= shift;
	return true;
}

static int set_number(const struct cmd *cmd, const struct cmd_option *option, const char *word)
{
	bool bytes = option->kind == CMD_BYTES;
	uint64_t number;

	if (!parse_number(word, bytes, &number))
		return cmd_usage(cmd, "--%s: %s was expected, not '%s'", option->name,
				 bytes ? "a number of bytes (suffix K, M, G or T allowed)" :
					 "a number",
				 word);
	if (number < option->min || number > option->max)
		return cmd_usage(cmd, "--%s: %llu is not within %llu..%llu", option->name,
				 (unsigned long long)number, (unsigned long long)option->min,
				 (unsigned long long)option->max);
	*(uint64_t *)option->value = number;
	return CMD_OK;
}

static int set_option(const struct cmd *cmd, const struct cmd_option *option, const char *word)
{
	if (option->given)
		*option->given = true;
	switch (option->kind) {
	case CMD_FLAG:
		*(bool *)option->value = true;
		return CMD_OK;
	case CMD_TEXT:
	case CMD_OPTIONAL_TEXT:
	case CMD_EQUALS_TEXT:
		*(const char **)option->value = word;
		return CMD_OK;
	case CMD_BYTES:
	case CMD_NUMBER:
		break;
	}
	return set_number(cmd, option, word);
}

static const struct cmd_option *find_option(const struct cmd_option *options, size_t nr_options,
					    const char *name, size_t name_bytes)
{
	for (size_t i = 0; i < nr_options; i++) {
		if (strlen(options[i].name) == name_bytes &&
		    !memcmp(options[i].name, name, name_bytes))
			return &options[i];
	}
	return NULL;
}

/* May the next word of the command line be the value of this option? */
static bool takes_next(const struct cmd_option *option, const char *next)
{
	switch (option->kind) {
	case CMD_FLAG:
	case CMD_EQUALS_TEXT:
		return false;
	case CMD_OPTIONAL_TEXT:
		return next && (next[0] != '-' || !next[1]);
	default:
		return next != NULL;
	}
}

static bool needs_value(const struct cmd_option *option)
{
	return option->kind == CMD_TEXT || option->kind == CMD_BYTES || option->kind == CMD_NUMBER;
}

/* One --word at argv[*at]; *at is moved over a value that was taken. */
static int parse_option(const struct cmd *cmd, char **argv, int *at,
			const struct cmd_option *options, size_t nr_options)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t name_bytes = equals ? (size_t)(equals - name) : strlen(name);
	const struct cmd_option *option = find_option(options, nr_options, name, name_bytes);

	if (!option)
		return cmd_usage(cmd, "no option --%.*s (see pcpu-lab %s --help)", (int)name_bytes,
				 name, cmd->name);
	if (equals) {
		if (option->kind == CMD_FLAG)
			return cmd_usage(cmd, "--%s takes no value", option->name);
		return set_option(cmd, option, equals + 1);
	}
	if (takes_next(option, argv[*at + 1]))
		return set_option(cmd, option, argv[++*at]);
	if (needs_value(option))
		return cmd_usage(cmd, "--%s: a value was expected", option->name);
	return set_option(cmd, option, option->kind == CMD_EQUALS_TEXT ? "" : "-");
}

int cmd_parse(const struct cmd *cmd, int argc, char **argv, const struct cmd_option *options,
	      size_t nr_options, int *nr_words)
{
	bool only_words = false;

	*nr_words = 0;
	for (int at = 1; at < argc; at++) {
		int status;

		if (only_words || argv[at][0] != '-' || !argv[at][1]) {
			argv[++*nr_words] = argv[at];
			continue;
		}
		if (argv[at][1] != '-')
			return cmd_usage(cmd, "options begin with --, not '%s'", argv[at]);
		if (!argv[at][2]) {
			only_words = true;
			continue;
		}
		status = parse_option(cmd, argv, &at, options, nr_options);
		if (status != CMD_OK)
			return status;
	}
	argv[*nr_words + 1] = NULL;
	return CMD_OK;
}
