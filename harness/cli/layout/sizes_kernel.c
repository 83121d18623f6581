/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * sizes_kernel.c - `--kernel NAME`: constants that differ between kernels.
 *
 *	"6.1", "6.1.0-13-amd64"  ->  version 6.1  ->  the first row that has it
 *
 * R1  Uncertain numbers are not in the table. When a layout needs a missing one, its option is
 *     required instead (sizes.c).
 */
#include "harness/cli/layout/sizes.h"

#include <stdlib.h>
#include <string.h>

/* Releases major.first to major.last, of 2.6 the third number. */
struct kernel_row {
	const char *name; /* of the row as a whole */
	unsigned major, first, last;
	struct cmd_kernel_set set;
};

static const struct kernel_row rows[] = {
	{ "2.6.32", 2, 32, 32, { 64 << 10, 0, NULL } },
	{ "3.x", 3, 0, 19, { 32 << 10, 12 << 10, NULL } },
	{ "4.x", 4, 0, 20, { 32 << 10, 12 << 10, NULL } },
	{ "5.x", 5, 0, 19, { 32 << 10, 12 << 10, NULL } },
	{ "6.1", 6, 0, 1, { 32 << 10, 12 << 10, "first-member" } },
	{ "6.16", 6, 16, 16, { 32 << 10, 20 << 10, "first-member" } },
	{ "6.x", 6, 0, 18, { 32 << 10, 0, "first-member" } },
};

static bool take_number(const char **at, unsigned *number)
{
	char *end;
	unsigned long n;

	if (**at < '0' || **at > '9')
		return false;
	n = strtoul(*at, &end, 10);
	if (end - *at > 4)
		return false;
	*number = (unsigned)n;
	*at = end;
	return true;
}

/* major.minor, for 2.6 with the third number as minor; then nothing, or a distribution's suffix. */
static bool parse_version(const char *at, unsigned *major, unsigned *minor)
{
	if (!take_number(&at, major) || *at++ != '.' || !take_number(&at, minor))
		return false;
	if (*major == 2 && (*minor != 6 || *at++ != '.' || !take_number(&at, minor)))
		return false;
	while (*at == '.') {
		unsigned level;

		at++;
		if (!take_number(&at, &level))
			return false;
	}
	return *at == '\0' || *at == '-' || *at == '+';
}

const struct cmd_kernel_set *cmd_kernel_find(const char *name)
{
	unsigned major, minor;
	bool is_version = parse_version(name, &major, &minor);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kernel_row *row = &rows[i];

		if (strcmp(name, row->name) == 0)
			return &row->set;
		if (is_version && major == row->major && minor >= row->first && minor <= row->last)
			return &row->set;
	}
	return NULL;
}
