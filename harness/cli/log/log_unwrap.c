/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * log_unwrap.c - joins lines that were broken by mail, at a blank or within a word.
 *
 *	pcpu-alloc: s188440 r8192 d32744 u262144 alloc=1*209715		no kernel prints that atom
 *	2								with this it is one
 *	pcpu-alloc: [0] 000 001 0					upa units are due, of 3
 *									digits
 *	02 003
 *
 * R1  A complete line is never joined with the next: sizes that fit together, entries of upa units
 *     each. The exception is a next line that begins with an entry.
 * R2  Sizes and the line of pages are joined in each way (with a blank, without) until one fits;
 *     entries by the width of their words, which the kernel makes equal.
 */
#include "harness/cli/log/log_clean.h"
#include "harness/cli/log/log_line.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 4, MAX_SHORT_LINE = 512 };

struct unwrap {
	const char *at, *end; /* the rest of the text */
	char *out;
	uint64_t upa; /* of the sizes seen last; 0: none yet */
	size_t width; /* of the words of entries; 0: unknown */
};

/* --- cutting the text into lines ------------------------------------------------------------- */

struct piece {
	const char *at;
	size_t nr;
};

/* Reads the line at `at`; *next: after its newline. False at the end. */
static bool line_at(const char *at, const char *end, struct piece *line, const char **next)
{
	const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	*line = (struct piece){ at, (size_t)((stop ? stop : end) - at) };
	*next = stop ? stop + 1 : end;
	return at < end;
}

/* Drops blanks at the start: indentation does not matter. */
static struct piece without_indent(struct piece line)
{
	while (line.nr > 0 && (*line.at == ' ' || *line.at == '\t')) {
		line.at++;
		line.nr--;
	}
	return line;
}

static bool has_only(const struct piece *line, const char *characters)
{
	for (size_t i = 0; i < line->nr; i++)
		if (!strchr(characters, line->at[i]) || !line->at[i])
			return false;
	return line->nr > 0;
}

static void put_line(struct unwrap *u, const char *bytes, size_t nr, size_t nr_lines)
{
	memmove(u->out, bytes, nr);
	u->out += nr;
	for (size_t i = 0; i < nr_lines; i++)
		*u->out++ = '\n';
}

/* --- sizes and pages: short lines, every way is tried ---------------------------------------- */

typedef bool (*fits_fn)(const char *payload, size_t nr);

/* Joins the first `nr` parts; bit i of blanks: a blank before part i + 1. */
static size_t unwrap_join(char to[MAX_SHORT_LINE], const struct piece *part, size_t nr,
			  unsigned blanks)
{
	size_t bytes = 0;

	for (size_t i = 0; i < nr; i++) {
		if (bytes + part[i].nr + 1 >= MAX_SHORT_LINE)
			return 0;
		if (i > 0 && (blanks >> (i - 1) & 1))
			to[bytes++] = ' ';
		memcpy(to + bytes, part[i].at, part[i].nr);
		bytes += part[i].nr;
	}
	return bytes;
}

/* Joins the line, whose payload does not fit, with as few of the next as make it fit. Returns
   false, without a change, when none do. */
static bool join_short(struct unwrap *u, const struct piece *line, const struct piece *payload,
		       fits_fn fits)
{
	static const char characters[] = "0123456789abcdefglorsu=*@x \t";
	struct piece part[MAX_PARTS + 1] = { *payload };
	const char *next = u->at;
	char joined[MAX_SHORT_LINE];

	for (size_t nr = 2; nr <= MAX_PARTS + 1; nr++) {
		if (!line_at(next, u->end, &part[nr - 1], &next) ||
		    !has_only(&part[nr - 1], characters))
			return false;
		part[nr - 1] = without_indent(part[nr - 1]);
		for (unsigned blanks = 0; blanks < 1u << (nr - 1); blanks++) {
			size_t bytes = unwrap_join(joined, part, nr, blanks);

			if (!fits(joined, bytes))
				continue;
			put_line(u, line->at, (size_t)(payload->at - line->at), 0);
			put_line(u, joined, bytes, nr);
			u->at = next;
			return true;
		}
	}
	return false;
}

/* --- entries --------------------------------------------------------------------------------- */

/* State of an entry line: units after the last [G], and its last word. */
struct entries {
	size_t nr_groups, nr_units;
	struct piece last;
};

static struct entries entries_of(struct unwrap *u, const char *at, const char *end)
{
	struct entries e = { 0 };
	struct piece word;

	while (lab_next_word(&at, end, &word.at, &word.nr)) {
		bool is_group = *word.at == '[';

		if (e.nr_units > 0 && u->width == 0) /* another word follows, so it is complete */
			u->width = e.last.nr;
		e.nr_groups += is_group;
		e.nr_units = is_group ? 0 : e.nr_units + 1;
		e.last = word;
	}
	return e;
}

/* Returns whether the last word continues in the next line. */
static bool word_is_cut(const struct unwrap *u, const struct entries *e)
{
	if (e->nr_groups > 0 && e->nr_units == 0)
		return e->last.at[e->last.nr - 1] != ']';
	return e->nr_units > 0 && e->last.nr < u->width;
}

/* Returns whether the line continues in the next one. */
static bool goes_on(const struct unwrap *u, const struct entries *e, const struct piece *next)
{
	return next->nr > 0 && has_only(next, "0123456789[]- \t") &&
	       (word_is_cut(u, e) || e->nr_units < u->upa || *next->at == '[');
}

static void join_entries(struct unwrap *u, const char *payload, size_t nr_lines)
{
	struct piece next;
	const char *behind;

	for (;;) {
		struct entries e = entries_of(u, payload, u->out);
		bool has_blank = u->out > payload && u->out[-1] == ' ';

		if (!u->upa || !line_at(u->at, u->end, &next, &behind))
			break;
		next = without_indent(next);
		if (!goes_on(u, &e, &next))
			break;
		if (!has_blank && !word_is_cut(u, &e))
			*u->out++ = ' ';
		put_line(u, next.at, next.nr, 0);
		u->at = behind;
		nr_lines++;
	}
	put_line(u, "", 0, nr_lines);
}

/* --- the whole ------------------------------------------------------------------------------- */

static void take_sizes(struct unwrap *u, const struct piece *line, const struct piece *payload)
{
	struct log_sizes_line sizes;
	const char *begin = u->out;
	struct piece now;

	if (log_sizes_fit(payload->at, payload->nr) ||
	    !join_short(u, line, payload, log_sizes_fit))
		put_line(u, line->at, line->nr, 1);
	u->upa = log_payload(begin, strcspn(begin, "\n"), &now.at, &now.nr) &&
				 log_sizes_read(now.at, now.nr, &sizes) ?
			 sizes.upa :
			 0;
	u->width = 0;
}

/* The mark ended its line, so the next line tells the kind. */
static bool next_begins_sizes(const struct unwrap *u)
{
	const char *at = u->at;

	while (at < u->end && (*at == ' ' || *at == '\t'))
		at++;
	return at < u->end && *at == 's';
}

static void take_line(struct unwrap *u, const struct piece *line)
{
	struct piece payload;

	if (log_payload(line->at, line->nr, &payload.at, &payload.nr)) {
		if (payload.nr > 0 ? *payload.at == 's' : next_begins_sizes(u)) {
			take_sizes(u, line, &payload);
			return;
		}
		put_line(u, line->at, line->nr, 0);
		join_entries(u, u->out - (line->at + line->nr - payload.at), 1);
		return;
	}
	if (log_pages_payload(line->at, line->nr, &payload.at, &payload.nr) &&
	    !log_pages_fit(payload.at, payload.nr) &&
	    join_short(u, line, &payload, log_pages_fit))
		return;
	put_line(u, line->at, line->nr, 1);
}

void log_unwrap(struct log_text *text)
{
	size_t nr_lines = 1;
	struct unwrap u = { .at = text->at, .end = text->at + text->bytes };
	struct piece line;
	char *out;

	for (const char *at = text->at; (at = memchr(at, '\n', (size_t)(u.end - at))) != NULL; at++)
		nr_lines++;
	out = g_malloc(text->bytes + nr_lines + 2);
	u.out = out;
	while (line_at(u.at, u.end, &line, &u.at))
		take_line(&u, &line);
	free(text->at);
	text->at = out;
	text->bytes = (size_t)(u.out - out);
	out[text->bytes] = '\0';
}
