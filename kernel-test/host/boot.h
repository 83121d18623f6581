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

/* Who built the image, and for what. */
enum boot_image {
	BOOT_GCC,
	BOOT_CLANG,
	BOOT_ZOO,   /* with the core that has the zoo's defects in it */
	BOOT_ARM64, /* for AArch64 */
	BOOT_ARM64_64K, /* ... with pages of 64 KiB */
	BOOT_NR_IMAGES,
};

struct boot_machine {
	const char *name, *why;
	uint32_t nr_cpus, nr_nodes;
	uint32_t nr_possible;		    /* with those that may come later; 0: nr_cpus */
	const char *smp;		    /* -smp; NULL: these numbers */
	uint32_t node_cpus[BOOT_MAX_NODES]; /* how many on each, in their order ... */
	uint8_t cpu_node[BOOT_MAX_CPUS];    /* ... or each one's node; all 0: evenly */
	uint32_t apic_id[BOOT_MAX_CPUS];    /* or affinity; all 0: 0, 1, 2 ... */
	bool no_slit;			    /* no distances in the tables: 10 and 20 */
	bool no_numa;			    /* no nodes in the tables: one */
	uint32_t no_memory;		    /* bit i: node i has none */
	bool page;			    /* percpu_alloc=page */
	bool fall_back;			    /* embed is refused an area: page takes its place */
	bool single_step;		    /* interrupts come between any two instructions */
	bool quick;			    /* one of --machine quick */
	enum boot_image image;
	uint32_t page_bytes; /* of the image; 0: 4096 */
	const char *golden; /* in corpus/layouts: what a real kernel printed for this machine */
};

extern const struct boot_machine
	boot_machines[]; /* the first is the standard one; name NULL ends */

/* NULL: there is none of that name. */
const struct boot_machine *boot_machine_find(const char *name);
uint32_t boot_nr_possible(const struct boot_machine *machine);
uint32_t boot_cpu_node(const struct boot_machine *machine, uint32_t cpu);
uint32_t boot_distance(const struct boot_machine *machine, uint32_t from, uint32_t to);
/* Memory of all nodes together in MB, enough for every test of the image. */
uint32_t boot_memory_mb(const struct boot_machine *machine);

/* Is it one of AArch64's? */
bool boot_is_arm64(enum boot_image image);

/* --- boot_argv.c ------------------------------------------------------------------------------ */

/* How to start it. */
struct boot_launch {
	const struct boot_machine *machine;
	const char *image, *accel;
	const char *module; /* -initrd: a trace, or an initramfs; NULL: none */
	const char
		*first; /* words of the command line before those that tell the machine, or NULL */
	const char *append; /* ... and after them, or NULL */
	uint32_t memory_mb; /* of all nodes; 0: boot_memory_mb() */
};

/* QEMU's arguments, malloc'ed, NULL-terminated. boot_argv_free() takes NULL. */
char **boot_argv(const struct boot_launch *launch);
void boot_argv_free(char **argv);

/* --- boot_script.c ---------------------------------------------------------------------------- */

/* Writes a script that boots the same once more; passed: what a pass looks like, a sentence. */
void boot_write_script(const char *path, char *const argv[], const char *passed);

/* --- boot_output.c --------------------------------------------------------------------------- */

struct boot_output {
	uint32_t nr_ok, nr_not_ok, nr_skipped, plan; /* plan UINT32_MAX: no plan line */
	uint64_t hash;
	bool has_hash, bailed_out;
	GString *layout;     /* its pcpu-alloc: lines */
	json_t *tests;	     /* [{name, result, reason}] */
	char reason[512];    /* why it bailed out, else of the first failure */
	bool reason_follows; /* the line before told of a test that failed */
};

void boot_output_init(struct boot_output *output);
void boot_output_free(struct boot_output *output);
/* Any bytes: a guest that broke may say what is no text. What is not printable ASCII is kept as
   '?'. */
void boot_output_line(struct boot_output *output, const char *line);

/* --- boot_expect.c ---------------------------------------------------------------------------- */

/* What the host makes of the same: true when equal, else *why is a malloc'ed sentence. */
bool boot_layout_equal(const struct boot_machine *machine, const struct boot_output *output,
		       char **why);
/* The same against the real kernel's lines, where the machine has some. */
bool boot_layout_golden(const struct boot_machine *machine, const struct boot_output *output,
			char **why);
/* The run hash of a trace on the hosted platform with the sizes of `replay` on a machine with such
   pages (0: 4096). False: *error says where it is none, and what was expected. */
bool boot_host_hash(const char *text, size_t bytes, uint32_t page_bytes, uint64_t *hash,
		    struct lab_error *error);

/* --- boot_lab.c ------------------------------------------------------------------------------- */

struct boot_run;

/* What all boots of a command share. */
struct boot_lab {
	/* What is asked for. */
	const char *accel;
	const char *trace; /* the file to replay, packed or not; NULL: one of corpus/traces */
	double seconds;	   /* time-out of one boot */
	uint32_t memory_mb; /* of each machine; 0: boot_memory_mb() */
	bool keep;	   /* log and script of boots that passed, too */
	unsigned nr_jobs;

	/* What is there. */
	char *images[BOOT_NR_IMAGES];
	const char *missing[BOOT_NR_IMAGES]; /* why an image cannot be booted, or NULL */
	char *trace_file;		     /* unpacked: what QEMU wants */
	uint64_t host_hash, host_hash_64k; /* with pages of 4 and 64 KiB */
};

/* Looks for QEMU and the images of these runs; builds that of the flavour clang. CMD_OK, or
   CMD_USAGE after printing a diagnostic. */
int boot_lab_prepare(struct boot_lab *lab, const struct boot_run *runs, size_t nr);
void boot_lab_free(struct boot_lab *lab);

/* --- boot_run.c ------------------------------------------------------------------------------- */

/* One boot; stays where it is while it runs. */
struct boot_run {
	/* What is asked for. */
	const struct boot_machine *machine;
	enum boot_image image;
	const char *name;  /* of its log and its script */
	const char *tests; /* comma-separated; NULL: all */
	const char *words; /* for the image's command line, or NULL */
	const char *skip;  /* why it is not booted, or NULL */

	/* What became of it. */
	struct boot_output output;
	struct process_result result;
	char paused[256]; /* QEMU's words when it stopped the guest for good; "": it did not */
	char *why;	  /* NULL: it passed, or was not booted */

	struct boot_run_parts *parts; /* inside of boot_run.c; NULL: it does not run */
};

/* Boots all that are not skipped, lab->nr_jobs at a time. done() is called for each when it has
   ended, of skipped ones too. Those behind an interruption are told as interrupted. */
void boot_runs(const struct boot_lab *lab, struct boot_run *runs, size_t nr,
	       void (*done)(void *context, struct boot_run *run), void *context);
void boot_run_free(struct boot_run *run);

/* Its log or script: "ROOT/reports/out/boot/NAME.SUFFIX", malloc'ed. */
char *boot_run_path(const char *name, const char *suffix);

/* --- boot_evaluate.c -------------------------------------------------------------------------- */

/* NULL: it passed; or what did not hold, malloc'ed. */
char *boot_evaluate(const struct boot_lab *lab, const struct boot_run *run);

/* --- boot_print.c ---------------------------------------------------------------------------- */

/* What became of it: a line, and why it failed and how to repeat it. */
void boot_print(FILE *out, const struct boot_run *run);
json_t *boot_run_json(const struct boot_run *run);

/* --- boot_tests.c ----------------------------------------------------------------------------- */

void boot_tests_list(void);
bool boot_is_test(const char *word);
/* Does only an x86-64 have one of these tests (between them blanks or commas)? */
bool boot_needs_x86(const char *tests);

/* --- boot_defects.c --------------------------------------------------------------------------- */

struct boot_defect {
	const char *name, *tests, *says; /* tests: those that find it, between them blanks */
	enum boot_image image;
};

/* The planted defect of that name; NULL: there is none. */
const struct boot_defect *boot_defect_find(const char *name);
void boot_defects_list(void);
/* Boots with each of them. An array of {name, says, tests, found, skip, seconds}; where one was
   neither found nor skipped, its tests missed it. */
json_t *boot_defects_run(const struct boot_lab *lab, FILE *out);

#endif
