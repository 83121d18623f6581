/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_minimise.h - makes corpus/TARGET small, from it and from what fuzzing found. */
#ifndef CORPUS_MINIMISE_H
#define CORPUS_MINIMISE_H

#include <stdbool.h>

/*
 * Candidates: corpus/TARGET, build/fuzz-corpus/TARGET, and a further folder unless it is NULL.
 * False after printing a diagnostic; corpus/TARGET is as it was then, or has more than it needs.
 */
bool corpus_minimise(const char *target, const char *further);

#endif
