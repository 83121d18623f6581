#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# workflows.sh PCPU_LAB ROOT - the workflows of examples/ci: each step that runs something calls
# ./lab alone, with a command and options that the lab has.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
root=$2
work_in workflows

# lines FILE: what its steps run, a line each.
lines() {
	sed -n 's/^ *\(- \)\{0,1\}run: //p' "$1"
}

# words_fault LINE: prints why the line would not do. What is behind a redirection is the shell's;
# an option that nobody has behind the others is the first that is refused.
words_fault() {
	line=${1%% >*}
	case ${1#"$line"} in
	*[\;\&\|\<\`\(\)]*) echo 'more than one command' ;;
	esac
	case $line in
	*[\;\&\|\<\>\`\$\(\)]*) echo 'more than one command' ;;
	'./lab setup' | './lab setup test-all') ;;
	'./lab setup '*)
		[ -f "$root/harness/cli/help/${line#./lab setup }.txt" ] || echo 'no such command'
		;;
	'./lab '*)
		# shellcheck disable=SC2086 # words are wanted
		"$lab" ${line#./lab } --no-such-option >out 2>err </dev/null
		[ $? -eq 2 ] && grep -q 'no option --no-such-option' err || head -n 1 err
		;;
	*) echo 'it is not ./lab' ;;
	esac
}

nr=0
for file in "$root"/examples/ci/*.yml; do
	lines "$file" >lines
	while IFS= read -r line; do
		fault=$(words_fault "$line")
		nr=$((nr + 1))
		want "${file##*/}: $line: $fault" [ -z "$fault" ]
	done <lines
	want "${file##*/}: no step runs several lines" sh -c "! grep -q 'run: *[|>]' '$file'"
	want "${file##*/}: its place in README.md" \
		grep -q "^| .${file##*/}. |" "$root/examples/ci/README.md"
done
want "there are some: $nr" [ $nr -ge 12 ]
for line in './lab tset' './lab bench --gait' './lab setup fizz' 'make' './lab test; make' \
	'./lab history --export' './lab fuzz --time x' './lab report --markdown >a | make'; do
	want "refused: $line" [ -n "$(words_fault "$line")" ]
done
if python3 -c 'import yaml' 2>/dev/null; then
	cat >shape.py <<'PYTHON'
import sys, yaml
for name in sys.argv[1:]:
    flow = yaml.safe_load(open(name))
    assert flow["name"] and flow[True], name  # YAML reads `on` as true
    for job in flow["jobs"].values():
        assert job["runs-on"] and job["timeout-minutes"] and job["steps"], name
        assert all(("run" in step) != ("uses" in step) for step in job["steps"]), name
PYTHON
	expect 'their shape' "python3 shape.py $root/examples/ci/*.yml"
else
	skip 'there is no yaml for python3'
fi

done_with
