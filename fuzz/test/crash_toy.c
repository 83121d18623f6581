/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * crash_toy.c - a fuzz target that fails in each possible way, for cli_crash.sh; the zoo tests
 * properties' messages. The first byte selects the way, each other one is an operation; a capital
 * triggers it.
 *
 *	hxxGxxHx	H after G: reads beyond a block, which ASan detects
 *	axxA		an assertion fails		exxE	it never ends
 *	kxxK		killed				sxxS	broken; from the second run on
 *								without S too, and with
 *								another hash: state survives
 */
#include "fuzz/targets/fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has(const uint8_t *bytes, size_t nr, char op)
{
	return nr > 1 && memchr(bytes + 1, op, nr - 1) != NULL;
}

static bool reads_beyond(const uint8_t *bytes, size_t nr)
{
	const uint8_t *g = nr > 1 ? memchr(bytes + 1, 'G', nr - 1) : NULL;
	volatile uint8_t *block;
	bool read = g && memchr(g, 'H', (size_t)(bytes + nr - g)) != NULL;

	if (!read)
		return false;
	block = malloc(nr);
	read = block[nr] != 0;
	free((void *)(uintptr_t)block);
	return read;
}

static bool property(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome)
{
	static unsigned nr_runs;

	*outcome = (struct fuzz_outcome){.nr_ops = nr ? nr - 1 : 0,
					 .step = nr ? nr - 1 : 0,
					 .by = FINDING_ORACLE,
					 .sentence = "no state survives",
					 .place = "toy",
					 .words = "no state survives an input"};
	if (!nr)
		return true;
	if (bytes[0] == 'h' && reads_beyond(bytes, nr))
		return true;
	if (bytes[0] == 'e' && has(bytes, nr, 'E'))
		for (volatile unsigned i = 0;; i++)
			;
	if (bytes[0] == 'a' && has(bytes, nr, 'A')) {
		fputs("toy.c:1: assertion failed: it is a toy\n", stderr);
		abort();
	}
	if (bytes[0] == 'k' && has(bytes, nr, 'K'))
		raise(SIGKILL);
	if (bytes[0] != 's')
		return true;
	outcome->hash = nr_runs;
	return !has(bytes, nr, 'S') && nr_runs++ == 0;
}

static void describe(const uint8_t *bytes, size_t nr, void (*line)(const char *text))
{
	char words[] = "op x";

	line("# toy");
	for (size_t i = 1; i < nr; i++) {
		words[3] = (char)bytes[i];
		line(words);
	}
}

static size_t pieces(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity)
{
	size_t nr_pieces = 0;

	for (size_t i = 1; i < nr && nr_pieces < capacity; i++)
		starts[nr_pieces++] = i;
	return nr_pieces;
}

static const struct fuzz_target fuzz_toy = {
	.name = "fuzz_toy",
	.summary = "a toy",
	.property = property,
	.describe = describe,
	.pieces = pieces,
};

const struct fuzz_target *const fuzz_targets[] = {&fuzz_toy, NULL};
