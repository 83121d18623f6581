/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* afl_server.h - inputs from afl-fuzz, run by LLVMFuzzerTestOneInput() one after the other. */
#ifndef FUZZ_AFL_SERVER_H
#define FUZZ_AFL_SERVER_H

/*
 * Serves the afl-fuzz that started this process, through its pipes and shared memory, and exits
 * with it. Inputs run in a child, all in the same one until it crashes; its exit status is then the
 * input's. Returns 2 after printing when no afl-fuzz is there, or one that does not share inputs in
 * memory.
 */
int afl_serve(void);

#endif
