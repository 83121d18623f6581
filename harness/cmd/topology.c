/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology.c - TOPOLOGY, whatever it is: this machine, a description, a .topo or XML file, a
 * kernel log.
 *
 * What a file is is told by its suffix, else by what is in it.
 */
#include "cmd.h"
#include "hosted.h"
#include "xml_check.h"

#include <stdlib.h>
#include <string.h>

#define ANY_EXPECTED                                                                               \
	"a topology: live, synthetic:..., a .topo file, an hwloc XML export, or a kernel log "    \
	"with its pcpu-alloc: lines"

enum kind { KIND_TOPO, KIND_XML, KIND_LOG, KIND_UNKNOWN };

static bool ends_in(const char *name, const char *suffix)
{
	size_t bytes = strlen(name), tail = strlen(suffix);

	return bytes > tail && strcmp(name + bytes - tail, suffix) == 0;
}

static bool starts_with(const char *text, size_t bytes, const char *start)
{
	return bytes >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static enum kind kind_of(const char *path, const char *text, size_t bytes)
{
	if (ends_in(path, ".topo"))
		return KIND_TOPO;
	if (ends_in(path, ".xml"))
		return KIND_XML;
	if (starts_with(text, bytes, "# pcpu-topology"))
		return KIND_TOPO;
	if (starts_with(text, bytes, "<?xml"))
		return KIND_XML;
	return memmem(text, bytes, "pcpu-alloc:", strlen("pcpu-alloc:")) ? KIND_LOG : KIND_UNKNOWN;
}

/* A log where the caller did not ask for one is a topology like others. */
static bool parse_log(const char *text, size_t bytes, struct lab_topology *topology,
		      struct lab_log_layout *log, bool *is_log, struct lab_error *error)
{
	struct lab_log_layout unasked;

	if (is_log)
		*is_log = true;
	return lab_log_parse(text, bytes, topology, log ? log : &unasked, error);
}

static bool parse_xml(const char *path, struct lab_topology *topology, char sentence[256],
		      struct lab_error *error)
{
	error->line = 1;
	error->expected = sentence;
	return hosted_topology_xml(path, topology, sentence);
}

static int take_text(const char *path, const char *text, size_t bytes,
		     struct lab_topology *topology, struct lab_log_layout *log, bool *is_log)
{
	struct lab_error error = { .line = 1, .expected = ANY_EXPECTED };
	char sentence[256];
	bool good = false;

	switch (kind_of(path, text, bytes)) {
	case KIND_TOPO:
		good = lab_topology_parse(text, bytes, topology, &error);
		break;
	case KIND_XML:
		good = xml_check(text, bytes, "topology", &error) &&
		       parse_xml(path, topology, sentence, &error);
		break;
	case KIND_LOG:
		good = parse_log(text, bytes, topology, log, is_log, &error);
		break;
	case KIND_UNKNOWN:
		break;
	}
	return good ? CMD_OK : cmd_bad_input(path, error.line, error.expected);
}

static int take_file(const char *path, struct lab_topology *topology, struct lab_log_layout *log,
		     bool *is_log)
{
	size_t bytes;
	char *text;
	int status;

	if (!cmd_read_file(path, &text, &bytes))
		return CMD_USAGE;
	status = take_text(path, text, bytes, topology, log, is_log);
	free(text);
	return status;
}

int cmd_load_topology(const char *argument, struct lab_topology *topology,
		      struct lab_log_layout *log, bool *is_log)
{
	char error[256];
	bool good;

	if (is_log)
		*is_log = false;
	if (strcmp(argument, "live") == 0)
		good = hosted_topology_live(topology, error);
	else if (starts_with(argument, strlen(argument), "synthetic:"))
		good = hosted_topology_synthetic(argument, topology, error);
	else
		return take_file(argument, topology, log, is_log);
	return good ? CMD_OK : cmd_bad_input(argument, 1, error);
}
