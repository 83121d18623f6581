/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* trace_fixture.c - see trace_fixture.h. */
#include "harness/test/text/trace_fixture.h"

#include <string.h>

#include "harness/test/lib/test.h"
#include "harness/text/text.h"

struct lab_op trace_ops[TRACE_ROOM];
static uint8_t ids[TRACE_ROOM];
struct lab_trace trace_parsed;
struct lab_error trace_error;

bool trace_parse_bytes(const char *text, size_t bytes)
{
	memset(ids, 0, sizeof(ids));
	memset(&trace_error, 0, sizeof(trace_error));
	return lab_trace_parse(text, bytes, trace_ops, TRACE_ROOM, ids, TRACE_ROOM, &trace_parsed,
			       &trace_error);
}

bool trace_parse(const char *text)
{
	return trace_parse_bytes(text, strlen(text));
}

/* Same operations, sites by their text. */
static bool same_ops(const struct lab_op *a, const char *a_text, const struct lab_op *b,
		     const char *b_text)
{
	if (a->kind != b->kind || a->flags != b->flags || a->cpu != b->cpu || a->id != b->id ||
	    a->size != b->size || a->align != b->align || a->chunk != b->chunk ||
	    a->offset != b->offset || a->site_bytes != b->site_bytes)
		return false;
	return a->site_bytes == 0 || memcmp(a_text + a->site, b_text + b->site, a->site_bytes) == 0;
}

/* Prints nr operations as a file of the fuzzers' form, or with places; returns its length. */
static size_t print_ops(const struct lab_op *list, size_t nr, const char *text, bool has_places,
			char *to, size_t capacity)
{
	struct lab_text out;
	char line[128];

	lab_text_init(&out, to, capacity);
	lab_put(&out, has_places ? TP : "");
	for (size_t i = 0; i < nr && has_places; i++)
		lab_put_op(&out, &list[i], text, true);
	CHECK(lab_text_fits(&out));
	if (has_places)
		return out.bytes;
	lab_put(&out, T2);
	for (size_t i = 0; i < nr; i++) {
		size_t length = lab_op_print(&list[i], text, line);

		CHECK(length < sizeof(line));
		CHECK_EQ(strlen(line), length);
		lab_put(&out, line);
		lab_put_char(&out, '\n');
	}
	CHECK(lab_text_fits(&out));
	return out.bytes;
}

struct lab_op trace_other_ops[TRACE_ROOM];
static char printed[TRACE_ROOM * 128];

void trace_round_trip(size_t nr, const char *text)
{
	size_t bytes = print_ops(trace_other_ops, nr, text, trace_parsed.has_places, printed,
				 sizeof(printed));

	CHECK(trace_parse_bytes(printed, bytes));
	CHECK_EQ(trace_parsed.nr_ops, nr);
	for (size_t i = 0; i < nr; i++)
		CHECK(same_ops(&trace_ops[i], printed, &trace_other_ops[i], text));
}

/* splitmix64 (Steele, Lea, Flood 2014): the seed is the sequence. */
uint64_t trace_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint32_t trace_random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(trace_random(state) % n);
}
