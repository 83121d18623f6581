#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_arguments.sh PCPU_LAB - what is wrong in the arguments is told in one line before anything is
# built: meson and ninja are scripts here that note that they were called. Every option of every
# command, as --help has them.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1") source_root=$(absolute "${0%/*}/../../..")
work_in arguments

mkdir -p core/include/pcpu bin fuzz/targets harness/zoo build/main/meson-info
: >core/include/pcpu/pcpu.h
printf '#!/bin/sh\n' >lab
ln -s "$source_root/harness/zoo/defects.toml" harness/zoo/
ln -s "$source_root/fuzz/targets/targets.def" fuzz/targets/
ln -s "$source_root/corpus" corpus
printf '#!/bin/sh\necho "${0##*/} $*" >>"%s/asked"\n' "$work" | tee bin/meson >bin/ninja
printf '#!/bin/sh\n' | tee bin/clang-19 bin/qemu-system-x86_64 >bin/qemu-system-aarch64
chmod +x lab bin/*
: >build/main/build.ninja
cat >build/main/meson-info/intro-tests.json <<'END'
[{"name": "test_a", "suite": ["pcpu-lab:unit"], "cmd": [], "depends": []},
 {"name": "zoo_a", "suite": ["pcpu-lab:zoo"], "cmd": [], "depends": []}]
END
printf '# pcpu-topology 1\nnode 0 cpus 0-3\n' >good.topo
printf '# pcpu-trace 1\na 0 16 8 --\nf 0\n' >good.trace
printf x >fuzz_map-crash-1
LAB_ROOT=$work
PATH=$work/bin:$PATH
export LAB_ROOT PATH

# at_once PATTERN WORD ...: one line that the pattern (of the shell) is in, nothing else, exit
# status 2, and nothing was built for it. Nothing but the command is started: there are hundreds of
# these.
at_once() {
	pattern=$1 line= second=
	shift
	"$lab" "$@" >out 2>err </dev/null
	status=$?
	{ read -r line; read -r second; } <err
	# shellcheck disable=SC2254 # a pattern on purpose
	case $line in
	*$pattern*) ;;
	*) status="$status, and not: $pattern" ;;
	esac
	if [ "$status" = 2 ] && [ -z "$second" ] && [ ! -s out ] && [ ! -e asked ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED: $*: exit status $status"
	cat err
	[ ! -e asked ] || cat asked
	rm -f asked
}

# --- names that nothing has ----------------------------------------------------------------------
at_once "no defect 'nope'" zoo --defect nope
at_once "no defect 'canary_caught'" zoo --defect canary_caught
at_once "no defect 'b1_frees'" zoo --defect b1_frees
at_once "no defect" zoo --corpus --defect nope
at_once "no engine or rival 'x'" bench --engines x
at_once "no engine or rival 'x'" bench --engines area,x
at_once "no engine or rival ''" bench --engines area,
at_once "no engine or rival 'mimalloc_padded'" bench --engines mimalloc_padded
at_once "no engine or rival 'x'" bench --quick --engines mimalloc-padded,x
at_once "no engine or rival 'all'" bench --list --engines area,all
at_once 'no extended regular expression' bench '('
at_once 'no extended regular expression' bench 'a{1'
at_once 'nope' bench --compare nope
at_once 'missing: cannot be read' bench --gate --program missing
at_once "no target 'fuzz_mapp'" fuzz fuzz_mapp
at_once "no target 'fuzz_mapp'" crash --target fuzz_mapp fuzz_map-crash-1
at_once "no target 'fuzz_mapp'" corpus fuzz_mapp --minimise
at_once 'missing: cannot be read' crash missing
at_once 'laptop: no such machine' boot --machine laptop
at_once 'shutdwon: the image has no such test' boot shutdwon
at_once 'nope: no such defect' boot --defect nope
at_once 'missing: cannot be read' boot --trace missing
at_once 'missing: cannot be read' numa --kernel missing
at_once "no option --colour" coverage --colour
for option in --html=x '--html x' --lcov=x --json --json=x '--json -'; do
	# shellcheck disable=SC2086 # words are wanted
	at_once '--check writes no file: it goes with no other option' coverage --check $option
	# shellcheck disable=SC2086
	at_once '--check writes no file: it goes with no other option' coverage $option --check
done
at_once "no command 'tset'" tset
at_once "no command 'tset'" help tset
data=${LAB_DATA-}
export LAB_DATA=no/such/folder
at_once "LAB_DATA is 'no/such/folder': No such file or directory" test
LAB_DATA=$data
# Which tests there are, main's build folder knows: that it is the newest is all that is asked for.
for filter in TYPO main/unit/test_b asan/zoo tsan/unit; do
	rm -f asked
	refuse "no test matches '$filter'" "$lab" test "$filter"
	want "test $filter: nothing but main is asked" \
		[ "$(cat asked)" = "ninja -C $work/build/main build.ninja" ]
done
# The control: it is there.
rm -f asked
"$lab" test --build zoo_a >out 2>err
want 'a test that is there is built' grep -q "^ninja -C $work/build/main" asked
want 'and in no flavour that has it not' sh -c '! grep -q "build/asan" asked'

rm -f asked

# --- numbers -------------------------------------------------------------------------------------
# numbers LEAST MOST OPTION WORD ...: of the option only numbers within its limits are taken.
numbers() {
	least=$1 most=$2 option=$3
	shift 3
	for bad in ${bad_numbers:-0x10}; do
		at_once "$option: a number *was expected, not '$bad'" "$@" "$option" "$bad"
	done
	at_once "$option: 99999999999999999999 is too large, it is not within $least..$most" \
		"$@" "$option" 99999999999999999999
	[ "$least" = 0 ] || at_once "$option: 0 is not within $least..$most" "$@" "$option=0"
	at_once "$option: 18446744073709551614 is not within" "$@" "$option=18446744073709551614"
}
bad_numbers='-1 +1 0x10 1e3 1.5 1, 1x 1KK ten ٣'
numbers 1 256 --jobs fuzz fuzz_map
numbers 1 100000000 --time fuzz fuzz_map
numbers 32768 1073741824 --unit layout good.topo
bad_numbers=
at_once "--unit: a number *was expected, not ' 65536'" layout good.topo --unit ' 65536'
at_once "--unit: a number *was expected, not '65536 '" layout good.topo --unit '65536 '
numbers 1 1440 --minutes run
numbers 1 1000000 --slice fuzz fuzz_map
numbers 0 100000000 --attempts crash fuzz_map-crash-1
numbers 1 100000 --time zoo
numbers 1 99 --seeds zoo
numbers 1 64 --jobs zoo
numbers 1 1000 --reps bench
numbers 1 255 --cpus boot
numbers 16 2048 --memory boot
numbers 1 16 --nodes boot
numbers 1 3600 --timeout boot
numbers 1 64 --jobs boot
numbers 2 64 --cpus numa
numbers 2 16 --nodes numa
numbers 1 3600 --timeout numa
numbers 1 '*' --static layout good.topo
numbers 0 '*' --reserved layout good.topo
numbers 0 '*' --dyn replay good.trace
numbers '*' '*' --atom replay good.trace

# Options that a text tells of, and that are another command's.
foreign=

# --- every option that --help names --------------------------------------------------------------
# An empty value is none, whatever the option; what no option is called is none.
for command in run test layout replay map sizes doctor fuzz crash coverage corpus zoo bench \
	history track bisect watch boot numa report; do
	"$lab" $command --help >help
	for option in $(grep -o -e '--[a-z][a-z-]*' help | sort -u); do
		[ "$option" != --help ] || continue
		case " $foreign " in
		*" $command$option "*) continue ;;
		esac
		at_once "$option*value" $command "$option="
	done
	want "$command: --help is told" [ -s help ]
	at_once "options begin with --, not '-x'" $command -x
	at_once "no option --optionx" $command --optionx
done

# --- help and version ----------------------------------------------------------------------------
refuse "^lab: --version: no word was expected, not 'x'" "$lab" --version x
run 0 "$lab" --version
want 'a version' grep -qx 'pcpu-lab [0-9][0-9.]*' out
want 'of a revision' grep -q '^revision .*, built by ' out
run 0 "$lab" help fuzz
want 'help of a command' grep -q '^usage: lab fuzz' out
run 0 "$lab" --help
want 'exit statuses are told' \
	grep -q '^Exit status: 0 ok, 1 found something, 2 usage or bad input' out
want 'and the version' grep -q -- '--version' out

done_with
