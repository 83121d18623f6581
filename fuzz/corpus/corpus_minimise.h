/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* corpus_minimise.h - minimises corpus/TARGET, from its inputs and those found by fuzzing. */
#ifndef CORPUS_MINIMISE_H
#define CORPUS_MINIMISE_H

#include <stdbool.h>

/*
 * Candidates: corpus/TARGET, build/fuzz-corpus/TARGET, and a further folder unless it is NULL.
 * False after printing a diagnostic; then corpus/TARGET is unchanged, or has more inputs than it
 * needs.
 */
bool corpus_minimise(const char *target, const char *further);

#endif
