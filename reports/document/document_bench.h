/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * document_bench.h - the benchmarks as rows, one a case and engine.
 *
 *	{"context": {...}, "rows": [{"family", "case", "engine", "ratio", "ns", "low", "high",
 *	 "spread", "runs", "text", "error", "state": ok | skipped | failed,
 *	 "counters": {"probes/op": ...}}]}
 *
 * ratio is of medians, against the case's first engine; low and high are the 95 % interval of the
 * median, spread is (max - min) / median in percent. A row of 2^20 objects also has "million":
 * its steps in ms, and what was published beside them. What a row has no value for is absent.
 */
#ifndef DOCUMENT_BENCH_H
#define DOCUMENT_BENCH_H

#include <jansson.h>

/* From Google Benchmark's JSON, whose names it cleans; NULL for NULL, and where it is none. */
json_t *document_bench(json_t *bench);

#endif
