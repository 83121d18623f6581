/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * text_arguments.c - the command line: cmd_parse() against a reader that follows cmd.h sentence by
 * sentence and counts in 128 bits; and the value of percpu_alloc=.
 *
 * What options.c complains of is kept instead of printed.
 */
#include "fuzz/targets/text/text_case.h"
#include "harness/cli/cmd.h"
#include <pcpu/pcpu.h>
#include "harness/platform/sim/sim.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 512, NR_OPTIONS = 7 };

static char complaint[FUZZ_WORDS_ROOM];

static void arguments_store(const char *format, va_list words)
{
	vsnprintf(complaint, sizeof(complaint), format, words);
}

/* The meaning of a command line. */
struct meaning {
	int status, nr_words;
	const char *word[MAX_WORDS];
	bool flag, given;
	const char *text, *json, *check;
	uint64_t bytes, seconds, number;
};

/* --- the parser ----------------------------------------------------------------------- */

static const struct cmd cmd = {.name = "try", .complain = arguments_store};

static void arguments_parse(int argc, char *const words[], struct meaning *m)
{
	const struct cmd_option options[NR_OPTIONS] = {
		{"flag", CMD_FLAG, &m->flag, 0, 0, &m->given},
		{"text", CMD_TEXT, &m->text, 0, 0, NULL},
		{"json", CMD_OPTIONAL_TEXT, &m->json, 0, 0, NULL},
		{"check", CMD_EQUALS_TEXT, &m->check, 0, 0, NULL},
		{"bytes", CMD_BYTES, &m->bytes, 1, UINT64_MAX, NULL},
		{"seconds", CMD_SECONDS, &m->seconds, 1, 1000000, NULL},
		{"number", CMD_NUMBER, &m->number, 1, 100, NULL},
	};
	char **argv = text_room(((size_t)argc + 1) * sizeof(*argv));

	memset(m, 0, sizeof(*m));
	complaint[0] = '\0';
	memcpy(argv, words, ((size_t)argc + 1) * sizeof(*argv));
	m->status = cmd_parse(&cmd, argc, argv, options, NR_OPTIONS, &m->nr_words);
	for (int i = 0; m->status == CMD_OK && i < m->nr_words; i++)
		m->word[i] = argv[i + 1];
	if (m->status == CMD_OK && argv[m->nr_words + 1])
		m->status = -1; /* no NULL behind the words */
	free(argv);
}

/* --- the oracle ----------------------------------------------------------------------- */

/* Digits and at most one suffix letter; the value must be within min..max. */
static bool read_number(const char *word, const char *letters, const uint64_t *factors,
			uint64_t min, uint64_t max, uint64_t *n)
{
	unsigned __int128 value = 0, factor = 1;
	const char *letter;

	if (*word < '0' || *word > '9')
		return false;
	for (; *word >= '0' && *word <= '9'; word++)
		if (value <= UINT64_MAX)
			value = value * 10 + (unsigned)(*word - '0');
	if (*word) {
		letter = strchr(letters, *word);
		if (!letter || word[1])
			return false;
		factor = factors[letter - letters];
	}
	value *= factor;
	*n = (uint64_t)value;
	return value >= min && value <= max;
}

static bool set_number(char name, const char *word, struct meaning *m)
{
	static const uint64_t byte_factors[] = {1 << 10,	   1 << 10,	     1 << 20,
						1 << 20,	   1 << 30,	     1 << 30,
						UINT64_C(1) << 40, UINT64_C(1) << 40};
	static const uint64_t second_factors[] = {1, 60, 3600, 86400};

	if (name == 'b')
		return read_number(word, "KkMmGgTt", byte_factors, 1, UINT64_MAX, &m->bytes);
	if (name == 's')
		return read_number(word, "smhd", second_factors, 1, 1000000, &m->seconds);
	return read_number(word, "", byte_factors, 1, 100, &m->number);
}

/* The value of an option by its first letter; `equals`: what is behind a =, or NULL. Returns how
   many of the words behind it were taken, -1: refused. */
static int set_option(char name, const char *equals, const char *next, struct meaning *m)
{
	const char *value = equals ? equals : next;
	bool empty = value && !*value; /* no value is taken that is */

	switch (name) {
	case 'f':
		m->flag = m->given = true;
		return equals ? -1 : 0;
	case 'c':
		m->check = equals ? equals : "";
		return equals && empty ? -1 : 0;
	case 'j':
		if (!equals && (!next || (next[0] == '-' && next[1])))
			value = NULL;
		m->json = value ? value : "-";
		return value && empty ? -1 : value && !equals;
	case 't':
		m->text = value;
		return value && !empty ? !equals : -1;
	default:
		return value && set_number(name, value, m) ? !equals : -1;
	}
}

/* Reads word i; returns the next one's place, or -1. */
static int read_option(int argc, char *const words[], int i, struct meaning *m)
{
	static const char *const names[NR_OPTIONS] = {"flag",  "text",	  "json",  "check",
						      "bytes", "seconds", "number"};
	const char *name = words[i] + 2;
	size_t nr = strcspn(name, "=");

	for (int n = 0; n < NR_OPTIONS; n++) {
		int taken;

		if (strlen(names[n]) != nr || strncmp(names[n], name, nr) != 0)
			continue;
		taken = set_option(names[n][0], name[nr] ? name + nr + 1 : NULL,
				   i + 1 < argc ? words[i + 1] : NULL, m);
		return taken < 0 ? -1 : i + 1 + taken;
	}
	return -1;
}

static void arguments_oracle(int argc, char *const words[], struct meaning *m)
{
	bool ended = false;

	memset(m, 0, sizeof(*m));
	m->status = CMD_USAGE;
	for (int i = 1; i < argc;) {
		if (ended || words[i][0] != '-' || !strcmp(words[i], "-")) {
			m->word[m->nr_words++] = words[i++];
		} else if (!strcmp(words[i], "--")) {
			ended = true;
			i++;
		} else if (words[i][1] != '-') {
			return;
		} else {
			i = read_option(argc, words, i, m);
			if (i < 0)
				return;
		}
	}
	m->status = CMD_OK;
}

/* --- held against each other ---------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_meaning(const struct meaning *a, const struct meaning *b)
{
	if (a->nr_words != b->nr_words)
		return false;
	for (int i = 0; i < a->nr_words; i++)
		if (a->word[i] != b->word[i])
			return false;
	return a->flag == b->flag && a->given == b->given && same_text(a->text, b->text) &&
	       same_text(a->json, b->json) && same_text(a->check, b->check) &&
	       a->bytes == b->bytes && a->seconds == b->seconds && a->number == b->number;
}

/* Each word to memory of its own, of its exact size. */
static int arguments_split(const char *text, size_t nr, char *words[MAX_WORDS + 1])
{
	int argc = 0;
	size_t start = 0;

	words[argc++] = strcpy(text_room(sizeof("try")), "try");
	for (size_t i = 0; i <= nr && argc < MAX_WORDS; i++) {
		if (i < nr && text[i] != '\n' && text[i] != '\0')
			continue;
		if (i < nr || start < nr) {
			words[argc] = text_room(i - start + 1);
			memcpy(words[argc], text + start, i - start);
			words[argc++][i - start] = '\0';
		}
		start = i + 1;
	}
	words[argc] = NULL;
	return argc;
}

bool text_arguments_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome)
{
	static struct meaning parsed, wanted;
	char *words[MAX_WORDS + 1];
	int argc = arguments_split(text, nr, words);
	bool good;

	arguments_parse(argc, words, &parsed);
	arguments_oracle(argc, words, &wanted);
	*nr_good = parsed.status == CMD_OK ? nr : 0;
	text_mix(outcome, &parsed.status, sizeof(parsed.status));
	good = fuzz_expect(outcome, parsed.status >= 0, "arguments",
			   "there is no NULL behind the words") &&
	       fuzz_expect(outcome, parsed.status != CMD_OK || wanted.status == CMD_OK, "arguments",
			   "accepted, and the oracle refuses it") &&
	       fuzz_expect(outcome, parsed.status == CMD_OK || wanted.status != CMD_OK, "arguments",
			   "refused, and the oracle accepts it") &&
	       fuzz_expect(outcome, (parsed.status == CMD_OK) == !complaint[0], "arguments",
			   "a refusal is reported, and nothing else is") &&
	       fuzz_expect(outcome, parsed.status != CMD_OK || same_meaning(&parsed, &wanted),
			   "arguments", "other values than the oracle's");
	for (int i = 0; i < argc; i++)
		free(words[i]);
	return good;
}

/* --- percpu_alloc= -------------------------------------------------------------------- */

bool text_choice_run(const char *text, size_t nr, size_t *nr_good, struct fuzz_outcome *outcome)
{
	static uint16_t cpu_node[1], node_id[1];
	static const struct pcpu_topology one = {
		.nr_cpu_ids = 1,
		.nr_nodes = 1,
		.cpu_node = cpu_node,
		.node_id = node_id,
	};
	struct plat *plat = sim_create(&(struct sim_config){.topology = &one});
	enum pcpu_choice choice = PCPU_CHOICE_PAGE, wanted = PCPU_CHOICE_PAGE;
	char *value = text_room(nr + 1);
	struct sim_ledger ledger;
	bool known = true, good, accepted;

	memcpy(value, text, nr);
	value[nr] = '\0';
	if (!strcmp(value, "auto"))
		wanted = PCPU_CHOICE_AUTO;
	else if (!strcmp(value, "embed"))
		wanted = PCPU_CHOICE_EMBED;
	else
		known = !strcmp(value, "page");
	accepted = pcpu_choice_parse(plat, value, &choice);
	*nr_good = accepted ? nr : 0;
	sim_ledger(plat, &ledger);
	good = fuzz_expect(outcome, accepted == known, "percpu_alloc", "another value is known") &&
	       fuzz_expect(outcome, choice == wanted, "percpu_alloc", "another choice") &&
	       fuzz_expect(outcome, ledger.nr_events[PCPU_EV_CHOICE_UNKNOWN] == !known,
			   "percpu_alloc", "an unknown value, and no other, is reported once");
	text_mix(outcome, &choice, sizeof(choice));
	sim_destroy(plat);
	free(value);
	return good;
}
