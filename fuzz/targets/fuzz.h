/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * fuzz.h - a fuzz target: one property, which is a function of bytes, and functions that describe,
 * cut and render its inputs. Engines reach it through LLVMFuzzerTestOneInput (fuzz_entry.c), files
 * through replay_main.c, the crash program and the defect zoo.
 *
 *	fuzz_<name>.c	struct fuzz_target fuzz_<name>	+ fuzz_one.c	one target in a program
 *							+ fuzz_all.c	all of targets.def
 *
 * R1  Every byte string is a valid input.
 * R2  No state survives an input: the same bytes give the same outcome and hash, in any order.
 * R3  A property says what is wrong in words and returns; only the entry aborts.
 * R4  No clock, no thread, no random, no file: bytes in, outcome out.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_MAX_BYTES 1024u /* of one input; longer ones are cut */
#define FUZZ_WORDS_ROOM 512u

/* The detector of an error (finding.h). */
enum finding_by {
	FINDING_NONE, /* nothing is wrong */
	/* A property: */
	FINDING_WALKER,	   /* an invariant (invariants.def) does not hold */
	FINDING_MODEL,	   /* of the objects that live, their bytes, the statistics */
	FINDING_ORACLE,	   /* the same computed a second time, or what a contract promises */
	FINDING_FAULT,	   /* the platform: what was called as its contract forbids, or is lost */
	FINDING_ASSERTION, /* of the code under test */
	FINDING_REPLAY,	   /* the same input again, with another outcome */
	/* The process around it: */
	FINDING_SANITIZER, /* or an assertion that ended the process */
	FINDING_TIME,
	FINDING_END,
	FINDING_NR_BY,
};

struct fuzz_outcome {
	uint64_t hash;	/* of what the run did */
	size_t nr_ops;	/* operations done */
	/* When something is wrong: */
	enum finding_by by;   /* of a property */
	size_t step;	      /* the operation that failed; nr_ops: after the last one */
	const char *sentence; /* what is broken, alone: a constant sentence */
	char place[64];	      /* where: "free", "set-up", "map_area.c:120" ...; with the sentence it
				 distinguishes defects */
	/* all of it for people: step, operation, sentence, object, CPU */
	char words[FUZZ_WORDS_ROOM];
};

struct fuzz_target {
	const char *name;    /* "fuzz_alloc": of the program and of the corpus folder */
	const char *summary; /* one line for --help */

	/* True: nothing is wrong with this input. */
	bool (*property)(const uint8_t *bytes, size_t nr, struct fuzz_outcome *outcome);

	/* Describes an input as text, line by line without newlines: the machine as comments, then
	   the operations. */
	void (*describe)(const uint8_t *bytes, size_t nr, void (*line)(const char *text));

	/*
	 * Returns where an input may be cut: ascending offsets at which an operation (or another
	 * independent part) starts; it ends where the next one starts. The first offset follows the
	 * head that describes the setup. Returns how many, <= room.
	 */
	size_t (*pieces)(const uint8_t *bytes, size_t nr, size_t *starts, size_t capacity);

	/*
	 * Writes an input that means the same and holds nothing in short, so that all of it has
	 * pieces to cut; returns how many bytes, <= room. NULL: every input is like that.
	 */
	size_t (*spell)(const uint8_t *bytes, size_t nr, uint8_t *to, size_t capacity);

	/* Renders the state after the first `steps` operations, line by line: chunks with their
	   areas, pages and slots, or whatever the target tests. NULL: nothing to render. */
	void (*render)(const uint8_t *bytes, size_t nr, size_t steps,
		       void (*line)(const char *text));

	/*
	 * Writes this input as the body of a TEST() of harness/test/lib/test.h and what it needs
	 * above it, line by line: independent of how bytes are decoded, so that the test outlives
	 * the format. NULL: the bytes themselves are the test.
	 */
	void (*write_test)(const uint8_t *bytes, size_t nr, const char *test_name,
			   void (*line)(const char *text));
};

/* The targets of this program, NULL-terminated: one (fuzz_one.c) or all (fuzz_all.c). */
extern const struct fuzz_target *const fuzz_targets[];

/* The one with this name, or NULL. */
const struct fuzz_target *fuzz_target_find(const char *name);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t nr);

#endif
