#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
# check_power.sh - an image that is started without the device for an exit status does not run for
# ever: it powers the machine off, or says that it cannot. And words of its command line that name
# nothing are refused with what there is.
# usage: check_power.sh X86_IMAGE [ARM64_IMAGE]
set -u
passed=0 failed=0 skipped=0
heard=$(mktemp) || exit 1
trap 'rm -f "$heard"' EXIT

# boot SECONDS COMMAND...: its words to $heard, its exit status to $status (124: it had to be ended)
boot() {
	timeout -k 1 "$@" -nodefaults -no-user-config -no-reboot -display none -cpu max -m 128 \
		-serial stdio >"$heard" 2>&1 </dev/null
	status=$?
}
want() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what (exit status $status)"
		tail -5 "$heard"
	fi
}

x86="qemu-system-x86_64 -machine q35 -accel tcg -bios qboot.rom -smp 2 -kernel $1"
# shellcheck disable=SC2086 # words are wanted
{
	boot 60 $x86 -append test=this-cpu-1 # not this-cpu-16, which begins so
	want 'ACPI: the machine is off' [ $status -eq 0 ]
	want 'ACPI: after the plan' grep -q '^1\.\.1[[:space:]]*$' "$heard"
	boot 60 $x86 -append test=nosuch
	want 'no such test: off too' [ $status -eq 0 ]
	want 'no such test: what there is' \
		grep -q \
		'Bail out! test=nosuch: there is no such test, but cpus, .*, split-detected' \
		"$heard"
	boot 60 $x86 -append test=cpus,,nodes
	want 'an empty name is no test' grep -q 'Bail out! test=: there is no such test' "$heard"
	boot 60 $x86 -append defect=nosuch
	want 'no such defect: what there is' \
		grep -q 'Bail out! defect=nosuch: there is no such defect .*, no-shootdown' "$heard"
	boot 3 $x86 -no-acpi -append test=cpus
	want 'no ACPI: it halts' [ $status -eq 124 ]
	want 'no ACPI: and says why' grep -q 'cannot be powered off: there is no RSDP' "$heard"
}
if [ $# -gt 1 ] && command -v qemu-system-aarch64 >/dev/null 2>&1; then
	boot 60 qemu-system-aarch64 -machine virt,gic-version=3 -smp 2 -kernel "$2" \
		-append test=cpus
	want 'PSCI: the machine is off' [ $status -eq 0 ]
	want 'PSCI: after the plan' grep -q '^1\.\.1' "$heard"
else
	skipped=$((skipped + 1))
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
