#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# fetch_kernel.sh FOLDER - prints the name of a kernel in FOLDER, which is filled once.
#
#	apt-get download (apt checks the signature)  ->  FOLDER/get.*/*.deb
#	                                             ->  FOLDER/vmlinuz-VERSION
#
# The package is not installed: nothing of it runs here, no boot loader hears of it. When there is
# no kernel to be had, what is printed is why, and the exit status 1. What tools say goes to stderr.
set -u

package=linux-image-cloud-amd64

fail() {
	echo "$*"
	exit 1
}

newest() {
	find "$1" -maxdepth 1 -type f -name 'vmlinuz-*' | sort -V | tail -n 1
}

[ $# -eq 1 ] || fail "usage: fetch_kernel.sh FOLDER"
mkdir -p "$1" && cd "$1" || fail "the folder $1 cannot be made"
kernel=$(newest "$PWD")
if [ -z "$kernel" ]; then
	for tool in apt-get apt-cache dpkg-deb tar; do
		command -v $tool >/dev/null ||
			fail "there is no $tool: name a kernel by --kernel FILE"
	done
	# The package itself is empty: it depends on the kernel of the day.
	name=$(apt-cache depends "$package" |
		sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
	[ -n "$name" ] ||
		fail "apt knows no $package (apt-get update?): name a kernel by --kernel FILE"
	get=$(mktemp -d "$PWD/get.XXXXXX") || fail "a folder in $PWD cannot be made"
	trap 'rm -rf "$get"' EXIT
	trap 'exit 1' HUP INT TERM
	chmod 755 "$get"
	(cd "$get" && apt-get -q -o APT::Sandbox::User=root download "$name" >&2) ||
		fail "apt-get download $name failed: name a kernel by --kernel FILE"
	dpkg-deb --fsys-tarfile "$get"/*.deb |
		tar -x -C "$get" --strip-components=2 --wildcards './boot/vmlinuz-*' >&2
	found=$(newest "$get")
	[ -n "$found" ] || fail "$name holds no boot/vmlinuz-*"
	kernel=$PWD/${found##*/}
	mv "$found" "$kernel" || fail "$kernel cannot be written"
fi
echo "$kernel"
