/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * topology.c - TOPOLOGY, whatever it is: this machine, a description, a .topo or XML file, a
 * kernel log.
 *
 * What a file is is told by its suffix, else by what is in it.
 */
#include "cmd.h"
#include "hosted.h"
#include "log_read.h"
#include "xml_check.h"

#include <stdlib.h>
#include <string.h>

#define ANY_EXPECTED                                                                               \
	"a topology: live, synthetic:..., a .topo file, an hwloc XML export, or a kernel log "    \
	"with its pcpu-alloc: lines"

enum kind { KIND_TOPO, KIND_XML, KIND_OTHER };

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
	return KIND_OTHER;
}

static bool parse_xml(const char *path, struct lab_topology *topology, char sentence[256],
		      struct lab_error *error)
{
	error->line = 1;
	error->expected = sentence;
	return hosted_topology_xml(path, topology, sentence);
}

/* What is none of the others may be a kernel log. */
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

	switch (kind_of(path, text->at, text->bytes)) {
	case KIND_TOPO:
		good = log_decode(text, &error) &&
		       lab_topology_parse(text->at, text->bytes, topology, &error);
		break;
	case KIND_XML:
		good = xml_check(text->at, text->bytes, "topology", &error) &&
		       parse_xml(path, topology, sentence, &error);
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
	else
		return take_file(argument, topology, log);
	return good ? CMD_OK : cmd_bad_input(argument, 1, error);
}
