/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_case.h - operations on one allocator in one setup: what fuzz_alloc decodes and what a test
 * that was made from a crash spells out.
 */
#ifndef FUZZ_ALLOC_CASE_H
#define FUZZ_ALLOC_CASE_H

#include "fuzz/targets/fuzz.h"
#include "fuzz/targets/fuzz_setup.h"

struct alloc_case {
	struct fuzz_setup setup;
	struct lab_trace trace; /* of the second form */
};

/* True: nothing is wrong, from set-up to what is held after destroy. All of *outcome is written. */
bool alloc_case_run(const struct alloc_case *c, struct fuzz_outcome *outcome);

/* Draws all chunks as the first nr operations leave them. */
void alloc_case_render(const struct alloc_case *c, size_t nr, void (*line)(const char *text));

/* The case as a TEST() that calls alloc_case_run(). */
void alloc_case_write(const struct alloc_case *c, const char *test_name,
		      void (*line)(const char *text));

/* Appends "; CPU 3": the name and the number, unless the number is PCPU_NO_CPU or similar. */
struct lab_text;
void alloc_put_number(struct lab_text *words, const char *what, uint32_t n, uint32_t none);

#endif
