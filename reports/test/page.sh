#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# page.sh SCRIPT PROGRAM ... - a test of the page in Chromium, under the python3 that has Selenium;
# without either, skipped.
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
leave_out() {
	echo "skipped: $1: \`./lab setup test-all\` installs it"
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
}
$python -c 'import selenium' 2>/dev/null || leave_out 'there is no selenium for python3'
for program in chromium chromedriver; do
	command -v $program >/dev/null || leave_out "there is no $program"
done
exec timeout -k 5 400 $python "$@"
