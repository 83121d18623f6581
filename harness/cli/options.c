/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * options.c - one option parser for all programs. It prints nothing: cmd_usage() complains.
 *
 * Not GLib's GOption: there an option with an optional value takes the next word whatever it is
 * (`--check x.trace`), and the `-` of `--json -` stays a word. Needs only the C library, so that a
 * fuzz target can compare it with a second reader.
 *
 *	argv:  replay --check x.trace --unit 64K y		before
 *	       replay x.trace y NULL				after; nr_words 2
 */
#include "harness/cli/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static uint64_t suffix_bytes(char suffix)
{
	uint32_t shift = suffix_shift(suffix);

	return shift ? UINT64_C(1) << shift : 0;
}

static uint64_t suffix_seconds(char suffix)
{
	switch (suffix) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 60 * 60;
	case 'd':
		return 24 * 60 * 60;
	}
	return 0;
}

/* Returns the factor of a suffix letter for this kind of number; 0 for an unknown suffix. */
static uint64_t suffix_factor(enum cmd_kind kind, char suffix)
{
	switch (kind) {
	case CMD_BYTES:
		return suffix_bytes(suffix);
	case CMD_SECONDS:
		return suffix_seconds(suffix);
	default:
		return 0;
	}
}

enum number_end {
	NO_NUMBER,
	TOO_LARGE, /* a number, beyond 64 bits */
	A_NUMBER,
};

/* Parses digits and at most one suffix letter of the kind; anything else is not a number. */
static enum number_end parse_number(const char *word, enum cmd_kind kind, uint64_t *number)
{
	char *end;
	uint64_t factor = 1;
	bool fits;

	if (*word < '0' || *word > '9')
		return NO_NUMBER;
	errno = 0;
	*number = strtoull(word, &end, 10);
	fits = errno == 0;
	if (*end) {
		factor = suffix_factor(kind, *end++);
		if (!factor || *end)
			return NO_NUMBER;
	}
	fits = fits && !__builtin_mul_overflow(*number, factor, number);
	return fits ? A_NUMBER : TOO_LARGE;
}

static const char *expected_number(enum cmd_kind kind)
{
	switch (kind) {
	case CMD_BYTES:
		return "a number of bytes (suffix K, M, G or T allowed)";
	case CMD_SECONDS:
		return "a number of seconds (suffix s, m, h or d allowed)";
	default:
		return "a number";
	}
}

static int set_number(const struct cmd *cmd, const struct cmd_option *option, const char *word)
{
	unsigned long long min = option->min, max = option->max;
	uint64_t number;

	switch (parse_number(word, option->kind, &number)) {
	case NO_NUMBER:
		return cmd_usage(cmd, "--%s: %s was expected, not '%s'", option->name,
				 expected_number(option->kind), word);
	case TOO_LARGE:
		return cmd_usage(cmd, "--%s: %s is too large, it is not within %llu..%llu",
				 option->name, word, min, max);
	case A_NUMBER:
		break;
	}
	if (number < option->min || number > option->max)
		return cmd_usage(cmd, "--%s: %llu is not within %llu..%llu", option->name,
				 (unsigned long long)number, min, max);
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
	case CMD_SECONDS:
	case CMD_NUMBER:
		break;
	}
	return set_number(cmd, option, word);
}

static const char *options_dashes(const struct cmd_option *option)
{
	return option->name[1] ? "--" : "-";
}

/* Refuses an empty value: an empty variable of a script must not be taken for a file or a name. */
static int set_value(const struct cmd *cmd, const struct cmd_option *option, const char *word)
{
	if (!*word)
		return cmd_usage(cmd, "%s%s: a value was expected, not ''", options_dashes(option),
				 option->name);
	return set_option(cmd, option, word);
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

/* Returns whether the next word of the command line can be the value of this option. */
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
	switch (option->kind) {
	case CMD_TEXT:
	case CMD_BYTES:
	case CMD_SECONDS:
	case CMD_NUMBER:
		return true;
	default:
		return false;
	}
}

/* Finds `-o`, or returns NULL. */
static const struct cmd_option *find_letter(const struct cmd_option *options, size_t nr_options,
					    const char *word)
{
	return strlen(word) == 2 ? find_option(options, nr_options, word + 1, 1) : NULL;
}

/* Finds --word, or returns NULL. */
static const struct cmd_option *find_word(const struct cmd_option *options, size_t nr_options,
					  const char *name, size_t name_bytes)
{
	return name_bytes > 1 ? find_option(options, nr_options, name, name_bytes) : NULL;
}

/* Parses one option at argv[*at]; moves *at past its value. */
static int parse_option(const struct cmd *cmd, char **argv, int *at,
			const struct cmd_option *options, size_t nr_options)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t name_bytes = equals ? (size_t)(equals - name) : strlen(name);
	bool is_letter = argv[*at][1] != '-';
	const struct cmd_option *option =
		is_letter ? find_letter(options, nr_options, argv[*at]) :
			    find_word(options, nr_options, name, name_bytes);

	if (!option && is_letter)
		return cmd_usage(cmd, "options begin with --, not '%s'", argv[*at]);
	if (!option)
		return cmd_usage(cmd, "no option --%.*s (see lab %s --help)", (int)name_bytes, name,
				 cmd->name);
	if (equals) {
		if (option->kind == CMD_FLAG)
			return cmd_usage(cmd, "--%s takes no value", option->name);
		return set_value(cmd, option, equals + 1);
	}
	if (takes_next(option, argv[*at + 1]))
		return set_value(cmd, option, argv[++*at]);
	if (needs_value(option))
		return cmd_usage(cmd, "%s%s: a value was expected", options_dashes(option),
				 option->name);
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
			only_words |= cmd->words_are_last;
			continue;
		}
		if (!strcmp(argv[at], "--")) {
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
