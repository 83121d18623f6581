#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# schema.sh SCRIPT PCPU_LAB SCHEMA - the script under the python3 that has jsonschema; without it,
# skipped.
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
if ! $python -c 'import jsonschema' 2>/dev/null; then
	echo 'skipped: there is no jsonschema for python3: `./lab setup test-all` installs it'
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
fi
exec $python "$@"
