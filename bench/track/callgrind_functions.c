/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * callgrind_functions.c - instructions of each function from callgrind's file, itself alone.
 *
 *	fn=(12) pcpu_alloc	what follows is this function's; later fn=(12) alone
 *	31 5			line, instructions
 *	cfn=(14) area_try	a call: the line behind "calls=" is the callee's, counted there
 *	calls=1 30
 *	32 410
 *
 * What a compiler makes of one function (pcpu_alloc.constprop.0, .part.0, .cold) is that function.
 */
#include "bench/track/count_named.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	GHashTable *names; /* number -> name */
	GHashTable *functions;
	char *current;
	double factor;
	bool is_call; /* the next line of costs is a call's */
	bool is_whole;
};

/* Takes "(12) name" or "(12)". Returns the name, which `names` owns, or NULL. */
static char *reading_name(struct reading *r, const char *text)
{
	char *end;
	gpointer number = GINT_TO_POINTER((int)strtol(text + 1, &end, 10));
	char *name;

	if (*text != '(' || *end != ')')
		return NULL;
	if (!strncmp(end, ") ", 2)) {
		name = g_strdup(end + 2);
		name[1 + strcspn(name + 1, ".'")] = '\0'; /* .part.0, and '2 of a recursion */
		g_hash_table_insert(r->names, number, name);
	}
	return g_hash_table_lookup(r->names, number);
}

static void functions_add(GHashTable *functions, const char *name, double count)
{
	double *sum = g_hash_table_lookup(functions, name);

	if (!sum) {
		sum = g_new0(double, 1);
		g_hash_table_insert(functions, g_strdup(name), sum);
	}
	*sum += count;
}

/* "LINE COUNT", LINE also +N, -N or *. */
static void take_costs(struct reading *r, const char *line)
{
	const char *count = strchr(line, ' ');

	if (!r->is_call && r->current && count)
		functions_add(r->functions, r->current, r->factor * strtod(count, NULL));
	r->is_call = false;
}

static void take_line(struct reading *r, const char *line)
{
	if (!strncmp(line, "fn=", 3))
		r->current = reading_name(r, line + 3);
	else if (!strncmp(line, "cfn=", 4))
		reading_name(r, line + 4);
	else if (!strncmp(line, "calls=", 6))
		r->is_call = true;
	else if (!strncmp(line, "totals: ", 8))
		r->is_whole = true;
	else if (isdigit((unsigned char)*line) || *line == '+' || *line == '-' || *line == '*')
		take_costs(r, line);
}

bool callgrind_functions(const char *path, double factor, GHashTable *functions)
{
	struct reading r = {.functions = functions, .factor = factor};
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t nr;

	r.names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	while (file && (nr = getline(&line, &capacity, file)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(&r, line);
	}
	free(line);
	if (file)
		fclose(file);
	g_hash_table_destroy(r.names);
	return r.is_whole;
}
