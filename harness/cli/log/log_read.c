/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* log_read.c - see log_read.h. */
#include "harness/cli/log/log_read.h"
#include "harness/cli/cmd.h"

static bool log_refuse(const char *path, uint32_t line, const char *expected)
{
	cmd_bad_input(path, line, expected);
	return false;
}

/* Blanks out the other boots. */
static bool choose_boot(const char *path, struct log_text *text, uint32_t boot)
{
	uint32_t nr = log_choose_boot(text, boot ? boot : 1);
	char sentence[96];

	if (boot > nr) {
		snprintf(sentence, sizeof(sentence),
			 nr == 1 ? "a log of several boots for --boot %u; this one has %u" :
				   "a log that has boot %u; this one has %u boots",
			 boot, nr);
		return log_refuse(path, 1, sentence);
	}
	if (nr > 1 && !boot)
		fprintf(stderr,
			"%s: %u boots are in this log, the first is read (--boot N: another)\n",
			cmd_shown(path), nr);
	return true;
}

/* setup_percpu prints the highest possible CPU id, and one of the dump's units must be that CPU's:
   when whole lines at the end are lost, the rest is consistent by itself. */
static bool is_cut(const char *path, const struct log_text *text, uint32_t nr_cpu_ids)
{
	struct lab_log_sizes sizes;
	struct lab_error ignored;

	(void)lab_log_sizes_parse(text->at, text->bytes, &sizes, &ignored);
	if (sizes.nr_cpu_ids == 0 || sizes.nr_cpu_ids == nr_cpu_ids)
		return false;
	fprintf(stderr, "%s: the log has CPU ids below %llu, its pcpu-alloc: lines those below %u: "
		"they are not whole, or of another boot\n", cmd_shown(path),
		(unsigned long long)sizes.nr_cpu_ids, nr_cpu_ids);
	return true;
}

bool log_read(const char *path, struct log_text *text, struct lab_topology *topology,
	      struct log_reading *reading)
{
	struct lab_error error;
	bool ok;

	reading->found = LOG_NONE;
	if (!log_clean(text, &error))
		return log_refuse(path, error.line, error.expected);
	if (log_holds(text, LOG_MARK))
		reading->found = LOG_DUMP;
	else if (log_holds(text, " pages/cpu"))
		reading->found = LOG_SIZES;
	if (reading->found == LOG_NONE)
		return true;
	if (!choose_boot(path, text, reading->boot))
		return false;
	if (!log_holds(text, LOG_MARK)) /* hidden by the log level of this boot */
		reading->found = LOG_SIZES;
	if (reading->found == LOG_DUMP)
		ok = lab_log_parse(text->at, text->bytes, topology, &reading->layout, &error);
	else
		ok = lab_log_sizes_parse(text->at, text->bytes, &reading->sizes, &error);
	if (!ok)
		return log_refuse(path, error.line, error.expected);
	if (reading->found == LOG_DUMP)
		reading->is_cut = is_cut(path, text, topology->table.nr_cpu_ids);
	return true;
}
