/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* replay_machine.c - see replay_machine.h. */
#include "harness/cli/replay/replay_machine.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/cli/log/log_read.h"
#include "harness/platform/hosted/hosted.h"
#include "harness/platform/lab_plat.h"
#include "harness/text/layout_text.h"

/* Static symbols are "linked" here: above every address of user space, so that no percpu pointer
   into a chunk can come out as 0. */
#define STATIC_START ((uintptr_t)1 << 47)

static const char default_topology[] = "# pcpu-topology 1\nnode 0 cpus 0-7\n";

void replay_machine_init(struct replay_machine *machine, const struct cmd *cmd)
{
	*machine = (struct replay_machine){ .cmd = cmd };
	cmd_sizes_init(&machine->sizes);
}

void replay_machine_free(struct replay_machine *machine)
{
	free(machine->topology);
	machine->topology = NULL;
}

/* Units lie in this allocator's pages. Sizes of a machine with other pages are as good here; an
   option that says so is not. */
static int page_is_ours(struct replay_machine *m, bool is_log)
{
	struct cmd_sizes *sizes = &m->sizes;
	unsigned long long page = pcpu_sizes_page(&sizes->sizes);

	if (page == PCPU_PAGE_BYTES)
		return CMD_OK;
	if (sizes->given.page || !is_log)
		return cmd_usage(m->cmd, "--page %llu: this allocator is built for pages of "
				 "%u bytes", page, PCPU_PAGE_BYTES);
	fprintf(stderr, "lab %s: %s has pages of %llu bytes; here they are of %u\n", m->cmd->name,
		m->name, page, PCPU_PAGE_BYTES);
	sizes->sizes.page_bytes = PCPU_PAGE_BYTES;
	return CMD_OK;
}

/* The requested topology, which may be a log's: then *log points to it. */
static int load_requested(struct replay_machine *m, struct log_reading *reading,
			  const struct lab_log_layout **log)
{
	int status;

	reading->boot = (uint32_t)m->boot;
	status = cmd_load_topology(m->name, m->topology, reading);
	if (status != CMD_OK)
		return status;
	if (reading->found == LOG_SIZES)
		return cmd_bad_input(m->name, reading->sizes.line,
				     "a topology; this log has sizes, but no pcpu-alloc: lines");
	if (reading->found == LOG_DUMP)
		*log = &reading->layout;
	else if (m->boot)
		return cmd_usage(m->cmd, "--boot: %s is no kernel log", m->name);
	return CMD_OK;
}

static int load_default(struct replay_machine *m)
{
	struct lab_error error;

	if (lab_topology_parse(default_topology, sizeof(default_topology) - 1, m->topology, &error))
		return CMD_OK;
	return cmd_bad_input("the default topology", error.line, error.expected);
}

int replay_machine_load(struct replay_machine *m)
{
	const struct lab_log_layout *log = NULL;
	struct log_reading reading = { 0 };
	int status = cmd_sizes_names(m->cmd, &m->sizes);

	if (status != CMD_OK)
		return status;
	m->topology = malloc(sizeof(*m->topology));
	if (!m->topology)
		return cmd_usage(m->cmd, "no memory for a topology");
	status = m->name ? load_requested(m, &reading, &log) : load_default(m);
	if (status == CMD_OK)
		status = cmd_sizes_finish(m->cmd, &m->sizes, log, &m->topology->table);
	if (status == CMD_OK)
		status = page_is_ours(m, log != NULL);
	return status == CMD_OK ? replay_memory_check(m) : status;
}

/* --- engines ----------------------------------------------------------------------------- */

static const struct pcpu_engine **engine_unknown(const struct cmd *cmd, const char *name)
{
	fprintf(stderr, "lab %s: --engine %s: all", cmd->name, name);
	for (uint32_t i = 0; i < pcpu_nr_engines; i++)
		fprintf(stderr, ", %s", pcpu_engines[i].name);
	fprintf(stderr, " are there\n");
	return NULL;
}

const struct pcpu_engine **replay_engines(const struct cmd *cmd, const char *list,
					  uint32_t *nr_engines)
{
	g_auto(GStrv) names = g_strsplit(list, ",", -1);
	bool all = strcmp(list, "all") == 0;
	uint32_t nr = all ? pcpu_nr_engines : g_strv_length(names);
	g_autofree const struct pcpu_engine **engines = g_new(const struct pcpu_engine *, nr);

	for (uint32_t i = 0; i < nr; i++) {
		engines[i] = all ? &pcpu_engines[i] : pcpu_engine_find(names[i]);
		if (!engines[i])
			return engine_unknown(cmd, names[i]);
	}
	*nr_engines = nr;
	return nr ? g_steal_pointer(&engines) : engine_unknown(cmd, "''");
}

/* --- an allocator ------------------------------------------------------------------------ */

/* Set-up's warnings are for the user; what single allocations meet is counted in results. */
static void report_event(void *context, const struct pcpu_event *event)
{
	const struct cmd *cmd = context;
	struct lab_text line;
	char capacity[512];

	switch (event->id) {
	case PCPU_EV_FALLBACK:
	case PCPU_EV_NO_FALLBACK:
	case PCPU_EV_SPAN_WIDE:
	case PCPU_EV_SETUP_REFUSED:
		lab_text_init(&line, capacity, sizeof(capacity));
		lab_put_event(&line, event);
		fprintf(stderr, "lab %s: %s\n", cmd->name, capacity);
		break;
	default:
		break;
	}
}

static int allocator_refused(const struct cmd *cmd, enum pcpu_status made)
{
	return cmd_usage(cmd, "no allocator could be made of these sizes and this topology (%s)",
			 made == PCPU_ENOMEM ? "no memory" :
			 made == PCPU_ELIMIT ? "over a limit" :
			 made == PCPU_ESPAN ? "too wide a span" : "they do not fit");
}

int replay_on_engine(const struct replay_machine *machine, const struct pcpu_engine *engine,
		     bool front, replay_fn run, void *context)
{
	const struct cmd_sizes *sizes = &machine->sizes;
	struct hosted_config hosted = {
		.topology = &machine->topology->table,
		.bind_memory = true,
		.record_misuse = true,
		.event = report_event,
		.context = (void *)(uintptr_t)machine->cmd,
	};
	struct pcpu_config config = {
		.topology = &machine->topology->table, .sizes = sizes->sizes,
		.choice = sizes->choice, .space_bytes = sizes->space_bytes, .engine = engine,
		.front = front, .static_start = STATIC_START,
	};
	enum pcpu_status made;
	struct pcpu *pcpu;
	int status;

	config.plat = hosted_create(&hosted);
	if (!config.plat)
		return cmd_usage(machine->cmd, "no platform: %s", strerror(errno));
	made = pcpu_create(&config, &pcpu);
	if (made == PCPU_OK) {
		status = run(context, config.plat, pcpu);
		pcpu_destroy(pcpu);
	} else {
		status = allocator_refused(machine->cmd, made);
	}
	hosted_destroy(config.plat);
	return status;
}

bool replay_can_fail(const struct cmd *cmd, struct plat *plat, const struct lab_trace *trace)
{
	uint64_t nr = 0;
	bool can = lab_fail_at(plat, 0, false);

	lab_fail_never(plat);
	for (size_t i = 0; i < trace->nr_ops; i++)
		nr += trace->ops[i].kind == LAB_OP_FAIL;
	if (!can && nr > 0)
		fprintf(stderr,
			"lab %s: %llu `k` operations are passed over: real "
			"memory cannot be made to fail; the fuzz target's replay can\n",
			cmd->name, (unsigned long long)nr);
	return can;
}

bool replay_scratch_take(const struct cmd *cmd, const struct lab_trace *trace,
			 const struct pcpu *pcpu, const struct lab_run_options *options,
			 struct replay_scratch *scratch)
{
	scratch->bytes = lab_run_memory(trace, pcpu, options);
	scratch->memory = mmap(NULL, scratch->bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (scratch->memory != MAP_FAILED)
		return true;
	cmd_usage(cmd, "no memory for a run of %u ids", trace->nr_ids);
	return false;
}

void replay_scratch_give(struct replay_scratch *scratch)
{
	munmap(scratch->memory, scratch->bytes);
}
