/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* cmd_doctor.c - `lab doctor TRACE`: which objects share cache sets at a stride. */
#include "harness/cli/memory_file.h"
#include "harness/cli/sets/doctor.h"
#include "harness/cli/trace_file.h"

#include <string.h>

struct doctor_options {
	const char *engine, *cache, *json, *site;
	uint64_t top;
};

static int check_options(struct doctor *doctor, const struct doctor_options *o, int nr_words)
{
	g_autofree const struct pcpu_engine **engines = NULL;
	uint32_t nr_engines;

	if (nr_words != 1)
		return cmd_usage(&cmd_doctor, "one TRACE was expected, %d were given", nr_words);
	if (strcmp(doctor->machine.sizes.stride, cmd_stride_names[0]) != 0)
		return cmd_usage(&cmd_doctor, "--stride: all strides are compared");
	if (o->cache && !set_cache_parse(o->cache, &doctor->cache))
		return cmd_usage(&cmd_doctor, "--cache %s: SETS,WAYS or SETS,WAYS,LINE was "
				 "expected, powers of two but for the ways, of which there are 64 "
				 "at most", o->cache);
	if (!o->cache)
		doctor->cache = set_cache_find("");
	doctor->top = (uint32_t)o->top;
	doctor->site = o->site;
	engines = replay_engines(&cmd_doctor, o->engine, &nr_engines);
	if (!engines)
		return CMD_USAGE;
	if (nr_engines != 1)
		return cmd_usage(&cmd_doctor, "--engine %s: one engine was expected", o->engine);
	doctor->engine = engines[0];
	return cmd_can_write(o->json) ? CMD_OK : CMD_USAGE;
}

static int parse_options(struct doctor *doctor, struct doctor_options *o, int argc, char **argv)
{
	const struct cmd_option options[] = {
		REPLAY_MACHINE_OPTIONS(&doctor->machine),
		{ "engine", CMD_TEXT, &o->engine, 0, 0, NULL },
		{ "cache", CMD_TEXT, &o->cache, 0, 0, NULL },
		{ "site", CMD_TEXT, &o->site, 0, 0, NULL },
		{ "top", CMD_NUMBER, &o->top, 1, 1 << 16, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL },
	};
	int nr_words, status;

	replay_machine_init(&doctor->machine, &cmd_doctor);
	status = cmd_parse(&cmd_doctor, argc, argv, options, G_N_ELEMENTS(options), &nr_words);
	if (status != CMD_OK)
		return status;
	doctor->path = argv[1];
	return check_options(doctor, o, nr_words);
}

static int show_doctor(const struct doctor *doctor, const struct doctor_options *o)
{
	bool good = true;

	if (o->json) {
		json_t *json = doctor_json(doctor);

		good = json_write_file(o->json, json, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		json_decref(json);
	}
	if (good && (!o->json || strcmp(o->json, "-") != 0))
		doctor_print(stdout, doctor);
	return good ? CMD_OK : CMD_USAGE;
}

static bool has_site(const struct doctor *doctor)
{
	bool found = !doctor->site;

	for (size_t i = 0; !found && i < doctor->trace.nr_ops; i++)
		found = doctor_is_of_site(doctor, &doctor->trace.ops[i]);
	return found;
}

static int run_doctor(int argc, char **argv)
{
	struct doctor_options o = { PCPU_DEFAULT_ENGINE, NULL, NULL, NULL, 8 };
	struct trace_file file = { .ops = NULL };
	struct doctor doctor = { .path = NULL };
	int status = parse_options(&doctor, &o, argc, argv);

	if (status == CMD_OK && !trace_file_read(doctor.path, &file))
		status = CMD_USAGE;
	doctor.trace = file.trace;
	if (status == CMD_OK && !has_site(&doctor))
		status = cmd_usage(&cmd_doctor, "--site %s: no request of %s is of that site",
				   doctor.site, cmd_shown(doctor.path));
	if (status == CMD_OK)
		status = replay_machine_load(&doctor.machine);
	if (status == CMD_OK)
		status = doctor_run(&doctor);
	if (status == CMD_OK)
		status = show_doctor(&doctor, &o);
	doctor_free(&doctor);
	replay_machine_free(&doctor.machine);
	trace_file_free(&file);
	return status;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.run = run_doctor,
};
