/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* hits_print.c - the list: each instruction with what it touches; lines by owner. */
#include "bench/hits/hits.h"

static void touches_print(const struct hits_kind *kind, uint32_t instruction, FILE *to)
{
	for (uint32_t i = 0; i < kind->last.nr_touches; i++) {
		const struct step_touch *touch = &kind->last.touch[i];

		if (touch->instruction == instruction)
			fprintf(to, "  %s%s%s %u: %s", touch->locked ? "locked " : "",
				touch->reads ? "r" : "", touch->writes ? "w" : "", touch->bytes,
				hits_group_names[kind->group[i]]);
	}
}

static bool touches_any(const struct hits_kind *kind, uint32_t instruction)
{
	for (uint32_t i = 0; i < kind->last.nr_touches; i++)
		if (kind->last.touch[i].instruction == instruction)
			return true;
	return false;
}

static void kind_print(const char *name, const struct hits_kind *kind, FILE *to)
{
	uint32_t nr = 0;

	fprintf(to, "\n%s: %u instructions, %u locked\n", name, kind->most, kind->nr_locked);
	for (uint32_t i = 0; i < kind->last.nr_instructions && i < HITS_LONGEST; i++) {
		char words[96];

		if (!step_words(kind->last.at[i], words, sizeof(words)))
			snprintf(words, sizeof(words), "?");
		fprintf(to, touches_any(kind, i) ? "%3u  %-44s" : "%3u  %s", i + 1, words);
		touches_print(kind, i, to);
		fputc('\n', to);
	}
	fprintf(to, "lines:");
	for (uint32_t g = 0; g < HITS_NR_GROUPS; g++) {
		nr += kind->lines[g];
		if (kind->lines[g])
			fprintf(to, " %s %u,", hits_group_names[g], kind->lines[g]);
	}
	fprintf(to, " in all %u\n", nr);
}

void hits_print(const struct hits *hits, FILE *to)
{
	uint32_t nr_shared, nr;

	fprintf(to,
		"%u B, %u CPUs: %u allocations and %u frees that hit, %u misses, on CPU 0 and "
		"CPU %u each\n",
		hits->bytes, hits->nr_cpus, hits->cpu[0].alloc.nr, hits->cpu[0].free.nr,
		hits->cpu[0].nr_misses, hits->nr_cpus - 1);
	kind_print("pcpu_alloc", &hits->cpu[0].alloc, to);
	kind_print("pcpu_free", &hits->cpu[0].free, to);
	hits_states_shared(hits, &nr_shared, &nr);
	fprintf(to, "\nlines of states that the other CPU's hits touch, too: %u of %u\n", nr_shared,
		nr);
}
