/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_findings.c - see zoo_findings.h. */
#include "fuzz/zoo/zoo_findings.h"

#include <stdio.h>

enum { MAX_ENDLESS = 2 }; /* inputs of a corpus: each costs a second */

static void findings_line(const struct zoo_corpus *corpus, const struct zoo_defect *defect,
			  const struct zoo_counts *counts, const size_t nr[FINDING_NR_BY])
{
	printf("%s\t%s\t%zu\t%zu\t%zu\t%zu", defect->name, corpus->target->name, counts->replayed,
	       counts->reached, counts->triggered, counts->detected);
	for (int by = FINDING_NONE + 1; by < FINDING_NR_BY; by++)
		printf("\t%zu", nr[by]);
	printf("\n");
}

void zoo_findings_print(struct zoo_corpora *corpora, const struct zoo_defect *defect)
{
	corpora->measures = true;
	for (size_t i = 0; i < corpora->nr; i++) {
		const struct zoo_corpus *corpus = &corpora->corpus[i];
		size_t nr[FINDING_NR_BY] = {0}, from = 0;
		struct zoo_counts counts = {0};
		bool more = true;

		/* The process that caught one is gone: the next one goes on behind it. */
		while (more && nr[FINDING_TIME] < MAX_ENDLESS) {
			more = zoo_corpus_try(corpora, corpus, defect, from, NULL, NULL);
			zoo_counts_add(&counts, &corpora->reply->counts);
			nr[corpora->reply->by]++;
			from = corpora->reply->at + 1;
		}
		findings_line(corpus, defect, &counts, nr);
	}
}
