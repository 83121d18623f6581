#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# cli_lanes.sh PCPU_LAB - `lab test` starts meson once a flavour, for the tests of all suites, and
# makes lanes of what its log has. meson is a script here that leaves such a log, ninja one that
# does nothing.
. "${0%/*}/../lib/cli.sh"
lab=$(absolute "$1")
work_in lanes

mkdir -p core/include/pcpu bin build/main/meson-info build/main/meson-logs
: >core/include/pcpu/pcpu.h
: >build/main/build.ninja
printf '#!/bin/sh\n' | tee lab >bin/ninja
cat >bin/meson <<'END_MESON'
#!/bin/sh
echo "$*" >>"$LAB_ROOT/calls"
cp "$LAB_ROOT/log" "$LAB_ROOT/build/main/meson-logs/lab-main.json"
END_MESON
chmod +x lab bin/*
cat >build/main/meson-info/intro-tests.json <<'END'
[{"name": "x_one", "suite": ["pcpu-lab:unit"], "cmd": [], "depends": []},
 {"name": "x_two", "suite": ["pcpu-lab:unit", "pcpu-lab:tsan"], "cmd": [], "depends": []},
 {"name": "x_three", "suite": ["pcpu-lab:units"], "cmd": [], "depends": []},
 {"name": "other", "suite": ["pcpu-lab:docs"], "cmd": [], "depends": []}]
END
echo '[]' >build/main/meson-info/intro-targets.json
LAB_ROOT=$work PATH=$work/bin:$PATH
export LAB_ROOT PATH

# entry SUITES NAME RESULT SECONDS LAST_LINE
entry() {
	printf '{"name": "pcpu-lab:%s / %s", "result": "%s", "duration": %s, "returncode": 0, ' \
		"$1" "$2" "$3" "$4"
	printf '"command": ["%s"], "stdout": "%s\\n", "stderr": ""}\n' "$2" "$5"
}

# lane NAME SECONDS PASSED FAILED SKIPPED: a line of the table.
lane() {
	want "the lane $1" grep -qE "^$1 +$2 +$3 +$4 +$5\$" out
}

# In the order in which they end.
three=$(entry units x_three OK 3 '7 passed, 0 failed, 1 skipped')
one=$(entry unit x_one OK 1.5 '2 passed, 0 failed, 0 skipped')
two=$(entry unit+tsan x_two OK 0.25 '3 passed, 0 failed, 0 skipped')
printf '%s\n' "$three" "$one" "$two" >log
run 0 "$lab" test main/unit
want 'meson ran tests once' [ "$(grep -c '^test ' calls)" -eq 1 ]
want 'those of both suites, and no other' grep -q ' x_one x_two x_three$' calls
lane 'main unit' 1.8 5 0 0
lane 'main units' 3.0 7 0 1
want 'all' grep -qx '13 passed, 0 failed, 1 skipped' out

# What does not run, fails in its lane; so does what fails, and is named with it.
printf '%s\n' "$one" "$two" >log
run 1 "$lab" test main/unit
want 'a test that did not run' grep -q 'FAILED  main units: 0 of 1 tests ran' err
lane 'main units' 0.0 0 1 0
lane 'main unit' 1.8 5 0 0
two=$(entry unit+tsan x_two FAIL 0.25 '3 passed, 2 failed, 0 skipped')
printf '%s\n' "$two" "$three" "$one" >log
run 1 "$lab" test main/unit
want 'a test that fails' grep -q 'FAILED  main unit / x_two: FAIL' err
lane 'main unit' 1.8 5 2 0
rm log
run 1 "$lab" test main/unit
want 'an old log is none' grep -qx '1 passed, 3 failed, 0 skipped' out

done_with
