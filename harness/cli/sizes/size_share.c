/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* size_share.c - see size_share.h. */
#include "harness/cli/sizes/size_share.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "harness/cli/memory_file.h"

#define NOT_LIVE UINT32_MAX

static bool is_of_name(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '$';
}

/* Digits alone, also hexadecimal ones with 0x or at least eight of them: an address. */
static bool is_address(const char *word, uint32_t bytes)
{
	uint32_t from = bytes > 2 && word[0] == '0' && (word[1] | 32) == 'x' ? 2 : 0;
	bool digits = true, hexadecimal = true;

	for (uint32_t i = from; i < bytes; i++) {
		digits = digits && g_ascii_isdigit(word[i]);
		hexadecimal = hexadecimal && g_ascii_isxdigit(word[i]);
	}
	return digits || (hexadecimal && (from || bytes >= 8));
}

/* Returns how many bytes of a site are its name; 0: it has none. */
static uint32_t name_bytes(const char *site, uint32_t bytes)
{
	const char *plus = memchr(site, '+', bytes);
	uint32_t nr = plus ? (uint32_t)(plus - site) : bytes;

	for (uint32_t i = 0; i < nr; i++)
		if (!is_of_name(site[i]))
			return 0;
	return is_address(site, nr) ? 0 : nr;
}

static void put_alloc(FILE *to, const struct lab_trace *trace, const struct lab_op *op, uint32_t id,
		      uint64_t *nr_nameless)
{
	const char *site = trace->text + op->site;
	uint32_t nr = op->site_bytes ? name_bytes(site, op->site_bytes) : 0;

	fprintf(to, "a %u %u %u --", id, op->size, op->align);
	if (nr)
		fprintf(to, " %.*s", (int)nr, site);
	else if (op->site_bytes)
		++*nr_nameless;
	fputc('\n', to);
}

char *size_share(const struct lab_trace *trace, size_t *bytes, uint64_t *nr_nameless)
{
	gsize id_bytes = ((gsize)trace->nr_ids + 1) * sizeof(uint32_t);
	uint32_t *id = g_malloc(id_bytes), nr_ids = 0;
	char *text;
	FILE *to = memory_file_open(&text, bytes);

	memset(id, 0xff, id_bytes);
	*nr_nameless = 0;
	fputs("# pcpu-trace 1\n", to);
	for (size_t i = 0; i < trace->nr_ops; i++) {
		const struct lab_op *op = &trace->ops[i];

		if (op->kind == LAB_OP_ALLOC && id[op->id] == NOT_LIVE) {
			id[op->id] = nr_ids++;
			put_alloc(to, trace, op, id[op->id], nr_nameless);
		} else if (op->kind == LAB_OP_FREE && id[op->id] != NOT_LIVE) {
			fprintf(to, "f %u\n", id[op->id]);
			id[op->id] = NOT_LIVE;
		}
	}
	memory_file_close(to);
	g_free(id);
	return text;
}
