#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# check_machines.sh - the image on a few machines; with LAB_FULL on all of them.
# usage: check_machines.sh PCPU-LAB
set -eu
machines=quick
[ -z "${LAB_FULL:-}" ] || machines=all
exec "$1" boot --machine "$machines"
