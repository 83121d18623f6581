/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_fixture.c - see log_fixture.h. */
#include "harness/test/cli/log_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "harness/text/layout_text.h"
#include "harness/test/lib/test.h"

static struct lab_topology topology;
char log_built[1 << 16];

struct log_text log_text_make(const char *bytes, size_t nr)
{
	struct log_text text = { malloc(nr + 1), nr };

	memcpy(text.at, bytes, nr);
	text.at[nr] = '\0';
	return text;
}

void log_build(const char *name, struct log_text *text, uint32_t boot)
{
	struct lab_log_layout log;
	struct pcpu_layout layout;
	struct lab_error error = { 0 };
	struct lab_text out;
	void *memory;

	if (!log_clean(text, &error))
		FAIL("%s: line %u: %s", name, error.line, error.expected);
	log_choose_boot(text, boot);
	if (!lab_log_parse(text->at, text->bytes, &topology, &log, &error))
		FAIL("%s: line %u: %s\n%.*s", name, error.line, error.expected,
		     (int)text->bytes, text->at);
	memory = malloc(pcpu_layout_memory(&topology.table));
	CHECK_EQ(pcpu_layout_build(&topology.table, &log.sizes, memory, &layout), PCPU_OK);
	lab_text_init(&out, log_built, sizeof(log_built));
	lab_put_layout(&out, &layout);
	free(memory);
	free(text->at);
}

void made_put_bytes(struct made *m, const char *bytes, size_t nr)
{
	while (m->nr + nr + 1 > m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 4096;
		m->at = realloc(m->at, m->capacity);
	}
	memcpy(m->at + m->nr, bytes, nr);
	m->nr += nr;
	m->at[m->nr] = '\0';
}

void made_put(struct made *m, const char *words)
{
	made_put_bytes(m, words, strlen(words));
}
