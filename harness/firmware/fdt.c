/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fdt.c - see fdt.h. All reads of the structure go through token_read(), which keeps inside. */
#include "harness/firmware/fdt.h"

enum { MAGIC = 0xd00dfeed, HEADER_BYTES = 40, LAST_COMPATIBLE = 17 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

struct token {
	uint32_t kind;
	struct fdt_value name, value; /* of BEGIN_NODE: name; of PROP: both */
	uint32_t next;		      /* offset of the token after it */
};

static uint32_t fdt_number32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The string at [from, end); false when nothing ends it there. */
static bool string_at(const struct fdt *f, uint32_t from, uint32_t end, struct fdt_value *string)
{
	uint32_t nr = 0;

	if (from >= end)
		return false;
	while (from + nr < end && f->at[from + nr])
		nr++;
	*string = (struct fdt_value){f->at + from, nr};
	return from + nr < end;
}

/* The length and the name's offset follow the token, then the value. */
static bool prop_read(const struct fdt *f, uint32_t at, struct token *t, uint32_t *end)
{
	uint32_t capacity = f->structure_end - at, name;

	if (capacity < 8)
		return false;
	t->value = (struct fdt_value){f->at + at + 8, fdt_number32(f->at + at)};
	name = fdt_number32(f->at + at + 4);
	*end = at + 8 + t->value.bytes;
	return t->value.bytes <= capacity - 8 && name < f->strings_end - f->strings &&
	       string_at(f, f->strings + name, f->strings_end, &t->name);
}

static bool token_read(const struct fdt *f, uint32_t at, struct token *t)
{
	uint32_t end = at + 4;

	if (at > f->structure_end || f->structure_end - at < 4)
		return false;
	t->kind = fdt_number32(f->at + at);
	if (t->kind == BEGIN_NODE) {
		if (!string_at(f, end, f->structure_end, &t->name))
			return false;
		end += t->name.bytes + 1;
	} else if (t->kind == PROP) {
		if (!prop_read(f, end, t, &end))
			return false;
	} else if (t->kind != END_NODE && t->kind != NOP && t->kind != END) {
		return false;
	}
	t->next = (uint32_t)pcpu_align_up(end, 4);
	return true;
}

/* One root, nesting right, no property after a node's first child, END at the end. */
static const char *structure_check(const struct fdt *f)
{
	uint32_t depth = 0, nr_roots = 0, last = NOP;
	struct token t;

	for (uint32_t at = f->structure; token_read(f, at, &t); at = t.next) {
		if (t.kind == END)
			return nr_roots == 1 && depth == 0 ? NULL :
							     "the device tree ends inside a node";
		if (t.kind == PROP && (depth == 0 || last == END_NODE))
			return "a property of the device tree stands outside its node's head";
		if (t.kind == END_NODE && depth-- == 0)
			return "the device tree ends a node that was not begun";
		if (t.kind == BEGIN_NODE) {
			nr_roots += depth == 0;
			if (++depth > FDT_MAX_DEPTH)
				return "the device tree is nested too deeply";
		}
		if (nr_roots > 1)
			return "the device tree has more than one root";
		last = t.kind == NOP ? last : t.kind;
	}
	return "a token of the device tree is unknown or cut off";
}

/* [offset, offset + bytes) by two numbers of the header, inside the blob? */
static bool block_find(const uint8_t *at, uint32_t offset_at, uint32_t bytes_at, uint32_t total,
		       uint32_t *start, uint32_t *end)
{
	uint32_t bytes = fdt_number32(at + bytes_at);

	*start = fdt_number32(at + offset_at);
	if (*start < HEADER_BYTES || *start > total || bytes > total - *start)
		return false;
	*end = *start + bytes;
	return true;
}

const char *fdt_open(const void *blob, uint64_t capacity, struct fdt *fdt)
{
	const uint8_t *at = blob;
	uint32_t total;

	*fdt = (struct fdt){.at = at};
	if (capacity < HEADER_BYTES || fdt_number32(at) != MAGIC)
		return "there is no device tree";
	total = fdt_number32(at + 4);
	if (total < HEADER_BYTES || total > capacity)
		return "the device tree is longer than its memory";
	if (fdt_number32(at + 20) < LAST_COMPATIBLE || fdt_number32(at + 24) > LAST_COMPATIBLE)
		return "the device tree is of a version that is not known";
	if (!block_find(at, 8, 36, total, &fdt->structure, &fdt->structure_end) ||
	    !block_find(at, 12, 32, total, &fdt->strings, &fdt->strings_end))
		return "a block of the device tree lies outside it";
	if (fdt->structure % 4)
		return "the structure of the device tree is not aligned";
	return structure_check(fdt);
}

/* --- nodes and properties --------------------------------------------------------------------- */

static void token_at(const struct fdt *fdt, uint32_t at, struct token *t)
{
	bool known = token_read(fdt, at, t);

	PCPU_ASSERT(known); /* fdt_open() has been here */
}

bool fdt_next(const struct fdt *fdt, uint32_t *node, uint32_t *depth)
{
	bool first = *node == FDT_NO_NODE;
	uint32_t at = first ? fdt->structure : *node, nr_open = first ? 0 : *depth;
	struct token t;

	token_at(fdt, at, &t);
	if (!first) {
		nr_open++;
		at = t.next;
		token_at(fdt, at, &t);
	}
	while (t.kind != BEGIN_NODE && t.kind != END) {
		nr_open -= t.kind == END_NODE;
		at = t.next;
		token_at(fdt, at, &t);
	}
	*node = at;
	*depth = nr_open;
	return t.kind == BEGIN_NODE;
}

struct fdt_value fdt_name(const struct fdt *fdt, uint32_t node)
{
	struct token t;

	token_at(fdt, node, &t);
	return t.name;
}

bool fdt_property(const struct fdt *fdt, uint32_t node, const char *name, struct fdt_value *value)
{
	struct token t;

	token_at(fdt, node, &t);
	do {
		token_at(fdt, t.next, &t);
		if (t.kind == PROP && pcpu_text_is((const char *)t.name.at, name)) {
			*value = t.value;
			return true;
		}
	} while (t.kind == PROP || t.kind == NOP);
	return false;
}

/* --- values ----------------------------------------------------------------------------------- */

/* The string that starts at `from` of the value, its end included: does it equal text? */
static bool fdt_equals(const struct fdt_value *value, uint32_t from, const char *text)
{
	for (uint32_t i = from; i < value->bytes; i++, text++) {
		if (value->at[i] != (uint8_t)*text)
			return false;
		if (!*text)
			return true;
	}
	return false;
}

bool fdt_is(const struct fdt_value *value, const char *text)
{
	return fdt_equals(value, 0, text);
}

bool fdt_lists(const struct fdt_value *value, const char *text)
{
	bool at_start = true;

	for (uint32_t i = 0; i < value->bytes; i++) {
		if (at_start && fdt_equals(value, i, text))
			return true;
		at_start = value->at[i] == 0;
	}
	return false;
}

bool fdt_number(const struct fdt_value *value, uint32_t first, uint32_t cells, uint64_t *number)
{
	if (cells < 1 || cells > 2 || value->bytes / 4 < cells || first > value->bytes / 4 - cells)
		return false;
	*number = 0;
	for (uint32_t i = first; i < first + cells; i++)
		*number = *number << 32 | fdt_number32(value->at + 4 * (uint64_t)i);
	return true;
}
