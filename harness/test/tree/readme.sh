#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# readme.sh - the C in README.md compiles and works, against the archives of this build.
#
# usage: readme.sh ROOT ARCHIVE ...
set -u

root=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

sed -n '/^```c$/,/^```$/p' "$root/README.md" | grep -v '^```' >"$scratch/readme.c"
cat >>"$scratch/readme.c" <<'END'
#include "harness/platform/sim/sim.h"

int main(void)
{
	static const uint16_t cpu_node[] = { 0, PCPU_NO_NODE, 0, 0 }, node_id[] = { 0 };
	const struct pcpu_topology machine = { 4, 1, cpu_node, node_id, 0, 0 };
	const struct sim_config config = { .topology = &machine, .flush_needed = true };
	struct plat *plat = sim_create(&config);
	int status = count_on_every_cpu(plat, &machine) ? 0 : 1;

	if (sim_lost(plat) || sim_fault(plat))
		status = 2;
	sim_destroy(plat);
	return status;
}
END
# Archives refer to each other: core to platform, platform to lab.
if ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I"$root" -I"$root/core/include" \
	-o "$scratch/readme" "$scratch/readme.c" \
	-Wl,--start-group "$@" -Wl,--end-group && "$scratch/readme"; then
	echo "1 passed, 0 failed, 0 skipped"
else
	echo "the program in README.md does not work: exit status $?"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
