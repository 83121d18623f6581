/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_write.c - a case as a TEST() of harness/test/lib/test.h, spelt out: machine and
 * configuration as initialisers, operations as the text of a trace. No byte of the input is in it.
 */
#include "fuzz/targets/alloc/alloc_case.h"
#include "fuzz/targets/world_write.h"
#include "fuzz/targets/write_line.h"

static void write_trace(const struct lab_trace *trace, void (*line)(const char *text))
{
	char text[128];

	line("\tstatic const char text[] =");
	line(trace->nr_ops > 0 ? "\t\t\"# pcpu-trace-ops 1\\n\"" :
				 "\t\t\"# pcpu-trace-ops 1\\n\";");
	for (size_t i = 0; i < trace->nr_ops; i++) {
		const char *words = text;

		lab_op_print(&trace->ops[i], trace->text, text);
		write_line(line, i + 1 < trace->nr_ops ? "\t\t\"$\\n\"" : "\t\t\"$\\n\";", NULL,
			   &words);
	}
	write_line(line, "\tstatic struct lab_op ops[@];",
		   (const uint64_t[]){ trace->nr_ops > 0 ? trace->nr_ops : 1 }, NULL);
}

static void write_case(const struct fuzz_world *world, void (*line)(const char *text))
{
	line("\tstruct alloc_case c = {");
	world_write_sim(".world.sim", &world->sim, line);
	world_write_pcpu(".world.config", &world->config, line);
	write_line(line, "\t\t.world.run.honour_atomic = @, .world.run.inject_failures = @,",
		   (const uint64_t[]){world->run.honour_atomic, world->run.inject_failures}, NULL);
	write_line(line, "\t\t.world.run.check = LAB_CHECK_MODEL, .world.lock_step = @,",
		   (const uint64_t[]){ world->lock_step }, NULL);
	if (world->create_fails_at == UINT32_MAX)
		line("\t\t.world.create_fails_at = UINT32_MAX,");
	else
		write_line(line, "\t\t.world.create_fails_at = @,",
			   (const uint64_t[]){ world->create_fails_at }, NULL);
	line("\t};");
}

void alloc_case_write(const struct alloc_case *c, const char *test_name,
		      void (*line)(const char *text))
{
	write_head(line, "fuzz/targets/alloc/alloc_case.h", test_name);
	world_write_topology(c->world.sim.topology, line);
	write_trace(&c->trace, line);
	write_case(&c->world, line);
	line("\tstruct lab_error error;");
	line("\tstruct fuzz_outcome outcome;");
	line("");
	line("\tif (!lab_trace_parse(text, sizeof(text) - 1, ops, sizeof(ops) / sizeof(ops[0]), "
	     "NULL, 0,");
	line("\t\t\t     &c.trace, &error))");
	line("\t\tFAIL(\"line %u: expected %s\", error.line, error.expected);");
	line("\tif (!alloc_case_run(&c, &outcome))");
	line("\t\tFAIL(\"%s\", outcome.words);");
	line("}");
}
