/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* test_options.c - the option parser of the pcpu-lab command: what it takes and what it refuses. */
#include "harness/cli/cmd.h"
#include "harness/test/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct cmd cmd = {.name = "try"};

static struct {
	bool flag, given;
	const char *text, *json, *check, *letter;
	uint64_t bytes, seconds, number;
	int nr_words;
	char output[512]; /* on stderr */
} got;

/* Parses the words of a line, separated by single blanks; words stay valid until the next call. */
static int parse(const char *line, char *argv[32])
{
	static char words[512];
	const struct cmd_option options[] = {
		{"flag", CMD_FLAG, &got.flag, 0, 0, &got.given},
		{"text", CMD_TEXT, &got.text, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &got.json, 0, 0, NULL},
		{"check", CMD_EQUALS_TEXT, &got.check, 0, 0, NULL},
		{"bytes", CMD_BYTES, &got.bytes, 1, UINT64_MAX, NULL},
		{"seconds", CMD_SECONDS, &got.seconds, 1, 1000000, NULL},
		{"number", CMD_NUMBER, &got.number, 1, 100, NULL},
		{"l", CMD_TEXT, &got.letter, 0, 0, NULL},
	};
	char path[] = "/tmp/test_options.XXXXXX", *rest = words;
	int argc = 1, status, fd = mkstemp(path), before = dup(STDERR_FILENO);
	ssize_t nr;

	memset(&got, 0, sizeof(got));
	got.nr_words = 77; /* the parser counts from nothing */
	snprintf(words, sizeof(words), "%s", line);
	argv[0] = (char[]){"try"};
	while (*line && (argv[argc] = strsep(&rest, " ")) != NULL)
		argc++;
	argv[argc] = NULL;
	dup2(fd, STDERR_FILENO);
	status = cmd_parse(&cmd, argc, argv, options, 8, &got.nr_words);
	dup2(before, STDERR_FILENO);
	nr = pread(fd, got.output, sizeof(got.output) - 1, 0);
	got.output[nr > 0 ? nr : 0] = '\0';
	close(before);
	close(fd);
	unlink(path);
	return status;
}

TEST(words_and_options_mix)
{
	char *argv[32];

	CHECK_EQ(parse("a --flag b --text=x c", argv), CMD_OK);
	CHECK_EQ(got.nr_words, 3);
	CHECK_STR(argv[1], "a");
	CHECK_STR(argv[2], "b");
	CHECK_STR(argv[3], "c");
	CHECK(!argv[4]);
	CHECK(got.flag && got.given);
	CHECK_STR(got.text, "x");
	CHECK_STR(got.output, "");
}

TEST(double_dash_ends_options)
{
	char *argv[32];

	CHECK_EQ(parse("-- --flag -x", argv), CMD_OK);
	CHECK_EQ(got.nr_words, 2);
	CHECK_STR(argv[1], "--flag");
	CHECK(!got.flag);
	CHECK_EQ(parse("", argv), CMD_OK);
	CHECK_EQ(got.nr_words, 0);
	CHECK_EQ(parse("-", argv), CMD_OK); /* a lone dash is a word */
	CHECK_EQ(got.nr_words, 1);
}

TEST(letters_have_one_dash)
{
	char *argv[32];

	CHECK_EQ(parse("-l x -l -y word", argv), CMD_OK);
	CHECK_STR(got.letter, "-y");
	CHECK_EQ(got.nr_words, 1);
	CHECK_STR(argv[1], "word");
}

/* A command that starts another one: that one's options are its own. */
TEST(words_are_last)
{
	char *argv[32];

	cmd.words_are_last = true;
	CHECK_EQ(parse("--flag word --text -l -- end", argv), CMD_OK);
	CHECK(got.flag && !got.text && !got.letter);
	CHECK_EQ(got.nr_words, 5);
	CHECK_STR(argv[2], "--text");
	CHECK_STR(argv[4], "--");
	CHECK_EQ(parse("--flag -- --text x", argv), CMD_OK);
	CHECK_EQ(got.nr_words, 2);
	CHECK_STR(argv[1], "--text");
	CHECK(!argv[3]);
	cmd.words_are_last = false;
}

TEST(optional_value)
{
	char *argv[32];

	CHECK_EQ(parse("--json", argv), CMD_OK);
	CHECK_STR(got.json, "-");
	CHECK_EQ(parse("--json - x", argv), CMD_OK);
	CHECK_STR(got.json, "-");
	CHECK_EQ(got.nr_words, 1);
	CHECK_EQ(parse("--json FILE x", argv), CMD_OK);
	CHECK_STR(got.json, "FILE");
	CHECK_EQ(parse("x --json --flag", argv), CMD_OK);
	CHECK_STR(got.json, "-");
	CHECK(got.flag);
	CHECK_EQ(parse("--json=--odd", argv), CMD_OK);
	CHECK_STR(got.json, "--odd");
}

TEST(equals_value)
{
	char *argv[32];

	CHECK_EQ(parse("--check all", argv), CMD_OK);
	CHECK_STR(got.check, "");
	CHECK_EQ(got.nr_words, 1);
	CHECK_EQ(parse("--check=all", argv), CMD_OK);
	CHECK_STR(got.check, "all");
}

TEST(byte_suffixes)
{
	char *argv[32];

	CHECK_EQ(parse("--bytes 4096", argv), CMD_OK);
	CHECK_EQ(got.bytes, 4096);
	CHECK_EQ(parse("--bytes=64K", argv), CMD_OK);
	CHECK_EQ(got.bytes, 65536);
	CHECK_EQ(parse("--bytes 3m", argv), CMD_OK);
	CHECK_EQ(got.bytes, 3u << 20);
	CHECK_EQ(parse("--bytes 2T", argv), CMD_OK);
	CHECK_EQ(got.bytes, UINT64_C(2) << 40);
	CHECK_EQ(parse("--bytes 18446744073709551615", argv), CMD_OK);
	CHECK_EQ(got.bytes, UINT64_MAX);
}

TEST(seconds_suffixes)
{
	static const struct {
		const char *line;
		uint64_t seconds;
	} cases[] = {{"--seconds 45", 45},
		     {"--seconds 90s", 90},
		     {"--seconds=10m", 600},
		     {"--seconds 2h", 7200},
		     {"--seconds 3d", 259200}};
	char *argv[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_EQ(parse(cases[i].line, argv), CMD_OK);
		CHECK_EQ(got.seconds, cases[i].seconds);
	}
}

TEST(the_last_of_several_counts)
{
	char *argv[32];

	CHECK_EQ(parse("--number 7 --text a --json b --flag --number=100 --text=c --json --flag",
		       argv),
		 CMD_OK);
	CHECK_EQ(got.number, 100);
	CHECK_STR(got.text, "c");
	CHECK_STR(got.json, "-");
	CHECK_EQ(parse("--check=all --check", argv), CMD_OK);
	CHECK_STR(got.check, "");
	/* the least, and leading zeroes are no octal */
	CHECK_EQ(parse("--number 1", argv), CMD_OK);
	CHECK_EQ(got.number, 1);
	CHECK_EQ(parse("--number 0010", argv), CMD_OK);
	CHECK_EQ(got.number, 10);
	CHECK_EQ(parse("--seconds 1000000", argv), CMD_OK);
	CHECK_EQ(got.seconds, 1000000);
	CHECK_EQ(parse("--bytes 17179869183G", argv), CMD_OK);
	CHECK_EQ(got.bytes, UINT64_C(17179869183) << 30);
}

struct refusal {
	const char *line, *words;
};

/* Each is refused with exactly one line that names the option. */
static void refuse_all(const struct refusal *cases, size_t nr)
{
	char *argv[32];

	for (size_t i = 0; i < nr; i++) {
		const char *newline;

		CHECK_EQ(parse(cases[i].line, argv), CMD_USAGE);
		newline = strchr(got.output, '\n');
		if (!strstr(got.output, cases[i].words) || !newline || newline[1] ||
		    strncmp(got.output, "lab try: ", 9))
			FAIL("'%s' said: %s", cases[i].line, got.output);
	}
}

TEST(numbers_refused)
{
	static const struct refusal cases[] = {
		{"--bytes 18446744073709551616",
		 "--bytes: 18446744073709551616 is too large, it is not within "
		 "1..18446744073709551615"},
		{"--bytes 17179869184G", "--bytes: 17179869184G is too large"},
		{"--bytes 99999999999999999999X", "--bytes: a number of bytes"},
		{"--bytes 99999999999999999999KK", "--bytes: a number of bytes"},
		{"--bytes 0x10", "--bytes: a number of bytes"},
		{"--bytes +1", "--bytes: a number of bytes"},
		{"--bytes 1.5K", "--bytes: a number of bytes"},
		{"--bytes 1e3", "--bytes: a number of bytes"},
		{"--bytes K", "--bytes: a number of bytes"},
		{"--bytes 1,5", "--bytes: a number of bytes"},
		{"--bytes 4X", "--bytes: a number of bytes"},
		{"--bytes 4KB", "--bytes: a number of bytes"},
		{"--bytes -1", "--bytes: a number of bytes"},
		{"--bytes 0", "--bytes: 0 is not within"},
		{"--bytes", "--bytes: a value was expected"},
		{"--seconds 1x", "--seconds: a number of seconds (suffix"},
		{"--seconds 1m30s", "--seconds: a number of seconds"},
		{"--seconds 2K", "--seconds: a number of seconds"},
		{"--seconds 0m", "--seconds: 0 is not within"},
		{"--seconds 12d", "--seconds: 1036800 is not within"},
		{"--seconds 18446744073709551615h",
		 "--seconds: 18446744073709551615h is too large"},
		{"--seconds 1000001", "--seconds: 1000001 is not within 1..1000000"},
		{"--number 1K", "--number: a number was expected, not '1K'"},
		{"--number 101", "--number: 101 is not within 1..100"},
		{"--number 99999999999999999999",
		 "--number: 99999999999999999999 is too large, it is not within 1..100"},
		{"--number 99999999999999999999K", "--number: a number was expected"},
		{"--number 0x10", "--number: a number was expected, not '0x10'"},
		{"--number 0", "--number: 0 is not within 1..100"},
		{"--number 1 --number 0", "--number: 0 is not within 1..100"},
		{"--number 0 --number 1", "--number: 0 is not within 1..100"},
	};

	refuse_all(cases, sizeof(cases) / sizeof(cases[0]));
}

TEST(options_refused)
{
	static const struct refusal cases[] = {
		{"--number=", "--number: a value was expected, not ''"},
		{"--number ", "--number: a value was expected, not ''"},
		{"--text=", "--text: a value was expected, not ''"},
		{"--text ", "--text: a value was expected, not ''"},
		{"--json=", "--json: a value was expected, not ''"},
		{"--json ", "--json: a value was expected, not ''"},
		{"--check=", "--check: a value was expected, not ''"},
		{"--text", "--text: a value was expected"},
		{"--flag=yes", "--flag takes no value"},
		{"--flag=", "--flag takes no value"},
		{"--=x", "no option -- (see"},
		{"---flag", "no option ---flag (see"},
		{"--nothing=1", "no option --nothing (see"},
		{"--fla", "no option --fla (see"},
		{"-f", "options begin with --, not '-f'"},
		{"-l=x", "options begin with --, not '-l=x'"},
		{"-lx", "options begin with --, not '-lx'"},
		{"--l x", "no option --l (see"},
		{"-l", "-l: a value was expected"},
		{"-l ", "-l: a value was expected, not ''"},
	};

	refuse_all(cases, sizeof(cases) / sizeof(cases[0]));
}
