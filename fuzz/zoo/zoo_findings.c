/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* zoo_findings.c - see zoo_findings.h. */
#include "fuzz/zoo/zoo_findings.h"

#include <stdio.h>

enum { MAX_ENDLESS = 2 }; /* inputs of a corpus: each costs a second */

static void findings_line(const struct zoo_corpus *corpus, const struct zoo_defect *defect,
			  const size_t nr[FINDING_NR_BY])
{
	printf("%s\t%s", defect->name, corpus->target->name);
	for (int by = FINDING_NONE + 1; by < FINDING_NR_BY; by++)
		printf("\t%zu", nr[by]);
	printf("\n");
}

void zoo_findings_print(struct zoo_corpora *corpora, const struct zoo_defect *defect)
{
	for (size_t i = 0; i < corpora->nr; i++) {
		const struct zoo_corpus *corpus = &corpora->corpus[i];
		size_t nr[FINDING_NR_BY] = {0}, nr_all = 0;

		/* The process that caught one is gone: the next one goes on behind it. */
		for (size_t from = 0; nr[FINDING_TIME] < MAX_ENDLESS &&
				      zoo_corpus_try(corpora, corpus, defect, from, NULL, NULL);
		     from = corpora->reply->at + 1) {
			nr[corpora->reply->by]++;
			nr_all++;
		}
		if (nr_all > 0)
			findings_line(corpus, defect, nr);
	}
}
