/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * test_hosted_limit.c - the default page limit: what cgroups of both versions allow, read from
 * small trees that stand before /proc and /sys, and how instances share it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/platform/hosted/hosted_plat.h"
#include "harness/test/lib/hosted_fixture.h"
#include "harness/test/lib/test.h"
#include "harness/test/lib/test_child.h"

/* --- a machine of few pages ------------------------------------------------------------------ */

static long physical_pages; /* 0: the real machine's; -1: it cannot be found out */

/* In libc's place. */
long sysconf(int name)
{
	static long (*real)(int name);

	if (name == _SC_PHYS_PAGES && physical_pages)
		return physical_pages;
	if (!real)
		real = (long (*)(int))dlsym(RTLD_NEXT, "sysconf");
	return real(name);
}

/* --- files that cannot be opened -------------------------------------------------------------- */

static struct {
	const char *end; /* of the path; NULL: all can */
	int error;
} closed;

/* In libc's place. */
FILE *fopen(const char *path, const char *mode)
{
	static FILE *(*real)(const char *path, const char *mode);
	size_t bytes = strlen(path), end_bytes = closed.end ? strlen(closed.end) : 0;

	if (closed.end && bytes >= end_bytes && !strcmp(path + bytes - end_bytes, closed.end)) {
		errno = closed.error;
		return NULL;
	}
	if (!real)
		real = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen64");
	return real(path, mode);
}

/* --- trees ----------------------------------------------------------------------------------- */

struct file {
	const char *path, *text;
};

#define MAX_FILES 12

struct tree {
	const char *name;
	struct file files[MAX_FILES];
	uint64_t limit; /* UINT64_MAX: none */
};

#define V2_ROOT "30 22 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define V1_ROOT                                                                                   \
	"21 1 8:1 / / rw - ext4 /dev/root rw\n"                                                   \
	"33 30 0:30 / /cg/cpuset rw,relatime - cgroup cgroup rw,cpuset\n"                         \
	"34 30 0:31 / /cg/memory rw,relatime shared:9 master:2 - cgroup cgroup rw,memory\n"
#define BOTH V1_ROOT "40 30 0:37 / /cg/unified rw - cgroup2 cgroup2 rw\n"

static const struct tree trees[] = {
	{"version 2, own limit",
	 {{"proc/self/cgroup", "0::/user/app\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/user/app/memory.max", "1073741824\n"},
	  {"sys/fs/cgroup/user/memory.max", "max\n"}},
	 1 << 30},
	{"version 2, the nearest is no limit, an ancestor's is",
	 {{"proc/self/cgroup", "0::/a/b/c\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/a/b/c/memory.max", "max\n"},
	  {"sys/fs/cgroup/a/b/memory.max", "8388608\n"},
	  {"sys/fs/cgroup/a/memory.max", "16777216\n"}},
	 8 << 20},
	{"version 2, a farther ancestor allows less",
	 {{"proc/self/cgroup", "0::/a/b\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/a/b/memory.max", "16777216\n"},
	  {"sys/fs/cgroup/a/memory.max", "4194304\n"}},
	 4 << 20},
	{"version 2, the root of a name space has a limit",
	 {{"proc/self/cgroup", "0::/\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/memory.max", "2097152\n"}},
	 2 << 20},
	{"version 2, the memory controller is off",
	 {{"proc/self/cgroup", "0::/a\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/a/cgroup.procs", "1\n"}},
	 UINT64_MAX},
	{"version 2, a limit of nothing",
	 {{"proc/self/cgroup", "0::/a\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/a/memory.max", "0\n"}},
	 0},
	{"version 2, a part of the hierarchy is mounted, at a place with a space",
	 {{"proc/self/cgroup", "0::/pod/one/x\n"},
	  {"proc/self/mountinfo", "30 22 0:27 /pod/one /my\\040cg rw - cgroup2 none rw\n"},
	  {"my cg/x/memory.max", "max\n"}, {"my cg/memory.max", "12288\n"}},
	 12288},
	{"version 2, another part is mounted: its top is all that can be seen",
	 {{"proc/self/cgroup", "0::/pod/one\n"},
	  {"proc/self/mountinfo", "30 22 0:27 /pod/on /cg rw - cgroup2 none rw\n"},
	  {"cg/memory.max", "20480\n"}, {"cg/e/memory.max", "4096\n"}},
	 20480},
	{"version 2, outside of the name space's root",
	 {{"proc/self/cgroup", "0::/../other\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/memory.max", "24576\n"}},
	 24576},
	{"version 1, own limit, among other controllers",
	 {{"proc/self/cgroup", "9:cpuset:/deep\n4:cpu,memory:/app\n1:name=systemd:/x\n"},
	  {"proc/self/mountinfo", V1_ROOT},
	  {"cg/memory/app/memory.limit_in_bytes", "1048576\n"},
	  {"cg/memory/memory.limit_in_bytes", "9223372036854771712\n"},
	  {"cg/cpuset/deep/memory.limit_in_bytes", "1\n"}},
	 1 << 20},
	{"version 1, an ancestor's",
	 {{"proc/self/cgroup", "4:memory:/a/b\n"}, {"proc/self/mountinfo", V1_ROOT},
	  {"cg/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n"},
	  {"cg/memory/a/memory.limit_in_bytes", "1048576\n"},
	  {"cg/memory/a/memory.use_hierarchy", "1\n"}},
	 1 << 20},
	{"version 1, an ancestor that does not count its children",
	 {{"proc/self/cgroup", "4:memory:/a/b\n"}, {"proc/self/mountinfo", V1_ROOT},
	  {"cg/memory/a/b/memory.limit_in_bytes", "3145728\n"},
	  {"cg/memory/a/memory.limit_in_bytes", "1048576\n"},
	  {"cg/memory/a/memory.use_hierarchy", "0\n"}},
	 3 << 20},
	{"both, the controller is in version 1",
	 {{"proc/self/cgroup", "4:memory:/a\n0::/b\n"}, {"proc/self/mountinfo", BOTH},
	  {"cg/memory/a/memory.limit_in_bytes", "5242880\n"},
	  {"cg/unified/b/cgroup.procs", "1\n"}},
	 5 << 20},
	{"both, two limits",
	 {{"proc/self/cgroup", "0::/b\n4:memory:/a\n"}, {"proc/self/mountinfo", BOTH},
	  {"cg/memory/a/memory.limit_in_bytes", "5242880\n"},
	  {"cg/unified/b/memory.max", "4194304\n"}},
	 4 << 20},
	{"memory is not memory_pressure",
	 {{"proc/self/cgroup", "4:memory_pressure,xmemory:/a\n"}, {"proc/self/mountinfo", V1_ROOT},
	  {"cg/memory/a/memory.limit_in_bytes", "5242880\n"}},
	 UINT64_MAX},
	{"what is no number sets no limit",
	 {{"proc/self/cgroup", "0::/a\n"}, {"proc/self/mountinfo", V2_ROOT},
	  {"sys/fs/cgroup/a/memory.max", "12x\n"}},
	 UINT64_MAX},
	{"lines cut short",
	 {{"proc/self/cgroup", "0:\n\n:::\n4:memory\n0::/a"},
	  {"proc/self/mountinfo", "1\n - \n - cgroup2\n2 3 - cgroup2 x rw\n" V2_ROOT},
	  {"sys/fs/cgroup/a/memory.max", "7340032"}},
	 7 << 20},
	{"no cgroups", {{"proc/self/mountinfo", V2_ROOT}}, UINT64_MAX},
	{"nothing mounted", {{"proc/self/cgroup", "0::/a\n"}}, UINT64_MAX},
};

/* Makes the folders on the way too. */
static void file_write(const char *root, const struct file *file)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", root, file->path);
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		CHECK(mkdir(path, 0700) == 0 || errno == EEXIST);
	}
	out = fopen(path, "w");
	CHECK(out);
	fputs(file->text, out);
	CHECK_EQ(fclose(out), 0);
}

static void tree_remove(const char *root)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	CHECK_EQ(system(command), 0);
}

static void tree_make(const struct tree *tree, char root[64])
{
	snprintf(root, 64, "/tmp/test_hosted_limit.XXXXXX");
	CHECK(mkdtemp(root));
	for (int i = 0; i < MAX_FILES && tree->files[i].path; i++)
		file_write(root, &tree->files[i]);
}

TEST(the_least_limit_on_the_way_up_is_found)
{
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		uint64_t limit = UINT64_MAX;
		char root[64];
		bool read;

		tree_make(&trees[i], root);
		read = hosted_cgroup_limit(root, &limit);
		tree_remove(root);
		if (!read || limit != trees[i].limit)
			FAIL("%s: %llu", trees[i].name, (unsigned long long)limit);
	}
}

/* What is not there, or not for us to read, sets no limit; a want of something is a refusal,
   whichever file it meets. */
TEST(a_shortage_is_no_absence)
{
	static const struct {
		const char *end;
		uint32_t tree;
	} files[] = {{"/self/cgroup", 0}, {"/mountinfo", 0}, {"/user/memory.max", 0},
		     {"/memory.limit_in_bytes", 10}, {"/memory.use_hierarchy", 10}};
	static const struct {
		int error;
		bool is_shortage;
	} errors[] = {{EMFILE, true}, {ENFILE, true}, {ENOMEM, true}, {EINTR, true}, {EIO, true},
		      {ENOENT, false}, {EACCES, false}, {ENOTDIR, false}, {EPERM, false}};
	char root[64];

	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		tree_make(&trees[files[f].tree], root);
		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
			uint64_t limit = UINT64_MAX;
			bool read;

			closed.error = errors[i].error;
			closed.end = files[f].end;
			read = hosted_cgroup_limit(root, &limit);
			closed.end = NULL;
			if (read == errors[i].is_shortage)
				FAIL("%s, %s: %d", files[f].end, strerror(errors[i].error), read);
		}
		tree_remove(root);
	}
}

/* A limit that was lower before stays. */
TEST(a_limit_is_lowered_only)
{
	uint64_t limit = 4096;
	char root[64];

	tree_make(&trees[0], root);
	CHECK(hosted_cgroup_limit(root, &limit));
	tree_remove(root);
	CHECK_EQ(limit, 4096);
}

/* --- what an instance makes of it ------------------------------------------------------------ */

static uint64_t limit_of(const struct tree *tree, uint64_t page_limit)
{
	struct plat plat = {.config = {.page_limit = page_limit}};
	char root[64];
	bool found;

	tree_make(tree, root);
	found = hosted_limit_init(&plat, root);
	tree_remove(root);
	CHECK(found);
	CHECK_EQ(plat.limit_is_shared, page_limit == 0);
	return plat.config.page_limit;
}

TEST(the_default_is_nine_tenths_of_the_lesser)
{
	physical_pages = 1000;
	CHECK_EQ(limit_of(&trees[0], 0), 900);
	CHECK_EQ(limit_of(&trees[17], 0), 900);
	CHECK_EQ(limit_of(&trees[0], 50), 50);
	physical_pages = 1 << 20;
	CHECK_EQ(limit_of(&trees[0], 0), (1u << 30) / PCPU_PAGE_BYTES / 10 * 9);
	CHECK_EQ(limit_of(&trees[1], 0), (8u << 20) / PCPU_PAGE_BYTES / 10 * 9);
	CHECK_EQ(limit_of(&trees[5], 0), 0);
	physical_pages = 0;
}

static uint64_t spare_of(const struct file *machine)
{
	uint64_t bytes = 0;
	char root[64];

	tree_make(&trees[0], root);
	if (machine->path)
		file_write(root, machine);
	CHECK(hosted_spare_bytes(root, &bytes));
	tree_remove(root);
	return bytes;
}

TEST(what_is_to_spare_is_the_lesser_of_limit_and_available)
{
	static const struct file nothing = {NULL, NULL},
		plenty = {"proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   16777216 kB\n"},
		little = {"proc/meminfo", "MemFree: 9 kB\nMemAvailable:   1000 kB\nCached: 5 kB\n"},
		mute = {"proc/meminfo", "MemTotal: 9 kB\nNotMemAvailable: 3 kB\n"};

	physical_pages = 1 << 20; /* trees[0] allows 1 GiB */
	CHECK_EQ(spare_of(&nothing), (1u << 30) / PCPU_PAGE_BYTES / 10 * 9 * PCPU_PAGE_BYTES);
	CHECK(spare_of(&plenty) == spare_of(&nothing) && spare_of(&mute) == spare_of(&nothing));
	CHECK_EQ(spare_of(&little), 1000 << 10);
	physical_pages = 0;
}

TEST(what_others_hold_is_not_to_spare)
{
	struct plat plat = {.config = {.page_limit = 100}};

	CHECK_EQ(hosted_limit_left(&plat), 100);
	CHECK(hosted_pages_book(&plat, 30));
	CHECK_EQ(hosted_limit_left(&plat), 70);
	plat.config.page_limit = 20;
	CHECK_EQ(hosted_limit_left(&plat), 0);
	plat.limit_is_shared = true; /* then the account of the process counts */
	plat.config.page_limit = 35;
	plat.pages_booked -= 10;
	CHECK_EQ(hosted_limit_left(&plat), 5);
	plat.pages_booked += 10;
	hosted_pages_unbook(&plat, 30);
	CHECK_EQ(hosted_limit_left(&plat), 35);
}

/* The last page that a limit allows can be had, the one behind it not, and a refusal costs
   nothing. */
TEST(a_limit_is_met_exactly_and_a_refusal_is_not_booked)
{
	struct plat other = {.config = {.page_limit = 1000}};
	struct plat plat = {.config = {.page_limit = 100}};

	CHECK(!hosted_pages_book(&plat, 101) && !hosted_pages_book(&plat, UINT64_MAX));
	CHECK(hosted_pages_book(&plat, 100));
	CHECK(!hosted_pages_book(&plat, 1));
	CHECK_EQ(hosted_limit_left(&plat), 0);
	hosted_pages_unbook(&plat, 100);
	plat.limit_is_shared = true;
	CHECK(hosted_pages_book(&other, 30));
	CHECK(hosted_pages_book(&plat, 10));
	for (int i = 0; i < 3; i++) {
		CHECK(!hosted_pages_book(&plat, 61));
		CHECK_EQ(hosted_limit_left(&plat), 60);
		CHECK_EQ(plat.pages_booked, 10);
	}
	CHECK(hosted_pages_book(&plat, 60));
	CHECK_EQ(hosted_limit_left(&plat), 0);
	CHECK(!hosted_pages_book(&plat, 1));
	CHECK(hosted_pages_book(&other, 70)); /* its own limit */
	hosted_pages_unbook(&other, 100);
	CHECK_EQ(hosted_limit_left(&plat), 30);
	hosted_pages_unbook(&plat, 70);
	CHECK_EQ(hosted_limit_left(&plat), 100);
}

TEST(without_a_way_to_find_the_limit_there_is_no_instance)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology};

	physical_pages = -1;
	CHECK(!hosted_create(&config));
	config.page_limit = 100;
	hosted_destroy(hosted_create(&config));
	physical_pages = 0;
}

/* Exit status 0: refused, and not for ever. */
static void create_without_files(void *unused)
{
	struct hosted_config config = {.topology = &hosted_fixture_topology};
	struct rlimit none = {0, 0}, some;
	struct plat *plat;

	if (access("/proc/self/cgroup", R_OK) != 0)
		_Exit(77);
	getrlimit(RLIMIT_NOFILE, &some);
	none.rlim_max = some.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	plat = hosted_create(&config);
	setrlimit(RLIMIT_NOFILE, &some);
	if (plat)
		_Exit(1);
	plat = hosted_create(&config);
	_Exit(plat ? 0 : 2);
}

TEST(a_want_of_files_is_a_refusal)
{
	struct test_child child;

	test_child_run(create_without_files, NULL, &child);
	if (child.status == 77)
		SKIP("no /proc/self/cgroup here");
	CHECK_EQ(child.signal, 0);
	CHECK_EQ(child.status, 0);
}

/* --- shared ---------------------------------------------------------------------------------- */

static uint32_t objects_until_refused(struct hosted_fixture *fixture)
{
	uint32_t nr = 0;

	while (nr < 1000 && pcpu_alloc(fixture->pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value)
		nr++;
	return nr;
}

TEST(instances_share_the_default_limit)
{
	struct hosted_fixture first, second, own;
	uint32_t alone, together;

	physical_pages = 2000; /* 1800 may be held; an object takes 56 */
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &first);
	alone = objects_until_refused(&first);
	CHECK(alone > 10 && alone < 1000);
	CHECK(plat_pages_held(first.plat) <= 1800);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &second);
	CHECK_EQ(second.status, PCPU_ENOMEM);
	hosted_fixture_destroy(&second);
	/* A limit of one's own is nobody else's. */
	hosted_fixture_create(&(struct hosted_fixture_options){.page_limit = 800}, &own);
	CHECK_EQ(own.status, PCPU_OK);
	CHECK(objects_until_refused(&own) > 3);
	CHECK(plat_pages_held(own.plat) <= 800);
	hosted_fixture_destroy(&own);
	hosted_fixture_destroy(&first);

	hosted_fixture_create(&(struct hosted_fixture_options){0}, &first);
	hosted_fixture_create(&(struct hosted_fixture_options){0}, &second);
	CHECK_EQ(second.status, PCPU_OK);
	for (int i = 0; i < 5; i++)
		CHECK(pcpu_alloc(second.pcpu, PCPU_MIN_UNIT_BYTES, 8, 0).value);
	together = objects_until_refused(&first);
	CHECK(together < alone - 4);
	CHECK(plat_pages_held(first.plat) + plat_pages_held(second.plat) <= 1800);
	CHECK(plat_pages_held(first.plat) + plat_pages_held(second.plat) > 1800 - 2 * 64);
	CHECK_EQ(pcpu_check(first.pcpu, NULL), PCPU_HOLDS);
	hosted_fixture_destroy(&second);
	CHECK(objects_until_refused(&first) >= 5);
	hosted_fixture_destroy(&first);
	physical_pages = 0;
}
