#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# statistics.sh ROOT - statistics_test.py under the python3 that has SciPy; without it, skipped.
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
if ! $python -c 'import scipy' 2>/dev/null; then
	echo 'skipped: there is no scipy for python3'
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
fi
exec $python "$1/bench/test/statistics_test.py" "$1"
