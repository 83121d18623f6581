#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_launcher.sh PCPU_LAB - ./lab and the build folders: a checkout that was moved, one that may
# not be written to, and what is missing. Meson, ninja and the built program are scripts here that
# note what they are called with; what is told is one sentence of `lab:`, never the shell's.
#
#	try/	lab core/include/pcpu/pcpu.h bin/ build/		a checkout; its name has a
#									blank
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") launcher=$(absolute "${0%/*}/../../../lab")
work_in launcher
unset LAB_ROOT
LAB_PACKAGES=no
export LAB_PACKAGES

# --- a checkout, and its tools ------------------------------------------------------------------
# All that the launcher calls, so that a PATH can lack one of them.
mkdir tools
for tool in sh cat grep mkdir date flock env readlink sleep tail; do
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

# --- packages -----------------------------------------------------------------------------------
# Neither Debian nor Ubuntu: it is said, but not again where it was built once.
stamp=$try/build/.packages
start 2 env -u LAB_PACKAGES "$try/lab" layout
want_sentence 'this is neither Debian nor Ubuntu'
want 'what is needed' grep -q '^lab:   build-essential meson ' err
touch -d 2000-01-01 "$stamp"
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'it was built once: no word' [ ! -s err ]
rm "$stamp"
# Debian: what is missing is installed, and looked for once.
cat >tools/dpkg-query <<'END'
#!/bin/sh
shift 2
for name; do [ "$name" = "$(cat "$NOTES/missing")" ] || echo "$name installed"; done
END
printf '#!/bin/sh\necho "apt-get $*" >>"$NOTES/asked"\n' >tools/apt-get
printf '#!/bin/sh\necho 0\n' >tools/id
chmod +x tools/dpkg-query tools/apt-get tools/id
ln -s "$(command -v awk)" tools/awk
echo none >missing
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'nothing is missing: nothing is installed' sh -c '! grep -q apt-get asked'
want 'which is noted' [ -e "$stamp" ]
echo meson >missing
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'it is not looked for again' sh -c '! grep -q apt-get asked'
touch -d 2000-01-01 "$stamp"
start 0 env -u LAB_PACKAGES "$try/lab" layout
want 'what is missing is installed' \
	grep -qx 'apt-get -q -y --no-install-recommends install meson' asked
rm tools/dpkg-query tools/apt-get tools/id tools/awk "$stamp"

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

# --- copied, moved, renamed -----------------------------------------------------------------------
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

# --- a checkout that may not be written to -------------------------------------------------------
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

# --- what is missing, what fails -----------------------------------------------------------------
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

# --- one at a time, and an end when asked --------------------------------------------------------
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
	PATH=$work/tools "$try/lab" layout >out 2>err &
	launched=$!
	while [ ! -s pid ]; do sleep 0.05; done
	kill -s $signal $launched
	wait $launched
	want "$signal ends it" [ $? -gt 128 ]
	want "$signal: nothing goes on" sh -c '! kill -0 "$(cat pid)" 2>/dev/null'
	rm pid slow
done

done_with
