/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * cmd_boot.c - `pcpu-lab boot`: starts the image under QEMU, and believes nothing but the
 * whole story.
 *
 * A boot passed when all of these hold
 * R1  exit status 33 (the image said so) - a triple fault exits with 0, a usage error with 1
 * R2  the plan line is there and agrees with the results; no `not ok`
 * R3  its layout lines are those that the host builds for the same machine
 * R4  its run hash is that of the hosted platform for the same trace
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "tools.h"

enum { STATUS_PASSED = 33, DEFAULT_SECONDS = 120 };
#define QEMU "qemu-system-x86_64"
#define DEFAULT_TRACE "corpus/traces/fork.trace.xz"

struct options {
	const char *machine, *accel, *trace, *defect, *json;
	uint64_t cpus, nodes, seconds;
	bool list, keep;
	char *tests; /* comma-separated; NULL: all */
};

struct session {
	struct options options;
	struct boot_machine own; /* --cpus, --nodes */
	char *folder, *image, *trace_file;
	uint64_t host_hash;
	json_t *machines;
	uint32_t nr_passed, nr_failed, nr_skipped;
	double seconds;
	FILE *out; /* the words: stdout, or stderr when JSON goes to stdout */
};

/* --- one boot --------------------------------------------------------------------------------- */

static void note_line(void *context, const char *line, size_t bytes)
{
	boot_said_line(context, line);
}

/* R1 to R4: NULL, or what did not hold, malloc'ed. */
static char *judge(const struct session *s, const struct boot_machine *machine,
		   const struct tool_result *result, const struct boot_said *said)
{
	char *why = NULL;
	int n = 0;

	if (said->bailed_out || said->nr_not_ok)
		n = asprintf(&why, "%s", said->reason[0] ? said->reason : "a test failed");
	else if (result->timed_out || result->signal || result->stopped || result->interrupted) {
		char words[128];

		tool_words(result, words, sizeof(words));
		n = asprintf(&why, "%s", words);
	} else if (result->status != STATUS_PASSED)
		n = asprintf(&why, "exit status %d instead of %d", result->status, STATUS_PASSED);
	else if (said->plan == 0)
		n = asprintf(&why, "the image has no such test");
	else if (said->plan != said->nr_ok + said->nr_skipped)
		n = asprintf(&why, "the plan does not agree with the results");
	else if (!boot_layout_equal(machine, said, &why))
		return why;
	else if (said->has_hash && said->hash != s->host_hash)
		n = asprintf(&why, "run hash %016llx here, %016llx on the host",
			     (unsigned long long)said->hash, (unsigned long long)s->host_hash);
	else if (!said->has_hash && !s->options.tests)
		n = asprintf(&why, "no run hash was printed");
	if (n < 0)
		abort();
	return why;
}

static void keep_result(struct session *s, const struct boot_machine *m, const char *why,
			const struct tool_result *result, const struct boot_said *said)
{
	char hash[20];

	snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)said->hash);
	json_array_append_new(s->machines,
			      json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:s?, s:f, s:s?, s:O}",
					"name", m->name, "cpus", (int)m->nr_cpus, "nodes",
					(int)m->nr_nodes, "passed", (int)said->nr_ok, "failed",
					(int)said->nr_not_ok, "skipped", (int)said->nr_skipped,
					"good", why == NULL, "why", why, "seconds",
					result->seconds, "run_hash", said->has_hash ? hash : NULL,
					"tests", said->tests));
	s->nr_passed += said->nr_ok;
	/* What no single test is to blame for (a hang, another hash) is one failure of its own; being
	   interrupted is none. */
	s->nr_failed += said->nr_not_ok ? said->nr_not_ok : why != NULL && !result->interrupted;
	s->nr_skipped += said->nr_skipped;
	s->seconds += result->seconds;
}

static void tell(const struct session *s, const struct boot_machine *m, const char *why,
		 const struct tool_result *result, const struct boot_said *said)
{
	fprintf(s->out, "%-9s %2u CPUs %2u nodes  %s  %u passed, %u failed, %u skipped  %.1f s",
		m->name, m->nr_cpus, m->nr_nodes, result->interrupted ? "cut   " : why ? "FAILED" : "ok    ", said->nr_ok,
		said->nr_not_ok, said->nr_skipped, result->seconds);
	if (said->has_hash)
		fprintf(s->out, "  hash %016llx", (unsigned long long)said->hash);
	fputc('\n', s->out);
	for (size_t i = 0; i < json_array_size(said->tests); i++) {
		const json_t *test = json_array_get(said->tests, i);

		if (!strcmp(json_string_value(json_object_get(test, "result")), "failed"))
			fprintf(s->out, "  not ok %s\n",
				json_string_value(json_object_get(test, "name")));
	}
	if (why)
		fprintf(s->out, "  %s\n  log: %s/%s.log\n  again: sh %s/%s.sh\n", why, s->folder,
			m->name, s->folder, m->name);
	fflush(s->out);
}

static char *append_words(const struct options *o)
{
	char *words = NULL;

	if (asprintf(&words, "%s%s%s%s", o->tests ? "test=" : "", o->tests ? o->tests : "",
		     o->defect ? " defect=" : "", o->defect ? o->defect : "") < 0)
		abort();
	return words;
}

/* Boots once. False: it did not pass. */
static bool boot(struct session *s, const struct boot_machine *machine)
{
	char *append = append_words(&s->options);
	const struct boot_launch launch = { .machine = machine, .image = s->image,
					    .accel = s->options.accel, .module = s->trace_file,
					    .append = append };
	char *log = cmd_path("reports/out/boot/%s.log", machine->name);
	char *script = cmd_path("reports/out/boot/%s.sh", machine->name);
	char **argv = boot_argv(&launch), *why;
	struct boot_said said;
	struct tool tool = { .argv = (const char *const *)argv, .out_file = log,
			     .out_line = note_line, .err_file = log, .append = true,
			     .timeout_seconds = (double)s->options.seconds, .grace_seconds = 1,
			     .context = &said };
	struct tool_result result;

	boot_said_init(&said);
	unlink(log);
	boot_write_script(script, argv, "Exit status 33 and a whole TAP plan: it passed.");
	tool_run(&tool, &result);
	why = judge(s, machine, &result, &said);
	keep_result(s, machine, why, &result, &said);
	tell(s, machine, why, &result, &said);
	if (!why && !s->options.keep) {
		unlink(log);
		unlink(script);
	}
	boot_said_free(&said);
	boot_argv_free(argv);
	free(script);
	free(log);
	free(append);
	free(why);
	return s->nr_failed == 0;
}

/* --- options ---------------------------------------------------------------------------------- */

static int list(void)
{
	printf("machines\n");
	for (const struct boot_machine *m = boot_machines; m->name; m++)
		printf("  %-9s %2u CPUs %2u nodes  %s\n", m->name, m->nr_cpus, m->nr_nodes, m->why);
	printf("tests\n");
#define X(id, name) printf("  %s\n", name);
#include "../../kernel-test/tests.def"
#undef X
	return CMD_OK;
}

static bool is_test(const char *word)
{
#define X(id, name)                                                                                \
	if (!strcmp(word, name))                                                                   \
		return true;
#include "../../kernel-test/tests.def"
#undef X
	return false;
}

static int join_tests(struct options *o, int nr_words, char **argv)
{
	size_t bytes = 1;

	for (int i = 1; i <= nr_words; i++) {
		if (!is_test(argv[i]))
			return cmd_usage(&cmd_boot, "%s: the image has no such test (see --list)",
					 argv[i]);
		bytes += strlen(argv[i]) + 1;
	}
	if (nr_words == 0)
		return CMD_OK;
	o->tests = calloc(1, bytes);
	if (!o->tests)
		abort();
	for (int i = 1; i <= nr_words; i++) {
		strcat(o->tests, i > 1 ? "," : "");
		strcat(o->tests, argv[i]);
	}
	return CMD_OK;
}

static const struct boot_machine *find_machine(const char *name)
{
	for (const struct boot_machine *m = boot_machines; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

static int parse(struct session *s, int argc, char **argv)
{
	struct options *o = &s->options;
	const struct cmd_option options[] = {
		{ "machine", CMD_TEXT, &o->machine, 0, 0, NULL },
		{ "cpus", CMD_NUMBER, &o->cpus, 1, BOOT_MAX_CPUS, NULL },
		{ "nodes", CMD_NUMBER, &o->nodes, 1, BOOT_MAX_NODES, NULL },
		{ "accel", CMD_TEXT, &o->accel, 0, 0, NULL },
		{ "trace", CMD_TEXT, &o->trace, 0, 0, NULL },
		{ "defect", CMD_TEXT, &o->defect, 0, 0, NULL },
		{ "timeout", CMD_NUMBER, &o->seconds, 1, 3600, NULL },
		{ "list", CMD_FLAG, &o->list, 0, 0, NULL },
		{ "keep", CMD_FLAG, &o->keep, 0, 0, NULL },
		{ "json", CMD_OPTIONAL_TEXT, &o->json, 0, 0, NULL },
	};
	int nr_words, status;

	*o = (struct options){ .machine = "standard", .accel = "tcg", .seconds = DEFAULT_SECONDS };
	status = cmd_parse(&cmd_boot, argc, argv, options, sizeof(options) / sizeof(options[0]),
			   &nr_words);
	if (status == CMD_OK)
		status = join_tests(o, nr_words, argv);
	if (status != CMD_OK || o->list)
		return status;
	if (strcmp(o->accel, "tcg") && strcmp(o->accel, "kvm"))
		return cmd_usage(&cmd_boot, "--accel %s: tcg or kvm was expected", o->accel);
	if (o->defect && strcmp(o->defect, "no-shootdown") && strcmp(o->defect, "wrong-node") &&
	    strcmp(o->defect, "shifted-base"))
		return cmd_usage(&cmd_boot,
				 "--defect %s: no-shootdown, wrong-node or shifted-base was expected",
				 o->defect);
	if (strcmp(o->machine, "all") && !find_machine(o->machine))
		return cmd_usage(&cmd_boot, "--machine %s: no such machine (see --list)",
				 o->machine);
	if (o->nodes > (o->cpus ? o->cpus : 8))
		return cmd_usage(&cmd_boot, "--nodes %u: more nodes than CPUs", (unsigned)o->nodes);
	s->own = (struct boot_machine){ .name = "own", .nr_cpus = o->cpus ? (uint32_t)o->cpus : 8,
					.nr_nodes = o->nodes ? (uint32_t)o->nodes : 1 };
	s->own.no_slit = s->own.nr_nodes == 1;
	return CMD_OK;
}

/* --- what a boot needs ------------------------------------------------------------------------ */

static int find_tools(struct session *s)
{
	if (!tool_exists(QEMU))
		return cmd_usage(&cmd_boot, QEMU " is missing: install qemu-system-x86");
	if (!strcmp(s->options.accel, "kvm") && access("/dev/kvm", R_OK | W_OK))
		return cmd_usage(&cmd_boot, "--accel kvm: /dev/kvm cannot be opened");
	if (access(s->image, R_OK))
		return cmd_usage(&cmd_boot, "%s is not built (x86-64 and plain builds only)",
				 s->image);
	return CMD_OK;
}

/* QEMU wants the trace unpacked. */
static int unpack_trace(struct session *s)
{
	char *path = s->options.trace ? strdup(s->options.trace) : cmd_path("%s", DEFAULT_TRACE);
	int status = CMD_USAGE;
	char *text = NULL;
	size_t bytes;

	if (!path)
		abort();
	if (cmd_read_file(path, &text, &bytes)) {
		s->trace_file = cmd_path("reports/out/boot/%s.trace",
					 s->options.cpus || s->options.nodes ? "own"
						: s->options.machine);
		if (!boot_host_hash(text, bytes, &s->host_hash))
			status = cmd_bad_input(path, 1, "a trace that `replay` takes");
		else if (cmd_write_file(s->trace_file, text, bytes))
			status = CMD_OK;
	}
	free(text);
	free(path);
	return status;
}

/* Keys that the report shows as they are; `machines` has the details. */
static bool write_json(struct session *s)
{
	json_t *all = json_pack("{s:s, s:i, s:i, s:i, s:f, s:s, s:O}", "accelerator",
				s->options.accel, "machines_booted",
				(int)json_array_size(s->machines), "passed", (int)s->nr_passed,
				"failed", (int)s->nr_failed, "seconds", s->seconds,
				"layout_and_run_hash", s->nr_failed ? "see machines" : "as on the host",
				"machines", s->machines);
	char *text = json_dumps(all, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
	bool good = text && cmd_write_file(s->options.json, text, strlen(text));

	if (good && !strcmp(s->options.json, "-"))
		putchar('\n');
	free(text);
	json_decref(all);
	return good;
}

static int boot_all(struct session *s)
{
	bool own = s->options.cpus || s->options.nodes;

	if (own)
		boot(s, &s->own);
	for (const struct boot_machine *m = boot_machines; !own && m->name; m++) {
		if (tool_interrupted())
			break;
		if (!strcmp(s->options.machine, "all") || !strcmp(s->options.machine, m->name))
			boot(s, m);
	}
	fprintf(s->out, "%u passed, %u failed, %u skipped\n", s->nr_passed, s->nr_failed,
		s->nr_skipped);
	if (s->options.json && !write_json(s))
		return CMD_USAGE;
	return s->nr_failed || tool_interrupted() ? CMD_FOUND : CMD_OK;
}

static int run_boot(int argc, char **argv)
{
	struct session s = { .out = stdout };
	int status = parse(&s, argc, argv);

	if (status == CMD_OK && s.options.list)
		return list();
	if (s.options.json && !strcmp(s.options.json, "-"))
		s.out = stderr;
	s.machines = json_array();
	s.folder = cmd_path("reports/out/boot");
	if (asprintf(&s.image, "%s/kernel-test/pcpu-boot.elf", LAB_BUILD_ROOT) < 0)
		abort();
	if (status == CMD_OK)
		status = find_tools(&s);
	if (status == CMD_OK && !cmd_make_folders(s.folder))
		status = CMD_USAGE;
	if (status == CMD_OK)
		status = unpack_trace(&s);
	if (status == CMD_OK)
		status = boot_all(&s);
	if (s.trace_file && !s.nr_failed && !s.options.keep)
		unlink(s.trace_file);
	json_decref(s.machines);
	free(s.options.tests);
	free(s.trace_file);
	free(s.image);
	free(s.folder);
	return status;
}

const struct cmd cmd_boot = {
	.name = "boot",
	.summary = "boot the image in QEMU: the same core on bare metal",
	.help = "usage: lab boot [options] [TEST...]\n"
		"\n"
		"Boots kernel-test's image, which links the very archives of the other programs, and\n"
		"compares its layout and the run hash of a trace with the host's.\n"
		"\n"
		"  TEST...        only these tests of the image (see --list)\n"
		"  --machine M    one of --list, or all (standard)\n"
		"  --cpus N       a machine of N CPUs instead (1-64)\n"
		"  --nodes N      ... on N nodes (1-16)\n"
		"  --accel A      tcg or kvm (tcg)\n"
		"  --trace FILE   the trace to replay (corpus/traces/fork.trace.xz)\n"
		"  --defect D     break the image's platform on purpose: no-shootdown, wrong-node or\n"
		"                 shifted-base; a test must then fail\n"
		"  --timeout S    seconds for one boot (120)\n"
		"  --keep         keep log and command also of boots that passed\n"
		"  --list         machines and tests\n"
		"  --json [FILE]  results as JSON (stdout)\n"
		"\n"
		"A boot that fails leaves NAME.log and NAME.sh, which repeats it, in reports/out/boot.\n",
	.run = run_boot,
};
