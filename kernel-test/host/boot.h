/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * boot.h - `pcpu-lab boot` in parts: the machines (boot_machines.c) and QEMU's words for them
 * (boot_argv.c), the image's output (boot_output.c), the host's own run of the same trace
 * (boot_expect.c), the verdict (boot_evaluate.c), what boots need (boot_lab.c), parallel boots
 * (boot_run.c), their results as text (boot_print.c), the image's tests (boot_tests.c), planted
 * defects (boot_defects.c).
 */
#ifndef CMD_BOOT_H
#define CMD_BOOT_H

#include <glib.h>
#include <jansson.h>

#include "harness/cli/cmd.h"
#include "harness/cli/process.h"

/* CPUs: ids up to 254 are all that an xAPIC addresses (kernel-test/x86/x86_apic_regs.h). */
enum { BOOT_MAX_CPUS = 255, BOOT_MAX_NODES = 16 };

/* --- boot_machines.c -------------------------------------------------------------------------- */

/* The build of the image. */
enum boot_image {
	BOOT_GCC,
	BOOT_CLANG,
	BOOT_ZOO,   /* with the zoo's defects in its core */
	BOOT_ARM64, /* for AArch64 */
	BOOT_ARM64_64K, /* ... with pages of 64 KiB */
	BOOT_NR_IMAGES,
};

struct boot_machine {
	const char *name, *why;
	uint32_t nr_cpus, nr_nodes;
	uint32_t nr_possible;		    /* including those that may come later; 0: nr_cpus */
	const char *smp;		    /* -smp; NULL: these numbers */
	uint32_t node_cpus[BOOT_MAX_NODES]; /* how many on each, in their order ... */
	uint8_t cpu_node[BOOT_MAX_CPUS];    /* ... or the node of each; all 0: evenly */
	uint32_t apic_id[BOOT_MAX_CPUS];    /* or affinity; all 0: 0, 1, 2 ... */
	bool no_slit;			    /* no distances in the tables: 10 and 20 */
	bool no_numa;			    /* no nodes in the tables: one */
	uint32_t no_memory;		    /* bit i: node i has none */
	bool page;			    /* percpu_alloc=page */
	bool front;			    /* front=on */
	bool fall_back;			    /* embed is refused an area: page takes its place */
	bool single_step;		    /* an interrupt comes after each instruction */
	bool quick;			    /* included in --machine quick */
	enum boot_image image;
	uint32_t page_bytes; /* of the image; 0: 4096 */
	const char *golden; /* in corpus/layouts: the lines of a real kernel on this machine */
};

extern const struct boot_machine
	boot_machines[]; /* the first is the standard one; name NULL ends */

/* Returns the machine of that name, or NULL. */
const struct boot_machine *boot_machine_find(const char *name);
uint32_t boot_nr_possible(const struct boot_machine *machine);
uint32_t boot_cpu_node(const struct boot_machine *machine, uint32_t cpu);
uint32_t boot_distance(const struct boot_machine *machine, uint32_t from, uint32_t to);
/* Returns the memory of all nodes together in MB, enough for every test of the image. */
uint32_t boot_memory_mb(const struct boot_machine *machine);

/* Returns whether it is an AArch64 image. */
bool boot_is_arm64(enum boot_image image);

/* --- boot_argv.c ------------------------------------------------------------------------------ */

/* Parameters of a boot. */
struct boot_launch {
	const struct boot_machine *machine;
	const char *image, *accel;
	const char *module; /* -initrd: a trace, or an initramfs; NULL: none */
	const char
		*first; /* words of the command line before the machine's, or NULL */
	const char *append; /* ... and after them, or NULL */
	uint32_t memory_mb; /* of all nodes; 0: boot_memory_mb() */
};

/* Returns QEMU's arguments, malloc'ed, NULL-terminated. boot_argv_free() takes NULL. */
char **boot_argv(const struct boot_launch *launch);
void boot_argv_free(char **argv);

/* --- boot_script.c ---------------------------------------------------------------------------- */

/* Writes a script that repeats the boot; passed: a sentence on how to recognise a pass. */
void boot_write_script(const char *path, char *const argv[], const char *passed);

/* --- boot_output.c --------------------------------------------------------------------------- */

struct boot_output {
	uint32_t nr_ok, nr_not_ok, nr_skipped, plan; /* plan UINT32_MAX: no plan line */
	uint64_t hash;
	bool has_hash, bailed_out;
	GString *layout;     /* its pcpu-alloc: lines */
	json_t *tests;	     /* [{name, result, reason}] */
	char reason[512];    /* why it bailed out, else the first failure's reason */
	bool reason_follows; /* the previous line was a failed test */
};

void boot_output_init(struct boot_output *output);
void boot_output_free(struct boot_output *output);
/* Takes a line of any bytes: a broken guest may print garbage. Bytes that are not printable ASCII
   become '?'. */
void boot_output_line(struct boot_output *output, const char *line);

/* --- boot_expect.c ---------------------------------------------------------------------------- */

/* Compares with the host's layout: true when equal, else *why is a malloc'ed sentence. */
bool boot_layout_equal(const struct boot_machine *machine, const struct boot_output *output,
		       char **why);
/* Compares with a real kernel's lines, if there are any for the machine. */
bool boot_layout_golden(const struct boot_machine *machine, const struct boot_output *output,
			char **why);
/* Computes the run hash of a trace on the hosted platform with the sizes of `replay` on a machine
   with such pages (0: 4096). False: *error says which line is not a trace's, and what was
   expected. */
bool boot_host_hash(const char *text, size_t bytes, uint32_t page_bytes, uint64_t *hash,
		    struct lab_error *error);

/* --- boot_lab.c ------------------------------------------------------------------------------- */

struct boot_run;

/* Shared by all boots of a command. */
struct boot_lab {
	/* The request. */
	const char *accel;
	const char *trace; /* the file to replay, packed or not; NULL: a default of corpus/traces */
	double seconds;	   /* time-out of one boot */
	uint32_t memory_mb; /* of each machine; 0: boot_memory_mb() */
	bool keep;	   /* keep log and script of boots that passed, too */
	unsigned nr_jobs;

	/* What was found. */
	char *images[BOOT_NR_IMAGES];
	const char *missing[BOOT_NR_IMAGES]; /* why an image cannot be booted, or NULL */
	char *trace_file;		     /* unpacked, as QEMU needs it */
	uint64_t host_hash, host_hash_64k; /* with pages of 4 and 64 KiB */
};

/* Finds QEMU and the images of these runs; builds the image of the flavour clang. CMD_OK, or
   CMD_USAGE after printing a diagnostic. */
int boot_lab_prepare(struct boot_lab *lab, const struct boot_run *runs, size_t nr);
void boot_lab_free(struct boot_lab *lab);

/* --- boot_run.c ------------------------------------------------------------------------------- */

/* One boot; do not move it while it runs. */
struct boot_run {
	/* The request. */
	const struct boot_machine *machine;
	enum boot_image image;
	const char *name;  /* of its log and its script */
	const char *tests; /* comma-separated; NULL: all */
	const char *words; /* for the image's command line, or NULL */
	const char *skip;  /* why it is not booted, or NULL */

	/* The result. */
	struct boot_output output;
	struct process_result result;
	char paused[256]; /* QEMU's message when it paused the guest for good; "": it did not */
	char *why;	  /* NULL: it passed, or was not booted */

	struct boot_run_parts *parts; /* private to boot_run.c; NULL: it does not run */
};

/* Boots all that are not skipped, lab->nr_jobs at a time. Calls done() for each when it has ended,
   also for skipped ones. After an interruption the rest is reported as interrupted. */
void boot_runs(const struct boot_lab *lab, struct boot_run *runs, size_t nr,
	       void (*done)(void *context, struct boot_run *run), void *context);
void boot_run_free(struct boot_run *run);

/* Returns the path of its log or script: "ROOT/reports/out/boot/NAME.SUFFIX", malloc'ed. */
char *boot_run_path(const char *name, const char *suffix);

/* --- boot_evaluate.c -------------------------------------------------------------------------- */

/* Returns NULL when it passed, or the violated expectation, malloc'ed. */
char *boot_evaluate(const struct boot_lab *lab, const struct boot_run *run);

/* --- boot_print.c ---------------------------------------------------------------------------- */

/* Prints the result: a line, and for a failure why, and how to repeat it. */
void boot_print(FILE *out, const struct boot_run *run);
json_t *boot_run_json(const struct boot_run *run);

/* --- boot_tests.c ----------------------------------------------------------------------------- */

void boot_tests_list(void);
bool boot_is_test(const char *word);
/* Returns whether one of these tests (separated by blanks or commas) exists only on x86-64. */
bool boot_needs_x86(const char *tests);

/* --- boot_defects.c --------------------------------------------------------------------------- */

struct boot_defect {
	const char *name, *tests, *says; /* tests: those that find it, separated by blanks */
	enum boot_image image;
};

/* Returns the planted defect of that name, or NULL. */
const struct boot_defect *boot_defect_find(const char *name);
void boot_defects_list(void);
/* Boots with each of them. Returns an array of {name, says, tests, found, skip, seconds}; a defect
   that was neither found nor skipped was missed by its tests. */
json_t *boot_defects_run(const struct boot_lab *lab, FILE *out);

#endif
