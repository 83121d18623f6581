/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_log_boots.c - the boots of a log are distinguished, and lines that two consoles wrote are
 * taken once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/log/log_line.h"
#include "harness/test/lib/test.h"
#include "harness/test/cli/log_fixture.h"

static const struct boots {
	const char *text;
	uint32_t nr, chosen;
	const char *kept; /* payloads that are left, in order, a letter a line */
} boots[] = {
	{ S1 E1, 1, 1, "SE" },
	{ S1 S1 E1 E1, 1, 1, "SE" },
	{ P1 P1 S1 S1 E1 E1, 1, 1, "PSE" },
	{ S2 S2 E2 E2 E3 E3, 1, 1, "SEF" },
	{ S2 E2 S2 E2 E3 E3, 1, 1, "SEF" },	/* one console is late by two lines */
	{ S2 E2 E2 E3 E3, 1, 1, "SEF" },	/* the second began later */
	{ S2 S2 E2 E3 E2 E3, 1, 1, "SEF" },
	{ S2 E2 E3 E2 E3, 1, 1, "SEF" },	/* both: it began later, and is late */
	{ BOOT2 BOOT2, 2, 1, "SEF" },		/* once more as a whole: boots */
	{ BOOT2 BOOT2 BOOT2, 3, 3, "SEF" },
	{ S1 E1 BOOT2, 2, 1, "SE" },
	{ S1 E1 BOOT2, 2, 2, "SEF" },
	{ P1 S1 E1 P2 BOOT2, 2, 1, "PSE" },
	{ P1 S1 E1 P2 BOOT2, 2, 2, "PSEF" },
	{ S1 S1 E1 E1 S2 S2 E2 E2 E3 E3, 2, 2, "SEF" },
	{ P1 P1 S1 S1 E1 E1 P2 P2 S2 S2 E2 E2 E3 E3, 2, 1, "PSE" },
	{ E2 E3 S1 E1, 1, 1, "SE" },		/* the head of a boot before it is lost */
	{ S2 S1 E1, 1, 1, "SE" },		/* its entries are */
	{ S1 E1 S2, 1, 1, "SE" },
	{ P1 P2 BOOT2, 2, 1, "P" },		/* a boot whose level hides its dump */
	{ P1 P2 BOOT2, 2, 2, "PSEF" },
	{ P1 P2, 2, 2, "P" },
	{ S1 E1 P2, 2, 2, "P" },
	{ E2 S1 BOOT2, 1, 1, "SEF" },		/* both: a tail and a head make no boot */
	{ S1, 1, 1, "S" },			/* for the parser to refuse */
	{ S1 E1, 1, 2, "SE" },			/* there is no second: nothing is changed */
};

/* The lines that are left, a letter each. */
static void letters(const struct log_text *text, char *to)
{
	for (const char *at = text->at; *at; at += strcspn(at, "\n") + 1) {
		const char *payload;
		size_t nr;

		if (log_pages_payload(at, strcspn(at, "\n"), &payload, &nr))
			*to++ = 'P';
		if (log_payload(at, strcspn(at, "\n"), &payload, &nr))
			*to++ = *payload == 's' ? 'S' : payload[1] == '1' ? 'F' : 'E';
	}
	*to = '\0';
}

TEST(boots_are_distinguished_and_doubled_lines_dropped)
{
	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
		const struct boots *b = &boots[i];
		struct log_text text = log_text_make(b->text, strlen(b->text));
		char kept[64];
		uint32_t nr = log_choose_boot(&text, b->chosen);

		letters(&text, kept);
		if (nr != b->nr || strcmp(kept, b->kept))
			FAIL("row %zu: %u boots, %s left, instead of %u, %s:\n%s", i, nr, kept,
			     b->nr, b->kept, b->text);
		CHECK_EQ(text.bytes, strlen(b->text)); /* lines keep their places */
		free(text.at);
	}
}

/* A copy that is late by `late` lines: eight are looked back at, no more. */
static void check_late(unsigned late, bool dropped)
{
	struct made made = { 0 };
	struct log_text text;
	char line[64], kept[64];

	made_put(&made, S2);
	for (unsigned i = 0; i <= late; i++) {
		snprintf(line, sizeof(line), "pcpu-alloc: [0] %u %u %u %u\n", 4 * i % (4 * late),
			 4 * i % (4 * late) + 1, 4 * i % (4 * late) + 2, 4 * i % (4 * late) + 3);
		made_put(&made, line);
	}
	text = log_text_make(made.at, made.nr);
	CHECK_EQ(log_choose_boot(&text, 1), 1);
	letters(&text, kept);
	CHECK_EQ(strlen(kept), 1 + late + !dropped);
	free(text.at);
	free(made.at);
}

TEST(a_copy_may_be_late_by_eight_lines)
{
	check_late(2, true);
	check_late(8, true);
	check_late(9, false);
}
