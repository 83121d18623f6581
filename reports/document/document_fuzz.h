/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * document_fuzz.h - the fuzzers' figures over all the time spent on each target.
 *
 *	fuzz-series.jsonl   run a	|-slice-|     |-slice-|
 *			    run b				   |--slice--|
 *	chart		    		0 |-slice-|-slice-|--slice--| ──> spent on the target
 *
 * R1  Slices are put end to end: the working corpus is kept between runs, so edges continue from
 *     their last value.
 * R2  Only runs on the newest run's host are in it: speeds of two machines cannot be compared.
 */
#ifndef DOCUMENT_FUZZ_H
#define DOCUMENT_FUZZ_H

#include "reports/document/result.h"

/*
 * {"host": {...}, "runs": N, "other_runs": N (on other hosts), "series": [{"target", "engine",
 * "seconds": [...], "rate": [executions a second], "edges": [...], "corpus": [...]}]}: at most 400
 * points a series. NULL: there is no file, or nothing in it.
 */
json_t *document_fuzz_series(struct results *results);

#endif
