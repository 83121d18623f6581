#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR MIT
#
# pack_init.sh PROGRAM FILE - writes FILE, an initramfs of one file: PROGRAM as /init. A kernel
# brings /dev/console along in the one that is built into it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
install -m 755 "$1" "$folder/init"
(cd "$folder" && echo init | cpio --quiet --create --format=newc --owner=0:0) >"$folder/packed"
mv "$folder/packed" "$2.new.$$"
mv "$2.new.$$" "$2"
