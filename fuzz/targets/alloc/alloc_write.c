/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * alloc_write.c - a case as a TEST() of harness/test/lib/test.h, spelt out: machine and
 * configuration as initialisers, operations as the text of a trace. No byte of the input is in it.
 */
#include "fuzz/targets/alloc/alloc_case.h"
#include "fuzz/targets/setup_write.h"
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

static void write_case(const struct fuzz_setup *setup, void (*line)(const char *text))
{
	line("\tstruct alloc_case c = {");
	setup_write_sim(".setup.sim", &setup->sim, line);
	setup_write_pcpu(".setup.config", &setup->config, line);
	write_line(line, "\t\t.setup.run.honour_atomic = @, .setup.run.inject_failures = @,",
		   (const uint64_t[]){setup->run.honour_atomic, setup->run.inject_failures}, NULL);
	write_line(line, "\t\t.setup.run.check = LAB_CHECK_MODEL, .setup.lock_step = @,",
		   (const uint64_t[]){ setup->lock_step }, NULL);
	if (setup->create_fails_at == UINT32_MAX)
		line("\t\t.setup.create_fails_at = UINT32_MAX,");
	else
		write_line(line, "\t\t.setup.create_fails_at = @,",
			   (const uint64_t[]){ setup->create_fails_at }, NULL);
	line("\t};");
}

void alloc_case_write(const struct alloc_case *c, const char *test_name,
		      void (*line)(const char *text))
{
	write_head(line, "fuzz/targets/alloc/alloc_case.h", test_name);
	setup_write_topology(c->setup.sim.topology, line);
	write_trace(&c->trace, line);
	write_case(&c->setup, line);
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
