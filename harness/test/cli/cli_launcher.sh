#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_launcher.sh PCPU_LAB - ./lab and the build folders: a checkout that was moved, one that may
# not be written to, and what is missing. Meson, ninja and the built program are scripts here that
# note what they are called with; what is told is one sentence of `lab:`, never the shell's.
#
#	try/	lab core/include/pcpu/pcpu.h bin/ build/		a checkout; its name has a
#									blank
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") source_root=$(absolute "${0%/*}/../../..")
launcher=$source_root/lab
work_in launcher
unset LAB_ROOT
LAB_PACKAGES=no
export LAB_PACKAGES

# --- a checkout, and its tools ------------------------------------------------------------------
# All that the launcher calls, so that a PATH can lack one of them.
mkdir tools
for tool in sh cat grep mkdir date flock env readlink rm sed sleep tail; do
	ln -s "$(command -v $tool)" tools/$tool
done
cat >tools/ninja <<'END'
#!/bin/sh
echo "ninja $*" >>"$NOTES/asked"
case " $* " in
*' -n '*) [ ! -e "$NOTES/idle" ] || echo 'ninja: no work to do.' ;;
*) [ ! -e "$NOTES/slow" ] || { echo $$ >"$NOTES/pid"; exec sleep 100; } ;;
esac
END
cat >tools/meson <<'END'
#!/bin/sh
echo "meson $*" >>"$NOTES/asked"
echo 'Some lines first.'
[ ! -e "$NOTES/broken" ] || {
	echo 'meson.build:55:0: ERROR: Dependency "hwloc" not found'
	exit 1
}
[ "$2" != --reconfigure ] || shift
mkdir -p "$2" && : >"$2/build.ninja"
[ ! -e "$NOTES/left_out" ] ||
	while read -r line; do echo "$line"; done <"$NOTES/left_out" >"$2/left_out.txt"
END
printf '#!/bin/sh\n' | tee tools/gcc tools/g++ >tools/pkg-config
chmod +x tools/*
NOTES=$work
export NOTES

# checkout FOLDER: built, and up to date.
checkout() {
	mkdir -p "$1/core/include/pcpu" "$1/build/main"
	: >"$1/core/include/pcpu/pcpu.h"
	cp "$launcher" "$1/lab"
	mkdir -p "$1/harness/cli"
	ln -sfn "$source_root/harness/cli/help" "$1/harness/cli/help"
	printf '#!/bin/sh\necho "ran $* in $LAB_ROOT"\n' >"$1/build/main/pcpu-lab"
	chmod +x "$1/lab" "$1/build/main/pcpu-lab"
	: >"$1/build/main/build.ninja"
	: >idle
	: >asked
}
try="$work/try it"
checkout "$try"
start() {
	: >asked
	wanted=$1
	shift
	run "$wanted" env PATH="$work/tools" "$@"
}
# One line, which is ours.
want_sentence() {
	want "a sentence: $1" grep -q "^lab: .*$1" err
	want 'every line on stderr is ours' sh -c '! grep -qv "^lab: " err'
}

start 0 "$try/lab" layout 'a  b'
want 'the program runs, with its words' grep -qx "ran layout a  b in $try" out
want 'nothing is told' [ ! -s err ]
want 'nothing is configured' sh -c '! grep -q meson asked'
ln -s "$try/lab" linked
start 0 ./linked layout
want 'a link is followed' grep -qx "ran layout in $try" out
start 0 sh -c 'cd "$1" && sh lab layout' sh "$try"
want 'sh lab' grep -qx "ran layout in $try" out
start 0 env -u TERM "$try/lab" layout
want 'no TERM, no word' [ ! -s err ]
start 2 sh -c 'sh -s layout <"$1/lab"' sh "$try"
want_sentence 'the checkout of this script was not found'

# --- help ---------------------------------------------------------------------------------------
# From nothing but the checkout: no tool but sed and grep, no package, no build folder, a wrong
# LAB_ROOT.
# There are many of these, so all that they print is compared at once.
bare=$work/bare
checkout "$bare"
rm -r "$bare/build"
launch() {
	env -u LAB_PACKAGES PATH="$work/tools" "$@"
}
# helped WORD ...: by the launcher to `launched`, by the program to `programmed`.
helped() {
	launch LAB_ROOT=/nowhere "$bare/lab" "$@" >>launched 2>&1 || echo "status $?" >>launched
	"$lab" "$@" >>programmed 2>&1 || echo "status $?" >>programmed
}
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$source_root/harness/cli/help/lab.txt")
for command in $commands; do
	helped $command --help
done
want 'every text is of a command' [ "$(ls "$source_root"/harness/cli/help/*.txt | wc -l)" -eq \
	$(($(echo "$commands" | wc -l) + 1)) ]
first_letters="[$(echo $commands | tr -d '[:blank:]')]"
want 'a usage of each' sh -c '[ "$(grep -c "^usage: lab $1" launched)" -ge 16 ]' sh "$first_letters"
for words in 'layout x -h' 'help layout' 'layout --nonsense --help -- x' --help -h help \
	'nope --help' \
	'help nope' 'help lab' nope lab ../../x nobody sizes.part; do
	helped $words
done
helped ''
helped 'a b'
helped
want 'launcher and program print the same' cmp launched programmed
want 'what several texts share is in them' [ "$(grep -c '^  --min-unit B' launched)" -eq 7 ]
want 'neither its place nor a licence is shown' sh -c '! grep -qE "^@|SPDX" launched'
want 'what is none is refused' \
	[ "$(grep -c "^lab: no command '.*' (see lab --help)\$" launched)" -eq 10 ]
want 'with status 2' [ "$(grep -c '^status 2' launched)" -eq 11 ]
launch "$bare/lab" >out 2>err
want 'no word: the overview on stderr' sh -c 'grep -q "^usage: lab COMMAND" err && [ ! -s out ]'
want 'a full disk is no success' sh -c '! "$1" --help >/dev/full 2>err' sh "$bare/lab"
want 'nothing was built for any of these' [ ! -e "$bare/build" ]
want 'the program leaves setup to the launcher' sh -c '"$1" setup 2>err; [ $? = 2 ]' sh "$lab"
# Behind -- stands what is not the command's.
start 2 env -u LAB_PACKAGES "$bare/lab" record -o x -- try --help
want_sentence 'this is neither Debian nor Ubuntu'

# --- packages -----------------------------------------------------------------------------------
# Neither Debian nor Ubuntu: it is said, but not again where it was built once.
stamp=$try/build/.packages
start 2 env -u LAB_PACKAGES "$try/lab" layout
want_sentence 'this is neither Debian nor Ubuntu'
want 'what is needed' grep -q '^lab:   build-essential meson ' err
want 'and no more' sh -c '! grep -qE "clang|qemu|valgrind|gnuplot" err'
: >"$stamp"
touch -d 2000-01-01 "$stamp"
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'it was built once: no word' [ ! -s err ]
rm "$stamp"
# Debian: what is missing is installed, and looked for once. What is there stands in "there", where
# an installation puts it, unless it is "broken".
cat >tools/dpkg-query <<'END'
#!/bin/sh
shift 2
echo dpkg-query >>"$NOTES/looked"
for name; do
	while read -r there; do
		[ "$there" != "$name" ] || echo "$name installed"
	done <"$NOTES/there"
done
END
cat >tools/apt-get <<'END'
#!/bin/sh
echo "apt-get $*" >>"$NOTES/asked"
[ ! -e "$NOTES/broken" ] || exit 100
for name; do case $name in -* | update | install) ;; *) echo "$name" >>"$NOTES/there" ;; esac; done
END
printf '#!/bin/sh\necho 0\n' >tools/id
chmod +x tools/dpkg-query tools/apt-get tools/id
ln -s "$(command -v awk)" tools/awk
base='build-essential meson ninja-build pkg-config libhwloc-dev libnuma-dev libjansson-dev
liblzma-dev libsqlite3-dev libglib2.0-dev libexpat1-dev zlib1g-dev liburcu-dev'
# installs COMMAND [PACKAGE ...]: `lab COMMAND` says and installs these and no others, then runs.
installs() {
	launch "$try/lab" "$1" >>done 2>&1
	ran=$1
	shift
	case $# in
	0) ;;
	1) echo "lab: installing 1 package for $ran: $*" >>to_do ;;
	*) echo "lab: installing $# packages for $ran: $*" >>to_do ;;
	esac
	[ $# -eq 0 ] ||
		printf 'apt-get -q %s\n' update "-y --no-install-recommends install $*" >>to_ask
	echo "ran $ran in $try" >>to_do
}
: >asked
: >there
# shellcheck disable=SC2086 # words are wanted
installs layout $base
for command in replay record history sizes doctor --version; do
	installs $command
done
cp there base
# What each starts, when the rest is there.
# shellcheck disable=SC2162 # lines go on behind a backslash
while read command packages; do
	cp base there
	# shellcheck disable=SC2086
	installs $command $packages
done <<-'END'
	fuzz clang-19 llvm-19 libclang-rt-19-dev afl++
	zoo clang-19 llvm-19 libclang-rt-19-dev afl++
	crash clang-19 llvm-19 libclang-rt-19-dev
	coverage clang-19 llvm-19 libclang-rt-19-dev
	corpus clang-19 llvm-19 libclang-rt-19-dev
	bench libbenchmark-dev libjemalloc-dev libmimalloc-dev libtcmalloc-minimal4 valgrind \
		libzydis-dev python3-scipy
	track libbenchmark-dev libjemalloc-dev libmimalloc-dev libtcmalloc-minimal4 valgrind \
		libzydis-dev python3-scipy
	watch clang-19 llvm-19 libclang-rt-19-dev libbenchmark-dev libjemalloc-dev \
		libmimalloc-dev libtcmalloc-minimal4 valgrind libzydis-dev python3-scipy \
		qemu-system-x86 qemu-system-arm lld-19 libjs-dygraphs
	bisect libbenchmark-dev libjemalloc-dev libmimalloc-dev libtcmalloc-minimal4 valgrind \
		libzydis-dev python3-scipy
	boot qemu-system-x86 qemu-system-arm clang-19 llvm-19 lld-19
	numa qemu-system-x86 cpio xz-utils
	report libjs-dygraphs
	map libjs-dygraphs
	run clang-19 llvm-19 libclang-rt-19-dev libbenchmark-dev libjemalloc-dev libmimalloc-dev \
		libtcmalloc-minimal4 valgrind libzydis-dev python3-scipy qemu-system-x86 \
		qemu-system-arm lld-19 libjs-dygraphs
	test clang-19 llvm-19 libclang-rt-19-dev afl++ libbenchmark-dev libjemalloc-dev \
		libmimalloc-dev libtcmalloc-minimal4 valgrind libzydis-dev python3-scipy \
		qemu-system-x86 qemu-system-arm lld-19 cpio xz-utils libjs-dygraphs \
		python3-prometheus-client relacy-dev
END
want 'each command says what it installs' diff done to_do
want 'and installs it' sh -c 'grep apt-get asked | diff - to_ask'
want 'every command is among these' \
	[ "$(sort -u "$stamp" | wc -l)" -eq "$(echo "$commands" | wc -l)" ]
: >looked
: >asked
installs fuzz
want 'it is not looked for again' [ ! -s looked ]
cp base there
touch -d 2000-01-01 "$stamp"
installs fuzz clang-19 llvm-19 libclang-rt-19-dev afl++
want 'by an old stamp it is' diff done to_do
want 'which says nothing of others' [ "$(cat "$stamp")" = fuzz ]
cp base there
touch -d 1999-01-01 "$try/lab"
touch -d 2000-01-01 "$stamp"
[ ! -e /var/lib/dpkg/status ] || installs fuzz clang-19 llvm-19 libclang-rt-19-dev afl++
cp base there
touch -d 2100-01-01 "$try/lab"
installs fuzz clang-19 llvm-19 libclang-rt-19-dev afl++
want 'a stamp older than the database of packages, or than the launcher, is old' diff done to_do
touch "$try/lab"
rm "$stamp"
: >broken
: >there
start 2 env -u LAB_PACKAGES "$try/lab" layout
want 'what cannot be installed ends it' grep -q '^lab: apt-get could not install them' err
want 'and is not noted' [ ! -e "$stamp" ]
want 'nothing runs' [ ! -s out ]
rm broken

# setup: packages and nothing else.
start 0 env -u LAB_PACKAGES "$try/lab" setup bench
want 'setup of a command' \
	grep -q '^lab: installing 20 packages for bench: build-essential .* python3-scipy$' err
want 'and that is all' sh -c '! grep -qE "^(ninja|meson)" asked && [ ! -s out ]'
start 0 env -u LAB_PACKAGES "$try/lab" setup bench
want_sentence 'nothing is missing for bench$'
: >there
start 0 env -u LAB_PACKAGES "$try/lab" setup
want 'setup looks, whatever the stamp says; of all' \
	grep -q '^lab: installing [0-9]* packages: build-essential ' err
want 'each once' [ -z "$(sort there | uniq -d)" ]
start 0 env -u LAB_PACKAGES "$try/lab" setup
want_sentence 'nothing is missing$'
want 'no browser is among them' sh -c '! grep -qx "chromium\|postgresql" there'
start 0 env -u LAB_PACKAGES "$try/lab" setup test-all
want 'what all tests need: browser and database too' grep -qx \
	'lab: installing 6 packages for test-all: chromium .* postgresql libpq-dev' err
start 0 env -u LAB_PACKAGES "$try/lab" setup test-all
want_sentence 'nothing is missing for test-all$'
start 0 env -u LAB_PACKAGES "$try/lab" test
want 'then a test needs no more' sh -c '! grep -q apt-get asked'
refuse "^lab: no command 'nope' (see lab --help)" env -u LAB_PACKAGES "$try/lab" setup nope
refuse "^lab: setup: no word was expected, not 'boot'" \
	env -u LAB_PACKAGES "$try/lab" setup bench boot
refuse '^lab: setup: LAB_PACKAGES=no' "$try/lab" setup
# Not root: by sudo; without, the words for whoever has it.
printf '#!/bin/sh\necho 1000\n' >tools/id
printf '#!/bin/sh\necho "sudo $*" >>"$NOTES/asked"\n' >tools/sudo
chmod +x tools/sudo
: >there
rm -f "$stamp"
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'by sudo' grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get .* build-essential ' asked
want 'lists too' grep -qx 'sudo apt-get -q update' asked
rm tools/sudo "$stamp"
start 2 env -u LAB_PACKAGES "$try/lab" numa
want_sentence 'these packages are needed for numa, and neither root nor sudo is here:'
want 'in one line' grep -q '^lab:   apt-get install build-essential .* xz-utils$' err
rm -f tools/dpkg-query tools/apt-get tools/id tools/awk "$stamp"

# --- LAB_ROOT -----------------------------------------------------------------------------------
checkout "$work/second"
start 0 env LAB_ROOT="$try" "$try/lab" layout
start 0 env LAB_ROOT="$try/core/.." "$try/lab" layout
start 0 env LAB_ROOT= "$try/lab" layout
start 2 env LAB_ROOT=/nowhere/at/all "$try/lab" layout
want_sentence "LAB_ROOT is '/nowhere/at/all': there is no checkout of pcpu-lab"
start 2 env LAB_ROOT="$work" "$try/lab" layout
want_sentence "LAB_ROOT is '$work': there is no checkout of pcpu-lab"
start 2 env LAB_ROOT="$work/second" "$try/lab" layout
want_sentence "another checkout than this one"
for words in 'layout synthetic:pu:1' 'history' '--version' 'nonsense'; do
	refuse "^lab: LAB_ROOT is '/nowhere': there is no checkout" \
		env LAB_ROOT=/nowhere "$lab" $words
	refuse "^lab: LAB_ROOT is '$work': there is no checkout" env LAB_ROOT="$work" "$lab" $words
done
run 0 env LAB_ROOT= "$lab" layout synthetic:pu:1

# --- copied, moved, renamed -------------------------------------------------------------------
# moved HOW: meson is called once, to configure the folder of now, and not again.
moved() {
	start 0 "$try/lab" layout
	want "$1: configured for this place" \
		grep -qxF "meson setup --reconfigure $try/build/main $try" asked
	want_sentence 'build/main was made in another place'
	start 0 "$try/lab" layout
	want "$1: only once" sh -c '! grep -q meson asked'
}
echo "$work/elsewhere/build/main" >"$try/build/main/.place"
moved 'our own note'
mv "$try" "$work/an other"
try="$work/an other"
moved 'a new name'
rm "$try/build/main/.place"
mkdir "$try/build/main/meson-info"
printf '{"directories": {"source": "%s", "build": "%s/build/main"}}' "$try" "$try" \
	>"$try/build/main/meson-info/meson-info.json"
start 0 "$try/lab" layout
want "meson's note of this place" sh -c '! grep -q meson asked'
echo '{"directories": {"source": "/old", "build": "/old/build/main"}}' \
	>"$try/build/main/meson-info/meson-info.json"
moved "meson's note of another place"
rm "$try/build/main/build.ninja"
start 0 "$try/lab" layout
want 'nothing there: configured' grep -qxF "meson setup $try/build/main $try" asked

# Every flavour, by the program itself.
: >"$try/core/include/pcpu/pcpu.h"
mkdir -p "$try/build/release/bench" "$try/reports/out"
printf '#!/bin/sh\necho a/name\n' >"$try/build/release/bench/pcpu-bench"
chmod +x "$try/build/release/bench/pcpu-bench"
: >"$try/build/release/build.ninja"
bench() {
	start "$1" env LAB_ROOT="$try" "$lab" bench --list
}
for place in note meson; do
	[ $place = note ] && echo /old/build/release >"$try/build/release/.place"
	[ $place = meson ] && rm "$try/build/release/.place" &&
		mkdir "$try/build/release/meson-info" &&
		echo '{"directories": {"build": "/old/build/release"}}' \
			>"$try/build/release/meson-info/meson-info.json"
	bench 0
	want "$place: a flavour of another place" grep -qxF \
		"meson setup --reconfigure $try/build/release $try -Dbuildtype=release" asked
	want 'which is told' grep -q '^build/release was made in another place' err
	bench 0
	want "$place: only once" sh -c '! grep -q meson asked'
done

# Parts that were left out: tried again when they are wanted, and refused in one line.
again() {
	want "$1" [ "$(grep -c '^meson setup --reconfigure' asked)" -eq "$2" ]
}
left_out=$try/build/release/left_out.txt
printf '# of what\nguest: cpio\nbench/pcpu-bench: libbenchmark-dev libjemalloc-dev\n' >left_out
cp left_out "$left_out"
bench 2
want_sentence \
	'build/release: .* left out: install libbenchmark-dev libjemalloc-dev (./lab setup does)$'
want 'one line' [ "$(wc -l <err)" -eq 1 ]
want 'nothing on stdout' [ ! -s out ]
again 'it was tried' 1
want 'and nothing built' sh -c '! grep -q ^ninja asked'
printf '# of what\nguest: cpio\n' >left_out
bench 0
again 'packages came by another way: it is built' 1
bench 0
again 'once' 0
if [ -e /var/lib/dpkg/status ]; then
	touch -d 2000-01-01 "$try/build/release/.place"
	bench 0
	again 'something was left out, and packages changed since' 1
	bench 0
	again 'once again' 0
fi
printf '# nothing\n' >left_out
cp left_out "$left_out"
touch -d 2000-01-01 "$try/build/release/.place"
bench 0
again 'nothing was left out: no matter' 0
rm -r "$try/build/release"
printf 'bench/pcpu-bench: libbenchmark-dev\n' >left_out
bench 2
want_sentence 'left out: install libbenchmark-dev (./lab setup does)$'
want 'at the first time it is not tried twice' [ "$(grep -c ^meson asked)" -eq 1 ]
rm -r "$try/build/release" left_out
for tool in gcc g++; do
	mv tools/$tool gone
	bench 2
	want_sentence 'build/release: its compiler is missing: install build-essential '\
'(./lab setup does)$'
	want 'meson is not asked then' [ ! -s asked ]
	mv gone tools/$tool
done
mkdir -p "$try/fuzz/targets" "$try/corpus/fuzz_map"
echo 'X(fuzz_map)' >"$try/fuzz/targets/targets.def"
ln -sfn "$source_root/corpus/unreached" "$try/corpus/unreached"
for words in 'coverage' 'corpus fuzz_map --minimise' 'corpus --minimise'; do
	start 2 env LAB_ROOT="$try" "$lab" $words
	want_sentence 'its compiler is missing: install clang-19, llvm-19 and libclang-rt-19-dev '\
'(./lab setup does)$'
	want "$words: one line" [ "$(wc -l <err)" -eq 1 ]
done
# zoo: its list is built by gcc; what hunts by the engine's compiler. Without the list there is
# nothing to hunt.
mkdir -p "$try/build/main/fuzz/zoo"
printf '#!/bin/sh\nprintf "1\\ta\\tB1\\tfuzz_map\\t\\twhy\\tsays\\n"\n' \
	>"$try/build/main/fuzz/zoo/pcpu-zoo"
chmod +x "$try/build/main/fuzz/zoo/pcpu-zoo"
# zoo PACKAGES WORD ...
zoo() {
	packages=$1
	shift
	start 2 env LAB_ROOT="$try" "$lab" zoo "$@"
	want_sentence "$packages (./lab setup does)\$"
	want "zoo $*: one line" [ "$(wc -l <err)" -eq 1 ]
	want "zoo $*: nothing on stdout" [ ! -s out ]
}
clang='clang-19, llvm-19 and libclang-rt-19-dev'
zoo "build/fuzz: its compiler is missing: install $clang"
zoo "build/fuzz: its compiler is missing: install $clang" --engine both
zoo 'build/afl: its compiler is missing: install afl++' --engine afl
want 'no flavour is configured then' sh -c '! grep -q "build/\(afl\|fuzz\)" asked'
printf 'fuzz/zoo/pcpu-zoo: python3\n' | tee left_out >"$try/build/main/left_out.txt"
zoo 'build/main: .* left out: install python3'
rm left_out "$try/build/main/left_out.txt"
mkdir -p "$try/build/release/bench"
printf '#!/bin/sh\necho a/name\n' >"$try/build/release/bench/pcpu-bench"
chmod +x "$try/build/release/bench/pcpu-bench"
bench 0

# --- a checkout that may not be written to ----------------------------------------------------
# As root nothing is forbidden, but on a mount that is read-only.
read_only() {
	wanted=$1
	shift
	: >asked
	run "$wanted" unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
		shift && PATH=$NOTES/tools exec "$@"' sh "$try" "$@"
}
if unshare -m true 2>/dev/null; then
	echo 'AN OLD LINE' | tee "$try/build/setup.log" >"$try/build/release/lab-build.log"
	read_only 0 "$try/lab" layout
	want 'what is built is used' grep -qx "ran layout in $try" out
	want 'without a word' [ ! -s err ]
	rm idle
	read_only 0 "$try/lab" layout
	want 'though it is old' grep -qx "ran layout in $try" out
	want_sentence 'not up to date, and cannot be written: what is built is used'
	read_only 0 env LAB_ROOT="$try" "$lab" bench --list
	want 'a flavour that is built' grep -qx 'a/name' out
	want 'nothing is built' sh -c '! grep -v " -n" asked | grep -q ninja'
	: >idle
	rm -r "$try/build/release/bench"
	rm idle
	read_only 2 env LAB_ROOT="$try" "$lab" bench --list
	want_sentence 'build/release cannot be written, and what is needed is not built there'
	for words in 'bench --quick' 'fuzz fuzz_map --time 1' 'run --quick' 'test layers' 'zoo' \
		'corpus fuzz_map --minimise' 'coverage' 'boot' 'numa'; do
		mkdir -p "$try/fuzz/targets"
		echo 'X(fuzz_map)' >"$try/fuzz/targets/targets.def"
		read_only 2 env LAB_ROOT="$try" PATH="$work/tools:$PATH" "$lab" $words
		want "$words: why" grep -q 'Read-only file system' err
		want "$words: one line" [ "$(wc -l <err)" -eq 1 ]
		want "$words: no old log" sh -c '! grep -q "AN OLD LINE" out err'
	done
	run 0 unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
		LAB_ROOT="$1" exec "$2" history' sh "$try" "$lab"
	want 'no history to read' grep -qx '0 runs.*' out
	rm "$try/build/main/pcpu-lab"
	read_only 2 "$try/lab" layout
	want_sentence 'build cannot be written, and nothing is built there'
	rm -r "$try/build"
	read_only 2 "$try/lab" layout
	want_sentence 'build cannot be written, and nothing is built there'
	want 'one line' [ "$(wc -l <err)" -eq 1 ]
else
	skip 'no mount namespace can be made here'
fi
rm -rf "$try"

# --- what is missing, what fails --------------------------------------------------------------
try=$work/third
# lacks TOOL PACKAGE: without it one sentence names both.
lacks() {
	checkout "$try"
	rm -rf "$try/build" idle
	mv tools/"$1" gone
	start 2 "$try/lab" layout
	mv gone tools/"$1"
	want_sentence "there is no $1 in PATH: Debian's package $2 has it"
	want 'one line' [ "$(wc -l <err)" -eq 1 ]
}
lacks meson meson
lacks ninja ninja-build
lacks gcc build-essential
lacks g++ build-essential
lacks pkg-config pkg-config
checkout "$try"
mv tools/gcc gone
start 0 "$try/lab" layout # nothing has to be built
rm idle
start 2 "$try/lab" layout
want_sentence "there is no gcc in PATH"
mv gone tools/gcc
checkout "$try"
rm "$try/build/main/build.ninja"
: >broken
start 2 "$try/lab" layout
want_sentence 'meson could not configure build/main: .*ERROR: Dependency "hwloc" not found'
want 'no more than that it was tried' [ "$(wc -l <err)" -eq 2 ]
rm broken
checkout "$try"
: >"$try/build/main/pcpu-lab"
chmod -x "$try/build/main/pcpu-lab"
start 2 "$try/lab" layout
want_sentence 'cannot be executed'

# --- one at a time, and an end when asked -----------------------------------------------------
checkout "$try"
: >err
(
	flock 9
	exec timeout 60 sh -c 'until grep -q waiting err; do sleep 0.1; done'
) 9>"$try/build/.lock" &
while flock -n "$try/build/.lock" true; do sleep 0.05; done
start 0 "$try/lab" layout
want_sentence 'waiting for another build in build/main'
rm idle
for signal in TERM HUP; do
	: >slow
	env --default-signal PATH="$work/tools" "$try/lab" layout >out 2>err &
	launched=$!
	while [ ! -s pid ]; do sleep 0.05; done
	kill -s $signal $launched
	wait $launched
	want "$signal ends it" [ $? -gt 128 ]
	want "$signal: nothing goes on" sh -c '! kill -0 "$(cat pid)" 2>/dev/null'
	rm pid slow
done

done_with
