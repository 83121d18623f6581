# SPDX-License-Identifier: BSD-2-Clause OR MIT
# track_tree.sh - sourced by the tests of `lab bisect`, `lab track` and `lab watch`: a small
# checkout with a history. Its pcpu-count is a program of a few lines that meson builds where the
# real one is, that callgrind counts where the real one is counted, and that answers as it does.
#
#	tree_begin		a repository in tree/, $LAB_ROOT
#	tree_commits		a commit for each line of stdin: "LOOPS PROBES NAME [MORE]", an
#				operation of benchmark NAME is so many rounds of work_loop() and
#				so many records (22 more by "N+noise()" in one process once there
#				is a file `noise`), MORE rounds of each of two functions more; or
#				"broken", which does not compile; the branch is checked out
#	clean			nothing is left of a build
#	machine_begin		builds fake_machine.c
#	machine LOAD BYTES IDLE	what programs run by `on_machine` take this machine for
track_tests=$(absolute "${0%/*}")
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org

tree_begin() {
	mkdir -p bin tree/core/include/pcpu tree/bench
	cp "$track_tests/small_meson.sh" bin/meson
	PATH=$work/bin:$PATH
	git -C tree init -q -b main
	export LAB_ROOT=$work/tree
	cd tree || exit 1
	echo '#!/bin/sh' >lab && chmod +x lab
	echo nothing >core/include/pcpu/pcpu.h
	echo build/ >.gitignore
	printf "project('small', 'c')\nsubdir('bench')\n" >meson.build
	echo "executable('pcpu-count', 'count.c', 'work.c', c_args: '-O1')" >bench/meson.build
	sed "s|NOISE_FILE|$work/noise|" >bench/count.c <<'END'
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>
#include "work.h"
void work_loop(int n);
int work_probes(void);
int noise(void)
{
	static int extra = -1;

	if (extra < 0)
		extra = unlink("NOISE_FILE") ? 0 : 22;
	return extra;
}
static const char *work_name = WORK_NAME;
static int run(const char *name, int n)
{
	char label[99];

	if (strcmp(name, work_name))
		return fprintf(stderr, "pcpu-count: no benchmark '%s'\n", name), 2;
	snprintf(label, sizeof(label), "%s %d", name, n);
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
	for (int i = 0; i < n; i++)
		work_loop(i);
	CALLGRIND_TOGGLE_COLLECT;
	CALLGRIND_DUMP_STATS_AT(label);
	printf("{\"name\":\"%s\",\"n\":%d,\"instructions\":true,\"counts\":{\"probes/op\":%d}}\n",
	       name, n, n ? work_probes() : 0);
	return 0;
}
int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--key"))
		return printf("gcc %s, glibc %s, x86_64, release\n", __VERSION__,
			      gnu_get_libc_version()), 0;
	if (argc == 2 && !strcmp(argv[1], "--gate"))
		return run(work_name, 200) | run(work_name, 1200);
	return run(argv[1], atoi(argv[2]));
}
END
	git add -A && git commit -qm 'work: begin'
	cd .. || exit 1
}

tree_commits() {
	awk -v nr=$(($(git -C tree rev-list --count main) - 1)) '
		function file(path, text) {
			printf "M 100644 inline %s\ndata %d\n%s\n", path, length(text), text
		}
		{
			subject = "work: change " ++nr
			printf "commit refs/heads/main\ncommitter t <t@example.org> %d +0000\n",
				1700000000 + nr * 60
			printf "data %d\n%s\n", length(subject), subject
			if (NR == 1)
				print "from refs/heads/main^0"
			if ($1 == "broken") {
				file("bench/work.c", "int work_loop(void) { return x; }\n")
				next
			}
			file("bench/work.h", "#define WORK_NAME \"" $3 "\"\n")
			more = part = ""
			if ($4 != "") {
				part = "for (int i = 0; i < " $4 "; i++)\n\t\tsink += n;\n"
				part = "void work_even(int n) __asm__(\"work_even.part.0\");\n" \
					"void work_even(int n)\n{\n\t" part "}\n" \
					"void work_odd(int n);\nvoid work_odd(int n)\n{\n\t" \
					part "}\n"
				more = "\twork_even(n), work_odd(n);\n"
			}
			file("bench/work.c", "static volatile int sink; /* " nr " */\n" \
				"int noise(void);\n" part \
				"void work_loop(int n)\n{\n" more "\tfor (int i = 0; i < " $1 \
				"; i++)\n\t\tsink += n;\n}\nint work_probes(void)\n{\n" \
				"\treturn " $2 ";\n}\n")
		}' >stream
	git -C tree fast-import --quiet <stream
	git -C tree reset -q --hard main
}

# A library that is preloaded: fake_machine.c.
machine_begin() {
	gcc -shared -fPIC -O1 -o "$work/machine.so" "$track_tests/fake_machine.c"
}

machine() {
	echo "$*" >"$work/machine.new" && mv "$work/machine.new" "$work/machine"
}

on_machine() {
	LD_PRELOAD=$work/machine.so FAKE_MACHINE=$work/machine "$@"
}

# Nothing is left: one worktree, no folder of a build that goes on.
clean() {
	test "$(git -C tree worktree list | wc -l)" -eq 1 &&
		! ls -d tree/build/track/*/* 2>/dev/null | grep .
}
