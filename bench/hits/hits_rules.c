/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_rules.c - do H1 to H5 of hits.h hold. */
#include "bench/hits/hits.h"

#include <stdarg.h>
#include <string.h>

struct verdict {
	FILE *to;
	uint32_t nr;
};

__attribute__((format(printf, 2, 3))) static void rule_fails(struct verdict *verdict,
							     const char *format, ...)
{
	va_list values;

	verdict->nr++;
	va_start(values, format);
	vfprintf(verdict->to, format, values);
	va_end(values);
	fputc('\n', verdict->to);
}

static const struct hits_line *line_find(const struct hits_lines *lines, uintptr_t line)
{
	for (uint32_t i = 0; i < lines->nr; i++)
		if (lines->line[i].line == line)
			return &lines->line[i];
	return NULL;
}

static void kind_check(struct verdict *verdict, const char *name, const struct hits_kind *kind)
{
	if (kind->nr == 0)
		rule_fails(verdict, "%s: no call was a hit", name);
	if (kind->nr_locked)
		rule_fails(verdict, "H1: %s: %u locked instructions in %u hits", name,
			   kind->nr_locked, kind->nr);
	if (kind->least != kind->most)
		rule_fails(verdict, "H4: %s: hits of %u to %u instructions", name, kind->least,
			   kind->most);
}

static bool is_own(enum hits_group group)
{
	return group == HITS_STACK || group == HITS_THREAD || group == HITS_MAGAZINE ||
	       group == HITS_STATE;
}

static void owners_check(struct verdict *verdict, uint32_t cpu, const struct hits_cpu *self)
{
	for (uint32_t i = 0; i < self->hits.nr; i++) {
		const struct hits_line *line = &self->hits.line[i];

		if (line->written && !is_own(line->group))
			rule_fails(verdict, "H2: a hit of CPU %u writes a line of: %s", cpu,
				   hits_group_names[line->group]);
	}
}

/* Lines that `writer` wrote and hits of the other touch. */
static void apart_check(struct verdict *verdict, const char *rule, const struct hits_lines *writer,
			const struct hits_lines *other)
{
	for (uint32_t i = 0; i < writer->nr; i++) {
		const struct hits_line *line = &writer->line[i];
		const struct hits_line *touched = line_find(other, line->line);

		if (line->written && touched &&
		    (line->group != HITS_STATE || touched->group != HITS_STATE))
			rule_fails(verdict,
				   "%s: a line that one CPU writes (%s) the other's hits touch "
				   "(%s)",
				   rule, hits_group_names[line->group],
				   hits_group_names[touched->group]);
	}
}

static void states_check(struct verdict *verdict, const struct hits_cpu *a,
			 const struct hits_cpu *b)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < a->nr_states; i++)
		for (uint32_t k = 0; k < b->nr_states; k++)
			nr += a->state[i] == b->state[k];
	if (nr)
		rule_fails(verdict, "H3: %u bytes of states are touched by both CPUs", nr);
}

void hits_states_shared(const struct hits *hits, uint32_t *nr_shared, uint32_t *nr)
{
	const struct hits_lines *a = &hits->cpu[0].hits, *b = &hits->cpu[1].hits;

	*nr_shared = *nr = 0;
	for (uint32_t i = 0; i < a->nr; i++) {
		if (a->line[i].group != HITS_STATE)
			continue;
		(*nr)++;
		*nr_shared += line_find(b, a->line[i].line) != NULL;
	}
}

uint32_t hits_faults(const struct hits *hits, FILE *to)
{
	const struct hits_cpu *a = &hits->cpu[0], *b = &hits->cpu[1];
	struct verdict verdict = {to, 0};

	for (uint32_t w = 0; w < 2; w++) {
		const struct hits_cpu *cpu = &hits->cpu[w];

		kind_check(&verdict, "allocation", &cpu->alloc);
		kind_check(&verdict, "free", &cpu->free);
		owners_check(&verdict, w, cpu);
		if (cpu->unknown)
			rule_fails(&verdict, "an instruction was not decoded");
		if (cpu->full)
			rule_fails(&verdict, "more lines than there is room for");
		apart_check(&verdict, "H3", &cpu->hits, &hits->cpu[!w].hits);
		apart_check(&verdict, "H5", &cpu->misses, &hits->cpu[!w].hits);
	}
	if (a->alloc.most != b->alloc.most || a->free.most != b->free.most)
		rule_fails(&verdict,
			   "H4: %u and %u instructions on one CPU, %u and %u on the other",
			   a->alloc.most, a->free.most, b->alloc.most, b->free.most);
	states_check(&verdict, a, b);
	return verdict.nr;
}

bool hits_bound(uint32_t *alloc, uint32_t *free)
{
	static const struct {
		const char *compiler;
		uint32_t alloc, free;
	} bounds[] = {
#define X(compiler, alloc, free) {compiler, alloc, free},
#include "bench/hits/hits.def"
#undef X
	};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]) && HITS_OPTIMISED; i++) {
		if (strcmp(bounds[i].compiler, HITS_COMPILER))
			continue;
		*alloc = bounds[i].alloc;
		*free = bounds[i].free;
		return true;
	}
	return false;
}
