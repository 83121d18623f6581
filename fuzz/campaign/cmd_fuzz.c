/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_fuzz.c - checks the options, runs a campaign (fuzz_campaign.c), prints its summary.
 *
 *	cmd_fuzz ─> fuzz_campaign ─> fuzz_slice ─> fuzz_libfuzzer, fuzz_afl	(process.h)
 *	                 │               ├─> fuzz_found, fuzz_series
 *	                 └─> fuzz_corpus <┘
 */
#include "harness/cli/cmd.h"
#include "harness/cli/flavours.h"
#include "fuzz/campaign/fuzz_campaign.h"
#include "fuzz/campaign/fuzz_engine.h"
#include "harness/cli/process.h"
#include "harness/cli/memory_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DEFAULT_SECONDS = 60, DEFAULT_SLICE_SECONDS = 300, FILES_OF_JOB = 8 };

struct request {
	const char *target, *engine, *json, *role;
	bool continuous, time_given, slice_given, role_given;
	uint64_t seconds, slice_seconds, nr_jobs;
	struct fuzz_campaign campaign;
};

static int list_targets(const char *unknown)
{
	fprintf(stderr, "lab fuzz: no target '%s'; there are:", unknown);
	for (unsigned i = 0; fuzz_target_names[i]; i++)
		fprintf(stderr, " %s", fuzz_target_names[i]);
	fputs(" and all\n", stderr);
	return CMD_USAGE;
}

static int choose_targets(struct request *request)
{
	struct fuzz_campaign *campaign = &request->campaign;
	bool all = !strcmp(request->target, "all");

	for (unsigned i = 0; fuzz_target_names[i] && i < FUZZ_MAX_TARGETS; i++) {
		if (all || !strcmp(request->target, fuzz_target_names[i]))
			campaign->targets[campaign->nr_targets++].target = fuzz_target_names[i];
	}
	return campaign->nr_targets ? CMD_OK : list_targets(request->target);
}

/* Two engines at once need at least a job each; of an odd number libFuzzer, with ASan, gets
   more. */
static int choose_engines(struct request *request)
{
	unsigned *nr_jobs = request->campaign.nr_jobs, nr = (unsigned)request->nr_jobs;

	if (!strcmp(request->engine, "libfuzzer")) {
		nr_jobs[0] = nr;
	} else if (!strcmp(request->engine, "afl")) {
		nr_jobs[1] = nr;
	} else if (!strcmp(request->engine, "both")) {
		nr_jobs[0] = (nr + 1) / 2;
		nr_jobs[1] = nr > 1 ? nr / 2 : 1;
	} else {
		return cmd_usage(&cmd_fuzz, "--engine takes libfuzzer, afl or both, not '%s'",
				 request->engine);
	}
	return CMD_OK;
}

/* libFuzzer's flavour is built for either engine: it replays findings. */
static int check_programs(const struct fuzz_campaign *campaign)
{
	for (unsigned i = 0; i < FUZZ_NR_ENGINES; i++) {
		const struct fuzz_engine *engine = fuzz_engines[i];

		for (unsigned j = 0; (!i || campaign->nr_jobs[i]) && engine->programs[j]; j++) {
			if (!program_exists(engine->programs[j]))
				return cmd_usage(
					&cmd_fuzz,
					"there is no %s in PATH: Debian's package %s has it",
					engine->programs[j], engine->package);
		}
	}
	return CMD_OK;
}

static bool is_instance_name(const char *name)
{
	size_t nr = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return nr && nr <= 20 && !name[nr];
}

static int check_fleet(struct request *request)
{
	struct fuzz_fleet *fleet = &request->campaign.fleet;

	if (!fleet->folder && (fleet->name || request->role_given))
		return cmd_usage(&cmd_fuzz, "--name and --role go with --sync FOLDER");
	if (fleet->folder && !request->campaign.nr_jobs[1])
		return cmd_usage(&cmd_fuzz, "--sync goes with --engine afl or both");
	if (fleet->folder && !fleet->name)
		return cmd_usage(&cmd_fuzz, "--sync goes with --name, another on each machine");
	if (strcmp(request->role, "main") && strcmp(request->role, "secondary"))
		return cmd_usage(&cmd_fuzz, "--role takes main or secondary, not '%s'",
				 request->role);
	if (fleet->name && !is_instance_name(fleet->name))
		return cmd_usage(&cmd_fuzz, "--name takes up to 20 letters, digits and _, not '%s'",
				 fleet->name);
	if (fleet->folder && access(fleet->folder, W_OK | X_OK))
		return cmd_usage(&cmd_fuzz, "--sync: no folder '%s' that can be written",
				 fleet->folder);
	fleet->secondary = !strcmp(request->role, "secondary");
	fleet->name = fleet->name ? fleet->name : "local";
	return CMD_OK;
}

/* Without an end targets take turns of fixed length; with one, each target gets an equal share. */
static void choose_times(struct request *request)
{
	struct fuzz_campaign *campaign = &request->campaign;
	uint64_t share;

	campaign->merges = request->continuous && campaign->nr_jobs[0];
	campaign->seconds = request->continuous && !request->time_given ? 0 : request->seconds;
	share = campaign->seconds / campaign->nr_targets;
	campaign->slice_seconds = request->continuous || request->slice_given ?
					  request->slice_seconds :
				  share ? share :
					  1;
}

static int check_words(struct request *request, int nr_words, char **argv)
{
	int status;

	if (nr_words > 1)
		return cmd_usage(&cmd_fuzz, "one TARGET was expected, not %d", nr_words);
	if (nr_words == 1)
		request->target = argv[1];
	else
		request->target = request->continuous ? "all" : fuzz_target_names[0];
	status = choose_targets(request);
	if (status == CMD_OK)
		status = choose_engines(request);
	if (status == CMD_OK)
		status = check_fleet(request);
	if (status == CMD_OK)
		status = check_programs(&request->campaign);
	if (status == CMD_OK)
		choose_times(request);
	return status;
}

/* Targets share a corpus; logs and names of jobs are exclusive. */
static bool claim_targets(const struct fuzz_campaign *campaign)
{
	for (unsigned i = 0; i < campaign->nr_targets; i++)
		if (!cmd_claim(&cmd_fuzz, campaign->targets[i].target))
			return false;
	return true;
}

/* Raises the limit of open files: each job has pipes, a log and a handle. */
static void allow_files(uint64_t nr_jobs)
{
	struct rlimit limit;
	rlim_t wanted = 256 + nr_jobs * FILES_OF_JOB;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int fuzz_report(const struct request *request, bool ok)
{
	const struct fuzz_campaign *campaign = &request->campaign;
	bool nothing = !fuzz_found_groups(campaign->found, NULL);

	fuzz_campaign_print(campaign,
			    request->json && !strcmp(request->json, "-") ? stderr : stdout);
	if (request->json) {
		json_t *all = fuzz_campaign_json(campaign);

		ok = json_write_file(request->json, all, JSON_INDENT(1)) && ok;
		json_decref(all);
	}
	return ok && nothing ? CMD_OK : CMD_FOUND;
}

static int cmd_fuzz_run(int argc, char **argv)
{
	struct request request = {.engine = "libfuzzer",
				  .role = "main",
				  .seconds = DEFAULT_SECONDS,
				  .slice_seconds = DEFAULT_SLICE_SECONDS,
				  .nr_jobs = 1};
	const struct cmd_option options[] = {
		{"time", CMD_SECONDS, &request.seconds, 1, 100000000, &request.time_given},
		{"slice", CMD_SECONDS, &request.slice_seconds, 1, 1000000, &request.slice_given},
		{"jobs", CMD_NUMBER, &request.nr_jobs, 1, FUZZ_MAX_JOBS, NULL},
		{"engine", CMD_TEXT, &request.engine, 0, 0, NULL},
		{"continuous", CMD_FLAG, &request.continuous, 0, 0, NULL},
		{"sync", CMD_TEXT, &request.campaign.fleet.folder, 0, 0, NULL},
		{"name", CMD_TEXT, &request.campaign.fleet.name, 0, 0, NULL},
		{"role", CMD_TEXT, &request.role, 0, 0, &request.role_given},
		{"json", CMD_OPTIONAL_TEXT, &request.json, 0, 0, NULL},
	};
	int nr_words, status;
	bool ok;

	status = cmd_parse(&cmd_fuzz, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status == CMD_OK)
		status = check_words(&request, nr_words, argv);
	if (status == CMD_OK && (!cmd_can_write(request.json) || !claim_targets(&request.campaign)))
		status = CMD_USAGE;
	if (status != CMD_OK)
		return status;
	allow_files(request.nr_jobs);
	if (!fuzz_campaign_build(&request.campaign))
		return flavour_failed();
	ok = fuzz_campaign_run(&request.campaign);
	status = fuzz_report(&request, ok);
	fuzz_found_destroy(request.campaign.found);
	return status;
}

const struct cmd cmd_fuzz = {
	.name = "fuzz",
	.run = cmd_fuzz_run,
};
