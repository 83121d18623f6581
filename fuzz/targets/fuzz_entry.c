/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_entry.c - the entry that engines call. Returns only 0; on an error it prints and aborts. */
#include "fuzz/targets/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr)
{
	struct fuzz_outcome outcome;

	if (fuzz_targets[0]->property(bytes, nr, &outcome))
		return 0;
	fprintf(stderr, "BROKEN: %s\n", outcome.words);
	abort();
}
