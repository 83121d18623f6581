/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * hosted_cgroup.c - the least memory limit among the cgroups of this process and their ancestors
 * (Linux: admin-guide/cgroup-v2, cgroup-v1/memory).
 *
 *	/proc/self/cgroup	0::/a/b			version 2
 *				4:memory:/a/b		version 1
 *	/proc/self/mountinfo	mount points of the hierarchy, and the part shown there
 *	MOUNT/a/b/memory.max, MOUNT/a/memory.max ... (1: memory.limit_in_bytes)
 *
 * Files that do not exist set no limit. When file descriptors or memory run out, the call fails.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/platform/hosted/hosted_plat.h"

/* One of the two cgroup versions. */
struct version {
	const char *fstype;
	const char *controller; /* required among the mount's options; NULL: any mount */
	const char *limit_file;
	/* "0" in a parent: its limit does not apply to children; or NULL */
	const char *hierarchy_file;
};

static const struct version version_1 = {"cgroup", "memory", "memory.limit_in_bytes",
					 "memory.use_hierarchy"};
static const struct version version_2 = {"cgroup2", NULL, "memory.max", NULL};

/* A mount of the hierarchy, preferably one that shows the process's own cgroup. */
struct mount {
	char point[PATH_MAX];
	char own[PATH_MAX]; /* path of the cgroup below it: "" or "/a/b" */
	bool found;
};

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR ||
	       error == EIO;
}

/* Calls line() for each line of root/path, without its newline, until it returns false. Returns
   false when the file could not be read for want of descriptors or memory. */
static bool lines_read(const char *root, const char *path, bool (*line)(void *context, char *text),
		       void *context)
{
	char *name, *text = NULL;
	size_t capacity = 0;
	ssize_t got;
	bool whole;
	FILE *file;

	if (asprintf(&name, "%s%s", root, path) < 0)
		return false;
	file = fopen(name, "re");
	free(name);
	if (!file)
		return !is_shortage(errno);
	errno = 0;
	while ((got = getline(&text, &capacity, file)) > 0) {
		if (text[got - 1] == '\n')
			text[got - 1] = '\0';
		if (!line(context, text))
			break;
	}
	whole = got > 0 || !is_shortage(errno);
	free(text);
	fclose(file);
	return whole;
}

/* Returns whether `word` is in the comma-separated list. */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, length) && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

/* --- where ----------------------------------------------------------------------------------- */

struct mount_search {
	const struct version *version;
	const char *path; /* path of the cgroup in its hierarchy */
	struct mount *mount;
};

/* Decodes \040 and similar escapes in place. */
static void octal_decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; to++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
		    at[3] >= '0' && at[3] <= '7') {
			*to = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			at += 4;
		} else {
			*to = *at++;
		}
	}
	*to = '\0';
}

/* Returns the path below a mount that shows `part` of the hierarchy; NULL when it is outside. */
static const char *path_below(const char *path, const char *part)
{
	size_t length = strcmp(part, "/") ? strlen(part) : 0;

	if (strncmp(path, part, length) || (path[length] != '/' && path[length] != '\0') ||
	    strstr(path, "/.."))
		return NULL;
	return strcmp(path + length, "/") ? path + length : "";
}

/* id parent major:minor part point options [tags...] - fstype source options */
static bool mount_line(void *context, char *text)
{
	struct mount_search *search = context;
	char *part, *point, *type, *options, *after = strstr(text, " - "), *save = NULL;
	const char *below;

	if (!after)
		return true;
	*after = '\0';
	type = strtok_r(after + 3, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	options = strtok_r(NULL, " ", &save);
	if (!type || strcmp(type, search->version->fstype) ||
	    (search->version->controller &&
	     (!options || !list_has(options, search->version->controller))))
		return true;
	(void)strtok_r(text, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	part = strtok_r(NULL, " ", &save);
	point = strtok_r(NULL, " ", &save);
	if (!part || !point)
		return true;
	octal_decode(part);
	octal_decode(point);
	below = path_below(search->path, part);
	if (search->mount->found && !below)
		return true;
	search->mount->found = true;
	snprintf(search->mount->point, PATH_MAX, "%s", point);
	snprintf(search->mount->own, PATH_MAX, "%s", below ? below : "");
	return !below;
}

/* --- how much -------------------------------------------------------------------------------- */

static bool number_line(void *context, char *text)
{
	uint64_t *number = context;
	char *end;
	unsigned long long value;

	if (*text < '0' || *text > '9') /* "max" */
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno == 0 && *end == '\0')
		*number = value;
	return false;
}

/* Reads the number in point/own/name of a mount; *number is unchanged when there is none. */
static bool number_read(const char *root, const struct mount *mount, const char *name,
			uint64_t *number)
{
	char *path;
	bool whole;

	if (asprintf(&path, "%s%s/%s", mount->point, mount->own, name) < 0)
		return false;
	whole = lines_read(root, path, number_line, number);
	free(path);
	return whole;
}

/* Reads limits from the cgroup up to the mount's top. */
static bool limits_read(const char *root, const struct version *version, struct mount *mount,
			uint64_t *bytes)
{
	for (;;) {
		uint64_t limit = UINT64_MAX, hierarchy = 1;
		char *slash = strrchr(mount->own, '/');

		if (!number_read(root, mount, version->limit_file, &limit))
			return false;
		*bytes = pcpu_min64(*bytes, limit);
		if (!slash)
			return true;
		*slash = '\0';
		if (version->hierarchy_file &&
		    !number_read(root, mount, version->hierarchy_file, &hierarchy))
			return false;
		if (hierarchy == 0)
			return true;
	}
}

struct reading {
	const char *root;
	uint64_t *bytes;
	bool failed;
};

/* id:controllers:path */
static bool cgroup_line(void *context, char *text)
{
	struct reading *reading = context;
	char *controllers = strchr(text, ':'),
	     *path = controllers ? strchr(controllers + 1, ':') : NULL;
	struct mount mount = {.found = false};
	struct mount_search search = {.mount = &mount};

	if (!path)
		return true;
	*path++ = '\0';
	controllers++;
	if (!strncmp(text, "0:", 2) && *controllers == '\0')
		search.version = &version_2;
	else if (list_has(controllers, version_1.controller))
		search.version = &version_1;
	else
		return true;
	search.path = path;
	reading->failed = !lines_read(reading->root, "/proc/self/mountinfo", mount_line, &search) ||
			  (mount.found &&
			   !limits_read(reading->root, search.version, &mount, reading->bytes));
	return !reading->failed;
}

bool hosted_cgroup_limit(const char *root, uint64_t *bytes)
{
	struct reading reading = {.root = root, .bytes = bytes};

	return lines_read(root, "/proc/self/cgroup", cgroup_line, &reading) && !reading.failed;
}
