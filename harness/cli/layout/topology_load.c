/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology_load.c - loads a TOPOLOGY of any kind: this machine, a description, a /sys tree, a .topo
 * or XML file, the output of numactl or lscpu, a kernel log.
 *
 * A file's kind is detected by its content, else by its suffix.
 */
#include "harness/cli/cmd.h"
#include "harness/platform/hosted/hosted_topology.h"
#include "harness/cli/log/log_read.h"
#include "harness/cli/layout/xml_check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ANY_EXPECTED                                                                               \
	"a topology: live, synthetic:..., a /sys tree, a .topo file, an hwloc XML export, "       \
	"numactl -H's or lscpu -p's output, or a kernel log with its pcpu-alloc: lines"

enum kind { KIND_TOPO, KIND_XML, KIND_NUMACTL, KIND_LSCPU, KIND_OTHER };

static bool ends_in(const char *name, const char *suffix)
{
	size_t bytes = strlen(name), tail = strlen(suffix);

	return bytes > tail && strcmp(name + bytes - tail, suffix) == 0;
}

static bool starts_with(const char *text, size_t bytes, const char *start)
{
	return bytes >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

/* `<` alone is not enough: kernel logs may begin with it. */
static bool is_xml(const char *text, size_t bytes)
{
	static const char *const starts[] = { "<?xml", "<!DOCTYPE topology", "<!--", "<topology" };

	while (bytes > 0 && *text && strchr(" \t\r\n", *text)) {
		text++;
		bytes--;
	}
	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (starts_with(text, bytes, starts[i]))
			return true;
	return false;
}

static enum kind kind_of(const char *path, const char *text, size_t bytes)
{
	if (starts_with(text, bytes, "# pcpu-topology"))
		return KIND_TOPO;
	if (is_xml(text, bytes))
		return KIND_XML;
	if (ends_in(path, ".topo"))
		return KIND_TOPO;
	if (ends_in(path, ".xml"))
		return KIND_XML;
	if (memmem(text, bytes, LOG_MARK, strlen(LOG_MARK)))
		return KIND_OTHER;
	if (lab_numactl_is(text, bytes))
		return KIND_NUMACTL;
	return lab_lscpu_is(text, bytes) ? KIND_LSCPU : KIND_OTHER;
}

static bool parse_xml(const struct log_text *text, struct lab_topology *topology,
		      char sentence[256], struct lab_error *error)
{
	if (!xml_check(text->at, text->bytes, "topology", sentence, error))
		return false;
	error->line = 1;
	error->expected = sentence;
	return hosted_topology_xml(text->at, text->bytes, topology, sentence);
}

/* A file of no other kind may be a kernel log. */
static int take_log(const char *path, struct log_text *text, struct lab_topology *topology,
		    struct log_reading *log)
{
	if (!log_read(path, text, topology, log))
		return CMD_USAGE;
	return log->found == LOG_NONE ? cmd_bad_input(path, 1, ANY_EXPECTED) : CMD_OK;
}

static int take_text(const char *path, struct log_text *text, struct lab_topology *topology,
		     struct log_reading *log)
{
	struct lab_error error = { .line = 1, .expected = ANY_EXPECTED };
	char sentence[256];
	bool good = false;

	if (!log_decode(text, &error))
		return cmd_bad_input(path, error.line, error.expected);
	switch (kind_of(path, text->at, text->bytes)) {
	case KIND_TOPO:
		good = lab_topology_parse(text->at, text->bytes, topology, &error);
		break;
	case KIND_XML:
		good = parse_xml(text, topology, sentence, &error);
		break;
	case KIND_NUMACTL:
		good = lab_numactl_parse(text->at, text->bytes, topology, &error);
		break;
	case KIND_LSCPU:
		good = lab_lscpu_parse(text->at, text->bytes, topology, &error);
		break;
	case KIND_OTHER:
		return take_log(path, text, topology, log);
	}
	return good ? CMD_OK : cmd_bad_input(path, error.line, error.expected);
}

static int take_file(const char *path, struct lab_topology *topology, struct log_reading *log)
{
	struct log_text text;
	int status;

	if (!cmd_read_file(path, &text.at, &text.bytes))
		return CMD_USAGE;
	status = take_text(path, &text, topology, log);
	free(text.at);
	return status;
}

/* --- a /sys tree ---------------------------------------------------------------------------- */

static bool is_folder(const char *format, const char *dir)
{
	struct stat status;
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), format, dir) < (int)sizeof(path) &&
	       stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_sys_tree(const char *dir)
{
	return is_folder("%s/sys/devices/system", dir) || is_folder("%s/devices/system", dir);
}

int cmd_load_sys(const char *dir, struct lab_topology *topology)
{
	char error[256];

	if (hosted_topology_sys(dir, topology, error))
		return CMD_OK;
	fprintf(stderr, "%s%s\n", cmd_shown(dir), error);
	return CMD_USAGE;
}

/* --- any kind ----------------------------------------------------------------------------- */

int cmd_load_topology(const char *argument, struct lab_topology *topology,
		      struct log_reading *log)
{
	char error[256];
	bool good;

	log->found = LOG_NONE;
	if (strcmp(argument, "live") == 0)
		good = hosted_topology_live(topology, error);
	else if (starts_with(argument, strlen(argument), "synthetic:"))
		good = hosted_topology_synthetic(argument, topology, error);
	else if (is_sys_tree(argument))
		return cmd_load_sys(argument, topology);
	else
		return take_file(argument, topology, log);
	return good ? CMD_OK : cmd_bad_input(argument, 1, error);
}
