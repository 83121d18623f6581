/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * replay_machine.h - what commands that replay traces share: the machine, the engines, and an
 * allocator of each engine on real memory.
 *
 *	--topology, --boot, sizes -> replay_machine_load() -> replay_on_engine() per engine
 *								\-> replay_trace()
 */
#ifndef REPLAY_MACHINE_H
#define REPLAY_MACHINE_H

#include "harness/check/run/run.h"
#include "harness/cli/layout/sizes.h"

struct replay_machine {
	const struct cmd *cmd; /* whose diagnostics these are */
	/* As given on the command line. */
	struct cmd_sizes sizes;
	const char *name; /* of the topology; NULL: 8 CPUs on one node */
	uint64_t boot;	  /* of a kernel log; 0: not given */
	struct lab_topology *topology;
};

/* Rows of a struct cmd_option table; m: struct replay_machine *. */
#define REPLAY_MACHINE_OPTIONS(m)                                                                  \
	CMD_SIZE_OPTIONS(&(m)->sizes),                                                             \
	{ "topology", CMD_TEXT, &(m)->name, 0, 0, NULL },                                          \
	{ "boot", CMD_NUMBER, &(m)->boot, 1, UINT32_MAX, NULL }

/* Before the options are parsed. */
void replay_machine_init(struct replay_machine *machine, const struct cmd *cmd);
/* Loads the topology, finishes the sizes, and looks whether there is memory for a first chunk.
   CMD_USAGE after printing what is wrong; replay_machine_free() in any case. */
int replay_machine_load(struct replay_machine *machine);
void replay_machine_free(struct replay_machine *machine);

/* Engines of a list with commas between, or "all"; g_free() it. NULL after printing which there
   are. */
const struct pcpu_engine **replay_engines(const struct cmd *cmd, const char *list,
					  uint32_t *nr_engines);

/* Makes a fresh platform and allocator, for run; events of its set-up that warn are printed.
   Returns run's status, or CMD_USAGE after printing why there is no allocator. */
typedef int (*replay_fn)(void *context, struct plat *plat, struct pcpu *pcpu);
int replay_on_engine(const struct replay_machine *machine, const struct pcpu_engine *engine,
		     bool front, replay_fn run, void *context);

/* Can this platform make calls fail? If not, and the trace has `k`, a line says that they are
   passed over. */
bool replay_can_fail(const struct cmd *cmd, struct plat *plat, const struct lab_trace *trace);

/* Zeroed memory for lab_run() of this trace; NULL after printing that there is none. */
struct replay_scratch {
	void *memory;
	size_t bytes;
};
bool replay_scratch_take(const struct cmd *cmd, const struct lab_trace *trace,
			 const struct pcpu *pcpu, const struct lab_run_options *options,
			 struct replay_scratch *scratch);
void replay_scratch_give(struct replay_scratch *scratch);

/* replay_memory.c: checks that the machine has the memory for the first chunk. CMD_USAGE after
   printing how much is needed and available; also prints a line when much is needed. */
int replay_memory_check(const struct replay_machine *machine);

#endif
